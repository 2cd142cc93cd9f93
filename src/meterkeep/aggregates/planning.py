"""Planning a release: which figures of a table may be published, which not, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa

from meterkeep.aggregates.loads import Bools, Group, Int64s, Loads, Period, group, read_loads
from meterkeep.aggregates.reasons import Reason, against_past, against_rule, against_withheld
from meterkeep.aggregates.register import PastRow, conflicts, related, small_changes
from meterkeep.aggregates.release import TOTAL, Cell, ReleasePlan
from meterkeep.aggregates.rule import Rule
from meterkeep.errors import BadInput

Levels = list[tuple[str, ...]]
Judge = Callable[[list[Group]], list[Reason | None]]


def plan(
    table: pa.Table,
    *,
    by: Sequence[str],
    rule: Rule,
    past: Sequence[PastRow] = (),
    measure: str = "value",
    family: str = "energy",
    period: str | Period = "month",
    totals: Sequence[Sequence[str]] = (),
    key: bytes | None = None,
    part: str | None = None,
) -> ReleasePlan:
    """Decides each cell of `table` by `rule` and by everything in `past`.

    table: any number of rows per customer: `customer` (the legal customer), the columns of `by`, and `measure`, whole
    numbers of one unit. period: the column of `by` that holds months (their first days, or "2026-01"), or the first day
    and the day after the last of everything. totals: coarser and coarser parts of `by`, for instance
    [("zip", "month"), ("month",)]; a total goes out only if what it tells about withheld cells is safe too.
    family: measures that tell about each other share one. key: makes the anonymous atoms, the same for every release; not
    needed where `customer` is an anonymous integer already. part: the column that tells a customer's premises apart.
    Raises BadInput where the table or the question is not whole.
    """
    levels = _levels(by, totals, period)
    loads = read_loads(table, by=by, measure=measure, key=key, part=part)
    compared = [row for row in past if row.family == family]

    def judge(groups: list[Group]) -> list[Reason | None]:
        return _judge(groups, rule=rule, past=compared, measure=measure)

    cells, (groups, *rests) = _decide(loads, levels=levels, period=period, judge=judge)
    derivable = [one for found in (groups, *rests) for one in found]
    return ReleasePlan(
        by=tuple(by),
        measure=measure,
        family=family,
        rule=rule,
        cells=tuple(cells),
        groups=tuple(groups),
        rests=tuple(one for found in rests for one in found),
        audited=related(derivable, compared),
        small_changes=small_changes(derivable, compared, minimum=rule.minimum_customers),
    )


def _levels(by: Sequence[str], totals: Sequence[Sequence[str]], period: str | Period) -> Levels:
    levels = [tuple(by), *(tuple(level) for level in totals)]
    for finer, coarser in pairwise(levels):
        if not set(coarser) < set(finer):
            raise BadInput(
                f"Totals by {', '.join(coarser) or 'nothing'} are not coarser than figures by {', '.join(finer)}.",
                next="List totals from fine to coarse, each with fewer of the same dimensions.",
            )
    if (
        not by
        or len(set(by)) < len(by)
        or (isinstance(period, str) and any(period not in level for level in levels))
    ):
        raise BadInput(
            "Figures and totals need their dimensions, each once, and the period must be one of them.",
            next="Name the column of the months in `by` and in every total, or give the period as two dates.",
        )
    return levels


def _decide(
    loads: Loads, *, levels: Levels, period: str | Period, judge: Judge
) -> tuple[list[Cell], list[list[Group]]]:
    """The cells of all levels, and for each level the groups that its published figures make known.

    A total beside its published parts tells exactly their difference, so at each level it is the rest, the rows that no
    finer figure makes known, which is judged.
    """
    left = np.ones(len(loads), dtype=bool)
    cells: list[Cell] = []
    known: list[list[Group]] = []
    for level in levels:
        of = _period_of(level, period)
        rests, index = group(loads, by=level, of=of, where=left)
        reasons = judge(rests)
        wholes = rests if left.all() else group(loads, by=level, of=of, where=np.ones_like(left))[0]
        against = {rest.keys: (rest, reason) for rest, reason in zip(rests, reasons, strict=True) if reason}
        cells += [_cell(whole, against.get(whole.keys), level=level, by=levels[0]) for whole in wholes]
        known.append([rest for rest, reason in zip(rests, reasons, strict=True) if reason is None])
        left = _left(index, reasons)
    return cells, known


def _left(index: Int64s, reasons: list[Reason | None]) -> Bools:
    """The rows of the groups that were withheld. index -1, a row known before, reads the False at the end."""
    withheld = np.array([*(reason is not None for reason in reasons), False])
    left: Bools = withheld[index]
    return left


def _cell(
    whole: Group, against: tuple[Group, Reason] | None, *, level: tuple[str, ...], by: tuple[str, ...]
) -> Cell:
    names = dict(zip(level, whole.keys, strict=True))
    reason = None
    if against:
        rest, reason = against
        if len(rest.members) < len(whole.members):
            reason = against_withheld(reason)
    return Cell(
        keys=tuple(names.get(name, TOTAL) for name in by),
        period=whole.period,
        customers=whole.customers,
        value=whole.value,
        largest=whole.largest,
        reason=reason,
    )


def _judge(groups: list[Group], *, rule: Rule, past: Sequence[PastRow], measure: str) -> list[Reason | None]:
    reasons = [against_rule(one, rule) for one in groups]
    safe = [i for i, reason in enumerate(reasons) if reason is None]
    for at, conflict in conflicts([groups[i] for i in safe], past, measure=measure).items():
        reasons[safe[at]] = against_past(groups[safe[at]], conflict)
    return reasons


def _period_of(level: tuple[str, ...], period: str | Period) -> Callable[[tuple[str, ...]], Period]:
    """From a group's keys to its period."""
    if not isinstance(period, str):
        return lambda _keys: period
    at = level.index(period)
    return lambda keys: month(keys[at])


def month(name: str) -> Period:
    """ "2026-01" or "2026-01-01" to the first day and the day after the last. Other days are no months."""
    try:
        start = date.fromisoformat(name if len(name) > 7 else f"{name}-01")
    except ValueError:
        start = date.max
    if start.day != 1:
        raise BadInput(
            "A month is written 2026-01 or as the date of its first day.",
            where=f"month {name!r}",
            next="Give the period as two dates where it is not a month.",
        )
    return start, start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
