"""What was destroyed and must not come back: tombstones in the registry, of usage-point numbers and of time.

A destruction is entered with its tombstones before anything is touched, and closed once it is proven. In between a
process may die; whoever asks for the same again carries it to the end.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.readings.model import Int64s
from meterkeep.readings.store.erasing.extent import Extent
from meterkeep.readings.store.rows.days import Bools


class Found(msgspec.Struct, frozen=True):
    """What of an extent the tables hold. files, bytes: of those that have rows of it; rows, readings: how many go, those of
    every version. digest: SHA-256 over the names and contents of all files of the months and buckets concerned.
    """

    files: int
    rows: int
    readings: int
    bytes: int
    digest: str


class Finding(msgspec.Struct, frozen=True):
    """kind: see docs/store.md. where: a file, relative to the store; never what is in it. count: how often."""

    kind: str
    where: str
    count: int = 1


class Destroyed(msgspec.Struct, frozen=True):
    """What a destruction has done, for a certificate; or what it would do.

    extent: SHA-256 of what it is about; named: how many usage points, 0 for a period of everyone's. first, end: epoch
    seconds, half-open. at: when, in microseconds since 1970. found: before; its digest and `after` are over the files
    concerned. already: it was done before. findings: what stands against the proof; with one, it is not at its end.
    also: extents of destructions inside this one that had not come to their end, and have with it.
    """

    extent: str
    named: int
    first: int
    end: int
    at: int
    found: Found
    after: str = ""
    applied: bool = False
    already: bool = False
    findings: list[Finding] = []
    also: list[str] = []


@dataclass(frozen=True, slots=True)
class Act:
    number: int
    extent: str
    at: int
    found: Found
    result: Destroyed | None


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Everything that was destroyed. through: the last destruction of which it knows."""

    usage_points: Extent
    periods: Extent
    through: int

    @classmethod
    def read(cls, db: sqlite3.Connection, *, intake: int = 0) -> Tombstones:
        """intake: only destructions that came after the intake of this number."""
        rows = db.execute(
            'SELECT usage_point, start, "end" FROM destroyed JOIN destruction ON number = destruction WHERE through >= ?',
            (intake,),
        ).fetchall()
        named = [row for row in rows if row[0] is not None]
        (through,) = db.execute("SELECT coalesce(max(number), 0) FROM destruction").fetchone()
        periods = Extent.period(*((start, end) for number, start, end in rows if number is None))
        return cls(Extent.of(_spans(named)), periods, through)

    def __len__(self) -> int:
        return len(self.usage_points) + len(self.periods)

    @property
    def extents(self) -> list[Extent]:
        return [extent for extent in (self.usage_points, self.periods) if len(extent)]

    def hits(
        self, usage_point: npt.NDArray[np.integer], start: Int64s, seconds: npt.NDArray[np.integer]
    ) -> Bools:
        """Which readings were destroyed, so that they are not taken in again."""
        gone = np.zeros(len(start), bool)
        for extent in self.extents:
            gone |= extent.hits(usage_point, start, seconds)
        return gone


def begin(db: sqlite3.Connection, extent: Extent, found: Found, at: int) -> Act:
    """Enters a destruction and its tombstones."""
    cursor = db.execute(
        "INSERT INTO destruction (extent, at, found, through) "
        "SELECT ?, ?, ?, coalesce(max(intake.number), 0) FROM intake",
        (extent.digest, at, msgspec.json.encode(found).decode()),
    )
    number = int(cursor.lastrowid or 0)
    spans = extent.spans
    rows = zip(spans.usage_point.tolist(), spans.start.tolist(), spans.end.tolist(), strict=True)
    db.executemany(
        "INSERT INTO destroyed VALUES (?,?,?,?)",
        [(number, None if extent.everyone else own, start, end) for own, start, end in rows],
    )
    return Act(number, extent.digest, at, found, None)


def latest(db: sqlite3.Connection, extent: Extent) -> Act | None:
    """The last destruction of just this extent."""
    row = db.execute(
        "SELECT number, at, found, result FROM destruction WHERE extent = ? ORDER BY number DESC",
        (extent.digest,),
    ).fetchone()
    if row is None:
        return None
    number, at, found, result = row
    done = msgspec.json.decode(result, type=Destroyed) if result else None
    return Act(number, extent.digest, at, msgspec.json.decode(found, type=Found), done)


def inside(db: sqlite3.Connection, extent: Extent) -> list[tuple[Act, Extent]]:
    """Destructions of a part of this extent that have not come to their end, such as one "up to today" begun yesterday."""
    found = []
    open_acts = db.execute(
        "SELECT number, extent, at, found FROM destruction WHERE result IS NULL"
    ).fetchall()
    for number, digest, at, before in open_acts:
        part = _extent_of(db, number)
        spans = part.spans
        covered = (
            part.everyone == extent.everyone
            and extent.covers(spans.usage_point, spans.start, spans.end - 1).all()
        )
        if covered and digest != extent.digest:
            found.append((Act(number, digest, at, msgspec.json.decode(before, type=Found), None), part))
    return found


def _extent_of(db: sqlite3.Connection, number: int) -> Extent:
    query = 'SELECT usage_point, start, "end" FROM destroyed WHERE destruction = ?'
    rows = db.execute(query, (number,)).fetchall()
    if any(usage_point is None for usage_point, _, _ in rows):
        return Extent.period(*((start, end) for _, start, end in rows))
    return Extent.of(_spans(rows))


def _spans(rows: list[tuple[int, int, int]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    kinds = {"usage_point": pa.int32(), "start": pa.int64(), "end": pa.int64()}
    return pa.table(
        {name: pa.array(column, kind) for (name, kind), column in zip(kinds.items(), columns, strict=True)}
    )


def finish(db: sqlite3.Connection, act: Act, result: Destroyed) -> None:
    db.execute(
        "UPDATE destruction SET result = ? WHERE number = ?",
        (msgspec.json.encode(result).decode(), act.number),
    )


def forget(db: sqlite3.Connection, act: Act) -> None:
    """Of a destruction that has destroyed nothing."""
    db.execute("DELETE FROM destroyed WHERE destruction = ?", (act.number,))
    db.execute("DELETE FROM destruction WHERE number = ?", (act.number,))


def finished(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    """(usage point, or -1 for everyone, start, end) of every tombstone of a destruction that has come to its end."""
    rows = db.execute(
        'SELECT DISTINCT coalesce(usage_point, -1), start, "end" FROM destroyed'
        " JOIN destruction ON number = destruction WHERE result IS NOT NULL ORDER BY 1, 2, 3"
    )
    return rows.fetchall()


def unfinished(db: sqlite3.Connection) -> int:
    (count,) = db.execute("SELECT count(*) FROM destruction WHERE result IS NULL").fetchone()
    return int(count)
