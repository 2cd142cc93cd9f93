"""May one more figure stand beside the others? Answered at once, from an elimination that is kept (T1 only).

For whoever plans a release. Never a service for others: a refusal for shares would tell about loads, so shares are not
looked at here, and a yes is no certificate; the plan is audited as a whole. The figures that may be asked for are named at the start.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from meterkeep.aggregates.audit.closure import heaviest_first
from meterkeep.aggregates.audit.elimination import Matrix, Row
from meterkeep.aggregates.audit.words import Budget, Light, Weights, Words, parts
from meterkeep.aggregates.history.unknowns import system_of, unknowns
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import Rule

NODES = 20_000

FRESH, GROWN = 64, 16
"""After so many more figures, or one in so many, everything that is out is reduced anew."""


@dataclass(frozen=True, slots=True)
class Answer:
    """customers: in the smallest group that could then be derived, if they are too few. sure: whether the search ended; what is not
    sure is not allowed."""

    allowed: bool
    customers: int | None = None
    sure: bool = True


class Gate:
    """rows: all figures that are out or may be asked for, of one family and of periods that hang together. out: how many of them,
    from the first, are out.

    Each row that was added is kept less what makes it zero on the pivots before it: `heavy` rows have a pivot of their own, an
    atom of enough customers; `light` rows are zero on all such atoms and on each other's pivots, and what is derivable about too
    few is a sum of these. So a new figure is asked only for sums in which it takes part itself.
    """

    def __init__(self, rows: Sequence[PastRow], rule: Rule, *, out: int) -> None:
        self._system = system_of(unknowns(rows), rows=len(rows))
        self._k = rule.minimum_customers
        self._weights = Weights(self._system)
        self._out = list(range(out))
        self._asked: dict[int, tuple[Row, Answer]] = {}
        self._so_far = self._of_all(self._begin())

    def _begin(self) -> dict[int, Row]:
        """Reduces all that is out anew, and gives the light rows. All at once makes far shorter rows than one by one."""
        matrix = Matrix(self._row(number) for number in self._out)
        heavy = (atom for atom, customers in enumerate(self._weights.of) if customers >= self._k)
        self._heavy = [*matrix.eliminate(heavy).values()]
        self._pivots = self._last()
        self._order = {pivot: at for at, pivot in enumerate(self._pivots)}
        rows = matrix.echelon(heaviest_first(matrix.having, self._weights.of)).rows
        self._light = Light(rows, self._weights, k=self._k)
        self._anew = len(self._out) + max(FRESH, len(self._out) // GROWN)
        return rows

    def _of_all(self, rows: dict[int, Row]) -> Answer:
        """What can be derived without any figure more."""
        budget, found = Budget(NODES), list[Row]()
        for part in parts(rows):
            words = Words(Light(part, self._weights, k=self._k), budget=budget)
            words.lightest()
            found += words.found
        return _answer([self._weights.weigh(word.entries) for word in found], sure=budget.whole)

    def __call__(self, number: int) -> Answer:
        """Whether row `number` may be added to those added before."""
        return self._told(number)[1]

    def _told(self, number: int) -> tuple[Row, Answer]:
        if number not in self._asked:
            left = self._reduced(number)
            self._asked = {number: (left, self._answer(left))}
        return self._asked[number]

    def add(self, number: int) -> None:
        """Row `number` is out from now on, allowed or not."""
        left, self._so_far = self._told(number)
        self._asked = {}
        self._out.append(number)
        if len(self._out) >= self._anew:
            self._begin()
        else:
            self._bring_in(left)

    def _bring_in(self, left: Row) -> None:
        pivot = max(left.entries, key=lambda column: (self._weights.of[column], -column), default=None)
        if pivot is None:
            return
        if self._weights.of[pivot] < self._k:
            self._light.put(pivot, left)
        else:
            self._order[pivot] = len(self._heavy)
            self._heavy.append(left)
            self._pivots.append(pivot)

    def _answer(self, left: Row) -> Answer:
        """left: a figure less what it tells beside those that are out; with an atom of enough customers it tells nothing more."""
        if not left.entries or self._heavy_in(left):
            return self._so_far
        words = Words(self._light, budget=Budget(NODES))
        found = words.with_row(left)
        known = [each for each in (found, self._so_far.customers) if each is not None]
        return _answer(known, sure=words.budget.whole and self._so_far.sure)

    def _row(self, number: int) -> Row:
        return Row(dict.fromkeys(self._system.rows[number].tolist(), 1), {})

    def _last(self) -> list[int]:
        """Of each heavy row the first heavy atom that no later one has."""
        last = {column: at for at, row in enumerate(self._heavy) for column in row.entries}
        heavy = sorted(column for column in last if self._weights.of[column] >= self._k)
        first: dict[int, int] = {}
        for column in heavy:
            first.setdefault(last[column], column)
        return [first[at] for at in range(len(self._heavy))]

    def _reduced(self, number: int) -> Row:
        row = self._row(number)
        waiting = [self._order[column] for column in row.entries if column in self._order]
        heapq.heapify(waiting)
        while waiting:
            at = heapq.heappop(waiting)
            if self._pivots[at] not in row.entries:
                continue
            row.subtract(self._heavy[at], self._pivots[at])
            for column in self._heavy[at].entries:
                if column in row.entries and self._order.get(column, -1) > at:
                    heapq.heappush(waiting, self._order[column])
        if not self._heavy_in(row):
            self._light.reduce(row)
        return row

    def _heavy_in(self, row: Row) -> bool:
        """Whether it has an atom of enough customers, which nothing that is out takes off it any more."""
        of, k = self._weights.of, self._k
        return any(of[column] >= k for column in row.entries)


def _answer(customers: Sequence[int], *, sure: bool) -> Answer:
    return Answer(sure and not customers, min(customers, default=None), sure)
