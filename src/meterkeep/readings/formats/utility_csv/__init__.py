"""The CSV that utilities write for customers or suppliers, each a reader of its own."""
