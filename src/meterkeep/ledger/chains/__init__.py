"""The customers' chains: each customer's list of entries, gap-free, under one signed root, so that nobody can hide one."""
