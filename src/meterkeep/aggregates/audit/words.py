"""The search for light words: combinations of reduced rows that are about fewer than k customers.

Rows come reduced: each has a pivot, an atom that no other row has. A word is at least as heavy as the pivots that it is not
zero on, so few pivots can carry a light one. An atom that only one of the chosen rows has stays in the word, unless
another row is chosen that has it, too, which costs that row's pivot. So atoms without a row in common cost something each,
and most searches end where they begin.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from meterkeep.aggregates.audit.elimination import Row
from meterkeep.aggregates.audit.pulse import Pulse, steady
from meterkeep.aggregates.audit.system import System

ENOUGH = 32
"""Atoms with rows to choose from that are looked at before one is taken: more cost time and seldom end a search."""

RARE = 24
"""Of each row, how many atoms are looked at together, those first that the fewest rows have."""


class Budget:
    """How many more steps a search may take. whole: whether none was refused."""

    def __init__(self, nodes: int, pulse: Pulse = steady) -> None:
        self.nodes, self.whole, self.pulse = nodes, True, pulse

    def take(self) -> bool:
        self.pulse()
        self.nodes -= 1
        self.whole = self.whole and self.nodes >= 0
        return self.nodes >= 0


class Weights:
    """Customers of each atom, and of several together, of whom some may stand in more than one. nobody: an atom more, without any."""

    def __init__(self, system: System) -> None:
        self.of: list[int] = [*system.weight.tolist(), 0]
        self.nobody, self.plain = len(self.of) - 1, not system.kinds
        self.kinds, self.crowd = (*system.kinds, frozenset[int]()), system.crowd

    def weigh(self, columns: Iterable[int]) -> int:
        if self.plain:
            return sum([self.of[column] for column in columns])
        return sum(self.crowd[kind] for kind in frozenset().union(*(self.kinds[each] for each in columns)))


Key = tuple[int, int]
"""A pivot's customers and the pivot: the order in which rows are tried."""


class Light:
    """Reduced rows with light pivots, and which of them have an atom. rows: pivot → row."""

    def __init__(self, rows: dict[int, Row], weights: Weights, *, k: int) -> None:
        self.rows, self.weights, self.k = rows, weights, k
        self.keys = sorted((weights.of[pivot], pivot) for pivot in rows if weights.of[pivot] < k)
        self.having: defaultdict[int, list[Key]] = defaultdict(list)
        self._rarity: dict[int, list[int]] = {}
        for key in self.keys:
            for column in rows[key[1]].entries:
                self.having[column].append(key)

    def put(self, pivot: int, row: Row) -> None:
        """Takes a row in that is zero on all other pivots, and makes the others zero on its own."""
        for key in self.having[pivot][:]:
            entries = self.rows[key[1]].entries
            before = [column for column in row.entries if column in entries]
            self.rows[key[1]].subtract(row, pivot)
            for column in before:
                if column not in entries:
                    self.having[column].remove(key)
            gained = row.entries.keys() - before
            for column in gained:
                insort(self.having[column], key)
            if key[1] in self._rarity:
                self._rarity[key[1]].extend(gained)
        self.rows[pivot] = row
        for column in row.entries:
            insort(self.having[column], (self.weights.of[pivot], pivot))

    def by_rarity(self, pivot: int) -> list[int]:
        """The atoms of a row, those that few rows have first. As sorted when it was first asked: others may have come in
        behind them, some may be there twice, and some may be in the row no more."""
        if pivot not in self._rarity:
            having = self.having
            self._rarity[pivot] = sorted(self.rows[pivot].entries, key=lambda column: len(having[column]))
        return self._rarity[pivot]

    def take_out(self, pivot: int) -> None:
        """Forgets a row that is only asked about."""
        del self.rows[pivot]
        self._rarity.pop(pivot, None)

    def reduce(self, row: Row) -> None:
        """Makes a row zero on all pivots."""
        for pivot in [column for column in row.entries if column in self.rows]:
            row.subtract(self.rows[pivot], pivot)


