"""What the registry says of readings that are destroyed: which files named the usage point, and what they summed up to."""

from __future__ import annotations

import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from meterkeep.readings.model import Int32s
from meterkeep.readings.store.correcting import marks
from meterkeep.readings.store.erasing.acts import Tombstones
from meterkeep.readings.store.erasing.extent import Extent
from meterkeep.readings.store.erasing.files import held
from meterkeep.readings.store.intake.summary import SeriesSummary, Stored
from meterkeep.readings.store.tables.registry import as_packed, unpacked
from meterkeep.readings.store.tables.snapshot import visible

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

COMPACTED = ""
"""In place of an intake's name: the files of all compactions."""

FEW = 20
"""Of so few usage points each is looked for among the bytes of a result, before it is taken apart."""


def scrub(db: sqlite3.Connection, store: Store, extents: Sequence[Extent], *, apply: bool) -> int:
    """How many entries say something of the extents; with apply they do no longer. db: the registry, held alone for that.

    A summary of a series goes where the series reaches into an extent: its sum and its ends speak of what is destroyed.
    """
    return sum(
        _unlisted(db, store, _named(db, extent, apply=apply), apply=apply)
        + _unsummed(db, extent, apply=apply)
        + _untold(db, extent, apply=apply)
        for extent in extents
    )


def _named(db: sqlite3.Connection, extent: Extent, *, apply: bool) -> Extent:
    """Where a period of everyone's goes, those of whom a part was destroyed before may have had the rest in it."""
    return Tombstones.read(db).usage_points if apply and extent.everyone else extent


def _unlisted(db: sqlite3.Connection, store: Store, extent: Extent, *, apply: bool) -> int:
    """Takes usage points off the lists of intakes of which no file holds anything any more."""
    if extent.everyone or not len(extent):
        return 0
    named, own = extent.usage_points, None
    stale = 0
    listed = db.execute("SELECT number, name, usage_points FROM intake WHERE usage_points IS NOT NULL")
    for number, name, packed in listed.fetchall():
        usage_points = np.frombuffer(packed, "<i4")
        met = np.intersect1d(usage_points, named, assume_unique=True)
        if not len(met):
            continue
        own = _held(store, extent) if own is None else own
        gone = np.setdiff1d(met, np.union1d(own[name], own[COMPACTED]))
        stale += bool(len(gone))
        if len(gone) and apply:
            left = np.setdiff1d(usage_points, gone).astype("<i4").tobytes()
            db.execute("UPDATE intake SET usage_points = ? WHERE number = ?", (left, number))
    return stale


def _held(store: Store, extent: Extent) -> dict[str, Int32s]:
    """Which of the usage points the files of each intake still hold; those of compactions hold rows of any."""
    found: dict[str, Int32s] = defaultdict(lambda: extent.usage_points[:0])
    buckets = extent.buckets() | {-1}
    for table in (store.days, store.points):
        for part in table.parts():
            file = visible(part, table.folder)
            name = COMPACTED if file.compacted else file.intake
            if file.bucket in buckets:
                found[name] = np.union1d(found[name], held(table.folder / part.path, extent.usage_points))
    return found


def _unsummed(db: sqlite3.Connection, extent: Extent, *, apply: bool) -> int:
    stale = 0
    for number, packed in db.execute("SELECT number, result FROM intake").fetchall():
        if not _may_speak(packed, extent):
            continue
        result = unpacked(packed)
        left = _left(db, number, result) if _unsaid(result, extent) is not result else result
        stale += left is not result
        if left is not result and apply:
            db.execute("UPDATE intake SET result = ? WHERE number = ?", (as_packed(left), number))
    return stale


def _left(db: sqlite3.Connection, number: int, result: Stored) -> Stored:
    """A file that came after a destruction brought nothing of it back, though its readings may lie on both sides of it."""
    for extent in Tombstones.read(db, intake=number).extents:
        result = _unsaid(result, extent)
    return result


def _may_speak(packed: bytes, extent: Extent) -> bool:
    if extent.everyone or len(extent.usage_points) > FEW:
        return True
    said = zlib.decompress(packed)
    return any(b'"usage_point":%d,' % number in said for number in extent.usage_points.tolist())


def _unsaid(result: Stored, extent: Extent) -> Stored:
    if not result.series:
        return result
    usage_point = np.array([series.usage_point for series in result.series], np.int32)
    near = np.flatnonzero(extent.names(usage_point))
    first = np.array([instant(result.series[i].first) for i in near], np.int64)
    last = np.array([end_of(result.series[i]) for i in near], np.int64) - 1
    gone = set(near[extent.meets(usage_point[near], first, last)].tolist())
    left = [series for i, series in enumerate(result.series) if i not in gone]
    return msgspec.structs.replace(result, series=left) if gone else result


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def end_of(series: SeriesSummary) -> int:
    """Of its last interval, whose length is taken for a day where it is not known."""
    return instant(series.last) + max(
        86_400 if series.interval_seconds is None else series.interval_seconds, 1
    )


def _untold(db: sqlite3.Connection, extent: Extent, *, apply: bool) -> int:
    """What parts of files had told, kept for the day on which one is cancelled."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'told'").fetchone():
        return 0
    stale = 0
    for intake, ordinal, packed in db.execute("SELECT intake, ordinal, packed FROM told").fetchall():
        told = msgspec.json.decode(zlib.decompress(packed), type=marks.Told)
        left = marks.Told(
            [piece for run in told.runs for piece in _pieces(run, extent)],
            [share for share in told.shares if not _hit(share, extent)],
        )
        stale += left != told
        if left != told and apply:
            again = zlib.compress(msgspec.json.encode(left), 1)
            db.execute(
                "UPDATE told SET packed = ? WHERE intake = ? AND ordinal = ?", (again, intake, ordinal)
            )
    return stale


def _pieces(run: marks.Run, extent: Extent) -> list[marks.Run]:
    """What is left of it, as runs again."""
    start = run.start + max(run.seconds, 1) * np.arange(run.count)
    own = np.full(run.count, run.usage_point)
    stays = np.flatnonzero(~extent.hits(own, start, np.full(run.count, run.seconds)))
    pieces = np.split(stays, np.flatnonzero(np.diff(stays) > 1) + 1) if len(stays) else []
    return [msgspec.structs.replace(run, start=int(start[p[0]]), count=len(p)) for p in pieces]


def _hit(share: marks.Share, extent: Extent) -> bool:
    one = np.array([share.usage_point]), np.array([share.start]), np.array([share.seconds])
    return bool(extent.hits(*one)[0])
