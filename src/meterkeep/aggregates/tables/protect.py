"""Which cells of a table may be published: the rule for each, and the repair for what they give away together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Literal

from meterkeep.aggregates.repair.closing import smallest_group, worst_share
from meterkeep.aggregates.repair.question import Question
from meterkeep.aggregates.repair.search import Left, Progress, Repair, repair
from meterkeep.aggregates.rule import MILLION, Rule
from meterkeep.aggregates.tables.cells import Cell, cells_of
from meterkeep.aggregates.tables.leaves import Leaves
from meterkeep.aggregates.tables.words import against_rule, label, why
from meterkeep.errors import Refused

Status = Literal["published", "primary", "secondary"]
Price = Callable[[Cell], int | None]
_UNPROVEN = "The search ended before it was proven that nothing can be derived with this cell."


@dataclass(frozen=True, slots=True)
class Judged:
    """A cell, and why it is withheld; nothing if it is published."""

    cell: Cell
    status: Status
    why: str


@dataclass(frozen=True, slots=True)
class Protection:
    """cells: finest first. gap: how far the number withheld may be from the least possible, as a share of it; 0 is the
    optimum. smallest_group, worst_share_ppm: of all that can be derived. exhaustive: whether the audit went to the end."""

    cells: tuple[Judged, ...]
    gap: float
    exhaustive: bool
    smallest_group: int | None
    worst_share_ppm: int | None

    def count(self, status: Status) -> int:
        return sum(each.status == status for each in self.cells)


def protect(
    leaves: Leaves,
    rule: Rule,
    *,
    price: Price = lambda _cell: 1,
    left: Left = lambda: math.inf,
    tell: Callable[[Progress], None] = lambda _progress: None,
) -> Protection:
    """price: what it costs to withhold a cell, a whole number above zero, or None: never. left: seconds that are left to
    look for fewer cells. Raises Refused where cells that must never be withheld give others away."""
    cells = list(cells_of(leaves))
    units = _units(cells, leaves)
    reasons = {unit: against_rule(members[0], rule) for unit, members in units.items()}
    public = [unit for unit, reason in reasons.items() if not reason]
    question = _question(public, units, leaves, rule, price)
    repaired = repair(question, left=left, tell=tell)
    if repaired.conflicts:
        raise _conflict(repaired, [_kept(units[unit], price) for unit in public])
    said = _said(repaired, [units[unit] for unit in public], leaves, rule)
    return _protection(cells, units, reasons, said, question, repaired, left)


def _units(cells: list[Cell], leaves: Leaves) -> dict[tuple[int, ...], list[Cell]]:
    """Cells with the same members, by their leaves that have any."""
    units: dict[tuple[int, ...], list[Cell]] = {}
    for cell in cells:
        units.setdefault(_members(cell, leaves), []).append(cell)
    return units


def _members(cell: Cell, leaves: Leaves) -> tuple[int, ...]:
    return tuple(leaf for leaf in cell.leaves if leaves.customers[leaf])


def _question(public: list[tuple[int, ...]], units: dict[tuple[int, ...], list[Cell]], leaves: Leaves, rule: Rule, price: Price) -> Question:  # fmt: skip
    prices = [[price(cell) for cell in units[unit]] for unit in public]
    return Question(
        rows=tuple(public),
        values=tuple(units[unit][0].value for unit in public),
        weight=_hiding(leaves),
        largest=tuple(max(most, 1) for most in leaves.largest),
        totals=leaves.values,
        rule=rule,
        cost={row: sum(filter(None, each)) for row, each in enumerate(prices) if None not in each},
    )


def _hiding(leaves: Leaves) -> tuple[int, ...]:
    """Customers of each leaf behind whom others can hide: who used nothing hides nobody, as in the rule for each cell."""
    return tuple(
        customers if value else 0 for customers, value in zip(leaves.customers, leaves.values, strict=True)
    )


def _kept(members: list[Cell], price: Price) -> Cell:
    """Of cells with the same members the one that is never to be withheld, so that it is found again by its name."""
    return next((cell for cell in members if price(cell) is None), members[-1])


def _conflict(repaired: Repair, cells: list[Cell]) -> Refused:
    named = "; ".join(label(cells[row]) for row in sorted(repaired.conflicts[0].rows))
    return Refused(
        "Cells that are never to be withheld give others away.",
        where=named,
        next="Let one of them be withheld.",
    )


def _said(repaired: Repair, members: list[list[Cell]], leaves: Leaves, rule: Rule) -> dict[Cell, str]:
    """Of each withheld cell why, under its own name. members: of each row, cells with the same customers."""
    said = {}
    cells = [of[-1] for of in members]
    amount = partial(_plain, leaves)
    for row in repaired.withheld:
        attack = repaired.blocked.get(row)
        for cell in members[row]:
            cells[row] = cell
            said[cell] = why(attack, cells, rule, amount) if attack else _UNPROVEN
    return said


def _plain(leaves: Leaves, value: int) -> str:
    amount: Decimal = leaves.amount(value)
    return f"{amount.normalize():,f}"


def _protection(
    cells: list[Cell],
    units: dict[tuple[int, ...], list[Cell]],
    reasons: dict[tuple[int, ...], str],
    said: dict[Cell, str],
    question: Question,
    repaired: Repair,
    left: Left,
) -> Protection:
    found: dict[Cell, Judged] = {}
    for unit, members in units.items():
        reason = reasons[unit]
        for cell in members:
            text = reason or said.get(cell, "")
            status: Status = "primary" if reason else "secondary" if text else "published"
            found[cell] = Judged(cell, status, text)
    parts = list(repaired.parts)
    worst = worst_share(parts, question, left)
    millionths = (worst.numerator * MILLION, worst.denominator)
    up = -(-millionths[0] // millionths[1])
    return Protection(
        cells=tuple(found[cell] for cell in cells),
        gap=round(repaired.gap, 6),
        exhaustive=repaired.proven,
        smallest_group=smallest_group(parts, question, left),
        worst_share_ppm=(millionths[0] // millionths[1] if question.rule.strict else up) if parts else None,
    )
