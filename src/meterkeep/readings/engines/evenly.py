"""The inputs of a 15/15 rule where all rows are known to tell at one length and one power of ten (`store.tables.even`).

The same answer as `at_once` gives, without a look at the length and power of each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

import ibis
from ibis.expr.types import Table, Value

from meterkeep.readings.engines.groups import cells_table, named
from meterkeep.readings.engines.periods import Piece
from meterkeep.readings.engines.pieces import edges, rows_of, whose
from meterkeep.readings.engines.totals import ENERGY, day_number, named_period
from meterkeep.readings.store.rows.civil import DAY

EACH: Final = ("usage_point", "period")


@lru_cache(maxsize=64)
def inputs_of_even(
    standing: Table,
    *,
    by: tuple[str, ...],
    measure: str,
    unit: str,
    offset: int,
    interval: str,
    within: tuple[date, date],
    cuts: tuple[date, ...],
    seconds: int,
) -> Table:
    """Columns as `groups.inputs`, without the power of ten. within, cuts: as `at_once.inputs_at_once`. seconds: the length."""
    whole, cut = rows_of(standing, measure=measure, unit=unit, within=within, cuts=cuts)
    parts = [_of_whole_days(whole.mutate(period=named_period(whole, interval)), EACH, seconds)]
    if cut is not None:
        met = cut.mutate(number=day_number(cut)).join(edges(offset), "number")
        first = (met.first_second + (seconds - 1)) // seconds
        last = ibis.greatest(met.last_second // seconds, first)
        parts.append(_of_pieces(met.select(*EACH, "missing", part=met["values"][first:last]), EACH))
    return _of_cells(_together(parts), by, ("period",))


@lru_cache(maxsize=64)
def inputs_of_one_period(
    standing: Table,
    *,
    by: tuple[str, ...],
    measure: str,
    unit: str,
    within: tuple[date, date],
    pieces: tuple[Piece, ...],
    seconds: int,
    period: int,
) -> Table:
    """The same for one period alone, whose number nobody has to group by. pieces: what it has of days that it cuts apart."""
    cuts = tuple(day for day, *_ in pieces)
    whole, cut = rows_of(standing, measure=measure, unit=unit, within=within, cuts=cuts)
    parts = [_of_whole_days(whole, EACH[:1], seconds)]
    if cut is not None:
        part = _part(cut, pieces, seconds)
        parts.append(_of_pieces(cut.select("usage_point", "missing", part=part), EACH[:1]))
    answer = _of_cells(_together(parts), by, ()).mutate(period=ibis.literal(period, "int64"))
    return answer.select(*by, "period", "customers", "total", "largest")


def _part(cut: Table, pieces: Sequence[Piece], seconds: int) -> Value:
    *others, last = (
        (cut.day == day, cut["values"][-(-first // seconds) : max(end // seconds, -(-first // seconds))])
        for day, first, end in pieces
    )
    return ibis.cases(*others, else_=last[1]) if others else last[1]


def _of_whole_days(rows: Table, key: Sequence[str], seconds: int) -> Table:
    rows = rows.filter(rows.missing < DAY // seconds)
    sums = rows.group_by(key).agg(total=rows.total.sum())
    return sums.select(*key, total=sums.total.cast(ENERGY))


def _of_pieces(rows: Table, key: Sequence[str]) -> Table:
    """rows: key, missing, and part, a list. Of a day that is full no nulls are left out, which takes as long as adding up."""
    there = ibis.ifelse(rows.missing == 0, rows.part, rows.part.filter(lambda value: value.notnull()))
    rows = rows.select(*key, there=there)
    sums = rows.group_by(key).agg(readings=rows.there.length().max(), total=rows.there.sums().sum())
    return sums.filter(sums.readings > 0).select(*key, total=sums.total.cast(ENERGY))


def _together(parts: Sequence[Table]) -> Table:
    """Sums of the usage points that told anything: one for whole days and one for pieces of others."""
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _of_cells(told: Table, by: Sequence[str], of: Sequence[str]) -> Table:
    met = whose(told, one_period=not of)
    held = met.group_by("holder", *of).agg(value=met.total.sum())
    met = held.left_join(cells_table(by), "holder")
    met = met.select(*of, "value", **{name: named(met[name]) for name in by})
    sums = met.group_by(*by, *of).agg(customers=met.count(), total=met.value.sum(), largest=met.value.max())
    return sums.mutate(total=sums.total.cast(ENERGY), largest=sums.largest.cast(ENERGY))
