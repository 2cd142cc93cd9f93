"""Expense claims: the form, the list, the decision."""
