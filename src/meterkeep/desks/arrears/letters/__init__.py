"""Letters about overdue accounts: what is said in plain words in each language, and how it is put on paper."""
