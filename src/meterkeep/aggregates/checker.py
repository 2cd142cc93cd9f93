"""An independent check of small systems of released sums, by brute force and exact fractions.

It shares no code and no argument with the audit: it looks at every linear combination and at every corner of what is
possible. Exponential, so for tests and for a handful of rows.

An unknown is a tuple whose first item is the customer: what one customer used in one slot (and at one premise). A released
row is the set of unknowns that it adds up, and its value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations

Unknown = tuple[Hashable, ...]
Vector = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One released sum."""

    members: frozenset[Unknown]
    value: int


def smallest_derivable_group(rows: Sequence[Row], *, below: int) -> int | None:
    """The fewest customers that any derivable figure is about, if they are fewer than `below`; else None (T1).

    A figure about nobody but the customers in S can be derived exactly if leaving their unknowns out loses rank: then some
    combination of rows cancels everyone else and does not vanish.
    """
    columns = _columns(rows)
    kinds = Counter(frozenset(own.values()) for own in _by_customer(columns).values())
    everything = _rank(set(columns.values()))
    for kept_out in sorted(_light_sets(kinds, below), key=lambda one: _weight(one, kinds)):
        others = set(chain.from_iterable(kind for kind in kinds if kind not in kept_out))
        if _rank(others) < everything:
            return _weight(kept_out, kinds)
    return None


def tightest_share(rows: Sequence[Row], loads: Mapping[Unknown, int]) -> Fraction:
    """The largest ratio of what a customer used in a window to the least upper bound that the rows put on it (T2).

    1 means that somebody's use is disclosed exactly. Windows without a bound do not count. loads must agree with the rows.
    """
    columns = _columns(rows)
    kinds = sorted(set(columns.values()))
    corners = list(_corners(kinds, [row.value for row in rows]))
    worst = Fraction(0)
    for own in _by_customer(columns).values():
        for window in _subsets(list(own)):
            touched = {kinds.index(own[unknown]) for unknown in window}
            bound = max(sum(corner[i] for i in touched) for corner in corners)
            used = sum(loads[unknown] for unknown in window)
            worst = max(worst, Fraction(used) / bound if used else Fraction(0))
    return worst


def _columns(rows: Sequence[Row]) -> dict[Unknown, Vector]:
    """In which rows each unknown is counted."""
    unknowns = sorted(set(chain.from_iterable(row.members for row in rows)), key=repr)
    return {unknown: tuple(int(unknown in row.members) for row in rows) for unknown in unknowns}


def _by_customer(columns: Mapping[Unknown, Vector]) -> dict[Hashable, dict[Unknown, Vector]]:
    owned: dict[Hashable, dict[Unknown, Vector]] = {}
    for unknown, column in columns.items():
        owned.setdefault(unknown[0], {})[unknown] = column
    return owned


def _light_sets(kinds: Counter[frozenset[Vector]], below: int) -> Iterator[frozenset[frozenset[Vector]]]:
    """Sets of kinds of customers that are fewer than `below` together. Customers of one kind are always touched together."""
    light = [kind for kind, number in kinds.items() if number < below]
    for size in range(1, min(len(light), below) + 1):
        for some in combinations(light, size):
            if _weight(frozenset(some), kinds) < below:
                yield frozenset(some)


def _weight(some: frozenset[frozenset[Vector]], kinds: Counter[frozenset[Vector]]) -> int:
    return sum(kinds[kind] for kind in some)


def _subsets(items: Sequence[Unknown]) -> Iterator[tuple[Unknown, ...]]:
    return chain.from_iterable(combinations(items, size) for size in range(1, len(items) + 1))


def _rank(vectors: set[Vector]) -> int:
    return len(_reduced([[Fraction(number) for number in vector] for vector in sorted(vectors)])[1])


def _reduced(matrix: list[list[Fraction]]) -> tuple[list[list[Fraction]], list[int]]:
    """The matrix in reduced row echelon form, and the columns of its pivots."""
    pivots: list[int] = []
    for column in range(len(matrix[0]) if matrix else 0):
        top = len(pivots)
        found = next((i for i in range(top, len(matrix)) if matrix[i][column]), None)
        if found is None:
            continue
        matrix[top], matrix[found] = matrix[found], matrix[top]
        matrix[top] = [number / matrix[top][column] for number in matrix[top]]
        for i, row in enumerate(matrix):
            if i != top and row[column]:
                matrix[i] = [a - row[column] * b for a, b in zip(row, matrix[top], strict=True)]
        pivots.append(column)
    return matrix, pivots


def _corners(kinds: Sequence[Vector], values: Sequence[int]) -> Iterator[list[Fraction]]:
    """The corners of {z >= 0 : each row's value is the sum of its z}, where z is what all unknowns of a kind add up to.

    Every unknown is in a row, so the set is bounded and a linear function is largest at a corner.
    """
    rank = _rank(set(kinds))
    for basis in combinations(range(len(kinds)), rank):
        solution = _solve([kinds[i] for i in basis], values)
        if solution is not None and min(solution, default=Fraction(0)) >= 0:
            corner = [Fraction(0)] * len(kinds)
            for i, number in zip(basis, solution, strict=True):
                corner[i] = number
            yield corner


def _solve(columns: Sequence[Vector], values: Sequence[int]) -> list[Fraction] | None:
    """The only solution, or None where there is none or the columns depend on each other."""
    system = [
        [Fraction(column[i]) for column in columns] + [Fraction(value)] for i, value in enumerate(values)
    ]
    system, pivots = _reduced(system)
    if pivots != list(range(len(columns))):
        return None
    return [row[-1] for row in system[: len(columns)]]
