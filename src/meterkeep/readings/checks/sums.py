"""Sum checks: intervals against registers, against billing periods, and against the greatest demand.

A register is compared only between two readings of which the later one is not lower, and not across a known exchange of
the meter; intervals only where they cover the whole time between. What cannot be compared is not flagged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meterkeep.readings.checks.catalogue import Limits
from meterkeep.readings.checks.cube import BILLED, DAY, Batch, Bools, Cube, Points, Window, runs
from meterkeep.readings.checks.flags import Flags
from meterkeep.readings.model import Int64s

LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Totals:
    """Running sums of a cube's values and of how many are present."""

    cube: Cube
    values: Int64s
    there: Int64s

    @classmethod
    def of(cls, cube: Cube) -> Totals:
        nothing = np.zeros((len(cube.stream), 1), np.int64)
        values = np.append(nothing, np.cumsum(cube.values, axis=1), axis=1)
        return cls(cube, values, np.append(nothing, np.cumsum(cube.present, axis=1), axis=1))

    def between(self, stream: Int64s, start: Int64s, end: Int64s) -> tuple[Int64s, Int64s, Bools]:
        """Sum and power of ten of each stretch, and whether intervals cover the whole of it."""
        cube, size = self.cube, self.cube.values.shape[1]
        row = np.minimum(np.searchsorted(cube.stream, stream), len(cube.stream) - 1)
        first, last = (start - cube.base) // cube.seconds, (end - cube.base) // cube.seconds
        aligned = ((start - cube.base) % cube.seconds == 0) & ((end - cube.base) % cube.seconds == 0)
        known = (cube.stream[row] == stream) & aligned & (first >= 0) & (last <= size)
        first, last = np.clip(first, 0, size), np.clip(last, 0, size)
        whole = known & (self.there[row, last] - self.there[row, first] == last - first) & (last > first)
        return self.values[row, last] - self.values[row, first], cube.power[row], whole


def sum_checks(
    batch: Batch, window: Window, limits: Limits, flags: Flags, exchanges: tuple[Int64s, Int64s] | None
) -> None:
    registers = batch.points[batch.of("register")[batch.points.stream] & ~batch.points.lost]
    billed = batch.points[
        batch.of("delivered", "received", "net")[batch.points.stream]
        & ~batch.points.lost
        & (batch.points.seconds >= BILLED)
    ]
    if not len(registers) and not len(billed):
        return
    totals = [Totals.of(cube) for cube in batch.cubes]
    if len(registers):
        _registers(batch, registers, totals, window, limits, flags, exchanges)
    end = billed.start + billed.seconds
    kept = (end > window.start) & (end <= window.end)
    billed = billed[kept]
    _compare(
        "billing_sum", billed.stream, billed.stream, billed.start, billed.start + billed.seconds,
        billed.value, billed.power, totals, batch, limits, flags,
    )  # fmt: skip


def _registers(
    batch: Batch,
    points: Points,
    totals: list[Totals],
    window: Window,
    limits: Limits,
    flags: Flags,
    exchanges: tuple[Int64s, Int64s] | None,
) -> None:
    """Neighbouring readings of a register. Where several registers were read at once, nobody knows which goes with which."""
    place, first, times = np.unique(
        points.stream << 34 | (points.start + points.seconds), return_index=True, return_counts=True
    )
    single = points[first]
    at = place & (2**34 - 1)
    pair = (single.stream[1:] == single.stream[:-1]) & (times[1:] == 1) & (times[:-1] == 1)
    pair &= (at[1:] > window.start) & (at[1:] <= window.end)
    pair &= at[1:] - at[:-1] <= limits.sum_longest_days * DAY
    pair &= ~_exchanged(batch, single.stream[1:], at[:-1], at[1:], exchanges)
    low = np.minimum(single.power[1:], single.power[:-1])
    before, after = (
        v * 10 ** (p - low)
        for v, p in ((single.value[:-1], single.power[:-1]), (single.value[1:], single.power[1:]))
    )
    back = pair & (after < before)
    stream, start, end = single.stream[1:], at[:-1], at[1:]
    flags.add(
        "register_back",
        stream[back],
        start=start[back],
        end=end[back],
        found=after[back],
        limit=before[back],
        power=low[back],
        count=1,
    )
    up = pair & (after >= before)
    _compare(
        "register_sum", stream[up], _delivered(batch)[stream[up]], start[up], end[up],
        (after - before)[up], low[up], totals, batch, limits, flags,
    )  # fmt: skip


