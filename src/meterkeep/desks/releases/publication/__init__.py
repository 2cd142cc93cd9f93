"""What goes out with a release: one table in several forms, its data sheet and its certificate."""
