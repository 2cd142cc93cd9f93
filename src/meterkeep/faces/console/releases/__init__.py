"""Releases for those who plan and review them: the table, what is withheld and why."""
