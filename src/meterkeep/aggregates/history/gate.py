"""May one more figure stand beside the others? Answered at once, from an elimination that is kept (T1 only).

For whoever plans a release. Never a service for others: a refusal for shares would tell about loads, so shares are not
looked at here, and a yes is no certificate; the plan is audited as a whole. The figures that may be asked for are named at the start.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from meterkeep.aggregates.audit.closure import lightest
from meterkeep.aggregates.audit.elimination import Matrix, Row
from meterkeep.aggregates.history.unknowns import system_of, unknowns
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import Rule

NODES = 20_000


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
    atom of enough customers; `light` rows are zero on all such atoms, and what is derivable about too few is a sum of these.
    """

    def __init__(self, rows: Sequence[PastRow], rule: Rule, *, out: int) -> None:
        self._system = system_of(unknowns(rows), rows=len(rows))
        self._k = rule.minimum_customers
        self._weight = self._system.weight.tolist()
        self._light: dict[int, Row] = {}
        self._having: dict[int, set[int]] = {}
        matrix = Matrix(self._row(number) for number in range(out))
        self._heavy = matrix.eliminate(
            atom for atom, customers in enumerate(self._weight) if customers >= self._k
        )
        self._pivots = self._last()
        self._order = {pivot: at for at, pivot in enumerate(self._pivots)}
        for number, left in matrix.rows.items():
            self._keep(number, left)

    def __call__(self, number: int) -> Answer:
        """Whether row `number` may be added to those added before."""
        left = self._reduced(number)
        if not left.entries or self._pivot(left) is not None:
            return Answer(True)
        customers, sure = lightest([_copy(left), *self._beside(left)], self._system, k=self._k, nodes=NODES)
        return Answer(sure and customers is None, customers, sure)

    def add(self, number: int) -> None:
        """Row `number` is out from now on, allowed or not."""
        left = self._reduced(number)
        pivot = self._pivot(left)
        if pivot is not None:
            self._order[pivot] = len(self._heavy)
            self._heavy.append(left)
            self._pivots.append(pivot)
        else:
            self._keep(number, left)

    def _row(self, number: int) -> Row:
        return Row(dict.fromkeys(self._system.rows[number].tolist(), 1), {})

    def _last(self) -> list[int]:
        """Of each heavy row the first heavy atom that no later one has; all at once makes shorter rows than one by one."""
        last = {column: at for at, row in enumerate(self._heavy) for column in row.entries}
        heavy = sorted(column for column in last if self._weight[column] >= self._k)
        first: dict[int, int] = {}
        for column in heavy:
            first.setdefault(last[column], column)
        return [first[at] for at in range(len(self._heavy))]

    def _keep(self, number: int, left: Row) -> None:
        if left.entries:
            self._light[number] = left
            for column in left.entries:
                self._having.setdefault(column, set()).add(number)

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
        return row

    def _pivot(self, row: Row) -> int | None:
        """The heaviest of its atoms of enough customers."""
        heavy = [column for column in row.entries if self._weight[column] >= self._k]
        return max(heavy, key=lambda column: (self._weight[column], -column), default=None)

    def _beside(self, row: Row) -> list[Row]:
        """Copies of the light rows that share an atom with this one, directly or through others."""
        met: set[int] = set()
        waiting = list(row.entries)
        while waiting:
            for number in self._having.get(waiting.pop(), set()) - met:
                met.add(number)
                waiting += self._light[number].entries
        return [_copy(self._light[number]) for number in sorted(met)]


def _copy(row: Row) -> Row:
    return Row(dict(row.entries), {})
