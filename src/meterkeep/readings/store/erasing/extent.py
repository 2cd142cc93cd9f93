"""What is destroyed: spans of usage points, or the time of everyone. And which readings, rows and series lie in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.readings.model import Int32s, Int64s
from meterkeep.readings.store.rows import days
from meterkeep.readings.store.rows.civil import DAY, months_of
from meterkeep.readings.store.rows.days import Bools
from meterkeep.readings.store.rows.spans import Spans
from meterkeep.readings.store.tables.snapshot import BUCKETS

_APART: int = 1 << 34
"""More than any instant: usage points, by their place among those named, are told apart by multiples of it."""


@dataclass(frozen=True, slots=True)
class Extent:
    """spans: of the usage points whose readings go, as far as they touch a span; with everyone, those of all usage points
    go that *end* in a span, so that a month takes no reading along that reaches into the next one.
    """

    spans: Spans
    everyone: bool = False

    @classmethod
    def of(cls, holdings: pa.Table) -> Extent:
        """holdings: as `Store.read` takes them; who holds what does not matter here."""
        return cls(Spans.of(holdings.select(["usage_point", "start", "end"])))

    @classmethod
    def period(cls, *spans: tuple[int, int]) -> Extent:
        """Half-open spans of instants, of everyone."""
        start, end = zip(*spans, strict=True) if spans else ((), ())
        nobody = pa.array(np.zeros(len(spans), np.int32))
        return cls(Spans.of(pa.table({"usage_point": nobody, "start": start, "end": end})), everyone=True)

    def __len__(self) -> int:
        return len(self.spans)

    @property
    def usage_points(self) -> Int32s:
        return self.spans.usage_points()

    @property
    def first(self) -> int:
        return int(self.spans.start.min())

    @property
    def end(self) -> int:
        return int(self.spans.end.max())

    @property
    def digest(self) -> str:
        """The same for the same extent, however its spans were given."""
        columns = (
            self.spans.usage_point.astype("<i4"),
            self.spans.start.astype("<i8"),
            self.spans.end.astype("<i8"),
        )
        kind = b"everyone" if self.everyone else b"usage points"
        return hashlib.sha256(kind + b"".join(column.tobytes() for column in columns)).hexdigest()

    def names(self, usage_point: npt.NDArray[np.integer]) -> Bools:
        """Which of these usage points it is about."""
        if self.everyone:
            return np.ones(len(usage_point), bool)
        found: Bools = np.isin(usage_point, self.usage_points)
        return found

    def meets(self, usage_point: npt.NDArray[np.integer], first: Int64s, last: Int64s) -> Bools:
        """Which stretches, from their first second to their last, have one inside a span."""
        at, found = self._latest(usage_point, last)
        return found & (self.spans.end[at] > first) if found.any() else found

    def covers(self, usage_point: npt.NDArray[np.integer], first: Int64s, last: Int64s) -> Bools:
        """Which stretches lie wholly inside a span."""
        at, found = self._latest(usage_point, last)
        if not found.any():
            return found
        inside: Bools = found & (self.spans.end[at] > last) & (self.spans.start[at] <= first)
        return inside

    def _latest(
        self, usage_point: npt.NDArray[np.integer], last: Int64s
    ) -> tuple[npt.NDArray[np.intp], Bools]:
        """The latest span of the usage point that begins by then, and whether there is one.

        Spans are disjoint, so of those that begin by the last second of a stretch it reaches farthest.
        """
        if not len(self):
            return np.zeros(len(last), np.intp), np.zeros(len(last), bool)
        own = np.zeros(len(last), np.int64)
        key, known = self.spans.start, np.ones(len(last), bool)
        if not self.everyone:
            named = self.usage_points
            own = np.minimum(np.searchsorted(named, usage_point), len(named) - 1).astype(np.int64)
            known = named[own] == usage_point
            key = np.searchsorted(named, self.spans.usage_point) * _APART + key
        at = np.searchsorted(key, own * _APART + last, side="right") - 1
        found: Bools = known & (at >= 0) & (key[at] // _APART == own)
        return at, found

    def hits(
        self, usage_point: npt.NDArray[np.integer], start: Int64s, seconds: npt.NDArray[np.integer]
    ) -> Bools:
        """Which readings are destroyed."""
        last = start + np.maximum(seconds, 1) - 1
        return self.meets(usage_point, last if self.everyone else start, last)

    def months(self, offset: int) -> range:
        """Months (counted from January 1970) of the standard days that it may touch."""
        ends = np.array([self.first + offset, self.end - 1 + offset]) // DAY
        first, last = months_of(ends).tolist()
        return range(first - self.everyone, last + 1)

    def years(self, offset: int) -> range:
        """Years in which a reading may begin that it touches; the longest reading has less than 69 of them."""
        months = self.months(offset)
        return range(0, 1970 + (months.stop - 1) // 12 + 1)

    def buckets(self) -> frozenset[int]:
        if self.everyone:
            return frozenset(range(BUCKETS))
        return frozenset((self.usage_points % BUCKETS).tolist())


@dataclass(frozen=True, slots=True)
class Cut:
    """rows: what is left of a table's rows. removed: how many rows are gone; readings: how many values, here and in rows
    that lost a part of theirs.
    """

    rows: pa.Table
    removed: int
    readings: int

    @property
    def touched(self) -> bool:
        return bool(self.removed or self.readings)


def cut_points(rows: pa.Table, extent: Extent) -> Cut:
    """rows: of `points`, with at least usage_point, start, seconds and value."""
    start = rows["start"].cast(pa.int64()).to_numpy() // 1_000_000
    gone = extent.hits(rows["usage_point"].to_numpy(), start, rows["seconds"].to_numpy())
    if not gone.any():
        return Cut(rows, 0, 0)
    there = rows["value"].is_valid().to_numpy()
    return Cut(rows.filter(pa.array(~gone)), int(gone.sum()), int((gone & there).sum()))


def cut_days(rows: pa.Table, extent: Extent, *, offset: int) -> Cut:
    """rows: of `days`, whole. A day that is cut apart keeps its other readings, at the same version.

    A row of a later version that is left without readings stays where some of its day is spared: it says there that what
    an earlier version holds counts no longer. One of version 1 says nothing then, and goes.
    """
    usage_point, midnight = rows["usage_point"].to_numpy(), midnights(rows, offset)
    touched = extent.meets(usage_point, midnight, midnight + DAY - 1)
    if not touched.any():
        return Cut(rows, 0, 0)
    whole = extent.covers(usage_point, midnight, midnight + DAY - 1)
    length = rows["interval_seconds"].to_numpy()
    readings = int((DAY // length - rows["missing"].to_numpy())[whole].sum())
    order, parts = [np.flatnonzero(~touched)], [rows.filter(pa.array(~touched))]
    for seconds in np.unique(length[touched & ~whole]).tolist():
        which = np.flatnonzero(touched & ~whole & (length == seconds))
        for some in np.array_split(which, len(which) * (DAY // seconds) // days.MOST_CELLS + 1):
            stays, left, destroyed = _cut(rows.take(pa.array(some)), seconds, extent, offset)
            order.append(some[stays])
            parts.append(left)
            readings += destroyed
    kept = pa.concat_tables(parts)
    kept = kept.take(pa.array(np.argsort(np.concatenate(order), kind="stable")))
    return Cut(kept, len(rows) - len(kept), readings)


def midnights(rows: pa.Table, offset: int) -> Int64s:
    """The instants at which the standard days of these rows begin."""
    midnight: Int64s = rows["day"].cast(pa.int32()).to_numpy().astype(np.int64) * DAY - offset
    return midnight


def _cut(rows: pa.Table, seconds: int, extent: Extent, offset: int) -> tuple[Bools, pa.Table, int]:
    """Of rows of one length: which stay, these without what is destroyed, and how many readings that is."""
    width = DAY // seconds
    start = (midnights(rows, offset)[:, None] + seconds * np.arange(width)).reshape(-1)
    usage_point = np.repeat(rows["usage_point"].to_numpy(), width)
    gone = extent.hits(usage_point, start, np.full(len(start), seconds)).reshape(-1, width)
    left, there, destroyed = days.emptied(rows, gone)
    stays = (there | (rows["version"].to_numpy() > 1)) & ~gone.all(axis=1)
    # A row without a reading in the extent is not its business, whatever it looks like.
    stays |= ~gone.any(axis=1)
    return stays, left.filter(pa.array(stays)), destroyed
