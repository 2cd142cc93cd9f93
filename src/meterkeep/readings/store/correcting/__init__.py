"""What counted ceases to count, and nothing is overwritten: files withdrawn, and parts of files cancelled by their names."""
