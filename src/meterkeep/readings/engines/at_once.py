"""The inputs of a 15/15 rule in one go, where nothing is in its way; what is in its way comes back in the answer.

It adds up before it asks whose the sums are, which is most of the work saved. It holds where every window is a whole period,
there are no points, and each usage point of the measure tells at one length and all at one power of ten; `Bulk.inputs` takes
the long way otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

import ibis
from ibis.expr.types import Scalar, Table, Value

from meterkeep.readings.engines.groups import cells_table, named
from meterkeep.readings.engines.pieces import edges, rows_of, whose
from meterkeep.readings.engines.totals import ENERGY, day_number, named_period
from meterkeep.readings.store.rows.civil import DAY

EACH: Final = ("usage_point", "period")
PART: Final = (*EACH, "there", "total", "low", "high")
KINDS: Final = 64
"""Powers of ten lie between -15 and 15, so that a length and a power fit into one number."""


@lru_cache(maxsize=64)
def inputs_at_once(
    standing: Table,
    *,
    by: tuple[str, ...],
    measure: str,
    unit: str,
    offset: int,
    interval: str,
    within: tuple[date, date],
    cuts: tuple[date, ...],
    only: int | None,
) -> Table:
    """Columns as `groups.inputs`, and beside them low and high, the kinds met (power of ten and length), and uneven, how many
    usage points told in several.

    within: the first and the last standard day that lie wholly inside the periods. cuts: those that periods cut apart. only:
    the number of the period where there is one alone.
    """
    whole, cut = rows_of(standing, measure=measure, unit=unit, within=within, cuts=cuts)
    named_by = ibis.literal(only, "int64") if only is not None else named_period(whole, interval)
    parts = [_of_whole_days(whole, named_by), *([] if cut is None else [_of_cut_days(cut, offset)])]
    told = ibis.union(*parts) if len(parts) > 1 else parts[0]
    each = told.group_by(EACH).agg(
        there=told.there.max(), total=told.total.sum(), low=told.low.min(), high=told.high.max()
    )
    return _of_cells(whose(each.filter(each.there > 0), one_period=only is not None), by)


def kind_of(power_of_ten: Value, interval_seconds: Value) -> Value:
    """Power of ten and length as one number, so that there is one thing to compare for each row."""
    return interval_seconds * KINDS + power_of_ten


def power_of(kind: int) -> int:
    return (kind + KINDS // 2) % KINDS - KINDS // 2


def _of_whole_days(rows: Table, period: Value) -> Table:
    kind = kind_of(rows.power_of_ten, rows.interval_seconds)
    grouped = rows.mutate(kind=kind) if isinstance(period, Scalar) else rows.mutate(kind=kind, period=period)
    key = ("usage_point",) if isinstance(period, Scalar) else EACH
    sums = grouped.group_by(key).agg(
        missing=grouped.missing.min(),
        total=grouped.total.sum(),
        low=grouped.kind.min(),
        high=grouped.kind.max(),
    )
    sums = sums.mutate(period=period) if isinstance(period, Scalar) else sums
    there = DAY // ((sums.low + KINDS // 2) // KINDS) - sums.missing
    return sums.mutate(there=there, total=sums.total.cast(ENERGY)).select(PART)


def _of_cut_days(rows: Table, offset: int) -> Table:
    met = rows.mutate(number=day_number(rows)).join(edges(offset), "number")
    length = met.interval_seconds
    first = (met.first_second + length - 1) // length
    met = met.mutate(first=first, last=ibis.greatest(met.last_second // length, first))
    there = met["values"][met["first"] : met["last"]].filter(lambda value: value.notnull())
    met = met.mutate(there=there, kind=kind_of(met.power_of_ten, length))
    sums = met.group_by(EACH).agg(
        there=met.there.length().max(),
        total=met.there.sums().sum(),
        low=met.kind.min(),
        high=met.kind.max(),
    )
    return sums.mutate(total=sums.total.cast(ENERGY)).select(PART)


def _of_cells(met: Table, by: Sequence[str]) -> Table:
    held = met.group_by("holder", "period").agg(
        value=met.total.sum(), uneven=(met.low != met.high).sum(), low=met.low.min(), high=met.high.max()
    )
    met = held.left_join(cells_table(by), "holder")
    met = met.mutate(**{name: named(met[name]) for name in by})
    sums = met.group_by(*by, "period").agg(
        customers=met.count(),
        total=met.value.sum(),
        largest=met.value.max(),
        low=met.low.min(),
        high=met.high.max(),
        uneven=met.uneven.sum(),
    )
    return sums.mutate(total=sums.total.cast(ENERGY), largest=sums.largest.cast(ENERGY))
