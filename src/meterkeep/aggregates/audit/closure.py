"""T1, count closure: whatever can be derived is about at least k customers.

Every figure that can be derived is a weighted sum of released rows. The search is for one that is not zero and is about
fewer than k customers: a light word of the code that the rows span. A word that is not zero on an atom of k customers or
more is heavy by that alone, so these atoms are eliminated first; what remains lives on light atoms, falls into small parts,
and is searched to the end. Source: docs/releases.md, “Count closure”.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count

from meterkeep.aggregates.audit.elimination import HALF, PRIME, Matrix, Row, Sparse, rational
from meterkeep.aggregates.audit.system import System

MOST_NODES = 200_000
NODES_AFTER_A_LEAK = 3_000
"""In a part that leaks already the search for more words ends here: it is found out, and each word would be one more."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A group that can be derived. combination: released row → factor; customers: how many it is about, fewer than k."""

    combination: dict[int, Fraction]
    atoms: tuple[int, ...]
    customers: int


@dataclass(frozen=True, slots=True)
class Closure:
    """What the search found.

    leaks: groups of fewer than k customers, lightest first; all light words are combinations of such, but not each is listed.
    rank: of the released rows. light: the dimension of what lives on light atoms. exhaustive: whether the search went to the
    end; only then are no leaks a proof.
    """

    leaks: tuple[Leak, ...]
    rank: int
    light: int
    exhaustive: bool

    @property
    def holds(self) -> bool:
        return self.exhaustive and not self.leaks


@dataclass(slots=True)
class _Search:
    """k and the customers of each atom; nodes left; whether the arithmetic or the nodes gave out."""

    system: System
    weight: Sequence[int]
    k: int
    nodes: int
    whole: bool = True
    words: list[Row] = field(default_factory=list)
    known: int = 0
    spare: int = NODES_AFTER_A_LEAK

    def enter_part(self) -> None:
        self.known, self.spare = len(self.words), NODES_AFTER_A_LEAK

    def take(self) -> bool:
        self.nodes -= 1
        self.whole = self.whole and self.nodes >= 0
        return self.nodes >= 0

    def take_more(self) -> bool:
        """Of a part in which a word was found only so many."""
        self.spare -= len(self.words) > self.known
        self.whole = self.whole and self.spare >= 0
        return self.spare >= 0 and self.take()

    def weigh(self, columns: Iterable[int]) -> int:
        if self.system.kinds:
            return self.system.customers(columns)
        return sum(self.weight[column] for column in columns)


def audit_counts(system: System, *, k: int, nodes: int = MOST_NODES) -> Closure:
    """All rows of `system` together. k: the fewest customers that anything derived may be about. nodes: the search ends there."""
    search = _Search(system, system.weight.tolist(), k, nodes)
    matrix = Matrix(
        Row(dict.fromkeys(row.tolist(), 1), {number: 1}) for number, row in enumerate(system.rows)
    )
    used = matrix.eliminate(atom for atom, customers in enumerate(search.weight) if customers >= k)
    light = [row for row in matrix.rows.values() if row.entries]
    empty = [row for row in matrix.rows.values() if not row.entries]
    pivots, dependent = _reduced(light, search)
    for part in _parts(pivots):
        search.enter_part()
        _search_part(part, search)
    leaks = _leaks(search, system)
    proven = search.whole and all(_vanishes(row, system) for row in empty + dependent)
    return Closure(leaks, rank=len(used) + len(pivots), light=len(pivots), exhaustive=proven)


def lightest(
    rows: Iterable[Row], system: System, *, k: int, nodes: int = MOST_NODES
) -> tuple[int | None, bool]:
    """Of combinations of rows that are zero on all atoms of k customers or more: the fewest customers below k that one is about,
    or None; and whether the search went to the end. The rows are used up."""
    search = _Search(system, system.weight.tolist(), k, nodes)
    pivots, _dependent = _reduced(list(rows), search)
    for part in _parts(pivots):
        search.enter_part()
        _search_part(part, search)
    return min((search.weigh(word.entries) for word in search.words), default=None), search.whole


