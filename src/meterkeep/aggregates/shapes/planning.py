"""Planning load shapes: a figure for each slot of the day, or for each day, of the customers of a cell.

A shape goes out whole or not at all. Each slot is audited as a measure of its own, so that the count, the share and everything that
can be derived are tested in every slot; and so is the sum of the slots, which everybody can form, beside all totals of
the same measure that were ever published. Only customers with readings in every slot are counted, so that all slots of a cell have
the same members: else the difference of two slots would be about the few who lack one. Then the membership game is played
on each shape that is left (`game`).

Between slots and totals: the sum of the slots is audited as a total, and what totals, of other groups too, and all slots together tell of
one customer in one slot is audited as if slots were months of a year (`jointly`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.aggregates.conditions.classes import ClassPlan, Mixed, plan_by_class, questions
from meterkeep.aggregates.conditions.closeness import second_opinion
from meterkeep.aggregates.conditions.colluders import besides_colluders
from meterkeep.aggregates.conditions.withholding import (
    Place,
    place_of,
    proven_together,
    published_rows,
    without_withheld,
)
from meterkeep.aggregates.loads import Int64s, UInt64s, as_atoms
from meterkeep.aggregates.reasons import Code, Reason
from meterkeep.aggregates.register import SLOT_SIGN, PastRow, overlap
from meterkeep.aggregates.release import PLAIN_DIMENSIONS, Cell, ReleasePlan
from meterkeep.aggregates.repair.releases import Repairing
from meterkeep.aggregates.repair.search import Left, shared
from meterkeep.aggregates.rule import MILLION, Rule, percent
from meterkeep.aggregates.shapes.game import Limits, Outcome, play
from meterkeep.aggregates.shapes.jointly import told_jointly
from meterkeep.errors import BadInput

MOST_SLOTS: Final = 62
"""The game is played exactly, which takes the third power of the slots: a day of hours, a month of days, both for two kinds of day."""


@dataclass(frozen=True, slots=True, eq=False)
class ShapePlan(ClassPlan):
    """slot: the last of `by`. games: cell without slot → what an attacker could tell of who is in it, of all that were played.
    incomplete: customers that lack a slot in some period, and are not counted there."""

    games: Mapping[Place, Outcome] = field(default_factory=dict)
    incomplete: int = 0

    def outcomes(self) -> list[Outcome]:
        """Of the games on the shapes that go out."""
        out = {(cell.keys[:-1], cell.period) for cell in self.published}
        return [outcome for place, outcome in self.games.items() if place in out]

    def facts(self) -> dict[str, bool | int]:
        """The floor of customers for this resolution is part of the rule, and the game was played: so what the nature of the
        figures reveals, and whether habits can be deduced, is computed."""
        found = ReleasePlan.facts(self)
        if found and PLAIN_DIMENSIONS.issuperset(self.by[:-1]):
            found |= {
                "aggregate.identifiers_removed": True,
                "aggregate.nature_reveals": False,
                "aggregate.habits_deducible": False,
            }
        return found


def plan_shapes(
    table: pa.Table,
    *,
    by: Sequence[str],
    slot: str,
    rule: Rule,
    limits: Limits,
    floor: int = 1,
    floor_cite: str = "",
    measure: str = "value",
    past: Sequence[PastRow] = (),
    period: str = "month",
    key: bytes | None = None,
    known_to: Sequence[object] = (),
    p_ppm: int = 0,
    colluders: int = 0,
    left: Left = lambda: 0.0,
    **options: Any,
) -> ShapePlan:
    """As `plan_by_class`, whose other options it takes. left: shared among the slots and their sum. table: a row for each customer and slot, or several; slot: its column.
    rule: for whatever can be derived, with totals too; floor: the fewest customers for whatever can be
    derived from shapes alone, which totals say nothing finer about. p_ppm: of the p %-rule in each slot, 0 without;
    colluders: in each slot too, beside whom `rule` and `floor` are asked already (conditions/colluders). Raises BadInput for more than MOST_SLOTS slots."""
    table, own = as_atoms(table, key=key, also=known_to)
    table, incomplete = _complete(table, slot=slot, period=period)
    slots = sorted(str(one) for one in table[slot].unique().to_pylist())
    _check(slots, by, slot)
    asked = {"by": by, "rule": rule, "past": past, "period": period, "known_to": own.tolist(), **options}
    finer = {
        **asked,
        "rule": rule.at_least(floor, cite=floor_cite),
        "past": [row for row in past if SLOT_SIGN in row.measure],
    }
    parts = {}
    for at, name in enumerate(slots):
        asked["left"] = finer["left"] = shared(left, len(slots) + 1 - at)
        one, called = _slot(table, slot, name, measure), f"{measure}{SLOT_SIGN}{name}"
        part = plan_by_class(one, measure=called, **asked)
        if floor > min(its.minimum_customers for its in rule.plain()):
            part = without_withheld(part, [plan_by_class(one, measure=called, **finer)])
        part = second_opinion(part, at_least_ppm=p_ppm) if p_ppm else part
        parts[name] = _besides(part, one, colluders, **asked)
    whole = plan_by_class(table, measure=measure, **(asked | {"left": left}))
    reasons = _first_reasons({"the sum of its slots": whole, **parts})
    reasons |= _jointly(whole, parts, reasons, table, asked | {"left": left, "measure": measure})
    games = _games(list(parts.values()), reasons, own)
    reasons |= {
        place: _against(outcome, limits) for place, outcome in games.items() if not outcome.within(limits)
    }
    return _shaped(whole, parts, reasons, slot, games, incomplete)


def _besides(
    part: ReleasePlan,
    table: pa.Table,
    colluders: int,
    /,
    *,
    rule: Rule,
    known_to: Sequence[int],
    mixed: Mixed = "apart",
    **_options: Any,
) -> ReleasePlan:
    if not colluders:
        return part
    return besides_colluders(part, table, rule=rule, colluders=colluders, known_to=known_to, mixed=mixed)


def _complete(table: pa.Table, *, slot: str, period: str) -> tuple[pa.Table, int]:
    """Without customers that lack one of a period's slots; how many these are."""
    customer, when, which = (_codes(table[name]) for name in ("customer", period, slot))
    slots, periods = int(which.max(initial=0)) + 1, int(when.max(initial=0)) + 1
    whose = customer * periods + when
    full = np.bincount(np.unique(when * slots + which) // slots, minlength=periods)
    had, count = np.unique(np.unique(whose * slots + which) // slots, return_counts=True)
    lacking = had[count < full[had % periods]]
    kept = table.filter(pa.array(~np.isin(whose, lacking)))
    return kept, len(np.unique(lacking // periods))


def _codes(column: pa.ChunkedArray) -> Int64s:
    codes: Int64s = np.unique(column.to_numpy().astype(str), return_inverse=True)[1].astype(np.int64)
    return codes


def _check(slots: Sequence[str], by: Sequence[str], slot: str) -> None:
    if len(slots) > MOST_SLOTS:
        raise BadInput(
            f"A shape of {len(slots)} slots is too fine to be judged; at most {MOST_SLOTS}.",
            where=slot,
            next="Plan one month after the other, or hours in place of shorter intervals.",
        )
    if slot in by:
        raise BadInput("The slot is no dimension of the cells.", where=slot, next="Leave it out of `by`.")


def _slot(table: pa.Table, slot: str, name: str, measure: str) -> pa.Table:
    found = table.filter(pc.equal(pc.cast(table[slot], pa.string()), name))
    return found.rename_columns(
        [f"{measure}{SLOT_SIGN}{name}" if one == measure else one for one in found.column_names]
    )


def _first_reasons(plans: Mapping[str, ReleasePlan]) -> dict[Place, Reason]:
    """Of each shape the first slot that may not go out, and why."""
    found: dict[Place, Reason] = {}
    for name, plan in plans.items():
        for cell in plan.withheld:
            if cell.reason is not None:
                said = replace(cell.reason, why=f"In {name}: {cell.reason.why}")
                found.setdefault(place_of(cell), said)
    return found


def _jointly(
    whole: ReleasePlan,
    parts: Mapping[str, ReleasePlan],
    reasons: Mapping[Place, Reason],
    table: pa.Table,
    asked: Mapping[str, Any],
) -> dict[Place, Reason]:
    """Shapes that would bound somebody too closely beside totals and each other: withheld until none does, the smallest first."""
    plans = (whole, *parts.values())
    left = {place_of(cell) for cell in whole.cells} - reasons.keys()
    measure, rule = asked["measure"], asked["rule"]
    past = [
        row
        for row in asked["past"]
        if row.family == whole.family and row.measure.partition(SLOT_SIGN)[0] == measure
    ]
    found: dict[Place, Reason] = {}
    repairing = Repairing(asked["left"])
    for its, known in questions(table, past, rule, mixed=asked.get("mixed", "apart")):
        known = np.union1d(known, np.array(asked["known_to"], np.uint64))
        while True:
            rows = [
                (place_of(cell), row)
                for plan in plans
                for cell, row in published_rows(plan)
                if place_of(cell) in left
            ]
            told = told_jointly([row for _, row in rows], past, its, known, pulse=repairing.pulse)
            against = next(told, None)
            if against is None:
                break
            gone = min({(len(rows[at][1].members), rows[at][0]) for at in against})[1]
            found[gone] = _told_jointly(past, rows, against, its)
            left.discard(gone)
    return found


def _told_jointly(
    past: Sequence[PastRow], rows: Sequence[tuple[Place, PastRow]], against: frozenset[int], rule: Rule
) -> Reason:
    period = rows[min(against)][1].period
    releases = tuple(sorted({row.release for row in past if overlap(row.period, period)}))
    code: Code = "overlaps_past_release" if releases else "reveals_withheld"
    why = "Its slots and totals of the same month, taken together, would tell too closely what somebody used in one slot"
    return Reason(code, f"{why}, or nobody could prove that they do not.", releases, rule=rule)


def _games(
    parts: Sequence[ReleasePlan], withheld: Mapping[Place, Reason], own: np.ndarray
) -> dict[Place, Outcome]:
    rows = [{place_of(cell): row for cell, row in published_rows(plan)} for plan in parts]
    found = dict.fromkeys(place for each in rows for place in each if place not in withheld)
    return {place: play(series_of([each[place] for each in rows if place in each], own)) for place in found}


def series_of(rows: Sequence[PastRow], own: UInt64s) -> Int64s:
    """A line for each customer that the recipient does not know, a column for each slot; all rows have the same members."""
    members = rows[0].members
    owners, at = np.unique(members, return_inverse=True)
    table = np.zeros((len(owners), len(rows)), np.int64)
    for number, row in enumerate(rows):
        np.add.at(table[:, number], at, row.loads)
    return table[~np.isin(owners, own)]


def _against(outcome: Outcome, limits: Limits) -> Reason:
    if outcome.worst_ppm > limits.worst_ppm:
        sure = (
            "for certain"
            if outcome.worst_ppm == MILLION
            else f"with an advantage of up to {percent(outcome.worst_ppm)} %"
        )
        why = f"Of one customer in it, who uses energy unlike the others, it would tell {sure} that they are counted"
        return Reason("membership", f"{why}; the limit is {percent(limits.worst_ppm)} %.")
    why = f"On average it would tell with an advantage of up to {percent(outcome.mean_ppm)} % who is counted"
    return Reason(
        "membership", f"{why}; the limit is {percent(limits.mean_ppm)} %. A larger group tells less."
    )


def _shaped(
    whole: ReleasePlan,
    parts: Mapping[str, ReleasePlan],
    reasons: Mapping[Place, Reason],
    slot: str,
    games: Mapping[Place, Outcome],
    incomplete: int,
) -> ShapePlan:
    cells = [_cell(cell, name, reasons) for name, plan in parts.items() for cell in plan.cells]
    rows = [
        row
        for plan in (whole, *parts.values())
        for cell, row in published_rows(plan)
        if place_of(cell) not in reasons
    ]
    return ShapePlan(
        by=(*whole.by, slot),
        measure=whole.measure,
        family=whole.family,
        rule=whole.rule,
        cells=tuple(sorted(cells, key=lambda cell: (cell.period, cell.keys))),
        released=tuple(rows),
        found=proven_together([plan.found for plan in (whole, *parts.values())]),
        known=whole.known,
        games=games,
        incomplete=incomplete,
    )


def _cell(cell: Cell, name: str, reasons: Mapping[Place, Reason]) -> Cell:
    return replace(cell, keys=(*cell.keys, name), reason=reasons.get(place_of(cell)))
