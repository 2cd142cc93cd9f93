"""The utility's files on overdue accounts: CSV by a saved mapping, X12 810 and 820. Amounts in cents, bad rows by line and rule."""
