"""Totals of civil months or days: from day totals, and from lists only for the days that a period or a span cuts apart.

What they say is what `Store.read` says reading by reading; energy is added as decimal(38, 0) and never divided. Where `//`
stands, both sides are seconds: an engine that divides as floating point is exact below 2^53.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

import ibis
from ibis.expr.types import IntegerColumn, Table

from meterkeep.readings.engines.tables import PERIODS, SLOW, SPANS
from meterkeep.readings.model import SUMMABLE
from meterkeep.readings.store.rows.civil import DAY

ENERGY: Final = "decimal(38, 0)"
STREAM: Final = ("usage_point", "channel", "unit")
KEY: Final = ("holder", *STREAM, "period")
MOST_APART: Final = 30
"""Powers of ten of a stream lie between -15 and 15."""

WINDOWS: Final = ibis.table(
    {
        "holder": "int64",
        "usage_point": "int32",
        "period": "int64",
        "window_start": "int64",
        "window_end": "int64",
    },
    name="windows",
)
"""What the spans have of each period."""

PARTS: Final = ibis.table(
    {
        **dict.fromkeys(("holder", "period", "intervals", "estimated"), "int64"),
        **{"usage_point": "int32", "channel": "string", "unit": "string"},
        **{"power_of_ten": "int8", "interval_seconds": "int32", "total": ENERGY},
    },
    name="parts",
)
"""Sums by key, power of ten and interval length, several rows for each."""

PART_COLUMNS: Final = (*KEY, "power_of_ten", "interval_seconds", "total", "intervals", "estimated")
TOTAL_COLUMNS: Final = (*KEY, "total", "power_of_ten", "intervals", "missing", "estimated")


def windows() -> Table:
    met = SPANS.join(PERIODS, [SPANS.span_start < PERIODS.period_end, SPANS.span_end > PERIODS.period_start])
    return met.select(
        "holder",
        "usage_point",
        "period",
        window_start=ibis.greatest(met.span_start, met.period_start),
        window_end=ibis.least(met.span_end, met.period_end),
    )


def whole_days(standing: Table, *, offset: int, interval: str) -> Table:
    """Parts from the totals of days that lie wholly inside a window; a standard day inside a period has its name."""
    rows = standing.mutate(midnight=midnight(standing, offset), period=named_period(standing, interval))
    met = rows.join(WINDOWS, ["usage_point", "period"])
    inside = met.filter(met.midnight >= met.window_start, met.midnight + DAY <= met.window_end)
    sums = inside.group_by(*KEY, "power_of_ten", "interval_seconds").agg(
        total=inside.total.cast(ENERGY).sum(),
        days=inside.count(),
        missing=inside.missing.cast("int64").sum(),
        estimated=inside.estimated.cast("int64").sum(),
    )
    return sums.mutate(intervals=sums.days * (DAY // sums.interval_seconds) - sums.missing).select(
        PART_COLUMNS
    )


def cut_days(
    standing: Table, *, offset: int, days: Collection[date], elsewhere: bool, estimated: Collection[str]
) -> Table:
    """Parts from the lists of days that a window's start or end cuts apart: on these days, or on all others.

    estimated: the codes of quality that are of this class.
    """
    rows = standing.filter(~standing.day.isin(days) if elsewhere else standing.day.isin(days))
    rows = rows.mutate(number=day_number(rows), midnight=midnight(rows, offset))
    met = rows.join(_edges(offset), ["usage_point", "number"])
    first = (
        ibis.greatest(met.window_start - met.midnight + met.interval_seconds - 1, 0) // met.interval_seconds
    )
    met = met.mutate(first=first, last=ibis.least(met.window_end - met.midnight, DAY) // met.interval_seconds)
    met = met.filter(met.first < met.last)
    there = met["values"][met["first"] : met["last"]].filter(lambda value: value.notnull())
    codes = met.quality[met["first"] : met["last"]]
    guessed = codes.filter(lambda code: code.isin(estimated)).length() if estimated else ibis.literal(0)
    sums = met.select(*KEY, "power_of_ten", "interval_seconds", there=there, guessed=guessed)
    return (
        sums.group_by(*KEY, "power_of_ten", "interval_seconds")
        .agg(
            total=sums.there.sums().cast(ENERGY).sum(),
            intervals=sums.there.length().cast("int64").sum(),
            estimated=sums.guessed.fill_null(0).cast("int64").sum(),
        )
        .select(PART_COLUMNS)
    )


def _edges(offset: int) -> Table:
    """Each window beside the one or two standard days of which it has a part only."""
    at = WINDOWS.mutate(
        first_day=(WINDOWS.window_start + offset) // DAY,
        last_day=(WINDOWS.window_end + offset) // DAY,
        cut_at_start=(WINDOWS.window_start + offset) % DAY > 0,
        cut_at_end=(WINDOWS.window_end + offset) % DAY > 0,
    )
    ends = at.filter(at.cut_at_end, ~at.cut_at_start | (at.last_day != at.first_day))
    starts = at.filter(at.cut_at_start)
    return ibis.union(
        starts.select(*WINDOWS.columns, number="first_day"), ends.select(*WINDOWS.columns, number="last_day")
    )


def of_several_lengths() -> Table:
    """Their usage points: what is told at one length may overlap what is told at another."""
    lengths = PARTS.group_by(STREAM).agg(lengths=PARTS.interval_seconds.nunique())
    return lengths.filter(lengths.lengths > 1).select("usage_point").distinct()


def with_points(standing: Table) -> Table:
    """The usage points with readings off the grid, which may overlap those on it."""
    return standing.semi_join(SPANS, "usage_point").select("usage_point").distinct()


def added(*, slow: bool) -> Table:
    """From the parts: one row for each key, at the finest power of ten of its stream. slow: whether some are left out."""
    parts = PARTS.anti_join(SLOW, "usage_point") if slow else PARTS
    scaled = parts.mutate(low=parts.power_of_ten.min().over(group_by=STREAM))
    sums = scaled.group_by(*KEY, "low").agg(
        total=scaled_energy(scaled, scaled.total).sum(),
        intervals=scaled.intervals.sum(),
        estimated=scaled.estimated.sum(),
        interval_seconds=scaled.interval_seconds.max(),
    )
    sums = sums.filter(sums.intervals > 0)
    widths = _widths(WINDOWS, ("holder", "usage_point", "period"))
    met = sums.join(widths, ["holder", "usage_point", "period"])
    missing = met.width // met.interval_seconds - met.intervals
    return _as_totals(met.mutate(power_of_ten=met.low, missing=missing))


def unravelled(readings: Table, *, estimated: Collection[str]) -> Table:
    """The same, reading by reading; where readings of different lengths overlap, the shorter ones count."""
    shown = without_hidden(readings)
    met = shown.join(PERIODS, [shown.start >= PERIODS.period_start, shown.start < PERIODS.period_end])
    met = met.filter(met.start + met.seconds <= met.period_end)
    key = (*KEY, "period_start", "period_end")
    lasting = ibis.greatest(met.seconds, 1).cast("int64")
    guessed = ibis.ifelse(met.quality.isin(estimated), lasting, 0) if estimated else lasting * 0
    parts = met.group_by(*key, "power_of_ten").agg(
        total=met.value.cast(ENERGY).sum(),
        covered=lasting.sum(),
        finest=lasting.min(),
        guessed=guessed.sum(),
    )
    scaled = parts.mutate(low=parts.power_of_ten.min().over(group_by=("holder", *STREAM)))
    sums = scaled.group_by(*key, "low").agg(
        total=scaled_energy(scaled, scaled.total).sum(),
        covered=scaled.covered.sum(),
        finest=scaled.finest.min(),
        guessed=scaled.guessed.sum(),
    )
    met = sums.join(
        _widths(WINDOWS, ("holder", "usage_point", "period")), ["holder", "usage_point", "period"]
    )
    present = met.covered // met.finest
    return _as_totals(
        met.mutate(
            power_of_ten=met.low,
            intervals=present,
            missing=ibis.greatest(met.width // met.finest - present, 0),
            estimated=met.guessed // met.finest,
        )
    )


def readings(days: Table | None, points: Table | None, *, offset: int) -> Table:
    """Each current reading of a slow usage point that lies wholly inside a span. grid: 0 on it, 1 off it."""
    sources = []
    if days is not None:
        sources.append(_of_days(days.semi_join(SLOW, "usage_point"), offset))
    if points is not None:
        own = points.semi_join(SLOW, "usage_point")
        sources.append(own.select(*_READING, grid=ibis.literal(1, "int8")))
    told = ibis.union(*sources) if len(sources) > 1 else sources[0]
    at_end = told.start + ibis.greatest(told.seconds, 1)
    met = told.mutate(reading_end=at_end).join(SPANS, "usage_point")
    return met.filter(met.start >= met.span_start, met.reading_end <= met.span_end).select(
        "holder", *_READING, "grid"
    )


_READING: Final = (*STREAM, "power_of_ten", "seconds", "start", "value", "quality")


def _of_days(rows: Table, offset: int) -> Table:
    each = rows.mutate(midnight=midnight(rows, offset), codes=rows.quality, seconds=rows.interval_seconds)
    each = each.drop("quality").unnest("values", offset="position")
    each = each.filter(each["values"].notnull())
    return each.select(
        *STREAM,
        "power_of_ten",
        "seconds",
        start=each.midnight + each.position * each.seconds,
        value=each["values"],
        quality=each.codes[each.position],
        grid=ibis.literal(0, "int8"),
    )


def without_hidden(told: Table) -> Table:
    """Without the readings that finer ones of their stream overlap."""
    stream = ["holder", *STREAM]
    rank = told.seconds.cast("int64") * 2 + told.grid
    told = told.mutate(rank=rank, reading_end=told.start + told.seconds)
    fine = told.select(*stream, fine_rank="rank", fine_start="start", fine_end="reading_end")
    met = told.join(fine, stream)
    hidden = met.filter(
        met.fine_rank < met.rank, met.fine_start < met.reading_end, met.fine_end > met.start
    ).select(*stream, "start", "seconds")
    return told.anti_join(hidden.distinct(), [*stream, "start", "seconds"])


def _widths(windows: Table, by: Sequence[str]) -> Table:
    return windows.group_by(by).agg(width=(windows.window_end - windows.window_start).sum())


def scaled_energy(table: Table, energy: ibis.Value) -> ibis.Value:
    """Energy at the power of ten of the row, told at the stream's finest."""
    apart = table.power_of_ten - table.low
    factors = [(apart == n, ibis.literal(10**n, ENERGY)) for n in range(1, MOST_APART + 1)]
    return (energy * ibis.cases(*factors, else_=ibis.literal(1, ENERGY))).cast(ENERGY)


def _as_totals(table: Table) -> Table:
    whole = ("total", "intervals", "missing", "estimated")
    return table.mutate(**{name: table[name].cast("int64") for name in whole}).select(TOTAL_COLUMNS)


@lru_cache(maxsize=256)
def named(table: Table, usage_points: tuple[int, ...]) -> Table:
    """Of these usage points only, where they are named."""
    return table.filter(table.usage_point.isin(usage_points)) if usage_points else table


@lru_cache(maxsize=256)
def summed(table: Table) -> Table:
    """Only what may be added up."""
    return table.filter(table.channel.isin(sorted(SUMMABLE)))


def day_number(table: Table) -> IntegerColumn:
    return table.day.delta(ibis.date(1970, 1, 1), unit="day")


def midnight(table: Table, offset: int) -> IntegerColumn:
    """The instant at which the standard day begins, in epoch seconds."""
    return day_number(table) * DAY - offset


def named_period(table: Table, interval: str) -> IntegerColumn:
    if interval == "P1D":
        return day_number(table).cast("int64")
    return ((table.day.year() - 1970) * 12 + table.day.month() - 1).cast("int64")
