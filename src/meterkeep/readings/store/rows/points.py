"""Points: every reading that lies on no grid, and every reading that lost its place to a later one in the same file.

Registers, billing periods, lengths that do not divide a day. All values that were ever given for an interval are kept;
the current one is the row of the highest version among those that are not `lost`; a null there says that the interval is
empty again, because the file that had filled it was withdrawn. Where several parts of a stream tell
of one interval and may not be added, each has such a row.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.readings.model import Int32s, Int64s
from meterkeep.readings.store.rows.days import check_sums, repeated, worst
from meterkeep.readings.store.rows.runs import Readings
from meterkeep.readings.store.rows.streams import Streams, rescaled

SCHEMA = pa.schema(
    [
        ("usage_point", pa.int32()),
        ("channel", pa.string()),
        ("start", pa.timestamp("us", "UTC")),
        ("seconds", pa.int32()),
        ("value", pa.int64()),
        ("power_of_ten", pa.int8()),
        ("unit", pa.string()),
        ("quality", pa.string()),
        ("lost", pa.bool_()),
        ("received", pa.timestamp("us", "UTC")),
        ("file", pa.string()),
        ("policy", pa.string()),
        ("version", pa.int32()),
    ]
)

Bools = npt.NDArray[np.bool_]

HELD = 0
"""In place of a version, before a point is written: it lost against what the store has, not within its file."""


@dataclass(frozen=True, slots=True)
class Points:
    """Columns. start: epoch seconds; quality: code index, -1 for none; parts: how many readings the value is the sum of."""

    rank: Int32s
    start: Int64s
    seconds: Int32s
    value: Int64s
    power: Int64s
    quality: npt.NDArray[np.int16]
    lost: Bools
    version: Int64s
    parts: Int64s

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, which: Bools | npt.NDArray[np.intp]) -> Points:
        return Points(*(getattr(self, field.name)[which] for field in fields(self)))


def gather(
    readings: Readings, lost: Bools, streams: Streams, *, offset: int, classes: npt.NDArray[np.int8]
) -> tuple[Points, Readings]:
    """The distinct readings in canonical order, and those that only repeat another one of the same part.

    Of equal ones the last stays; of different ones for the same interval the last wins and the others are lost. What
    several parts say of an interval is added up where it may be.
    """
    part = streams.part_key(readings.series)
    start = readings.local_start() - offset
    value, power = canonical(readings.value, streams.series_power[readings.series])
    order = np.lexsort((power, value, readings.seconds, start, part))
    repeats = _same(order, part, start, readings.seconds, value, power)
    kept = np.sort(order[np.append(~repeats, True)[: len(order)]])
    kept = kept[np.lexsort((readings.seconds[kept], start[kept], part[kept]))]
    beaten = _same(kept, part, start, readings.seconds)
    points = Points(
        rank=streams.rank[readings.series[kept]],
        start=start[kept],
        seconds=readings.seconds[kept],
        value=readings.value[kept],
        power=streams.series_power[readings.series[kept]],
        quality=readings.quality[kept],
        lost=lost[kept] | np.append(beaten, False)[: len(kept)],
        version=np.ones(len(kept), np.int64),
        parts=np.ones(len(kept), np.int64),
    )
    if streams.most > 1:
        points = added(points, streams, classes)
    return points, readings[order[:-1][repeats]] if len(order) else readings


def added(points: Points, streams: Streams, classes: npt.NDArray[np.int8]) -> Points:
    """Those that stand for one interval of a stream become one, with the worst quality, where they may be summed."""
    interval = _groups(points.rank, points.start, points.seconds)
    standing = streams.summable[points.rank] & ~points.lost
    several = standing & (np.bincount(interval[standing], minlength=len(points) + 1)[interval] > 1)
    which = np.flatnonzero(several)
    if not len(which):
        return points
    which = which[np.argsort(interval[which], kind="stable")]
    begins = np.flatnonzero(np.diff(interval[which], prepend=-1))
    met, first = points[which], points[which[begins]]
    power = streams.power[met.rank]
    value = rescaled(met.value, met.power - power)
    check_sums(np.add.reduceat(np.abs(value), begins, dtype=float))
    total = replace(
        first,
        value=np.add.reduceat(value, begins),
        power=power[begins],
        quality=worst(classes[met.quality], met.quality, begins),
        parts=np.add.reduceat(met.parts, begins),
    )
    return joined(points[~several], total)


def joined(one: Points, other: Points) -> Points:
    pairs = ((getattr(one, field.name), getattr(other, field.name)) for field in fields(Points))
    return Points(*(np.concatenate(pair) for pair in pairs))


def _same(order: npt.NDArray[np.intp], *columns: npt.NDArray[np.integer]) -> Bools:
    """Whether each element in this order equals the next one in all columns."""
    same: Bools = np.logical_and.reduce([np.diff(column[order]) == 0 for column in columns])
    return same


def canonical(value: Int64s, power: npt.NDArray[np.integer]) -> tuple[Int64s, Int64s]:
    """Equal amounts become equal pairs: 1500 * 10**0 is (15, 2), nothing is (0, 0)."""
    value, power = value.copy(), power.astype(np.int64)
    while (even := (value != 0) & (value % 10 == 0)).any():
        value[even] //= 10
        power[even] += 1
    return value, np.where(value == 0, 0, power)


@dataclass(frozen=True, slots=True)
class Merged:
    """points: the new ones; written: which of them have to be, in which version. fresh: which say something that the store
    does not have. notes: which, by kind.
    """

    points: Points
    written: Bools
    version: Int64s
    fresh: Bools
    notes: dict[str, Bools]


def unmet(new: Points) -> Merged:
    """Where the store has nothing of those years."""
    everything = np.ones(len(new), bool)
    conflict = new.lost & (new.version > HELD)
    return Merged(new, everything, np.maximum(new.version, 1), everything, {"conflict": conflict})


def merge(
    new: Points,
    old: Points,
    gone: Bools,
    *,
    classes: npt.NDArray[np.int8],
    ranks: npt.NDArray[np.int8],
) -> Merged:
    """old: all stored rows of the same streams; gone: which of them say only that their interval was emptied. classes, ranks:
    of the quality codes.

    Where several stand for an interval, a new version holds all that the file says of it. What a file says with a worse
    quality than that of those which stand is held back: it comes out as lost.
    """
    group = _groups(
        np.append(new.rank, old.rank), np.append(new.start, old.start), np.append(new.seconds, old.seconds)
    )
    here, there = group[: len(new)], group[len(new) :]
    version = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.maximum.at(version, there[~old.lost], old.version[~old.lost])
    current = ~old.lost & ~gone & (old.version == version[there])
    value, power = canonical(np.append(new.value, old.value), np.append(new.power, old.power))
    what = _groups(group, value, power)
    mine, stored = what[: len(new)], what[len(new) :]
    as_current = np.isin(mine, stored[current])
    classed = _groups(what, classes[np.append(new.quality, old.quality)])
    as_classed = np.isin(classed[: len(new)], classed[len(new) :][current])
    said, stand = (np.bincount(g, minlength=len(version)) for g in (here[~new.lost], there[current]))
    better = _worst(there[current], ranks[old.quality[current]], len(version))
    worse = ~new.lost & (_worst(here[~new.lost], ranks[new.quality[~new.lost]], len(version)) > better)[here]
    worse &= stand[here] > 0
    new = held_back(new, worse & ~as_current)
    known = np.where(new.lost, np.isin(mine, stored[~gone]), as_current)
    # A file that tells of some of those that stand together does not push the others out with a better quality.
    requalified = ~new.lost & ~worse & as_current & ~as_classed & (said >= stand)[here]
    fresh = ~known | requalified
    conflict = ~known & (new.version > HELD) & (new.lost | (stand[here] > 0))
    superseded = np.zeros(len(version), bool)
    superseded[here[fresh & ~new.lost]] = True
    written = np.where(new.lost, fresh, superseded[here])
    version = np.where(new.lost, np.maximum(version[here], 1), version[here] + 1)
    notes = {"conflict": conflict, "requalified": requalified, "not_better": worse}
    return Merged(new, written, version, fresh, notes)


def held_back(points: Points, which: Bools) -> Points:
    """These are kept but do not count: something of a better quality stands."""
    return replace(points, lost=points.lost | which, version=np.where(which, HELD, points.version))


def _worst(group: npt.NDArray[np.intp], ranks: npt.NDArray[np.int8], size: int) -> npt.NDArray[np.int8]:
    worst_of = np.full(size, -1, np.int8)
    np.maximum.at(worst_of, group, ranks)
    return worst_of


def _groups(*columns: npt.NDArray[np.integer]) -> npt.NDArray[np.intp]:
    """A number for each element, equal where all columns are equal."""
    order = np.lexsort(columns)
    number = np.zeros(len(order), np.intp)
    if len(order):
        number[order] = np.concatenate([[0], np.cumsum(~_same(order, *columns))])
    return number


def from_arrow(stored: pa.Table, *, codes: dict[str, int]) -> Points:
    """Stored rows with their rank; start in epoch seconds."""
    words = stored["quality"].combine_chunks().dictionary_encode()
    numbers = np.array(
        [codes.setdefault(w, len(codes)) for w in words.dictionary.to_pylist()] or [0], np.int16
    )
    coded = words.indices.is_valid().to_numpy(zero_copy_only=False)
    quality = np.where(
        coded, numbers[words.indices.fill_null(0).to_numpy(zero_copy_only=False)], np.int16(-1)
    )
    return Points(
        rank=stored["rank"].to_numpy(),
        start=stored["start"].to_numpy(),
        seconds=stored["seconds"].to_numpy(),
        value=stored["value"].to_numpy(),
        power=stored["power_of_ten"].to_numpy().astype(np.int64),
        quality=quality.astype(np.int16),
        lost=stored["lost"].to_numpy().astype(bool),
        version=stored["version"].to_numpy().astype(np.int64),
        parts=np.ones(len(stored), np.int64),
    )


def to_arrow(
    points: Points,
    written: Bools,
    version: Int64s,
    streams: Streams,
    *,
    codes: list[str],
    origin: dict[str, pa.Scalar],
) -> pa.Table:
    size = int(written.sum())
    quality = points.quality[written]
    columns = {
        **streams.columns(points.rank[written]),
        "start": pa.array(points.start[written] * 1_000_000, pa.timestamp("us", "UTC")),
        "seconds": pa.array(points.seconds[written].astype(np.int32)),
        "value": pa.array(points.value[written]),
        "power_of_ten": pa.array(points.power[written].astype(np.int8)),
        "quality": pa.array(codes or [""]).take(pa.array(np.maximum(quality, 0), mask=quality < 0)),
        "lost": pa.array(points.lost[written]),
        "version": pa.array(version[written].astype(np.int32)),
        **{name: repeated(value, size) for name, value in origin.items()},
    }
    return pa.table({name: columns[name] for name in SCHEMA.names})
