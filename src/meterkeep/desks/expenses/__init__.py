"""Expense claims: what of each line is paid, by the travel policy in force on its day, and why."""
