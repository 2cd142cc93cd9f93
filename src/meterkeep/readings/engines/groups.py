"""What is asked of groups: the inputs of a 15/15 rule, mean shapes, and how much of the readings is there.

Shares and means come as the two whole numbers they are made of; whoever shows them divides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import ibis
from ibis.expr.types import Column, Table

from meterkeep.readings.engines.tables import SLOW, SPANS
from meterkeep.readings.engines.totals import (
    ENERGY,
    STREAM,
    WINDOWS,
    day_number,
    midnight,
    scaled_energy,
    without_hidden,
)
from meterkeep.readings.store.rows.civil import DAY

HOUR: Final = 3600
UNKNOWN: Final = "unknown"

TOTALS: Final = ibis.table(
    {
        **dict.fromkeys(("holder", "period", "total", "intervals", "missing", "estimated"), "int64"),
        **{"usage_point": "int32", "channel": "string", "unit": "string", "power_of_ten": "int8"},
    },
    name="totals",
)

CLOCK: Final = ibis.table({"number": "int64", "second": "int64", "hour": "int64"}, name="clock")
"""Each hour of each standard day: the second at which it begins, and what the clocks of the zone then show."""


def cells_table(by: Sequence[str]) -> Table:
    """One row for each holder, a text for each dimension."""
    return ibis.table({"holder": "int64"} | dict.fromkeys(by, "string"), name="cells")


def inputs(*, by: Sequence[str], measure: str, unit: str) -> Table:
    """Customers, total and the largest customer's total of each cell and period, at the finest power of ten of them all.

    A holder is a customer, with as many usage points as they have; one that has no reading in a period is not counted there.
    """
    rows = _of_measure(TOTALS, measure, unit)
    each = rows.group_by("holder", "period", "low").agg(
        value=scaled_energy(rows, rows.total.cast(ENERGY)).sum()
    )
    return _told_of_cells(each, by, of=("period",))


def report() -> Table:
    """For each period, channel and unit: how many usage points were asked about and told of, and how much was there."""
    asked = WINDOWS.group_by("period").agg(asked=WINDOWS.usage_point.nunique())
    told = TOTALS.group_by("period", "channel", "unit").agg(
        told=TOTALS.usage_point.nunique(),
        **{
            name: TOTALS[name].cast("int64").sum().cast("int64")
            for name in ("intervals", "missing", "estimated")
        },
    )
    met = told.join(asked, "period")
    return met.select("period", "channel", "unit", "asked", "told", "intervals", "missing", "estimated")


def hours(standing: Table, *, offset: int, slow: bool) -> Table:
    """Complete hours of day rows, by holder, stream, power of ten and what the clocks show: their sum and their number.

    Only lengths that divide an hour say something of one; without the usage points that `hours_of_readings` tells of.
    """
    rows = standing.filter(HOUR % standing.interval_seconds == 0)
    rows = rows.anti_join(SLOW, "usage_point") if slow else rows
    rows = rows.mutate(number=day_number(rows).cast("int64"), midnight=midnight(rows, offset))
    met = rows.join(SPANS, "usage_point").join(CLOCK, "number")
    begin = met.midnight + met.second
    met = met.filter(begin >= met.span_start, begin + HOUR <= met.span_end)
    part = met["values"][met.second // met.interval_seconds : (met.second + HOUR) // met.interval_seconds]
    met = met.mutate(there=ibis.ifelse(met.missing == 0, part, part.filter(lambda value: value.notnull())))
    met = met.filter(met.there.length() == HOUR // met.interval_seconds)
    return met.group_by("holder", *STREAM, "power_of_ten", "hour").agg(
        total=met.there.sums().cast(ENERGY).sum(), hours=met.count()
    )


def hours_of_readings(told: Table, *, offset: int) -> Table:
    """The same of slow usage points, reading by reading. told: as `totals.readings`."""
    shown = without_hidden(told)
    shown = shown.mutate(number=(shown.start + offset) // DAY, second=(shown.start + offset) % DAY)
    shown = shown.mutate(second=shown.second - shown.second % HOUR, late=shown.second % HOUR)
    inside = shown.filter(shown.late + shown.seconds <= HOUR)
    hour = ("holder", *STREAM, "number", "second")
    covered = inside.group_by(hour).agg(covered=inside.seconds.cast("int64").sum())
    full = inside.join(covered.filter(covered.covered == HOUR), list(hour)).join(CLOCK, ["number", "second"])
    sums = full.group_by(*hour, "hour", "power_of_ten").agg(total=full.value.cast(ENERGY).sum())
    first = sums.mutate(first=sums.power_of_ten == sums.power_of_ten.min().over(group_by=hour))
    return first.group_by("holder", *STREAM, "power_of_ten", "hour").agg(
        total=first.total.sum(), hours=first.first.cast("int64").sum()
    )


HOURS: Final = ibis.table(
    {
        **dict.fromkeys(("holder", "hour", "hours"), "int64"),
        **{
            "usage_point": "int32",
            "channel": "string",
            "unit": "string",
            "power_of_ten": "int8",
            "total": ENERGY,
        },
    },
    name="hours",
)


def shape(*, by: Sequence[str], measure: str, unit: str) -> Table:
    """For each cell and hour that clocks show: customers, total, largest, and of how many hours; total over hours is the mean."""
    rows = _of_measure(HOURS, measure, unit)
    each = rows.group_by("holder", "hour", "low").agg(
        value=scaled_energy(rows, rows.total).sum(), hours=rows.hours.sum().cast("int64")
    )
    return _told_of_cells(each, by, of=("hour",), hours=True)


def _told_of_cells(each: Table, by: Sequence[str], *, of: Sequence[str], hours: bool = False) -> Table:
    """What the small-cell rules ask of each cell. each: one row for a holder, with `value` and `low`."""
    cells = cells_table(by)
    met = each.left_join(cells, "holder")
    met = met.mutate(**{name: named(met[name]) for name in by})
    more = {"hours": met.hours.sum().cast("int64")} if hours else {}
    sums = met.group_by(*by, *of, "low").agg(
        customers=met.count(), total=met.value.sum(), largest=met.value.max(), **more
    )
    whole = {name: sums[name].cast(ENERGY) for name in ("total", "largest")}
    return (
        sums.mutate(**whole)
        .rename(power_of_ten="low")
        .select(*by, *of, "customers", "total", "largest", "power_of_ten", *more)
    )


def _of_measure(table: Table, measure: str, unit: str) -> Table:
    """Its rows, beside the finest power of ten of them all."""
    rows = table.filter(table.channel == measure, table.unit == unit)
    return rows.cross_join(rows.agg(low=rows.power_of_ten.min()))


def named(column: Column) -> Column:
    return ibis.coalesce(column.nullif(""), UNKNOWN)
