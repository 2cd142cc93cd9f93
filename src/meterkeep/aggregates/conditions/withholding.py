"""Figures taken out of a plan afterwards. What follows from fewer figures follows from all of them, so the plan stays proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from meterkeep.aggregates.history.verdict import Verdict
from meterkeep.aggregates.reasons import Reason
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.release import Cell, ReleasePlan

Place = tuple[tuple[str, ...], tuple[object, object]]
"""Of a cell in its table: its keys and its period."""


def place_of(cell: Cell) -> Place:
    return cell.keys, cell.period


def published_rows(plan: ReleasePlan) -> Iterator[tuple[Cell, PastRow]]:
    """Each published cell, with what the register keeps of it."""
    yield from zip(plan.published, plan.released, strict=True)


def withheld_too(plan: ReleasePlan, reasons: Mapping[Place, Reason]) -> ReleasePlan:
    """The plan with these published cells withheld, each for its reason."""
    if not reasons:
        return plan
    rows = [row for cell, row in published_rows(plan) if place_of(cell) not in reasons]
    cells = [replace(cell, reason=cell.reason or reasons.get(place_of(cell))) for cell in plan.cells]
    return replace(plan, cells=tuple(cells), released=tuple(rows))


def without_withheld(one: ReleasePlan, others: Sequence[ReleasePlan]) -> ReleasePlan:
    """The first without what any of the others, plans of the same table, withholds."""
    for other in others:
        against = {place_of(cell): cell.reason for cell in other.cells if cell.reason is not None}
        mine = [place_of(cell) for cell in one.published]
        one = withheld_too(one, {place: against[place] for place in mine if place in against})
    return one


def proven_together(found: Sequence[Verdict]) -> Verdict:
    """What is proven of all of them. The extremes are those of more figures than go out, so at least as bad."""
    smallest = [one.smallest_group for one in found if one.smallest_group is not None]
    worst = [one.worst_share for one in found if one.worst_share is not None]
    return replace(
        found[0],
        rows=max(one.rows for one in found),
        rank=max(one.rank for one in found),
        light=sum(one.light for one in found),
        exhaustive=all(one.exhaustive for one in found),
        smallest_group=min(smallest, default=None),
        worst_share=max(worst, default=None),
        small_changes=max(one.small_changes for one in found),
    )