class Words:
    """The light words of one part. found: those known, rows lighter than k to begin with."""

    def __init__(self, light: Light, *, budget: Budget) -> None:
        self.light, self.weights, self.k, self.budget = light, light.weights, light.k, budget
        self.falling = False
        self.found: list[Row] = []

    def lightest(self) -> None:
        """Finds the rows lighter than k, and adds words that are lighter than those known, until there is none."""
        self.found = [row for row in self.light.rows.values() if self.weights.weigh(row.entries) < self.k]
        self.falling = True
        self.k = min([self.k, *(self.weights.weigh(row.entries) for row in self.found)])
        self._search()

    def all_below(self, k: int, *, budget: Budget) -> None:
        """Adds every word lighter than k that is not zero on several pivots, as far as the budget goes."""
        self.falling, self.k, self.budget = False, k, budget
        self._search()

    def with_row(self, row: Row) -> int | None:
        """The fewest customers, if fewer than k, that a word has in which this row takes part; it is zero on all pivots."""
        mark = self.weights.nobody
        row.entries[mark] = 1
        self.light.rows[mark] = row
        self.falling = True
        self._keep(row)
        self._grow((mark,), frozenset(), (-1, -1))
        self.light.take_out(mark)
        del row.entries[mark]
        return min((self.weights.weigh(word.entries) for word in self.found), default=None)

    def _search(self) -> None:
        for key in self.light.keys:
            if not self.budget.take():
                return
            self._grow((key[1],), frozenset((key[1],)), key)

    def _grow(self, chosen: tuple[int, ...], out: frozenset[int], after: Key) -> None:
        """Words on sets of pivots that hang together: those chosen, and others that are not in `out` and come later."""
        while True:
            options = self._options(chosen, out, after)
            if options is None:
                return
            if not options:
                break
            for pivot in options:
                if not self.budget.take():
                    return
                out |= {pivot}
                self._grow((*chosen, pivot), out, after)
        if len(chosen) > 1:
            self._words_on(chosen)

    def _options(self, chosen: tuple[int, ...], out: frozenset[int], after: Key) -> list[int] | None:
        """Rows that share some atom with the chosen, all that do; none where there are none; None where no light word is left.

        Of the atoms looked at, that with the fewest is taken, so that little is tried; any would do."""
        of, plain = self.weights.of, self.weights.plain
        entries = [self.light.rows[pivot].entries for pivot in chosen]
        spent = self.weights.weigh(chosen)
        left = self.k - (spent if plain else 0)
        best: list[int] | None = None
        shared: list[int] = []
        packed: set[int] = set()
        staying, looked = [*chosen], 0
        seen: set[int] = set()
        for column in self._touched(chosen):
            if spent >= self.k:
                return None
            times = 0 if column in seen else sum([column in each for each in entries])
            seen.add(column)
            if not times or (times > 1 and shared):
                continue
            options = self._addable(column, out, after, left)
            if times > 1:
                shared = options
            elif not options:
                if column not in chosen:
                    staying.append(column)
                    spent = spent + of[column] if plain else self.weights.weigh(staying)
            else:
                if best is None or len(options) < len(best):
                    best = options
                if plain and packed.isdisjoint(options):
                    packed.update(options)
                    spent += min(of[column], of[options[0]])
                looked += 1
                if looked == ENOUGH:
                    break
        if spent >= self.k:
            return None
        return best if best is not None else shared

    def _touched(self, chosen: tuple[int, ...]) -> Iterator[int]:
        """The atoms of the chosen rows, and some that they no more have; first of each row those that few others have."""
        having = self.light.having
        rows = [self.light.by_rarity(pivot) for pivot in chosen]
        first = sorted(
            chain.from_iterable(row[:RARE] for row in rows), key=lambda column: len(having[column])
        )
        return chain(first, *(islice(row, RARE, None) for row in rows))

    def _addable(self, column: int, out: frozenset[int], after: Key, left: int) -> list[int]:
        """Pivots of rows with the column that may be chosen, lightest first."""
        having = self.light.having[column]
        found = []
        for place in range(bisect_left(having, after), len(having)):
            weight, pivot = having[place]
            if weight >= left:
                break
            if pivot not in out:
                found.append(pivot)
        return found

    def _words_on(self, pivots: tuple[int, ...]) -> None:
        """Light words that are not zero on exactly these pivots: rows added so that other columns cancel."""
        touched = Counter(chain.from_iterable(self.light.rows[pivot].entries for pivot in pivots))
        alone = [column for column, times in touched.items() if times == 1]
        if (
            self.weights.weigh(alone) < self.k
        ):  # What one row alone touches, its pivot among it, cannot cancel.
            of = self.weights.of
            shared = [column for column, times in touched.items() if times > 1 and of[column]]
            shared.sort(key=lambda column: (-of[column], column))
            self._branch([self.light.rows[pivot] for pivot in pivots], shared, alone, frozenset(pivots))

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
        weight = self.weights.weigh(row.entries)
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
