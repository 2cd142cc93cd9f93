"""Checks of stretches of one matrix: zero, one amount, below zero, estimates, high readings."""

from __future__ import annotations

import numpy as np

from meterkeep.readings.checks.catalogue import Limits
from meterkeep.readings.checks.cube import Batch, Bools, Cube, Window, runs
from meterkeep.readings.checks.flags import Flags
from meterkeep.readings.model import Int64s

HOUR = 3600
ONE_WAY = ("delivered", "received")
AMOUNTS = ("delivered", "received", "net")


def zero_runs(batch: Batch, cube: Cube, window: Window, limits: Limits, flags: Flags) -> None:
    """Of channels that go one way. One that gives energy back and never did anything else has no panels."""
    rows = batch.of(*ONE_WAY)[cube.stream]
    idle = ~(cube.values != 0).any(axis=1) & batch.of("received")[cube.stream]
    mask = cube.present & (cube.values == 0) & (rows & ~idle)[:, None]
    _long(cube, mask, window, limits.zero_hours, flags, "zero_run")


def constant_runs(batch: Batch, cube: Cube, window: Window, limits: Limits, flags: Flags) -> None:
    """An amount of a few steps of the meter only stays the same without meaning anything."""
    rows = batch.of(*AMOUNTS)[cube.stream]
    size = np.abs(cube.values)
    step = np.gcd.reduce(size, axis=1)
    # One amount alone does not tell the meter's step.
    step = np.where(step == size.max(axis=1), 0, step)
    told = size >= np.maximum(step * limits.constant_steps, 1)[:, None]
    same = cube.present[:, 1:] & cube.present[:, :-1] & (cube.values[:, 1:] == cube.values[:, :-1])
    same &= told[:, 1:] & rows[:, None]
    row, begin, end = runs(same)
    end = end + 1  # n equal neighbours are n + 1 equal readings
    kept = (end - begin) * cube.seconds >= limits.constant_hours * HOUR
    kept &= cube.instant(end) > window.start
    row, begin, end = row[kept], begin[kept], end[kept]
    flags.add(
        "constant_run",
        cube.stream[row],
        start=cube.instant(begin),
        end=cube.instant(end),
        found=(end - begin) * cube.seconds // HOUR,
        limit=limits.constant_hours,
        unit="h",
        count=end - begin,
    )


def estimated_runs(batch: Batch, cube: Cube, window: Window, limits: Limits, flags: Flags) -> None:
    _long(cube, cube.estimated, window, limits.estimated_hours, flags, "estimated_run")


def _long(cube: Cube, mask: Bools, window: Window, hours: int, flags: Flags, check: str) -> None:
    """Stretches of at least so many hours that reach into the period."""
    row, begin, end = runs(mask)
    kept = ((end - begin) * cube.seconds >= hours * HOUR) & (cube.instant(end) > window.start)
    row, begin, end = row[kept], begin[kept], end[kept]
    flags.add(
        check,
        cube.stream[row],
        start=cube.instant(begin),
        end=cube.instant(end),
        found=(end - begin) * cube.seconds // HOUR,
        limit=hours,
        unit="h",
        count=end - begin,
    )


def negatives(batch: Batch, cube: Cube, window: Window, flags: Flags) -> None:
    rows = batch.of(*ONE_WAY)[cube.stream]
    row, begin, end = _asked(cube, (cube.values < 0) & rows[:, None], window)
    lowest = _extreme(np.minimum, cube.values, row, begin, end)
    flags.add(
        "negative",
        cube.stream[row],
        start=cube.instant(begin),
        end=cube.instant(end),
        found=lowest,
        limit=0,
        power=cube.power[row],
        count=end - begin,
    )


def negative_points(batch: Batch, window: Window, flags: Flags) -> None:
    """The same of readings that lie on no grid, billing periods among them."""
    points = batch.points
    which = batch.of(*ONE_WAY)[points.stream] & (points.value < 0) & ~points.lost
    which &= (points.start >= window.start) & (points.start + points.seconds <= window.end)
    points = points[which]
    flags.add(
        "negative",
        points.stream,
        start=points.start,
        end=points.start + points.seconds,
        found=points.value,
        limit=0,
        power=points.power,
        count=1,
    )


def spikes(batch: Batch, cube: Cube, window: Window, limits: Limits, flags: Flags) -> None:
    """Above `spike_ratio` times the reading that `spike_rank` of a thousand of the stream's own are above, and above the floor."""
    rows = batch.of(*AMOUNTS, "demand")[cube.stream]
    size = np.abs(cube.values)
    there = cube.present.sum(axis=1)
    usual = _high(np.where(cube.present, size, -1), there * limits.spike_rank // 1000)
    floor = _floor(batch, cube, limits)
    bound = np.maximum(usual * limits.spike_ratio, floor)
    judged = rows & (there >= limits.spike_days * cube.per_day) & ((usual > 0) | (floor > 0))
    row, begin, end = _asked(cube, (size > bound[:, None]) & judged[:, None], window)
    flags.add(
        "spike",
        cube.stream[row],
        start=cube.instant(begin),
        end=cube.instant(end),
        found=_extreme(np.maximum, size, row, begin, end),
        limit=bound[row],
        power=cube.power[row],
        count=end - begin,
    )


def _high(size: Int64s, above: Int64s) -> Int64s:
    """Of each row the value that so many others come before, from the greatest on."""
    most = min(int(above.max(initial=0)), size.shape[1] - 1)
    top = np.partition(size, size.shape[1] - 1 - most, axis=1)[:, size.shape[1] - 1 - most :]
    top.sort(axis=1)
    found: Int64s = np.take_along_axis(top, (most - above)[:, None], axis=1)[:, 0]
    return found


def _floor(batch: Batch, cube: Cube, limits: Limits) -> Int64s:
    """What the floor in watts is in the unit of each row; 0 where the unit says nothing about watts."""
    unit = batch.streams.unit[cube.stream]
    watts = np.where(unit == "W", limits.spike_floor_watts, 0)
    watts = np.where(unit == "Wh", limits.spike_floor_watts * cube.seconds // HOUR, watts)
    down = 10 ** np.maximum(-cube.power, 0)
    floor: Int64s = watts * down // 10 ** np.maximum(cube.power, 0)
    return floor


def _asked(cube: Cube, mask: Bools, window: Window) -> tuple[Int64s, Int64s, Int64s]:
    """The stretches inside the period."""
    first = cube.since(window.start)
    last = max(first, cube.since(window.end - cube.seconds + 1))
    row, begin, end = runs(mask[:, first:last])
    return row, begin + first, end + first


def _extreme(of: np.ufunc, values: Int64s, row: Int64s, begin: Int64s, end: Int64s) -> Int64s:
    """The least or greatest value of each stretch."""
    if not len(row):
        return np.zeros(0, np.int64)
    # One value more, so that a stretch may end where the matrix does.
    flat = np.append(values.ravel(), 0)
    edges = np.stack([row * values.shape[1] + begin, row * values.shape[1] + end], axis=1).ravel()
    found: Int64s = of.reduceat(flat, edges)[::2]
    return found
