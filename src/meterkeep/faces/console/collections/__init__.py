"""Overdue accounts, for staff whose work is billing."""
