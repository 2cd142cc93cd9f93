"""Overdue accounts: which step of collection is due on which, as of a date, by the documents in force."""
