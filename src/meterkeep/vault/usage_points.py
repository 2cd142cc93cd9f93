"""The random numbers under which the store knows usage points, and the sources' own identifiers behind them.

An identifier is kept as an HMAC, to recognise it, and sealed under the usage point's own data key, so that staff with a
reason can see it. The number is random: nothing can be computed from an identifier once its row is gone.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput
from meterkeep.vault.database import Database
from meterkeep.vault.fields import BlindIndex
from meterkeep.vault.keystore import KeyStore

SCHEMA = """
CREATE TABLE usage_points (number INTEGER PRIMARY KEY);
CREATE TABLE identifiers (
  digest BLOB PRIMARY KEY, number INTEGER NOT NULL REFERENCES usage_points (number), sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX identifiers_by_number ON identifiers (number);
"""
_KIND = "usage_point_source_id"
USAGE_POINT = "usage_point:"
AT_ONCE = 500
"""Parameters of one query."""


def subject(number: int) -> str:
    return f"{USAGE_POINT}{number}"


@dataclass(slots=True)
class _Plan:
    """Who is who among some groups: `numbers` of the groups, and what must be written to make it so."""

    numbers: list[int] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    learned: dict[bytes, tuple[int, str]] = field(default_factory=dict)


class UsagePoints:
    def __init__(self, database: Database, keys: KeyStore, index: BlindIndex) -> None:
        self._database, self._keys, self._index = database, keys, index

    def surrogates(self, groups: Sequence[tuple[str, ...]]) -> npt.NDArray[np.int32]:
        """A number for each group of identifiers (best first), made where none of a group is known.

        The first known identifier decides; one that already stands for another usage point keeps doing so.
        """
        digests = [self._digests(group, place) for place, group in enumerate(groups)]
        with self._database.write() as connection:
            known = _known(connection, {digest for group in digests for digest, _ in group})
            plan = _assign(connection, digests, known)
            keys = self._keys.ensure(
                [subject(number) for number in {number for number, _ in plan.learned.values()}]
            )
            connection.executemany("INSERT INTO usage_points VALUES (?)", [(number,) for number in plan.made])
            connection.executemany(
                "INSERT INTO identifiers VALUES (?, ?, ?)",
                [
                    (digest, number, keys[subject(number)].seal(identifier.encode(), _place(digest, number)))
                    for digest, (number, identifier) in sorted(plan.learned.items())
                ],
            )
        return np.array(plan.numbers, dtype=np.int32)

    def known(self, identifier: str) -> int | None:
        digest = self._index.digest(_KIND, identifier)
        return _known(self._database.connection, {digest}).get(digest) if digest else None

    def identified(self) -> npt.NDArray[np.int32]:
        rows = self._database.connection.execute("SELECT DISTINCT number FROM identifiers ORDER BY number")
        return np.array(rows.fetchall(), np.int32).reshape(-1)

    def identifiers(self, number: int) -> tuple[str, ...]:
        """The sources' own identifiers of a usage point; empty once it was shredded."""
        query = "SELECT digest, sealed FROM identifiers WHERE number = ?"
        rows = self._database.connection.execute(query, (number,)).fetchall()
        key = self._keys.keys([subject(number)]).get(subject(number))
        return (
            tuple(sorted(key.open(sealed, _place(digest, number)).decode() for digest, sealed in rows))
            if key
            else ()
        )

    def _digests(self, group: tuple[str, ...], place: int) -> list[tuple[bytes, str]]:
        found = [
            (digest, identifier) for identifier in group if (digest := self._index.digest(_KIND, identifier))
        ]
        if not found:
            raise BadInput(
                "A usage point has no identifier, so its readings belong to nobody.",
                where=f"usage point {place + 1} of the file",
                next="Ask the sender for files that name their usage points.",
            )
        return found


def _known(connection: sqlite3.Connection, digests: Iterable[bytes]) -> dict[bytes, int]:
    sought, known = sorted(digests), dict[bytes, int]()
    for first in range(0, len(sought), AT_ONCE):
        some = sought[first : first + AT_ONCE]
        marks = ", ".join("?" * len(some))
        known |= connection.execute(f"SELECT digest, number FROM identifiers WHERE digest IN ({marks})", some)  # noqa: S608
    return known


def _assign(
    connection: sqlite3.Connection, groups: list[list[tuple[bytes, str]]], known: dict[bytes, int]
) -> _Plan:
    unknown = sum(not any(digest in known for digest, _ in group) for group in groups)
    plan, fresh = _Plan(), iter(_unused_numbers(connection, unknown))
    for group in groups:
        number = next((known[digest] for digest, _ in group if digest in known), None)
        if number is None:
            plan.made.append(number := next(fresh))
        plan.numbers.append(number)
        for digest, identifier in group:
            if digest not in known:
                known[digest] = number
                plan.learned[digest] = (number, identifier)
    return plan


def _unused_numbers(connection: sqlite3.Connection, count: int) -> list[int]:
    """Random positive int32 numbers that no usage point has ever had. Shredding keeps the number, so none comes back."""
    numbers: dict[int, None] = {}
    while len(numbers) < count:
        drawn = [secrets.randbelow(2**31 - 1) + 1 for _ in range(count - len(numbers))]
        rows = connection.execute(
            "SELECT number FROM usage_points WHERE number IN (SELECT value FROM json_each(?))",
            (json.dumps(drawn),),
        )
        taken = {number for (number,) in rows}
        numbers |= {number: None for number in drawn if number not in taken}
    return list(numbers)


def _place(digest: bytes, number: int) -> str:
    return f"identifiers|{subject(number)}|{digest.hex()}"