def _exchanged(
    batch: Batch, stream: Int64s, start: Int64s, end: Int64s, exchanges: tuple[Int64s, Int64s] | None
) -> Bools:
    """Whether a meter was exchanged after start and until end."""
    if exchanges is None or not len(exchanges[0]):
        return np.zeros(len(stream), np.bool_)
    place = np.sort(exchanges[0] << 34 | exchanges[1])
    point = batch.streams.usage_point[stream] << 34
    low, high = (np.searchsorted(place, point | instant, side="right") for instant in (start, end))
    met: Bools = high > low
    return met


def _delivered(batch: Batch) -> Int64s:
    """For each register stream the one whose intervals it counts: delivered, or else net, in the same unit; else -1."""
    streams = batch.streams
    found = np.full(len(streams), -1)
    for channel in ("net", "delivered"):
        known = {
            (point, unit): number
            for number, (point, unit, name) in enumerate(
                zip(streams.usage_point.tolist(), streams.unit, streams.channel, strict=True)
            )
            if name == channel
        }
        for number in np.flatnonzero(streams.channel == "register").tolist():
            partner = known.get((int(streams.usage_point[number]), streams.unit[number]))
            found[number] = found[number] if partner is None else partner
    return found


def _compare(
    check: str,
    stream: Int64s,
    partner: Int64s,
    start: Int64s,
    end: Int64s,
    amount: Int64s,
    power: Int64s,
    totals: list[Totals],
    batch: Batch,
    limits: Limits,
    flags: Flags,
) -> None:
    """Flags where the intervals of the partner add up to something else. found: their sum; limit: what it should be."""
    for each in totals:
        total, own, whole = each.between(partner, start, end)
        low = np.minimum(own, power)
        ours, theirs = _scaled(total, own - low), _scaled(amount, power - low)
        whole &= (np.abs(ours) < LARGEST / 1000) & (np.abs(theirs) < LARGEST / 1000)
        ours, theirs = ours.astype(np.int64), theirs.astype(np.int64)
        allowed = np.maximum(np.abs(theirs) * limits.sum_share // 1000, _floor(batch, stream, low, limits))
        # A register that shows whole units may be off by one at each reading.
        allowed = np.maximum(allowed, 10 ** np.minimum(power - low, 15))
        bad = whole & (np.abs(ours - theirs) > allowed)
        flags.add(
            check,
            stream[bad],
            start=start[bad],
            end=end[bad],
            found=ours[bad],
            limit=theirs[bad],
            power=low[bad],
            count=((end - start) // each.cube.seconds)[bad],
        )


def _scaled(value: Int64s, up: Int64s) -> Int64s:
    """Times ten to the power; LARGEST where that does not fit."""
    up = np.minimum(up, 18)
    fits = np.abs(value) < LARGEST // 10**up
    return np.where(fits, value * np.where(fits, 10**up, 1), LARGEST)


def _floor(batch: Batch, stream: Int64s, power: Int64s, limits: Limits) -> Int64s:
    floor = np.where(batch.streams.unit[stream] == "Wh", limits.sum_floor, limits.sum_floor // 1000).astype(
        np.int64
    )
    return floor * 10 ** np.clip(-power, 0, 12) // 10 ** np.clip(power, 0, 12)


def demand_energy(batch: Batch, cube: Cube, window: Window, limits: Limits, flags: Flags) -> None:
    """Demand in W beside energy in Wh of the same intervals: the greatest cannot be less than the mean."""
    streams = batch.streams
    watts = np.flatnonzero(((streams.channel == "demand") & (streams.unit == "W"))[cube.stream])
    energy = np.flatnonzero(((streams.channel == "delivered") & (streams.unit == "Wh"))[cube.stream])
    points = streams.usage_point[cube.stream]
    _, one, other = np.intersect1d(points[watts], points[energy], return_indices=True)
    row, beside = watts[one], energy[other]
    first = cube.since(window.start)
    both = (cube.present[row] & cube.present[beside])[:, first:]
    low = np.minimum(cube.power[row], cube.power[beside])
    greatest = cube.values[row][:, first:] * 10 ** (cube.power[row] - low)[:, None]
    mean = cube.values[beside][:, first:] * 10 ** (cube.power[beside] - low)[:, None] * 3600 // cube.seconds
    bad = both & (mean * 1000 > greatest * (1000 + limits.demand_share))
    at, begin, end = runs(bad)
    worst = at * bad.shape[1] + begin
    flags.add(
        "demand_energy",
        cube.stream[row[at]],
        start=cube.instant(begin + first),
        end=cube.instant(end + first),
        found=greatest.ravel()[worst],
        limit=mean.ravel()[worst],
        power=low[at],
        count=end - begin,
    )