def _vanishes(row: Row, system: System) -> bool:
    """A row that is zero modulo the prime is zero over the integers, too: an identity such as a total and its parts."""
    whole = {each: value if value <= HALF else value - PRIME for each, value in row.combination.items()}
    if all(-HALF <= factor <= HALF for factor in whole.values()):
        return _is_nothing(whole, system)
    factors = _factors(row.combination)
    return factors is not None and not system.combine(factors)


def _is_nothing(factors: dict[int, int], system: System) -> bool:
    total: dict[int, int] = {}
    for row, factor in factors.items():
        for atom in system.rows[row].tolist():
            total[atom] = total.get(atom, 0) + factor
    return not any(total.values())


def _factors(combination: Sparse) -> dict[int, Fraction] | None:
    found = {row: rational(value) for row, value in combination.items()}
    return (
        None
        if None in found.values()
        else {row: factor for row, factor in found.items() if factor is not None}
    )


def _reduced(rows: list[Row], search: _Search) -> tuple[dict[int, Row], list[Row]]:
    """Pivot column → row, each pivot zero in all other rows; the heaviest that can be had, heaviest first. And the rows that
    the others make up."""
    matrix = Matrix(rows)
    pivot_of: dict[int, int] = {}
    for column in sorted(matrix.having, key=lambda column: (-search.weight[column], column)):
        free = matrix.having[column] - pivot_of.keys()
        if free:
            row = min(free, key=lambda number: (len(matrix.rows[number].entries), number))
            matrix.clear(column, row)
            pivot_of[row] = column
    pivots = {column: matrix.rows[number] for number, column in pivot_of.items()}
    return pivots, [row for number, row in matrix.rows.items() if number not in pivot_of]


def _parts(pivots: dict[int, Row]) -> Iterator[dict[int, Row]]:
    """The pivots in groups that share no column: a word is light only if its part in one group is."""
    of: dict[int, int] = {}
    groups: dict[int, dict[int, Row]] = {}
    names = count()
    for pivot, row in pivots.items():
        met = {of[column] for column in row.entries if column in of}
        home = min(met) if met else next(names)
        group = groups.setdefault(home, {})
        for other in met - {home}:
            moved = groups.pop(other)
            group |= moved
            of |= {column: home for each in moved.values() for column in each.entries}
        group[pivot] = row
        of |= dict.fromkeys(row.entries, home)
    yield from groups.values()


def _search_part(part: dict[int, Row], search: _Search) -> None:
    """All light words of one part. A word is at least as heavy as the pivots that it is not zero on, so only sets of pivots
    lighter than k can carry one, and only such that hang together: of others each piece is a word of its own."""
    light = [pivot for pivot, row in part.items() if search.weight[pivot] < search.k]
    for pivot in light:
        if search.take() and search.weigh(part[pivot].entries) < search.k:
            search.words.append(part[pivot])
    beside = _Beside(part, light)
    place = {pivot: at for at, pivot in enumerate(light)}
    for pivot in light:
        if search.nodes < 0 or search.spare < 0:
            return
        _grow(
            [pivot],
            {other for other in beside[pivot] if place[other] > place[pivot]},
            beside,
            place,
            part,
            search,
        )


class _Beside(dict[int, set[int]]):
    """Light pivot → those whose rows share a column with its own."""

    def __init__(self, part: dict[int, Row], light: Sequence[int]) -> None:
        self.part = part
        self.having: dict[int, list[int]] = {}
        for pivot in light:
            for column in part[pivot].entries:
                self.having.setdefault(column, []).append(pivot)

    def __missing__(self, pivot: int) -> set[int]:
        found = {other for column in self.part[pivot].entries for other in self.having[column]}
        self[pivot] = found - {pivot}
        return self[pivot]


