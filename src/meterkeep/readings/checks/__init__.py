"""Checks that a custodian makes of readings: what looks wrong is flagged, and no reading is changed. See docs/checks.md."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa

from meterkeep.readings.checks.catalogue import CHECKS, FIGURES, Limits
from meterkeep.readings.checks.clock import clock_shifts, from_the_future, night_solar, off_grid
from meterkeep.readings.checks.cube import Window, batch_of
from meterkeep.readings.checks.flags import SCHEMA, Flags, ordered
from meterkeep.readings.checks.lengths import Covered, gaps, interval_sizes, overlaps, shares
from meterkeep.readings.checks.stretches import (
    constant_runs,
    estimated_runs,
    negative_points,
    negatives,
    spikes,
    zero_runs,
)
from meterkeep.readings.checks.sums import demand_energy, sum_checks
from meterkeep.readings.model import Int64s

__all__ = ["CHECKS", "FIGURES", "SCHEMA", "Limits", "Window", "check", "ordered"]


def check(
    days: pa.Table,
    points: pa.Table,
    spans: pa.Table,
    *,
    window: Window,
    zone: ZoneInfo,
    limits: Limits = Limits(),  # noqa: B008 (it is frozen)
    exchanges: tuple[Int64s, Int64s] | None = None,
    destroyed: pa.Table | None = None,
) -> pa.Table:
    """What all checks find in these usage points, as flags.COLUMNS says, in order.

    days, points: the rows of the store that stand, and points that lost their place, as `cube.batch_of` takes them, from
    the history on. spans: what may be looked at. exchanges: usage points and instants at which a meter was exchanged. destroyed:
    usage point, start and end of what was destroyed on purpose, which is no gap.
    """
    batch = batch_of(days, points, spans, window)
    flags = Flags(batch.streams.usage_point, batch.streams.channel, batch.streams.unit)
    covered = Covered(batch)
    gaps(batch, covered, window, limits, flags, destroyed)
    interval_sizes(covered, window, flags)
    overlaps(covered, window, flags)
    shares(batch, window, limits, flags)
    from_the_future(batch, window, limits, flags)
    off_grid(batch, window, flags)
    negative_points(batch, window, flags)
    sum_checks(batch, window, limits, flags, exchanges)
    for cube in batch.cubes:
        zero_runs(batch, cube, window, limits, flags)
        constant_runs(batch, cube, window, limits, flags)
        estimated_runs(batch, cube, window, limits, flags)
        negatives(batch, cube, window, flags)
        spikes(batch, cube, window, limits, flags)
        night_solar(batch, cube, window, limits, flags)
        clock_shifts(batch, cube, window, limits, flags, zone)
        demand_energy(batch, cube, window, limits, flags)
    return flags.table()
