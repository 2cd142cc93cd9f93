"""Which files are in: the one record that makes an intake visible.

Parquet files and Delta commits of an intake count only once its row stands here. The row is written last, in the
transaction that also keeps other intakes from committing meanwhile, so a crash at any earlier moment leaves nothing.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from meterkeep.errors import Busy, MeterkeepError
from meterkeep.readings.model import Int32s
from meterkeep.readings.store.intake.summary import Stored

WAIT = 600.0
"""Seconds for which an intake waits while another one commits."""

MOST_LISTED = 50_000
"""An intake of more usage points than this does not list them: it is read whenever its months are."""

FILE, WITHDRAWAL, CANCELLATION = "file", "withdrawal", "cancellation"

VERSION = 3
SCHEMA = """
CREATE TABLE IF NOT EXISTS intake (
    number       INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,  -- random; the first part of the names of its Parquet files
    digest       TEXT NOT NULL,         -- SHA-256 of the file that was taken in, or withdrawn, or that cancels others
    received     INTEGER NOT NULL,      -- microseconds since 1970, UTC; ascending for each digest
    policy       TEXT NOT NULL,
    qualities    TEXT NOT NULL,         -- JSON list of the quality codes that it holds
    usage_points BLOB,                  -- sorted little-endian int32; NULL where there are too many to list
    result       BLOB NOT NULL,         -- what `Intake.commit` gave, compressed JSON
    kind         TEXT NOT NULL DEFAULT 'file',
    replacement  TEXT NOT NULL DEFAULT ''  -- JSON: the ranks by which its readings could replace others; '' for no file
) STRICT
"""
DESTRUCTIONS = """
CREATE TABLE destruction (
    number  INTEGER PRIMARY KEY,
    extent  TEXT NOT NULL,     -- SHA-256 of what it is about
    at      INTEGER NOT NULL,  -- microseconds since 1970, UTC
    found   TEXT NOT NULL,     -- JSON: what there was before
    through INTEGER NOT NULL,  -- the last intake before it: none that came after holds any of it
    result  TEXT               -- JSON: what was done, NULL while it is under way
) STRICT;
CREATE TABLE destroyed (
    destruction INTEGER NOT NULL REFERENCES destruction (number),
    usage_point INTEGER,       -- NULL: of everyone
    start       INTEGER NOT NULL,
    "end"       INTEGER NOT NULL CHECK ("end" > start)  -- half-open span of instants, in epoch seconds
) STRICT
"""
INDEX = "CREATE INDEX IF NOT EXISTS intake_digest ON intake (digest, number)"


class AlreadyStored(MeterkeepError):
    """A file with these bytes is in the store."""

    code, exit_code = "already_stored", 0


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """number: ascending in the order of commits. kind: a file taken in, the withdrawal of one, or what a file cancels."""

    number: int
    name: str
    digest: str
    kind: str
    received: int
    qualities: tuple[str, ...]
    usage_points: Int32s | None

    def may_hold(self, usage_points: Int32s) -> bool:
        """usage_points: sorted."""
        if self.usage_points is None or not len(self.usage_points):
            return True
        few, many = sorted((usage_points, self.usage_points), key=len)
        place = np.minimum(np.searchsorted(many, few), len(many) - 1)
        return bool((many[place] == few).any())


class Registry:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[str, IntakeRow] = {}
        self._seen = 0
        with closing(self._connect()) as db:
            db.execute("PRAGMA journal_mode=WAL")
            _prepare(db)
            _prepare_destructions(db)

    def has(self, digest: str) -> bool:
        return self.state(digest) == FILE

    def state(self, digest: str) -> str | None:
        """What was done last with this file; None for one that was never taken in."""
        with closing(self._connect()) as db:
            return newest(db, digest)[0]

    def result(self, digest: str) -> Stored | None:
        """Of a file that is in the store."""
        with closing(self._connect()) as db:
            row = db.execute(
                "SELECT kind, result FROM intake WHERE digest = ? AND kind != ? ORDER BY number DESC",
                (digest, CANCELLATION),
            ).fetchone()
        return unpacked(row[1]) if row and row[0] == FILE else None

    def results_after(self, number: int) -> Iterator[tuple[str, Stored]]:
        """Name and result of each file taken in later than that."""
        with closing(self._connect()) as db:
            found = db.execute(
                "SELECT name, result FROM intake WHERE number >= ? AND kind = ?", (number, FILE)
            )
            for name, packed in found:
                yield name, unpacked(packed)

    def rows(self) -> dict[str, IntakeRow]:
        """All committed intakes by name. What was read before is not read again: rows are only ever added."""
        with closing(self._connect()) as db:
            fresh = db.execute(
                "SELECT number, name, digest, kind, received, qualities, usage_points FROM intake "
                "WHERE number > ? ORDER BY number",
                (self._seen,),
            ).fetchall()
        for number, name, digest, kind, received, qualities, listed in fresh:
            usage_points = None if listed is None else np.frombuffer(listed, "<i4")
            codes = tuple(msgspec.json.decode(qualities))
            self._rows[name] = IntakeRow(number, name, digest, kind, received, codes, usage_points)
            self._seen = number
        return dict(self._rows)

    def replacement(self, digest: str) -> list[list[str]] | None:
        """The ranks by which a file was taken in; None where they were not kept."""
        with self.read() as db:
            row = db.execute(
                "SELECT replacement FROM intake WHERE digest = ? AND kind = ? ORDER BY number DESC",
                (digest, FILE),
            ).fetchone()
        return msgspec.json.decode(row[0], type=list[list[str]]) if row and row[0] else None

    @contextmanager
    def alone(self, *, wait: float = WAIT) -> Iterator[sqlite3.Connection]:
        """A transaction that only one process has at a time; kept when the block ends well, undone otherwise."""
        with closing(self._connect(wait)) as db:
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise Busy("Another intake is being written.", next="Try again in a few minutes.") from error
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """For looking only."""
        with closing(self._connect()) as db:
            yield db

    def scour(self, *, wait: float = WAIT) -> None:
        """Leaves nothing in the database's files but what it says: neither free pages nor those of its write-ahead log."""
        with closing(self._connect(wait)) as db:
            db.execute("VACUUM")
            (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Busy("Another process reads the registry of the store.", next="Try again in a moment.")

    def _connect(self, wait: float = WAIT) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=wait, isolation_level=None)
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA secure_delete=ON")
        return db


