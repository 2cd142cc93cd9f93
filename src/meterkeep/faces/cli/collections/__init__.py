"""`collections`: overdue accounts, from the import to the letters and the agency's files."""
