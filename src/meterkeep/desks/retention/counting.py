"""How much a lot destroyed, where a process died or was stopped on the way: what was there before the first pass, and what came since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OF_READINGS = ("extent", "readings", "files", "rows", "bytes", "before", "after")

FIRST = ("before", "identities_before", "files_before")
"""Digests of what was there when it was first begun; a later pass has others."""

LAST = ("values_left", "copies_kept", "copies_unread")
"""Counts of what is left at the end."""


def told_of(done: Mapping[str, Any]) -> dict[str, Any]:
    """Counts and digests of what the gate says of a destruction, of readings or of everything."""
    return dict(done["told"]) if "told" in done else {name: done[name] for name in OF_READINGS}


def together(found: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """found: of earlier passes, {} before the first. seen: what is there now, of which a pass that ended early has left some or all."""
    before = found.get("told", {})
    told = told_of(seen)
    return {
        "told": {name: _first(name, before.get(name), value) for name, value in told.items()},
        "copies": _union(found.get("copies", []), seen.get("copies", [])),
    }


def summed(found: Mapping[str, Any], done: Mapping[str, Any]) -> dict[str, Any]:
    """What the last pass says, with the counts of all. Files that were counted and then kept are not among the copies that went."""
    told = {name: _first(name, found["told"].get(name), value) for name, value in told_of(done).items()}
    copies = _union(found["copies"], done.get("copies", []))
    if "copies" in told:
        told["copies"] = len(copies)
    return {**done, "told": told, "copies": copies}


def _union(some: list[str], others: list[str]) -> list[str]:
    """Digests, each as often as it stands in one of both: a file that is there in two passes is one file."""
    return sorted(one for one in {*some, *others} for _ in range(max(some.count(one), others.count(one))))


def _first(name: str, before: Any, value: Any) -> Any:
    """What goes can only get less from pass to pass, so that the greater count is all of it; digests of before are the first's."""
    if before is None or name in LAST:
        return value
    if isinstance(value, int):
        return max(before, value)
    return before if name in FIRST else value
