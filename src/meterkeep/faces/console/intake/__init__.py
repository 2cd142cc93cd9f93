"""Meter files, who sends them, their defects and what the checks flag."""
