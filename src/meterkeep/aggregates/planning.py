"""Planning a release: which figures of a table may be published, which not, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from meterkeep.aggregates.explaining.sums import NONE, Published, published
from meterkeep.aggregates.history.candidates import Candidate
from meterkeep.aggregates.history.changes import Usual
from meterkeep.aggregates.history.conflicts import Republish
from meterkeep.aggregates.history.verdict import USUAL, Terms, Verdict, verdict
from meterkeep.aggregates.loads import Group, Loads, Period, UInt64s, group, read_loads
from meterkeep.aggregates.reasons import (
    Reason,
    against_attack,
    against_change,
    against_everything,
    against_past,
    against_rule,
)
from meterkeep.aggregates.register import PastRow, row_of, tells_about
from meterkeep.aggregates.release import TOTAL, Cell, ReleasePlan
from meterkeep.aggregates.repair.releases import Repairing
from meterkeep.aggregates.repair.search import Left, Tell
from meterkeep.aggregates.repair.weights import Weights
from meterkeep.aggregates.rule import Rule
from meterkeep.errors import BadInput

Levels = list[tuple[str, ...]]
InTime = str | Period | Sequence[str]
"""The column of the periods, several from the shortest on (month, quarter, year), or one period of everything."""
EQUAL = Weights()
_QUARTER, _YEAR = re.compile(r"[0-9]{4}-Q[1-4]"), re.compile(r"[0-9]{4}")


def plan(
    table: pa.Table,
    *,
    by: Sequence[str],
    rule: Rule,
    past: Sequence[PastRow] = (),
    measure: str = "value",
    family: str = "energy",
    period: InTime = "month",
    totals: Sequence[Sequence[str]] = (),
    key: bytes | None = None,
    part: str | None = None,
    republish: Republish = "refuse",
    known_to: Sequence[object] = (),
    usual: Usual = USUAL,
    weights: Weights = EQUAL,
    left: Left = lambda: 0.0,
    tell: Tell = lambda _progress: None,
) -> ReleasePlan:
    """Decides each cell of `table` by `rule` and by everything in `past`.

    table: any number of rows per customer: `customer` (the legal customer), the columns of `by`, and `measure`, whole
    numbers of one unit. period: the column of `by` that holds months (their first days, or "2026-01"), quarters ("2026-Q1") or years, several
    columns from the shortest on, of which each total has one at least, or the first day and the day after the last of everything. totals: coarser parts of `by`, for instance [("zip", "month"), ("month",)].
    family: measures that tell about each other share one. key: makes the anonymous atoms, the same for every release; not
    needed where `customer` is an anonymous integer already. part: the column that tells a customer's premises apart.
    republish: "audit" lets a cell that is out go out again for the same period with other members, if the audit finds
    nothing; by default it is refused. known_to: customers whose loads the recipient knows: they hide nobody. usual: how much
    of the total a few newcomers may have before the next period's figure is withheld. weights: what withholding a figure costs.
    left: seconds that are left to look for fewer figures to withhold, below zero since when none are; tell: what was found so far.
    Raises BadInput where the table or the question is not whole, Refused where time is up before anything is known to be safe.
    """
    columns, repairing = _columns(period), Repairing(left, tell)
    levels = _levels(by, totals, columns)
    loads = read_loads(
        table, by=by, within=columns[:1], measure=measure, key=key, part=part, known_to=known_to
    )
    figures = [*_figures(loads, levels, period, family=family, measure=measure)]
    terms = Terms(repairing, republish, usual, loads.known, repairing.pulse)
    past = [row for row in past if row.family == family and tells_about(measure, row.measure)]
    drawn = _decided(figures, levels, past, rule, measure, terms, _costs(figures, levels, weights))
    return replace(drawn, family=family, known=len(loads.known))


@dataclass(frozen=True, slots=True, eq=False)
class _Figure:
    """level: 0 for the finest. row: as the register would keep it."""

    level: int
    group: Group
    row: PastRow


def _figures(loads: Loads, levels: Levels, period: InTime, *, family: str, measure: str) -> Iterator[_Figure]:
    """Of each level, from the finest, a figure for each of its groups."""
    everyone = np.ones(len(loads), dtype=bool)
    for at, level in enumerate(levels):
        for one in group(loads, by=level, of=_period_of(level, period), where=everyone)[0]:
            row = row_of(one, release="", family=family, measure=measure, label=_label(level, one))
            yield _Figure(at, one, row)


def _decided(
    figures: Sequence[_Figure],
    levels: Levels,
    past: Sequence[PastRow],
    rule: Rule,
    measure: str,
    terms: Terms,
    costs: Sequence[int | None],
) -> ReleasePlan:
    """Each figure published or withheld for a reason."""
    known = np.empty(0, np.uint64) if terms.known_to is None else terms.known_to
    reasons = [against_rule(_apart(each.group, known), rule) for each in figures]
    found = verdict(
        [
            Candidate(place, each.row, (-each.level, each.group.value), costs[place])
            for place, each in enumerate(figures)
            if reasons[place] is None
        ],
        past,
        rule,
        measure=measure,
        terms=terms,
        aside=[each.row for each in figures if each.level == 0],
    )
    out = published([*past, *(each.row for each in figures)]) if len(known) else NONE
    for place, reason in _reasons(found, figures, rule, out).items():
        reasons[place] = reason
    return ReleasePlan(
        by=levels[0],
        measure=measure,
        family="",
        rule=rule,
        cells=tuple(
            _cell(each.group, reason, level=levels[each.level], by=levels[0])
            for each, reason in zip(figures, reasons, strict=True)
        ),
        released=tuple(each.row for each, reason in zip(figures, reasons, strict=True) if reason is None),
        found=found,
        figures=tuple(each.row for each in figures),
    )


def _costs(figures: Sequence[_Figure], levels: Levels, weights: Weights) -> list[int | None]:
    amounts = [each.group.customers if weights.by == "customers" else each.group.value for each in figures]
    most = max(amounts, default=1)
    return [
        weights.cost(dict(zip(levels[each.level], each.group.keys, strict=True)), amount, most)
        for each, amount in zip(figures, amounts, strict=True)
    ]


def _levels(by: Sequence[str], totals: Sequence[Sequence[str]], periods: Sequence[str]) -> Levels:
    levels = [tuple(by), *(tuple(level) for level in totals)]
    for number, coarser in enumerate(levels[1:], start=1):
        if not set(coarser) < set(by) or any(set(coarser) == set(other) for other in levels[:number]):
            raise BadInput(
                f"Totals by {', '.join(coarser) or 'nothing'} are not coarser than figures by {', '.join(by)}.",
                next="List each total once, with fewer of the same dimensions.",
            )
    if (
        not by
        or len(set(by)) < len(by)
        or not set(periods) <= set(by)
        or any(periods and not set(periods) & set(level) for level in levels)
    ):
        raise BadInput(
            "Figures and totals need their dimensions, each once, and the period must be one of them.",
            next="Name the column of the months in `by` and in every total, or give the period as two dates.",
        )
    return levels


def _columns(period: InTime) -> list[str]:
    if isinstance(period, str):
        return [period]
    return [each for each in period if isinstance(each, str)]


def _label(level: tuple[str, ...], one: Group) -> tuple[str, ...]:
    return tuple(sorted(f"{name}={key}" for name, key in zip(level, one.keys, strict=True)))


def _apart(one: Group, known: UInt64s) -> Group:
    """The group less the customers whose loads the recipient knows."""
    kept = ~np.isin(one.members, known)
    if kept.all():
        return one
    owners, at = np.unique(one.members[kept], return_inverse=True)
    loads = np.zeros(len(owners), dtype=np.int64)
    np.add.at(loads, at, one.loads[kept])
    return Group(
        keys=one.keys,
        period=one.period,
        members=one.members[kept],
        parts=one.parts[kept],
        loads=one.loads[kept],
        customers=len(owners),
        contributors=int((loads != 0).sum()),
        value=int(loads.sum()),
        largest=int(loads.max(initial=0)),
        negatives=one.negatives,
    )


def _reasons(found: Verdict, figures: Sequence[_Figure], rule: Rule, out: Published) -> dict[int, Reason]:
    """By place of the figure. out: rows with everybody, where the recipient knows some."""
    reasons = {
        place: against_past(figures[place].row, conflict, rule) for place, conflict in found.conflicts.items()
    }
    reasons |= {
        place: against_attack(each.attack, each.rows, rule, out=out) for place, each in found.blocked.items()
    }
    reasons |= {
        place: against_everything(each.attack, each.rows, rule, out=out)
        for place, each in found.stuck.items()
    }
    return reasons | {
        place: against_change(figures[place].row, change, rule) for place, change in found.telling.items()
    }


def _cell(one: Group, reason: Reason | None, *, level: tuple[str, ...], by: tuple[str, ...]) -> Cell:
    names = dict(zip(level, one.keys, strict=True))
    return Cell(
        keys=tuple(names.get(name, TOTAL) for name in by),
        period=one.period,
        customers=one.customers,
        value=one.value,
        largest=one.largest,
        reason=reason,
    )


def _period_of(level: tuple[str, ...], period: InTime) -> Callable[[tuple[str, ...]], Period]:
    """From a group's keys to its period: of several the shortest that it names."""
    columns = _columns(period)
    if not columns:
        start, end = (each for each in period if isinstance(each, date))
        return lambda _keys: (start, end)
    at = level.index(next(each for each in columns if each in level))
    return lambda keys: span(keys[at])


def span(name: str) -> Period:
    """ "2026-01", "2026-Q1" or "2026" to the first day and the day after the last."""
    if _QUARTER.fullmatch(name):
        start = date(int(name[:4]), 3 * int(name[-1]) - 2, 1)
        return start, month(f"{name[:4]}-{start.month + 2:02}")[1]
    if _YEAR.fullmatch(name):
        return date(int(name), 1, 1), date(int(name) + 1, 1, 1)
    return month(name)


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
