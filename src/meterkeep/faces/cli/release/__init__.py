"""`release`: plan, audit, review, publish, explain."""
