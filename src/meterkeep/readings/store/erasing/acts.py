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


@dataclass(frozen=True, slots=True)
class Act:
    number: int
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
    def read(cls, db: sqlite3.Connection) -> Tombstones:
        rows = db.execute('SELECT usage_point, start, "end" FROM destroyed').fetchall()
        named = [row for row in rows if row[0] is not None]
        (through,) = db.execute("SELECT coalesce(max(number), 0) FROM destruction").fetchone()
        columns = zip(*named, strict=True) if named else ((), (), ())
        kinds = (pa.int32(), pa.int64(), pa.int64())
        table = pa.table(
            {
                name: pa.array(column, kind)
                for name, column, kind in zip(("usage_point", "start", "end"), columns, kinds, strict=True)
            }
        )
        periods = Extent.period(*((start, end) for number, start, end in rows if number is None))
        return cls(Extent.of(table), periods, through)

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
        "INSERT INTO destruction (extent, at, found) VALUES (?,?,?)",
        (extent.digest, at, msgspec.json.encode(found).decode()),
    )
    number = int(cursor.lastrowid or 0)
    spans = extent.spans
    rows = zip(spans.usage_point.tolist(), spans.start.tolist(), spans.end.tolist(), strict=True)
    db.executemany(
        "INSERT INTO destroyed VALUES (?,?,?,?)",
        [(number, None if extent.everyone else own, start, end) for own, start, end in rows],
    )
    return Act(number, at, found, None)


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
    return Act(number, at, msgspec.json.decode(found, type=Found), done)


def finish(db: sqlite3.Connection, act: Act, result: Destroyed) -> None:
    db.execute(
        "UPDATE destruction SET result = ? WHERE number = ?",
        (msgspec.json.encode(result).decode(), act.number),
    )


def forget(db: sqlite3.Connection, act: Act) -> None:
    """Of a destruction that has destroyed nothing."""
    db.execute("DELETE FROM destroyed WHERE destruction = ?", (act.number,))
    db.execute("DELETE FROM destruction WHERE number = ?", (act.number,))


def unfinished(db: sqlite3.Connection) -> int:
    (count,) = db.execute("SELECT count(*) FROM destruction WHERE result IS NULL").fetchone()
    return int(count)
