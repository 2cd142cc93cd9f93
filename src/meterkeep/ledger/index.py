"""The way to an entry by id, event and subject: SQLite beside the journal, derived from it and rebuilt when in doubt."""

from __future__ import annotations

import heapq
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from meterkeep.ledger.entries import Entry
from meterkeep.ledger.frames import FIRST_LINE
from meterkeep.ledger.names import is_intent, matching

_SCHEMA = """
CREATE TABLE entries (idx INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, at INTEGER NOT NULL, length INTEGER NOT NULL);
CREATE INDEX entries_by_name ON entries (name, idx);
CREATE TABLE subjects (chain BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (chain, idx)) WITHOUT ROWID;
CREATE TABLE sets (root TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (root, idx)) WITHOUT ROWID;
CREATE TABLE open_intents (idx INTEGER PRIMARY KEY, lease TEXT NOT NULL);
"""
_VERSION = 1


class Place(NamedTuple):
    """An entry and where in the journal its bytes are."""

    entry: Entry
    at: int
    length: int


class Head(NamedTuple):
    """How much of the journal is indexed: entries, and the offset after the last."""

    size: int
    end: int


def is_broken(error: sqlite3.Error) -> bool:
    """The file is no database any more, or holds what the journal contradicts."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT)


def is_passing(error: sqlite3.Error) -> bool:
    """The disk, or another process, stands in the way; not our own mistake."""
    return _code(error) not in (0, sqlite3.SQLITE_ERROR)


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


class Index:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()  # a connection for each thread, and after a fork a new one

    @property
    def _database(self) -> sqlite3.Connection:
        if getattr(self._own, "pid", 0) != os.getpid():
            self._own.database, self._own.pid = self._connect(), os.getpid()
        connection: sqlite3.Connection = self._own.database
        return connection

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA cache_size = -65536")
        return database

    def prepare(self) -> None:
        """Makes the tables where there are none of this version. To be called under the log's lock."""
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            self.start_over()

    def start_over(self) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

    def close(self) -> None:
        if getattr(self._own, "pid", 0) == os.getpid():
            self._own.database.close()
        self._own.pid = 0

    def head(self) -> Head:
        row = self._database.execute(
            "SELECT idx, at + length FROM entries ORDER BY idx DESC LIMIT 1"
        ).fetchone()
        return Head(row[0] + 1, row[1]) if row else Head(0, len(FIRST_LINE))

    def add(self, places: Sequence[Place], *, first: int) -> Head:
        """Entries with consecutive indices from `first` on, in one transaction."""
        numbered = list(enumerate(places, first))
        with self._database as database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
                [(i, place.entry.id, place.entry.name, place.at, place.length) for i, place in numbered],
            )
            database.executemany(
                "INSERT OR IGNORE INTO subjects VALUES (?, ?)",
                [(bytes.fromhex(chain), i) for i, place in numbered for chain in place.entry.subjects],
            )
            database.executemany(
                "INSERT INTO sets VALUES (?, ?)",
                [(place.entry.subject_set, i) for i, place in numbered if place.entry.subject_set],
            )
            database.executemany(
                "INSERT INTO open_intents VALUES (?, ?)",
                [(i, p.entry.lease) for i, p in numbered if is_intent(p.entry.name)],
            )
            database.executemany(
                "DELETE FROM open_intents WHERE idx = (SELECT idx FROM entries WHERE id = ?)",
                [(place.entry.intent,) for place in places if place.entry.intent],
            )
        return Head(first + len(places), places[-1].at + places[-1].length)

    def find(self, ids: Iterable[str]) -> dict[str, int]:
        """The index of each of these entries that the log knows."""
        wanted = json.dumps(list(ids))
        return dict(
            self._database.execute(
                "SELECT entries.id, idx FROM json_each(?) JOIN entries ON entries.id = value", (wanted,)
            )
        )

    def places(self, start: int, end: int) -> list[tuple[int, int]]:
        """(offset, length) in the journal of the entries start..end."""
        return self._database.execute(
            "SELECT at, length FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx", (start, end)
        ).fetchall()

    def of_subject(self, chain: str) -> list[int]:
        rows = self._database.execute("SELECT idx FROM subjects WHERE chain = ?", (bytes.fromhex(chain),))
        return [index for (index,) in rows]

    def set_roots(self) -> list[str]:
        return [root for (root,) in self._database.execute("SELECT DISTINCT root FROM sets")]

    def of_sets(self, roots: Iterable[str]) -> list[int]:
        wanted = json.dumps(list(roots))
        rows = self._database.execute(
            "SELECT idx FROM json_each(?) JOIN sets ON sets.root = value", (wanted,)
        )
        return [index for (index,) in rows]

    def open_intents(self) -> list[tuple[int, str]]:
        """(index, lease) of each intent that no outcome answers."""
        return self._database.execute("SELECT idx, lease FROM open_intents ORDER BY idx").fetchall()

    def recent(self, count: int, name_prefix: str) -> list[int]:
        """The newest first. Asked event by event, so that a rare one costs no more than a frequent one."""
        query = "SELECT idx FROM entries WHERE name = ? ORDER BY idx DESC LIMIT ?"
        rows = (self._database.execute(query, (str(name), count)) for name in matching(name_prefix))
        return heapq.nlargest(count, [index for found in rows for (index,) in found])
