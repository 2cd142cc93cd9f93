"""Formats out, all from the same Arrow table."""
