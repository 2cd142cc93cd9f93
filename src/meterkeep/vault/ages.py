"""What is destroyed when its time is over, while the customer stays: a key for each month of readings and of bills, and a record of what went.

A backup seals readings and bills under the customer's key and, once more, under that of their month. A month that is destroyed for everyone
loses its key, and nothing of it can be read in any backup. What is destroyed of some only, while a hold keeps the others', leaves the month its
key; the record says what it was, so that no restore brings it back. It lies beside the keys, since a restore takes these as they are now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from meterkeep.vault.database import Database

READINGS, BILLS = "readings", "bills"
EVERYONE = -1
"""In place of a usage point: a period of everyone's."""
Span = tuple[int, int, int]
"""Usage point, or EVERYONE, first second and the one after the last."""
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS destroyed_readings (usage_point INTEGER, start INTEGER, end INTEGER,"
    " PRIMARY KEY (usage_point, start, end)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS destroyed_bills (customer TEXT PRIMARY KEY, before TEXT NOT NULL) WITHOUT ROWID",
)


def age(kind: str, month: str) -> str:
    """The subject whose key it is. month: as 2026-07."""
    return f"{kind}:{month}"


def is_age(subject: str) -> bool:
    return subject.startswith((f"{READINGS}:", f"{BILLS}:"))


def months(first: date, end: date) -> list[str]:
    """The months that lie wholly between two days, half-open."""
    return list(_months(first, end))


def _months(first: date, end: date) -> Iterator[str]:
    year, month = first.year, first.month
    if first.day > 1:
        year, month = year + month // 12, month % 12 + 1
    while (year, month) < (end.year, end.month):
        yield f"{year:04d}-{month:02d}"
        year, month = year + month // 12, month % 12 + 1


class Record:
    """What was destroyed of whom, in the key store's file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_readings(self, spans: Iterable[Span]) -> None:
        """Those that are there already stay."""
        with self._database.write() as connection:
            connection.execute(_SCHEMA[0])
            connection.executemany("INSERT OR IGNORE INTO destroyed_readings VALUES (?, ?, ?)", spans)

    def note_bills(self, customers: Iterable[str], before: date) -> None:
        """customers: "" for everyone. before: bills of the months before the one of this day."""
        rows = [(customer, before.isoformat()) for customer in customers]
        with self._database.write() as connection:
            connection.execute(_SCHEMA[1])
            connection.executemany(
                "INSERT INTO destroyed_bills VALUES (?, ?)"
                " ON CONFLICT (customer) DO UPDATE SET before = max(before, excluded.before)",
                rows,
            )

    def readings(self) -> list[Span]:
        return [(own, start, end) for own, start, end in self._rows("destroyed_readings")]

    def bills(self) -> dict[str, date]:
        """By customer, "" for everyone: the day before whose month nothing is left."""
        return {customer: date.fromisoformat(before) for customer, before in self._rows("destroyed_bills")}

    def _rows(self, table: str) -> list[tuple[Any, ...]]:
        found = self._database.connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,))
        if not found.fetchone():
            return []
        return self._database.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608 - our own words