def _grow(
    chosen: list[int],
    extension: set[int],
    beside: dict[int, set[int]],
    place: dict[int, int],
    part: dict[int, Row],
    search: _Search,
) -> None:
    """Every set of pivots that hangs together and contains `chosen`, each once (the ESU enumeration of Wernicke 2006)."""
    waiting = sorted(extension, key=place.__getitem__)
    while waiting:
        pivot = waiting.pop()
        larger = [*chosen, pivot]
        if search.weigh(larger) >= search.k:
            continue
        if not search.take_more():
            return
        _words_on(larger, part, search)
        known = set(chosen).union(*(beside[each] for each in chosen))
        new = {each for each in beside[pivot] - known if place[each] > place[chosen[0]]}
        _grow(larger, new | set(waiting), beside, place, part, search)


def _words_on(pivots: list[int], part: dict[int, Row], search: _Search) -> None:
    """Light words that are not zero on exactly these pivots: rows added so that other columns cancel."""
    touched: dict[int, int] = {}
    for pivot in pivots:
        for column in part[pivot].entries:
            touched[column] = touched.get(column, 0) + 1
    alone = [column for column, times in touched.items() if times == 1]
    if search.weigh(alone) < search.k:  # What one row alone touches, its pivot among it, cannot cancel.
        shared = [column for column, times in touched.items() if times > 1 and search.weight[column]]
        shared.sort(key=lambda column: (-search.weight[column], column))
        _branch([part[pivot] for pivot in pivots], shared, alone, frozenset(pivots), search)


def _branch(
    basis: list[Row], columns: list[int], touched: list[int], pivots: frozenset[int], search: _Search
) -> None:
    """Decides the columns one after the other: zero, which costs a dimension, or not, which costs the column's customers.
    touched: the columns on which the word is not zero."""
    if not search.take() or any(all(pivot not in row.entries for row in basis) for pivot in pivots):
        return
    columns = [column for column in columns if any(column in row.entries for row in basis)]
    if len(basis) == 1 or not columns:
        _keep(basis, search)
        return
    column, *rest = columns
    _branch(_zero(basis, column), rest, touched, pivots, search)
    if search.weigh([*touched, column]) < search.k:
        _branch(basis, rest, [*touched, column], pivots, search)


def _zero(basis: list[Row], column: int) -> list[Row]:
    """The words of the basis that are zero on the column."""
    pivot = min((row for row in basis if column in row.entries), key=lambda row: len(row.entries))
    others = [Row(dict(row.entries), dict(row.combination)) for row in basis if row is not pivot]
    for row in others:
        if column in row.entries:
            row.subtract(pivot, column)
    return others


def _keep(basis: list[Row], search: _Search) -> None:
    """A word of the basis, if it is light."""
    search.words += [row for row in basis if search.weigh(row.entries) < search.k]


def _leaks(search: _Search, system: System) -> tuple[Leak, ...]:
    """The words over the rationals, each group once. A word that cannot be told in small fractions ends the proof."""
    found: dict[tuple[int, ...], Leak] = {}
    for word in search.words:
        factors = _scaled(word.combination)
        if factors is None:
            search.whole = False
            continue
        atoms = tuple(sorted(system.combine(factors)))
        leak = Leak(factors, atoms, system.customers(atoms))
        known = found.get(atoms)
        if atoms and (known is None or len(leak.combination) < len(known.combination)):
            found[atoms] = leak
    return tuple(sorted(found.values(), key=lambda leak: (leak.customers, leak.atoms)))


def _scaled(combination: Sparse) -> dict[int, Fraction] | None:
    """The combination times whatever makes its factors small fractions."""
    for value in dict.fromkeys(combination.values()):
        inverse = pow(value, -1, PRIME)
        factors = _factors({row: factor * inverse % PRIME for row, factor in combination.items()})
        if factors is not None:
            return factors
    return None
