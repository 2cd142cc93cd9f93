"""`ledger`: the log for whoever verifies it, its witnesses and each customer's list."""
