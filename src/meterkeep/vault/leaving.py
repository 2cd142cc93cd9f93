"""How the vault leaves in a backup and comes back: what it keeps of one customer or usage point at a time, as it lies there, index rows included."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

import numpy as np

from meterkeep.errors import BadInput, Refused
from meterkeep.vault.database import Database, busy_told
from meterkeep.vault.usage_points import subject

_TABLES = {
    "vault.sqlite3": frozenset({"fields", "blind_check", "usage_points", "identifiers"}),
    "papers.sqlite3": frozenset({"papers"}),
}
_AT_ONCE = 5_000
Row = Sequence[Any]


@dataclass(frozen=True)
class VaultCut:
    """Connections in transactions that see the vault at one moment. papers: None where there never was one."""

    connection: sqlite3.Connection
    papers_too: sqlite3.Connection | None

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Raises Refused where the vault has a file or a table that nobody has said how to keep."""
        if strange := {path.name for path in folder.glob("*.sqlite3")} - {*_TABLES, "keys.sqlite3"}:
            raise _unclassified(strange)
        papers = folder / "papers.sqlite3"
        return cls(_one_moment(folder / "vault.sqlite3"), _one_moment(papers) if papers.exists() else None)

    def close(self) -> None:
        self.connection.close()
        if self.papers_too:
            self.papers_too.close()

    def numbers(self) -> bytes:
        """All numbers that usage points ever had, little-endian int32."""
        found = self.connection.execute("SELECT number FROM usage_points ORDER BY number").fetchall()
        return np.array(found, "<i4").tobytes()

    def check(self) -> bytes:
        """By which the vault knows the blind-index key that it was made with."""
        (digest,) = self.connection.execute("SELECT digest FROM blind_check").fetchone()
        return bytes(digest)

    def people(self) -> Iterator[tuple[str, list[Row]]]:
        """Subject and rows of `fields`, without the customer."""
        found = self.connection.execute("SELECT * FROM fields ORDER BY customer, field, line")
        for customer, rows in groupby(found, itemgetter(0)):
            yield customer.hex(), [row[1:] for row in rows]

    def places(self) -> Iterator[tuple[str, list[Row]]]:
        """Subject and rows of `identifiers`, without the number."""
        found = self.connection.execute(
            "SELECT number, digest, sealed FROM identifiers ORDER BY number, digest"
        )
        for number, rows in groupby(found, itemgetter(0)):
            yield subject(number), [row[1:] for row in rows]

    def papers(self) -> Iterator[tuple[str, list[Row]]]:
        """Subject and one row of `papers`, without the subject; each by itself, since one may be large."""
        if self.papers_too:
            for subject_, paper, sealed in self.papers_too.execute(
                "SELECT subject, id, sealed FROM papers ORDER BY subject, id"
            ):
                yield subject_.hex(), [(paper, sealed)]


def _one_moment(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    with busy_told():
        connection.execute("BEGIN")
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if strange := {name for (name,) in found} ^ _TABLES[path.name]:
            raise _unclassified(strange)
    return connection


def _unclassified(strange: Iterable[str]) -> Refused:
    return Refused(
        f"Nobody has said whom these are about, so they cannot be backed up: {', '.join(sorted(strange))}.",
        where="vault",
        next="Bring the home up to date, meterkeep upgrade; if it says so still, report it.",
    )


class VaultFill:
    """A vault's database made again, beside the key store that is there already."""

    def __init__(self, folder: Path, schema: str, papers_schema: str) -> None:
        self._folder, self._papers_schema = folder, papers_schema
        self._database = Database.create(folder / "vault.sqlite3", schema, patience=1.0)

    def begin(self, *, check: bytes, numbers: bytes) -> None:
        with self._database.write() as connection:
            connection.execute("INSERT INTO blind_check VALUES (?)", (check,))
            rows = ((number,) for number in np.frombuffer(numbers, "<i4").tolist())
            connection.executemany("INSERT INTO usage_points VALUES (?)", rows)

    def people(self, found: Iterable[tuple[str, list[Row]]]) -> None:
        rows = ((bytes.fromhex(customer), *row) for customer, own in found for row in own)
        self._insert("INSERT INTO fields VALUES (?, ?, ?, ?, ?)", rows)

    def places(self, found: Iterable[tuple[str, list[Row]]]) -> None:
        rows = (
            (digest, int(name.partition(":")[2]), sealed) for name, own in found for digest, sealed in own
        )
        self._insert("INSERT INTO identifiers VALUES (?, ?, ?)", rows)

    def papers(self, found: Iterable[tuple[str, list[Row]]]) -> None:
        """One after the other, since one may be large."""
        own: Database | None = None
        for name, rows in found:
            own = own or Database.create(self._folder / "papers.sqlite3", self._papers_schema, patience=1.0)
            with own.write() as connection:
                for paper, sealed in rows:
                    connection.execute(
                        "INSERT INTO papers VALUES (?, ?, ?)", (paper, bytes.fromhex(name), sealed)
                    )
        if own:
            own.close()

    def close(self) -> None:
        self._database.close()

    def _insert(self, statement: str, rows: Iterable[Row]) -> None:
        for some in batched_rows(rows):
            with self._database.write() as connection:
                connection.executemany(statement, some)


def batched_rows(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def copy_key_store(source: Path, target: Path) -> None:
    """A copy of a key store, or of a copy of it, put where a vault has its own. Raises BadInput where it is none."""
    if not source.is_file():
        raise BadInput(
            "There is no key store here.",
            where=str(source),
            next="Name the newest copy that `meterkeep vault copy-keys` made, or the vault/keys.sqlite3 of the home.",
        )
    Database.create(target, "", patience=1.0).close()
    try:
        with (
            busy_told(),
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as one,
            closing(sqlite3.connect(target)) as other,
        ):
            one.backup(other)
            whole = other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            tables = {
                name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
    except BadInput:
        whole, tables = False, set()
    if not whole or not {"keys", "shredded"} <= tables:
        raise BadInput(
            "This is no key store, or it is damaged.", where=str(source), next="Name another copy of it."
        )
