"""The way to an entry by id, event and subject: SQLite beside the journal, derived from it and rebuilt when in doubt.

A row for each entry would cost more than the whole append. Places and events take a row for up to 256 entries; the subjects
of a large batch, which come in no order, stand sorted in blocks of their own instead of all over one tree. Ids take a row
each, but those that `entries.random_id` makes come in runs, and runs lie side by side.
"""

from __future__ import annotations

import heapq
import json
import os
import sqlite3
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from meterkeep.ledger.entries import Entry
from meterkeep.ledger.frames import FIRST_LINE
from meterkeep.ledger.names import is_intent, matching
from meterkeep.ledger.tiles import LENGTH_BYTES

# places: neighbours in one frame; lengths: uint16 each. names: offsets: one byte each, from `first` on.
# blocks: sorted records of chain id and index, a run of them for each large batch.
_SCHEMA = """
CREATE TABLE places (first INTEGER PRIMARY KEY, at INTEGER NOT NULL, lengths BLOB NOT NULL);
CREATE TABLE ids (id BLOB PRIMARY KEY, idx INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE names (name TEXT NOT NULL, first INTEGER NOT NULL, offsets BLOB NOT NULL, PRIMARY KEY (name, first)) WITHOUT ROWID;
CREATE TABLE subjects (chain BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (chain, idx)) WITHOUT ROWID;
CREATE TABLE blocks (least BLOB NOT NULL, greatest BLOB NOT NULL, records BLOB NOT NULL);
CREATE INDEX blocks_by_chain ON blocks (least, greatest);
CREATE TABLE sets (root TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (root, idx)) WITHOUT ROWID;
CREATE TABLE open_intents (id BLOB PRIMARY KEY, idx INTEGER NOT NULL, lease TEXT NOT NULL) WITHOUT ROWID;
"""
_VERSION = 2
_GROUP = 256  # neighbours under one row, so that an offset is one byte
_MANY = 1_000  # subjects at once from which on they take blocks
_FEW = 8  # ids of one run below which each is asked for by itself
_CHAIN, _RECORD = 16, 24  # bytes: a chain id; the same and the entry's index


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
            "SELECT first, at, lengths FROM places ORDER BY first DESC LIMIT 1"
        ).fetchone()
        if not row:
            return Head(0, len(FIRST_LINE))
        *_, (index, at, length) = _spread(*row)
        return Head(index + 1, at + length)

    def add(self, places: Sequence[Place], *, first: int) -> Head:
        """Entries with consecutive indices from `first` on, in one transaction."""
        groups = list(_groups(places, first))
        with self._database as database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO places VALUES (?, ?, ?)", map(_place_row, groups))
            database.executemany(
                "INSERT INTO names VALUES (?, ?, ?)", chain.from_iterable(map(_name_rows, groups))
            )
            database.executemany(
                "INSERT INTO ids VALUES (?, ?)",
                sorted((bytes.fromhex(place.entry.id), i) for i, place in enumerate(places, first)),
            )
            database.executemany(
                "INSERT INTO sets VALUES (?, ?)",
                [(p.entry.subject_set, i) for i, p in enumerate(places, first) if p.entry.subject_set],
            )
            self._add_subjects(places, first)
            self._add_intents(places, first)
        return Head(first + len(places), places[-1].at + places[-1].length)

    def _add_subjects(self, places: Sequence[Place], first: int) -> None:
        records = sorted(
            bytes.fromhex(chain) + i.to_bytes(_RECORD - _CHAIN)
            for i, place in enumerate(places, first)
            for chain in place.entry.subjects
        )
        if len(records) < _MANY:
            rows = [(record[:_CHAIN], int.from_bytes(record[_CHAIN:])) for record in records]
            self._database.executemany("INSERT OR IGNORE INTO subjects VALUES (?, ?)", rows)
            return
        parts = [records[at : at + _GROUP] for at in range(0, len(records), _GROUP)]
        self._database.executemany(
            "INSERT INTO blocks VALUES (?, ?, ?)",
            [(part[0][:_CHAIN], part[-1][:_CHAIN], b"".join(part)) for part in parts],
        )

    def _add_intents(self, places: Sequence[Place], first: int) -> None:
        self._database.executemany(
            "INSERT INTO open_intents VALUES (?, ?, ?)",
            [
                (bytes.fromhex(p.entry.id), i, p.entry.lease)
                for i, p in enumerate(places, first)
                if is_intent(p.entry.name)
            ],
        )
        answered = {place.entry.intent for place in places if place.entry.intent}
        self._database.executemany(
            "DELETE FROM open_intents WHERE id = ?", [(bytes.fromhex(id),) for id in answered]
        )

    def find(self, ids: Iterable[str]) -> dict[str, int]:
        """The index of each of these entries that the log knows."""
        runs: dict[str, list[str]] = {}
        for id in ids:
            runs.setdefault(id[:-2], []).append(id)
        found: dict[str, int] = {}
        for prefix, run in runs.items():
            found |= self._find_run(prefix, frozenset(run)) if len(run) >= _FEW else self._find_each(run)
        return found

    def _find_each(self, wanted: Sequence[str]) -> dict[str, int]:
        ask = self._database.execute
        rows = (
            (id, ask("SELECT idx FROM ids WHERE id = ?", (bytes.fromhex(id),)).fetchone()) for id in wanted
        )
        return {id: row[0] for id, row in rows if row}

    def _find_run(self, prefix: str, wanted: frozenset[str]) -> dict[str, int]:
        """Ids that differ in their last byte alone, as most of a batch do: one look, and mostly at nothing."""
        ends = bytes.fromhex(prefix + "00"), bytes.fromhex(prefix + "ff")
        rows = self._database.execute("SELECT id, idx FROM ids WHERE id BETWEEN ? AND ?", ends)
        return {id.hex(): index for id, index in rows if id.hex() in wanted}

    def places(self, start: int, end: int) -> list[tuple[int, int]]:
        """(offset, length) in the journal of the entries start..end."""
        rows = self._database.execute(
            "SELECT * FROM places WHERE first > ? AND first < ? ORDER BY first", (start - _GROUP, end)
        )
        return [(at, length) for row in rows for i, at, length in _spread(*row) if start <= i < end]

    def of_subject(self, chain: str) -> list[int]:
        wanted = bytes.fromhex(chain)
        rows = self._database.execute("SELECT idx FROM subjects WHERE chain = ?", (wanted,)).fetchall()
        blocks = self._database.execute(
            "SELECT records FROM blocks WHERE least <= ? AND greatest >= ?", (wanted, wanted)
        )
        records = [block[at : at + _RECORD] for (block,) in blocks for at in range(0, len(block), _RECORD)]
        return [index for (index,) in rows] + [
            int.from_bytes(record[_CHAIN:]) for record in records if record[:_CHAIN] == wanted
        ]

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
        found = (index for name in matching(name_prefix) for index in islice(self._named(name), count))
        return heapq.nlargest(count, found)

    def _named(self, name: str) -> Iterator[int]:
        """The newest first."""
        rows = self._database.execute(
            "SELECT first, offsets FROM names WHERE name = ? ORDER BY first DESC", (str(name),)
        )
        return (first + offset for first, offsets in rows for offset in reversed(offsets))


