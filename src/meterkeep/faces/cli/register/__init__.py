"""A provider's own people and parties, from a file that is kept beside the home and run again after every change."""
