"""Readings destroyed by bytes: what an extent is, what was destroyed, tables and registry without it, and the proof."""
