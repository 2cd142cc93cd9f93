"""What a policy is written in: the vocabulary, the clause, the pack, and how they are read from Markdown and TOML."""
