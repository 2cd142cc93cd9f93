"""Shares of a whole in tenths of a percent, rounded, and honest at both ends."""

from __future__ import annotations


def tenths(part: int, whole: int) -> int | None:
    """Tenths of a percent, rounded half up; 1000 is all and nothing else, and None is more than nothing and less than one."""
    if part and 2000 * part < whole:
        return None
    rounded = (2000 * part + whole) // (2 * whole)
    return min(rounded, 999) if part < whole else rounded
