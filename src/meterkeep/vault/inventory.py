"""What the vault holds of some customers and usage points, counted and digested: before a shredding and after it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from meterkeep.vault.usage_points import subject

_FIELDS = "SELECT customer, field, line, sealed, digest FROM fields WHERE customer IN ({}) ORDER BY 1, 2, 3"
_IDENTIFIERS = "SELECT number, digest, sealed FROM identifiers WHERE number IN ({}) ORDER BY 1, 2"
_KEYS = (
    "SELECT subject, epoch, wrapped FROM keys WHERE subject IN (SELECT value FROM json_each(?)) ORDER BY 1"
)
_AT_ONCE = 500


@dataclass(frozen=True)
class Inventory:
    """values: sealed values and identifiers. searchable: rows of the blind index among them. keys: wrapped data keys. digest: SHA-256
    over all of these as they lie on the disk, in order; that of nothing where nothing is left."""

    values: int
    searchable: int
    keys: int
    digest: str

    @property
    def empty(self) -> bool:
        return not (self.values or self.searchable or self.keys)


def take_inventory(
    vault: sqlite3.Connection,
    keys: sqlite3.Connection,
    *,
    customers: Sequence[str],
    usage_points: Sequence[int],
) -> Inventory:
    """One row at a time, so that it takes no memory."""
    whole = hashlib.sha256()
    fields = _rows(vault, _FIELDS, [bytes.fromhex(customer) for customer in sorted(customers)])
    values, searchable = _digested(whole, fields, index=4)
    numbers = _rows(vault, _IDENTIFIERS, sorted(usage_points))
    named, _ = _digested(whole, numbers, index=1)
    subjects = sorted([*customers, *map(subject, usage_points)])
    wrapped = (row for some in _some(subjects) for row in keys.execute(_KEYS, (json.dumps(some),)))
    opened, _ = _digested(whole, wrapped, index=0)
    return Inventory(values + named, searchable + named, opened, whole.hexdigest())


def _digested(whole: hashlib._Hash, rows: Iterator[tuple[object, ...]], *, index: int) -> tuple[int, int]:
    """How many rows, and how many of them have something in the column `index`."""
    number = filled = 0
    for row in rows:
        for cell in row:
            said = cell if isinstance(cell, bytes) else str(cell).encode()
            whole.update(len(said).to_bytes(4, "big") + said)
        number, filled = number + 1, filled + (row[index] is not None)
    return number, filled


def _rows(
    connection: sqlite3.Connection, query: str, values: Sequence[object]
) -> Iterator[tuple[object, ...]]:
    for some in _some(values):
        yield from connection.execute(query.format(", ".join("?" * len(some))), some)


def _some(values: Sequence[Any]) -> Iterator[list[Any]]:
    return (list(values[first : first + _AT_ONCE]) for first in range(0, len(values), _AT_ONCE))
