"""Figures of one period and measure about customers who stand there once and of whom everything is known: the audit of a table.

Most plans are of this kind, month by month. Then nothing hangs together that shares no customer, so that only the parts that a
change touches are audited again (`repair/watch.py`). What is chosen in this way is audited as a whole in the end, like any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from meterkeep.aggregates.audit.pulse import Late, Pulse
from meterkeep.aggregates.history.findings import Attack
from meterkeep.aggregates.history.unknowns import Unknowns, system_of, unknowns
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.repair import attacks
from meterkeep.aggregates.repair.question import Question
from meterkeep.aggregates.repair.watch import Watch
from meterkeep.aggregates.rule import Rule


class PlainWatch:
    """rows: by number, those that are public among them. Rows of the same customers are one figure of the question."""

    def __init__(self, question: Question, figure_of: Mapping[int, int], pulse: Pulse) -> None:
        def left() -> float:
            pulse()
            return math.inf

        self._figure_of = figure_of
        self._watch = Watch(question, left)
        self._whole = True

    def show(self, public: Iterable[int]) -> list[tuple[frozenset[int], Attack | None]]:
        """All attacks on these rows, with the rows of each; without an attack where nobody could look at all of them. Raises Late
        where the pulse does, and whenever it is asked after that."""
        first: dict[int, int] = {}
        for row in sorted(public):
            if row in self._figure_of:
                first.setdefault(self._figure_of[row], row)
        if not self._whole:
            raise Late
        self._whole = False  # Half of a change, should time be up within it, is no state to go on from.
        found = self._watch.show(first)
        self._whole = True
        return [_named(attack, first) for attack in found]


def plain_watch(
    rows: Sequence[PastRow],
    aside: Sequence[PastRow],
    rule: Rule,
    cost: Mapping[int, int],
    *,
    pulse: Pulse,
) -> PlainWatch | None:
    """rows: all that are public or may be; cost: of withholding one, by number. None where they are not of this kind."""
    if len({(row.measure, row.period) for row in rows}) != 1:
        return None
    found = unknowns(rows, aside)
    if not _plain(found) or any(row.value < 0 for row in rows):
        return None
    system = system_of(found, rows=len(rows))
    figures: dict[tuple[int, ...], int] = {}
    values: list[int] = []
    figure_of: dict[int, int] = {}
    for number, atoms in enumerate(map(tuple, (row.tolist() for row in system.rows))):
        if atoms:
            at = figure_of[number] = figures.setdefault(atoms, len(figures))
            values += [rows[number].value] if at == len(values) else []
            if values[at] != rows[number].value:
                return None
    largest, totals = np.zeros_like(system.weight), np.zeros_like(system.weight)
    np.maximum.at(largest, found.atom, found.most)
    np.add.at(totals, found.atom, found.most)
    question = Question(
        rows=tuple(figures),
        values=tuple(values),
        weight=tuple(system.weight.tolist()),
        largest=tuple(largest.tolist()),
        totals=tuple(totals.tolist()),
        rule=rule,
        cost={figure_of[number]: price for number, price in cost.items() if number in figure_of},
    )
    return PlainWatch(question, figure_of, pulse)


def _plain(found: Unknowns) -> bool:
    """Whether each customer stands in one atom, and what they used is known exactly."""
    once = len(np.unique(found.owner)) == len(found.owner)
    return bool(len(found.owner)) and once and bool(found.exact.all()) and int(found.most.min()) >= 0


def _named(attack: attacks.Attack, rows: Mapping[int, int]) -> tuple[frozenset[int], Attack | None]:
    factors = {rows[at]: factor for at, factor in attack.combination.items()}
    named = frozenset(factors)
    factors = dict(sorted(factors.items()))
    if attack.customers is not None:
        return named, Attack("count", factors, attack.customers)
    if attack.bound is not None:
        return named, Attack("share", factors, bound=attack.bound, used=attack.largest)
    return named, None