def _groups(places: Sequence[Place], first: int) -> Iterator[tuple[int, Sequence[Place]]]:
    """(index of the first, places) of up to 256 neighbours in one frame."""
    begin, end = 0, -1
    for i, place in enumerate(places):
        if place.at != end + LENGTH_BYTES or i - begin == _GROUP:
            if i > begin:
                yield first + begin, places[begin:i]
            begin = i
        end = place.at + place.length
    if places:
        yield first + begin, places[begin:]


def _place_row(group: tuple[int, Sequence[Place]]) -> tuple[int, int, bytes]:
    first, places = group
    return first, places[0].at, struct.pack(f">{len(places)}H", *(place.length for place in places))


def _name_rows(group: tuple[int, Sequence[Place]]) -> list[tuple[str, int, bytes]]:
    first, places = group
    offsets: dict[str, bytearray] = {}
    for offset, place in enumerate(places):
        offsets.setdefault(place.entry.name, bytearray()).append(offset)
    return [(name, first, bytes(each)) for name, each in offsets.items()]


def _spread(first: int, at: int, lengths: bytes) -> Iterator[tuple[int, int, int]]:
    """(index, offset, length) of each entry under one row."""
    for index, (length,) in enumerate(struct.iter_unpack(">H", lengths), first):
        yield index, at, length
        at += length + LENGTH_BYTES
