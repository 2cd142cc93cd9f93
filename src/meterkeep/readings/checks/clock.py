"""Checks of the clock: readings from the future, off the grid, sunlight by night, weeks that are moved by an hour."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from meterkeep.readings.checks.catalogue import Limits
from meterkeep.readings.checks.cube import BILLED, DAY, Batch, Bools, Cube, Points, Window, runs
from meterkeep.readings.checks.flags import Flags, Numbers
from meterkeep.readings.model import Int64s

HOUR = 3600
WEEK = 7
LEAST_DAYS = 14
"""Days of history without which no week is compared."""


def from_the_future(batch: Batch, window: Window, limits: Limits, flags: Flags) -> None:
    """One flag for a stream and interval length; it ends where its latest reading does."""
    for cube in batch.cubes:
        row = np.flatnonzero(cube.late > limits.future_seconds)
        last = cube.values.shape[1] - np.argmax(cube.present[row, ::-1], axis=1)
        end = cube.instant(last)
        kept = (end > window.start) & cube.present[row].any(axis=1)
        row, end = row[kept], end[kept]
        late = cube.late[row]
        _future(flags, cube.stream[row], end - late, end, late, -(-late // cube.seconds), limits)
    points = batch.points
    late = points.start + points.seconds - points.received
    which = (late > limits.future_seconds) & ~points.lost & (points.start >= window.start)
    which &= points.start < window.end
    ahead = points[which]
    end = ahead.start + ahead.seconds
    _future(flags, ahead.stream, ahead.received, end, end - ahead.received, 1, limits)


def _future(
    flags: Flags,
    stream: Int64s,
    start: Int64s,
    end: Int64s,
    late: Int64s,
    count: Numbers | int,
    limits: Limits,
) -> None:
    flags.add(
        "future",
        stream,
        start=start,
        end=end,
        found=late,
        limit=limits.future_seconds,
        unit="s",
        count=count,
    )


def off_grid(batch: Batch, window: Window, flags: Flags) -> None:
    """One flag for a stream and length: a clock that is off is off for long."""
    points = _short(batch, window)
    late = (points.start + window.offset) % np.maximum(points.seconds, 1)
    points = points[late != 0]
    for seconds in np.unique(points.seconds).tolist():
        ours = points[points.seconds == seconds]
        streams, of = np.unique(ours.stream, return_inverse=True)
        first, last = np.full(len(streams), 2**62), np.zeros(len(streams), np.int64)
        worst = np.zeros(len(streams), np.int64)
        np.minimum.at(first, of, ours.start)
        np.maximum.at(last, of, ours.start + seconds)
        np.maximum.at(worst, of, (ours.start + window.offset) % seconds)
        flags.add(
            "off_grid", streams, start=first, end=last, found=worst, limit=0, unit="s", count=np.bincount(of)
        )


def _short(batch: Batch, window: Window) -> Points:
    """Intervals of the period that are no billing periods."""
    points = batch.points
    which = ~points.lost & (points.seconds > 0) & (points.seconds < BILLED)
    which &= (points.start >= window.start) & (points.start < window.end)
    return points[which & ~batch.of("register")[points.stream]]


def night_solar(batch: Batch, cube: Cube, window: Window, limits: Limits, flags: Flags) -> None:
    """Days on which a channel that gives energy back gave more than its share by night; consecutive ones are one flag."""
    rows = np.flatnonzero(batch.of("received")[cube.stream])
    first = (window.start - cube.base) // DAY
    values = np.maximum(cube.values[rows].reshape(len(rows), window.days, cube.per_day)[:, first:], 0)
    hour = np.arange(cube.per_day) * cube.seconds // HOUR
    night = (hour >= limits.night_first_hour) | (hour < limits.night_end_hour)
    dark, whole = values[:, :, night].sum(axis=2), values.sum(axis=2)
    bad = dark * 1000 > whole * limits.night_share
    row, begin, end = runs(bad)
    sums = [
        np.append(np.zeros((len(rows), 1), np.int64), np.cumsum(s, axis=1), axis=1) for s in (dark, whole)
    ]
    by_night, by_day = (s[row, end] - s[row, begin] for s in sums)
    flags.add(
        "night_solar",
        cube.stream[rows[row]],
        start=cube.base + (first + begin) * DAY,
        end=cube.base + (first + end) * DAY,
        found=by_night,
        limit=by_day * limits.night_share // 1000,
        power=cube.power[rows[row]],
        count=end - begin,
    )


def clock_shifts(
    batch: Batch, cube: Cube, window: Window, limits: Limits, flags: Flags, zone: ZoneInfo
) -> None:
    """Two weeks of the period whose days have the shape of the four weeks before, an hour earlier or later; those that overlap
    are one flag.

    People live by the civil clock, so shapes are by civil hours, and a change of clocks moves nothing. Panels live by the
    sun: a usage point that gives energy back is not compared.
    """
    rows = np.flatnonzero(batch.of("delivered")[cube.stream] & ~_panels(batch)[cube.stream])
    first = (window.start - cube.base) // DAY
    pairs = (window.days - first) // WEEK - 1
    if cube.seconds > HOUR or not len(rows) or first < LEAST_DAYS or pairs < 1:
        return
    hours = _hours(cube.values[rows], cube), _hours(cube.present[rows], cube)
    of = _civil_hours(window, zone)
    moved = np.zeros((len(rows), pairs), np.int8)
    for week in range(pairs):
        day = first + week * WEEK
        now, full = _shape(hours, of, day, day + 2 * WEEK, (2 * WEEK - 3) * cube.per_day // 24)
        before, known = _shape(hours, of, max(0, day - 4 * WEEK), day, LEAST_DAYS * cube.per_day // 24)
        moved[:, week] = np.where(full & known, _moved(now, before, limits), 0)
    for hour in (-1, 1):
        row, begin, end = runs(moved == hour)
        flags.add(
            "clock_shift",
            cube.stream[rows[row]],
            start=cube.base + (first + begin * WEEK) * DAY,
            end=cube.base + (first + (end + 1) * WEEK) * DAY,
            found=hour * HOUR,
            limit=0,
            unit="s",
            count=(end + 1 - begin) * WEEK * cube.per_day,
        )


def _panels(batch: Batch) -> Bools:
    """Which streams are of a usage point that gives energy back."""
    points = batch.streams.usage_point
    giving = np.zeros(len(points), np.bool_)
    for cube in batch.cubes:
        giving[cube.stream] |= (cube.values != 0).any(axis=1)
    found: Bools = np.isin(points, points[giving & batch.of("received")])
    return found


def _hours(values: Numbers, cube: Cube) -> Numbers:
    """Sums of hours, as floats: integers below 2^53 keep exact in them, and matrices of floats multiply fast."""
    by_hour = values.reshape(len(values), -1, HOUR // cube.seconds)
    sums: Numbers = by_hour.sum(axis=2, dtype=np.int64).astype(np.float64)
    return sums


def _civil_hours(window: Window, zone: ZoneInfo) -> Numbers:
    """Hour × civil hour of the day: 1 where the one is the other."""
    instants = range(window.base, window.base + window.days * DAY, HOUR)
    hour = [datetime.fromtimestamp(i, UTC).astimezone(zone).hour for i in instants]
    found = np.zeros((len(hour), 24))
    found[np.arange(len(hour)), hour] = 1
    return found


def _shape(
    hours: tuple[Numbers, Numbers], of: Numbers, first: int, end: int, least: int
) -> tuple[Numbers, Bools]:
    """The mean of each civil hour over these days, and whether enough readings went into all of them."""
    which = slice(first * 24, end * 24)
    total, count = (each[:, which] @ of[which] for each in hours)
    enough: Bools = np.all(count >= least, axis=1)
    return np.asarray(total / np.maximum(count, 1)), enough


def _moved(now: Numbers, before: Numbers, limits: Limits) -> Numbers:
    """By how many hours: -1 earlier, 1 later, 0 where that is not clear."""
    like = {hour: _likeness(now, np.roll(before, hour, axis=1)) for hour in (-1, 0, 1)}
    # What a shape leaves unexplained of the other one's variance.
    left = {hour: 1_000_000 - np.maximum(like[hour], 0) ** 2 for hour in like}
    found = np.zeros(len(now), np.int8)
    for hour in (-1, 1):
        clear = (like[hour] >= limits.shift_likeness) & (left[0] * 10 >= left[hour] * limits.shift_ratio)
        found[clear & (like[hour] > like[-hour])] = hour
    return found


def _likeness(one: Numbers, other: Numbers) -> Numbers:
    """Correlation in thousandths, whole; -1000 where one of them is flat."""
    one, other = (each - each.mean(axis=1, keepdims=True) for each in (one, other))
    spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.round(1000 * (one * other).sum(axis=1) / spread)
    return np.where(spread > 0, np.nan_to_num(found), -1000).astype(np.int64)
