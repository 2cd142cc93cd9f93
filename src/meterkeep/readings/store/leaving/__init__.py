"""How the store leaves in a backup and comes back: every row apart by whom it is about."""
