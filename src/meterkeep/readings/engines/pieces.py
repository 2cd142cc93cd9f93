"""Rows of a measure apart by whether a period has the whole standard day or a piece of it, and whose their sums are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import ibis
from ibis.expr.types import Table

from meterkeep.readings.engines.tables import PERIODS, SPANS
from meterkeep.readings.store.rows.civil import DAY


def rows_of(
    standing: Table, *, measure: str, unit: str, within: tuple[date, date], cuts: Collection[date]
) -> tuple[Table, Table | None]:
    """Those of days that lie wholly in one period, and those of days that periods cut apart; None without such days.

    within: the first and the last standard day that lie wholly inside the periods.
    """
    rows = standing.filter(standing.channel == measure, standing.unit == unit)
    whole = rows.filter(rows.day.between(*within))
    inner = [day for day in cuts if within[0] <= day <= within[1]]
    whole = whole.filter(~whole.day.isin(inner)) if inner else whole
    return whole, rows.filter(rows.day.isin(cuts)) if cuts else None


def whose(sums: Table, *, one_period: bool) -> Table:
    """Sums of usage points beside each holder to whom the period belongs. Spans begin and end with periods; where there is
    one period alone, each of them is just that.
    """
    met = sums.join(SPANS, "usage_point")
    if one_period:
        return met
    met = met.join(PERIODS, "period")
    return met.filter(met.span_start <= met.period_start, met.span_end >= met.period_end)


def edges(offset: int) -> Table:
    """Each standard day that periods cut apart, beside each of them, with the seconds of the day that it has."""
    start, end = PERIODS.period_start + offset, PERIODS.period_end + offset
    at = PERIODS.mutate(first_day=start // DAY, last_day=end // DAY, start=start % DAY, end=end % DAY)
    same = at.first_day == at.last_day
    starts = at.filter(at.start > 0).select(
        "period", number="first_day", first_second="start", last_second=ibis.ifelse(same, at.end, DAY)
    )
    ends = at.filter(at.end > 0, ~same | (at.start == 0)).select(
        "period", number="last_day", first_second=ibis.literal(0, "int64"), last_second="end"
    )
    return ibis.union(starts, ends)
