"""Readings as the checks see them: matrices of stream × time, one for each interval length, and the points beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.model import Int64s
from meterkeep.readings.quality import classify

DAY: Final = 86_400
BILLED: Final = 90_000
"""Seconds from which on a reading is of a billing period: the longest civil day has 25 hours."""

Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Window:
    """first: the instant at which the history begins; start, end: the period in question; until: when readings should have
    come to, at the latest. offset: seconds of standard time east of UTC. All but the last in epoch seconds.
    """

    first: int
    start: int
    end: int
    until: int
    offset: int

    @property
    def first_day(self) -> int:
        return (self.first + self.offset) // DAY

    @property
    def days(self) -> int:
        return -(-(self.end + self.offset) // DAY) - self.first_day

    @property
    def base(self) -> int:
        """The instant of every matrix' first position."""
        return self.first_day * DAY - self.offset


@dataclass(frozen=True, slots=True)
class Streams:
    """Usage point, channel and unit of each stream, by its number."""

    usage_point: Int64s
    channel: Texts
    unit: Texts

    def __len__(self) -> int:
        return len(self.usage_point)


@dataclass(frozen=True, slots=True)
class Cube:
    """Streams of one interval length. stream: number of each row, ascending; power: of ten, one for a row. values: 0 where
    nothing is present. late: by how many seconds a row's readings end after their file was received, at most.
    """

    seconds: int
    base: int
    stream: Int64s
    power: Int64s
    values: Int64s
    present: Bools
    estimated: Bools
    late: Int64s

    @property
    def per_day(self) -> int:
        return DAY // self.seconds

    def instant(self, position: Int64s) -> Int64s:
        return self.base + position * self.seconds

    def since(self, instant: int) -> int:
        """The first position that begins at or after the instant."""
        return max(0, -(-(instant - self.base) // self.seconds))


@dataclass(frozen=True, slots=True)
class Points:
    """What lies on no grid: registers, billing periods, odd lengths; and what lost its place."""

    stream: Int64s
    start: Int64s
    seconds: Int64s
    value: Int64s
    power: Int64s
    estimated: Bools
    lost: Bools
    received: Int64s

    def __getitem__(self, which: Bools | Int64s) -> Points:
        return Points(*(getattr(self, name)[which] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Batch:
    streams: Streams
    cubes: Sequence[Cube]
    points: Points
    span_stream: Int64s
    span_start: Int64s
    span_end: Int64s

    def of(self, *channels: str) -> Bools:
        return np.isin(self.streams.channel, channels)


def batch_of(days: pa.Table, points: pa.Table, spans: pa.Table, window: Window) -> Batch:
    """days: usage_point, channel, unit, interval_seconds, day, power_of_ten, values, quality, received (epoch seconds).
    points: usage_point, channel, unit, start, seconds, value, power_of_ten, quality, lost, received. spans: usage_point,
    start, end. Readings outside the spans of their usage point are left out here.
    """
    day = days["day"].cast(pa.int32())
    days = days.filter(
        pc.and_(pc.greater_equal(day, window.first_day), pc.less(day, window.first_day + window.days))
    )
    streams, number = _streams([days, points])
    of_days, of_points = number[: len(days)], number[len(days) :]
    spans = spans.sort_by([("usage_point", "ascending"), ("start", "ascending")])
    stream, start, end = _spans_of(streams, spans)
    cubes = list(_cubes(days, of_days, window))
    for cube in cubes:
        _keep_inside(cube, stream, start, end)
    kept = _points(points, of_points)
    inside = _inside(kept, stream, start, end)
    return Batch(streams, cubes, kept[inside], stream, start, end)


def _streams(tables: Sequence[pa.Table]) -> tuple[Streams, Int64s]:
    """The streams in the order of their names, and the number of each row's stream."""
    rows = pa.concat_tables(
        [t.select(["usage_point", "channel", "unit"]) for t in tables], promote_options="permissive"
    )
    keys = rows.group_by(rows.column_names).aggregate([])
    keys = keys.sort_by([(name, "ascending") for name in rows.column_names])
    channels, units = (sorted(set(keys[name].to_pylist())) for name in ("channel", "unit"))

    def code(table: pa.Table) -> Int64s:
        channel, unit = (
            pc.index_in(table[name], value_set=pa.array(known, pa.string())).to_numpy().astype(np.int64)
            for name, known in (("channel", channels), ("unit", units))
        )
        point = table["usage_point"].to_numpy().astype(np.int64)
        number: Int64s = (point * max(len(channels), 1) + channel) * max(len(units), 1) + unit
        return number

    found = Streams(
        keys["usage_point"].to_numpy().astype(np.int64),
        np.array(keys["channel"].to_pylist(), object),
        np.array(keys["unit"].to_pylist(), object),
    )
    return found, np.searchsorted(code(keys), code(rows))


def _cubes(days: pa.Table, stream: Int64s, window: Window) -> Iterator[Cube]:
    lengths = days["interval_seconds"].to_numpy()
    for seconds in np.unique(lengths).tolist():
        which = np.flatnonzero(lengths == seconds)
        yield _cube(days.take(pa.array(which)), stream[which], int(seconds), window)


def _cube(days: pa.Table, stream: Int64s, seconds: int, window: Window) -> Cube:
    per_day = DAY // seconds
    rows, row = np.unique(stream, return_inverse=True)
    day = days["day"].cast(pa.int32()).to_numpy().astype(np.int64) - window.first_day
    power = days["power_of_ten"].to_numpy().astype(np.int64)
    low = np.full(len(rows), 127, np.int64)
    np.minimum.at(low, row, power)
    listed = days["values"].combine_chunks().flatten()
    present = listed.is_valid().to_numpy(zero_copy_only=False).reshape(-1, per_day)
    values = listed.fill_null(0).to_numpy().reshape(-1, per_day) * 10 ** (power - low[row])[:, None]
    shape = (len(rows), window.days, per_day)
    cube = Cube(
        seconds,
        window.base,
        rows,
        low,
        np.zeros(shape, np.int64),
        np.zeros(shape, np.bool_),
        np.zeros(shape, np.bool_),
        np.full(len(rows), np.iinfo(np.int64).min),
    )
    # Rows of one day each fill positions that the others leave empty; there are rarely two.
    for turn in _turns(row * window.days + day):
        cube.values[row[turn], day[turn]] += values[turn]
        cube.present[row[turn], day[turn]] |= present[turn]
    marked = np.flatnonzero(days["quality"].is_valid().to_numpy())
    if len(marked):
        estimated = _estimated(days["quality"].take(pa.array(marked))).reshape(-1, per_day) & present[marked]
        np.logical_or.at(cube.estimated, (row[marked], day[marked]), estimated)
    last = per_day - np.argmax(present[:, ::-1], axis=1)
    ends = window.base + day * DAY + last * seconds
    np.maximum.at(
        cube.late, row, np.where(present.any(axis=1), ends - days["received"].to_numpy(), cube.late[row])
    )
    flat = (len(rows), window.days * per_day)
    return Cube(
        seconds,
        window.base,
        rows,
        low,
        cube.values.reshape(flat),
        cube.present.reshape(flat),
        cube.estimated.reshape(flat),
        cube.late,
    )


def _turns(place: Int64s) -> Iterator[Int64s]:
    """The rows in groups in which no place occurs twice."""
    left = np.arange(len(place))
    while len(left):
        _, first = np.unique(place[left], return_index=True)
        yield left[first]
        left = np.delete(left, first)


def _estimated(qualities: pa.ChunkedArray) -> Bools:
    return _is_estimated(qualities.combine_chunks().flatten())


def _is_estimated(codes: pa.Array | pa.ChunkedArray) -> Bools:
    distinct = [
        code for code in pc.unique(codes).to_pylist() if code is not None and classify(code) == "estimated"
    ]
    found: Bools = pc.is_in(codes, value_set=pa.array(distinct, pa.string())).to_numpy(zero_copy_only=False)
    return found


def _points(points: pa.Table, stream: Int64s) -> Points:
    def numbers(name: str) -> Int64s:
        column: Int64s = points[name].to_numpy().astype(np.int64)
        return column

    return Points(
        stream=stream,
        start=numbers("start"),
        seconds=numbers("seconds"),
        value=numbers("value"),
        power=numbers("power_of_ten"),
        estimated=_is_estimated(points["quality"].combine_chunks()),
        lost=points["lost"].to_numpy(),
        received=numbers("received"),
    )


def _spans_of(streams: Streams, spans: pa.Table) -> tuple[Int64s, Int64s, Int64s]:
    """The spans of every stream, in order."""
    point, start, end = (spans[name].to_numpy().astype(np.int64) for name in ("usage_point", "start", "end"))
    low = np.searchsorted(point, streams.usage_point, side="left")
    count = np.searchsorted(point, streams.usage_point, side="right") - low
    stream = np.repeat(np.arange(len(streams)), count)
    at = np.arange(len(stream)) - np.repeat(np.cumsum(count) - count, count) + low[stream]
    return stream, start[at], end[at]


def _keep_inside(cube: Cube, stream: Int64s, start: Int64s, end: Int64s) -> None:
    """Forgets what lies outside the spans of its stream, or partly."""
    size = cube.values.shape[1]
    row = np.searchsorted(cube.stream, stream)
    ours = (row < len(cube.stream)) & (cube.stream[np.minimum(row, len(cube.stream) - 1)] == stream)
    first = np.clip(-(-(start[ours] - cube.base) // cube.seconds), 0, size)
    last = np.clip((end[ours] - cube.base) // cube.seconds, first, size)
    if len(first) == len(cube.stream) and not first.any() and (last == size).all():
        return
    edges = np.zeros((len(cube.stream), size + 1), np.int8)
    np.add.at(edges, (row[ours], first), 1)
    np.add.at(edges, (row[ours], last), -1)
    outside = np.cumsum(edges[:, :-1], axis=1, dtype=np.int8) <= 0
    cube.values[outside] = 0
    cube.present[outside] = False
    cube.estimated[outside] = False


def _inside(points: Points, stream: Int64s, start: Int64s, end: Int64s) -> Bools:
    """Which points lie wholly inside a span of their stream. The spans of a stream do not overlap."""
    if not len(points) or not len(stream):
        return np.zeros(len(points), np.bool_)
    at = np.searchsorted(stream << 34 | start, points.stream << 34 | points.start, side="right") - 1
    at = np.maximum(at, 0)
    inside: Bools = (
        (stream[at] == points.stream)
        & (points.start >= start[at])
        & (points.start + np.maximum(points.seconds, 1) <= end[at])
    )
    return inside


def runs(mask: Bools) -> tuple[Int64s, Int64s, Int64s]:
    """Row, first position and end of each unbroken stretch of a matrix, in order."""
    edges = np.diff(mask.astype(np.int8), axis=1, prepend=0, append=0)
    row, begin = np.nonzero(edges == 1)
    _, end = np.nonzero(edges == -1)
    return row, begin, end
