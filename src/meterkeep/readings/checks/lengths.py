"""Checks across interval lengths: what is missing, what is of another length, what is told twice; and shares of a stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from meterkeep.readings.checks.catalogue import Limits
from meterkeep.readings.checks.cube import BILLED, DAY, Batch, Window, runs
from meterkeep.readings.checks.flags import Flags
from meterkeep.readings.model import Int64s

NEVER = 2**40

Stretches = tuple[Int64s, Int64s, Int64s]
"""Stream, start and end of each."""


class Covered:
    """Stretches of time that readings of a batch tell of: stream, start, end, and the length of the intervals."""

    def __init__(self, batch: Batch) -> None:
        parts = [_of_cube(cube) for cube in batch.cubes]
        points = batch.points
        short = ~points.lost & (points.seconds > 0) & (points.seconds < BILLED)
        short &= ~batch.of("register")[points.stream]
        told = np.unique(np.stack([points.stream, points.start, points.seconds])[:, short], axis=1)
        parts.append((told[0], told[1], told[1] + told[2], told[2]))
        self.stream, self.start, self.end, self.seconds = (
            np.concatenate([part[at] for part in parts]) for at in range(4)
        )
        self.usual = self._usual(len(batch.streams))
        self.first, self.last = np.full(len(batch.streams), NEVER), np.zeros(len(batch.streams), np.int64)
        np.minimum.at(self.first, self.stream, self.start)
        np.maximum.at(self.last, self.stream, self.end)

    def _usual(self, streams: int) -> Int64s:
        """The length in which most of each stream's time is told; the shorter of two equal ones; 0 without intervals."""
        lengths, at = np.unique(self.seconds, return_inverse=True)
        told = np.zeros((streams, max(len(lengths), 1)), np.int64)
        np.add.at(told, (self.stream, at), self.end - self.start)
        found = np.append(lengths, 0)[np.argmax(told, axis=1)]
        return np.where(told.any(axis=1), found, 0)


def _of_cube(cube: Any) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    row, begin, end = runs(cube.present)
    return cube.stream[row], cube.instant(begin), cube.instant(end), np.full(len(row), cube.seconds)


