"""Watching a folder: every complete new file is taken in, whatever is wrong with one of them."""
