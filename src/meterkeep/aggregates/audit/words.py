"""The search for light words: combinations of reduced rows that are about fewer than k customers.

Rows come reduced: each has a pivot, an atom that no other row has. A word is at least as heavy as the pivots that it is not
zero on, so few pivots can carry a light one. An atom that only one of the chosen rows has stays in the word, unless
another row is chosen that has it, too, which costs that row's pivot. So atoms without a row in common cost something each,
and most searches end where they begin.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from meterkeep.aggregates.audit.elimination import Row
from meterkeep.aggregates.audit.system import System


class Budget:
    """How many more steps a search may take. whole: whether none was refused."""

    def __init__(self, nodes: int) -> None:
        self.nodes, self.whole = nodes, True

    def take(self) -> bool:
        self.nodes -= 1
        self.whole = self.whole and self.nodes >= 0
        return self.nodes >= 0


class Weights:
    """Customers of each atom, and of several together, of whom some may stand in more than one."""

    def __init__(self, system: System) -> None:
        self.system, self.of, self.plain = system, system.weight.tolist(), not system.kinds

    def weigh(self, columns: Sequence[int]) -> int:
        if self.plain:
            return sum([self.of[column] for column in columns])
        return self.system.customers(columns)


class Words:
    """The light words of one part. rows: pivot → row. found: those known, rows lighter than k to begin with."""

    def __init__(self, rows: dict[int, Row], weights: Weights, *, k: int, budget: Budget) -> None:
        self.rows, self.weights, self.k, self.budget = rows, weights, k, budget
        self.falling = False
        self.found = [row for row in rows.values() if weights.weigh([*row.entries]) < k]
        of = weights.of
        self.pivots = sorted((pivot for pivot in rows if of[pivot] < k), key=lambda pivot: (of[pivot], pivot))
        self.having: dict[int, list[int]] = {}
        for at, pivot in enumerate(self.pivots):
            for column in rows[pivot].entries:
                self.having.setdefault(column, []).append(at)

    def lightest(self) -> None:
        """Adds words that are lighter than those known, until there is none."""
        self.falling = True
        self.k = min([self.k, *(self.weights.weigh([*row.entries]) for row in self.found)])
        self._search()

    def all_below(self, k: int, *, budget: Budget) -> None:
        """Adds every word lighter than k that is not zero on several pivots, as far as the budget goes."""
        self.falling, self.k, self.budget = False, k, budget
        self._search()

    def _search(self) -> None:
        for at in range(len(self.pivots)):
            if not self.budget.take():
                return
            self._grow((at,), frozenset((at,)))

    def _grow(self, chosen: tuple[int, ...], out: frozenset[int]) -> None:
        """Words on sets of pivots that hang together: those chosen, and others that are neither in `out` nor before the first."""
        touched: dict[int, int] = {}
        for at in chosen:
            for column in self.rows[self.pivots[at]].entries:
                touched[column] = touched.get(column, 0) + 1
        while True:
            options = self._options(chosen, touched, out)
            if options is None:
                return
            if not options:
                break
            for at in options:
                if not self.budget.take():
                    return
                out |= {at}
                self._grow((*chosen, at), out)
        if len(chosen) > 1:
            self._words_on([self.pivots[at] for at in chosen], touched)

    def _options(
        self, chosen: tuple[int, ...], touched: dict[int, int], out: frozenset[int]
    ) -> list[int] | None:
        """Rows that share some atom with the chosen, all that do; none where there are none; None where no light word is left.

        The atom with the fewest is taken, so that little is tried."""
        of, plain = self.weights.of, self.weights.plain
        own = [self.pivots[at] for at in chosen]
        spent = self.weights.weigh(own)
        best: list[int] | None = None
        shared: list[int] = []
        packed: set[int] = set()
        staying = own.copy()
        for column, times in touched.items():
            if spent >= self.k:
                return None
            options = self._addable(column, chosen, out)
            if times > 1:
                shared = shared or options
            elif not options:
                if column not in own:
                    staying.append(column)
                    spent = spent + of[column] if plain else self.weights.weigh(staying)
            else:
                if best is None or len(options) < len(best):
                    best = options
                if plain and packed.isdisjoint(options):
                    packed.update(options)
                    spent += min(of[column], of[self.pivots[options[0]]])
        if spent >= self.k:
            return None
        return best if best is not None else shared

    def _addable(self, column: int, chosen: tuple[int, ...], out: frozenset[int]) -> list[int]:
        """Rows with the column that may be chosen, lightest first."""
        of, having = self.weights.of, self.having.get(column, ())
        left = self.k - (sum([of[self.pivots[at]] for at in chosen]) if self.weights.plain else 0)
        found = []
        for place in range(bisect_left(having, chosen[0]), len(having)):
            at = having[place]
            if of[self.pivots[at]] >= left:
                break
            if at not in out:
                found.append(at)
        return found

    def _words_on(self, pivots: list[int], touched: dict[int, int]) -> None:
        """Light words that are not zero on exactly these pivots: rows added so that other columns cancel."""
        alone = [column for column, times in touched.items() if times == 1]
        if (
            self.weights.weigh(alone) < self.k
        ):  # What one row alone touches, its pivot among it, cannot cancel.
            of = self.weights.of
            shared = [column for column, times in touched.items() if times > 1 and of[column]]
            shared.sort(key=lambda column: (-of[column], column))
            self._branch([self.rows[pivot] for pivot in pivots], shared, alone, frozenset(pivots))

    def _branch(
        self, basis: list[Row], columns: list[int], touched: list[int], pivots: frozenset[int]
    ) -> None:
        """Decides the columns one after the other: zero, which costs a dimension, or not, which costs the column's customers.
        touched: the columns on which the word is not zero."""
        if not self.budget.take() or any(all(pivot not in row.entries for row in basis) for pivot in pivots):
            return
        columns = [column for column in columns if any(column in row.entries for row in basis)]
        if len(basis) == 1 or not columns:
            for row in basis:
                self._keep(row)
            return
        column, *rest = columns
        self._branch(_zero(basis, column), rest, touched, pivots)
        if self.weights.weigh([*touched, column]) < self.k:
            self._branch(basis, rest, [*touched, column], pivots)

    def _keep(self, row: Row) -> None:
        weight = self.weights.weigh([*row.entries])
        if weight < self.k:
            self.found.append(row)
            self.k = weight if self.falling else self.k


def _zero(basis: list[Row], column: int) -> list[Row]:
    """The words of the basis that are zero on the column."""
    pivot = min((row for row in basis if column in row.entries), key=lambda row: len(row.entries))
    others = [Row(dict(row.entries), dict(row.combination)) for row in basis if row is not pivot]
    for row in others:
        if column in row.entries:
            row.subtract(pivot, column)
    return others


def parts(rows: dict[int, Row]) -> Iterator[dict[int, Row]]:
    """The rows in groups that share no column: a word is light only if its part in one group is."""
    home: dict[int, int] = {}
    groups: dict[int, dict[int, Row]] = {}
    for name, (pivot, row) in enumerate(rows.items()):
        met = {home[column] for column in row.entries if column in home}
        into = max(met, key=lambda each: len(groups[each]), default=name)
        group = groups.setdefault(into, {})
        for other in met - {into}:
            moved = groups.pop(other)
            group |= moved
            home |= {column: into for each in moved.values() for column in each.entries}
        group[pivot] = row
        home |= dict.fromkeys(row.entries, into)
    yield from groups.values()