def gaps(
    batch: Batch,
    covered: Covered,
    window: Window,
    limits: Limits,
    flags: Flags,
    destroyed: pa.Table | None = None,
) -> None:
    """From each stream's first reading, or the beginning of the period, to when readings should have come to; not where they
    were destroyed on purpose.
    """
    stream, start, end = _clipped(batch.span_stream, batch.span_start, batch.span_end, covered, window)
    told = covered.stream, covered.start, covered.end
    if destroyed is not None and len(destroyed):
        buried = _buried(batch, covered, destroyed, window)
        own, begin, finish = (np.concatenate(pair) for pair in zip(told, buried, strict=True))
        told = own, begin, finish
    stream, start, end = _uncovered(told, stream, start, end)
    seconds = covered.usual[stream]
    missing = -(-(end - start) // np.maximum(seconds, 1))
    open_end = start >= covered.last[stream]
    for check, which, limit in (
        ("gap", ~open_end, 0),
        ("ends_early", open_end & (end - start > limits.ends_early_days * DAY), limits.ends_early_days * DAY),
    ):
        flags.add(
            check,
            stream[which],
            start=start[which],
            end=end[which],
            found=(end - start)[which],
            limit=limit,
            unit="s",
            count=missing[which],
        )


def _clipped(
    stream: Int64s, start: Int64s, end: Int64s, covered: Covered, window: Window
) -> tuple[Int64s, Int64s, Int64s]:
    start = np.maximum(np.maximum(start, window.start), covered.first[stream])
    end = np.minimum(end, window.until)
    kept = (start < end) & (covered.usual[stream] > 0)
    return stream[kept], start[kept], end[kept]


def _buried(batch: Batch, covered: Covered, destroyed: pa.Table, window: Window) -> Stretches:
    """Of each stream what was destroyed, out to the ends of the intervals that this only touches."""
    own = batch.streams.usage_point
    order = np.argsort(own, kind="stable")
    usage_point = destroyed["usage_point"].to_numpy()
    first = np.searchsorted(own[order], usage_point, side="left")
    count = np.searchsorted(own[order], usage_point, side="right") - first
    row = np.repeat(np.arange(len(destroyed)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    stream = order[first[row] + within]
    length = np.maximum(covered.usual[stream], 1)
    start, end = (
        destroyed[name].cast(pa.int64()).to_numpy()[row] + window.offset for name in ("start", "end")
    )
    return stream, start // length * length - window.offset, -(-end // length) * length - window.offset


def _uncovered(told: Stretches, stream: Int64s, start: Int64s, end: Int64s) -> Stretches:
    """What of these stretches nothing is told of."""
    held, depth, at, begin, finish = _sweep((stream, start, end), told)
    which = (held > 0) & (depth == 0)
    return _joined(at[which], begin[which], finish[which])


def _sweep(
    one: tuple[Int64s, Int64s, Int64s], other: tuple[Int64s, Int64s, Int64s]
) -> tuple[Int64s, Int64s, Int64s, Int64s, Int64s]:
    """The pieces into which all these stretches cut their streams: how many of each kind tell of it, stream, begin, end."""
    stream = np.concatenate([one[0], one[0], other[0], other[0]])
    at = np.concatenate([one[1], one[2], other[1], other[2]])
    a, b = np.ones(len(one[0]), np.int64), np.ones(len(other[0]), np.int64)
    zero_a, zero_b = np.zeros_like(a), np.zeros_like(b)
    first = np.concatenate([a, -a, zero_b, zero_b])
    second = np.concatenate([zero_a, zero_a, b, -b])
    order = np.argsort(stream << 34 | at, kind="stable")
    stream, at = stream[order], at[order]
    first, second = np.cumsum(first[order]), np.cumsum(second[order])
    piece = (stream[1:] == stream[:-1]) & (at[1:] > at[:-1])
    return first[:-1][piece], second[:-1][piece], stream[:-1][piece], at[:-1][piece], at[1:][piece]


def _joined(stream: Int64s, start: Int64s, end: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """Pieces that touch become one."""
    if not len(stream):
        return stream, start, end
    new = np.append(True, (stream[1:] != stream[:-1]) | (start[1:] != end[:-1]))
    last = np.append(new[1:], True)
    return stream[new], start[new], end[last]


def interval_sizes(covered: Covered, window: Window, flags: Flags) -> None:
    """One flag for a stream and length: from the first to the last of these readings in the period."""
    which = (covered.seconds != covered.usual[covered.stream]) & (covered.end > window.start)
    which &= covered.start < window.end
    stream, seconds = covered.stream[which], covered.seconds[which]
    start, end = covered.start[which], covered.end[which]
    keys, of = np.unique(stream << 34 | seconds, return_inverse=True)
    first, last = np.full(len(keys), NEVER), np.zeros(len(keys), np.int64)
    count = np.zeros(len(keys), np.int64)
    np.minimum.at(first, of, start)
    np.maximum.at(last, of, end)
    np.add.at(count, of, (end - start) // seconds)
    streams, lengths = keys >> 34, keys & (2**34 - 1)
    flags.add(
        "interval_size",
        streams,
        start=first,
        end=last,
        found=lengths,
        limit=covered.usual[streams],
        unit="s",
        count=count,
    )


def overlaps(covered: Covered, window: Window, flags: Flags) -> None:
    none = np.zeros(0, np.int64)
    _, depth, stream, start, end = _sweep((none, none, none), (covered.stream, covered.start, covered.end))
    which = (depth > 1) & (end > window.start) & (start < window.end)
    stream, start, end = _joined(stream[which], start[which], end[which])
    flags.add(
        "overlap",
        stream,
        start=start,
        end=end,
        found=end - start,
        limit=0,
        unit="s",
        count=-(-(end - start) // np.maximum(covered.usual[stream], 1)),
    )


def shares(batch: Batch, window: Window, limits: Limits, flags: Flags) -> None:
    """Estimates, and contradicted readings, of all readings of the period."""
    size = len(batch.streams)
    there, estimated = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for cube in batch.cubes:
        first = cube.since(window.start)
        there[cube.stream] += cube.present[:, first:].sum(axis=1)
        estimated[cube.stream] += cube.estimated[:, first:].sum(axis=1)
    points = batch.points
    points = points[(points.start >= window.start) & (points.start < window.end)]
    there += np.bincount(points.stream[~points.lost], minlength=size)
    estimated += np.bincount(points.stream[points.estimated & ~points.lost], minlength=size)
    lost = np.bincount(points.stream[points.lost], minlength=size)
    for check, found, share in (
        ("estimated_share", estimated, limits.estimated_share),
        ("conflict", lost, limits.conflict_share),
    ):
        stream = np.flatnonzero(found * 1000 > there * share)
        flags.add(
            check,
            stream,
            start=np.full(len(stream), window.start),
            end=np.full(len(stream), window.end),
            found=found[stream],
            limit=there[stream] * share // 1000,
            unit="intervals",
            count=there[stream],
        )
