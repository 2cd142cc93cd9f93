"""Names that somebody may have meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from typing import Final

SHOWN: Final = 8
"""Names that a message gives."""
LONGEST: Final = 60
"""Characters of a name that a message repeats."""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """All that are known, those that look most like the name first, and others in their order."""
    return sorted(known, key=lambda one: -_likeness(name.lower(), one.lower()))


def _likeness(name: str, one: str) -> float:
    within = bool(name) and (name in one or one in name)
    return SequenceMatcher(None, name, one).ratio() + within


def listed(name: str, known: Collection[str]) -> str:
    """For a message: the nearest first, and how many more there are."""
    found = nearest(name, known)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN + 1 else ""
    return ", ".join(found[:SHOWN] if more else found) + more


def some(names: Collection[str], *, between: str = ", ") -> str:
    """For a message: the first of what somebody wrote, each cut off where it is no name any more, and how many more there are."""
    shown = [name if len(name) <= LONGEST else f"{name[:LONGEST]}…" for name in [*names][:SHOWN]]
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return between.join(shown) + more
