"""Which files are in: the one record that makes an intake visible.

Parquet files and Delta commits of an intake count only once its row stands here. The row is written last, in the
transaction that also keeps other intakes from committing meanwhile, so a crash at any earlier moment leaves nothing.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from meterkeep.errors import Busy, MeterkeepError
from meterkeep.readings.model import Int32s
from meterkeep.readings.store.summary import Stored

WAIT = 600.0
"""Seconds for which an intake waits while another one commits."""

MOST_LISTED = 50_000
"""An intake of more usage points than this does not list them: it is read whenever its months are."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS intake (
    number       INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,  -- random; the first part of the names of its Parquet files
    digest       TEXT NOT NULL UNIQUE,  -- SHA-256 of the file that was taken in
    received     INTEGER NOT NULL,      -- microseconds since 1970, UTC
    policy       TEXT NOT NULL,
    qualities    TEXT NOT NULL,         -- JSON list of the quality codes that it holds
    usage_points BLOB,                  -- sorted little-endian int32; NULL where there are too many to list
    result       BLOB NOT NULL          -- what `Intake.commit` gave, compressed JSON
) STRICT
"""


class AlreadyStored(MeterkeepError):
    """A file with these bytes is in the store."""

    code, exit_code = "already_stored", 0


@dataclass(frozen=True, slots=True)
class IntakeRow:
    name: str
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
            db.execute(SCHEMA)

    def has(self, digest: str) -> bool:
        with closing(self._connect()) as db:
            return db.execute("SELECT 1 FROM intake WHERE digest = ?", (digest,)).fetchone() is not None

    def result(self, digest: str) -> Stored | None:
        with closing(self._connect()) as db:
            row = db.execute("SELECT result FROM intake WHERE digest = ?", (digest,)).fetchone()
        return msgspec.json.decode(zlib.decompress(row[0]), type=Stored) if row else None

    def rows(self) -> dict[str, IntakeRow]:
        """All committed intakes by name. What was read before is not read again: rows are only ever added."""
        with closing(self._connect()) as db:
            fresh = db.execute(
                "SELECT number, name, received, qualities, usage_points FROM intake WHERE number > ? ORDER BY number",
                (self._seen,),
            ).fetchall()
        for number, name, received, qualities, listed in fresh:
            usage_points = None if listed is None else np.frombuffer(listed, "<i4")
            self._rows[name] = IntakeRow(name, received, tuple(msgspec.json.decode(qualities)), usage_points)
            self._seen = number
        return dict(self._rows)

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

    def _connect(self, wait: float = WAIT) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=wait, isolation_level=None)
        db.execute("PRAGMA synchronous=FULL")
        return db


def is_registered(db: sqlite3.Connection, *, name: str = "", digest: str = "") -> bool:
    found = db.execute("SELECT 1 FROM intake WHERE name = ? OR digest = ?", (name, digest)).fetchone()
    return found is not None


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
) -> None:
    """usage_points: sorted, each once."""
    listed = usage_points.astype("<i4").tobytes() if len(usage_points) <= MOST_LISTED else None
    packed = zlib.compress(msgspec.json.encode(result), 1)
    db.execute(
        "INSERT INTO intake (name, digest, received, policy, qualities, usage_points, result) VALUES (?,?,?,?,?,?,?)",
        (name, digest, received, policy, msgspec.json.encode(qualities).decode(), listed, packed),
    )