def _prepare(db: sqlite3.Connection) -> None:
    """Makes the table, or brings that of an older store to this shape, once and whole."""
    if db.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        older = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'intake'").fetchone()
        if older:
            db.execute("ALTER TABLE intake RENAME TO older")
        db.execute(SCHEMA)
        if older:
            columns = ", ".join(name for _, name, *_ in db.execute("PRAGMA table_info(older)"))
            db.execute(f"INSERT INTO intake ({columns}) SELECT {columns} FROM older")  # noqa: S608 - our own words
            db.execute("DROP TABLE older")
        db.execute(INDEX)
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _prepare_destructions(db: sqlite3.Connection) -> None:
    """Makes the tables of erasing.acts where they are not there."""
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'destroyed'").fetchone():
        return
    db.execute("BEGIN IMMEDIATE")
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'destroyed'").fetchone():
        for statement in DESTRUCTIONS.split(";"):
            db.execute(statement)
    db.execute("COMMIT")


def unpacked(packed: bytes) -> Stored:
    return msgspec.json.decode(zlib.decompress(packed), type=Stored)


def as_packed(result: Stored) -> bytes:
    return zlib.compress(msgspec.json.encode(result), 1)


def newest(db: sqlite3.Connection, digest: str) -> tuple[str | None, int]:
    """What was done last with this file, and the latest moment of all that bears its name; None and 0 for a new one."""
    found = db.execute(
        "SELECT kind, received FROM intake WHERE digest = ? ORDER BY number DESC", (digest,)
    ).fetchall()
    done = (kind for kind, _ in found if kind != CANCELLATION)
    return next(done, None), max((moment for _, moment in found), default=0)


def is_registered(db: sqlite3.Connection, name: str) -> bool:
    return db.execute("SELECT 1 FROM intake WHERE name = ?", (name,)).fetchone() is not None


def withdrawn(rows: Iterable[IntakeRow]) -> set[str]:
    """The names of the intakes of files whose withdrawal came later. rows: ascending by number."""
    names: set[str] = set()
    standing: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.kind == FILE:
            standing[row.digest].append(row.name)
        elif row.kind == WITHDRAWAL:
            names.update(standing.pop(row.digest, ()))
    return names


def register(
    db: sqlite3.Connection,
    *,
    name: str,
    digest: str,
    received: int,
    policy: str,
    qualities: list[str],
    usage_points: Int32s,
    result: Stored,
    kind: str = FILE,
    replacement: Sequence[Sequence[str]] | None = None,
) -> int:
    """usage_points: sorted, each once. replacement: the ranks that applied. Gives the intake's number."""
    ranks = "" if replacement is None else msgspec.json.encode(replacement).decode()
    listed = usage_points.astype("<i4").tobytes() if len(usage_points) <= MOST_LISTED else None
    codes = msgspec.json.encode(qualities).decode()
    ((number,),) = db.execute(
        "INSERT INTO intake (name, digest, received, policy, qualities, usage_points, result, kind, replacement) "
        "VALUES (?,?,?,?,?,?,?,?,?) RETURNING number",
        (name, digest, received, policy, codes, listed, as_packed(result), kind, ranks),
    ).fetchall()
    return int(number)
