"""The file of `release protect --merges`: which categories were combined, by hand or as `--merge … --json` said it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterkeep.errors import BadInput

if TYPE_CHECKING:
    from meterkeep.aggregates.tables.leaves import Leaves
    from meterkeep.aggregates.tables.merging import Merges

_NEXT = 'Write {"zip": {"90002/90003": ["90002", "90003"]}}, or give what --merge … --json said.'


def read_map(path: Path, table: Leaves) -> Merges:
    """Level → combined category → its categories. Raises BadInput where it says something else, or nothing that the table has:
    a category that is missing this time is no mistake, a map of another table is."""
    try:
        said = json.loads(path.read_text("utf-8"), object_pairs_hook=_once)
    except RecursionError:
        raise _wrong(path, "It has lists within lists too deep to be read.") from None
    except (ValueError, UnicodeDecodeError):
        raise _wrong(path, "It is no JSON, or a name stands twice in it.") from None
    merges = said.get("merges", said) if isinstance(said, dict) else said
    _check(merges, path)
    if any(merges.values()) and not _meets(merges, table):
        raise _wrong(path, "None of its categories is in this table.")
    return dict(merges)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _check(merges: object, path: Path) -> None:
    if not isinstance(merges, dict):
        raise _wrong(path, "It says no levels.")
    for level, of in merges.items():
        if not isinstance(of, dict):
            raise _wrong(path, f"{level} has no combined categories.")
        for name, parts in of.items():
            _check_parts(name, parts, path)


def _check_parts(name: str, parts: object, path: Path) -> None:
    if not isinstance(parts, list) or not all(isinstance(part, str) and part.strip() for part in parts):
        raise _wrong(path, f"{name} is no list of categories, each in quotation marks.")
    if len(set(parts)) < len(parts) or len(parts) < 2:
        raise _wrong(path, f"{name} combines fewer than two different categories.")
    if not name.strip() or name in parts:
        raise _wrong(path, f"{name or 'A combined category'} needs a name of its own.")


def _meets(merges: Mapping[str, Mapping[str, list[str]]], table: Leaves) -> bool:
    known = categories(table)
    return any(
        known.get(level, {part}) & {part}
        for level, of in merges.items()
        for parts in of.values()
        for part in parts
    )


def categories(table: Leaves) -> dict[str, set[str]]:
    """Level → its categories in the table."""
    return {
        level: set(names)
        for dimension, of in zip(table.dimensions, table.names, strict=True)
        for level, names in zip(dimension.levels, of, strict=True)
    }


def _wrong(path: Path, how: str) -> BadInput:
    return BadInput(f"This is no map of combined categories. {how}", where=str(path), next=_NEXT)
