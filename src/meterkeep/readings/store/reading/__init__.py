"""What is asked of the store: readings and their sums, months in bulk, and rows as they are for the checks."""
