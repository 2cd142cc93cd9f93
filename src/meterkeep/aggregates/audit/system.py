"""What an attacker knows: released sums, each over some atoms, and how many customers an atom has.

An *atom* is a set of customers that no released row tells apart: every row counts all of them or none. A row is the set of
its atoms; what can be derived are the weighted sums of rows. Source: docs/releases.md, “Atoms”.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from meterkeep.aggregates.loads import Int64s, UInt64s

STEPS = 6
"""How far a value may lie behind the first of its bits before it is looked up by halving."""


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """rows: the atoms of each released sum, ascending. weight: customers of each atom who used anything.

    kinds: the kinds of customers in each atom, where one customer may stand in several atoms (in several months, or at several
    premises), and crowd: customers of each kind. Without them the customers of two atoms are different people.
    """

    rows: tuple[Int64s, ...]
    weight: Int64s
    kinds: tuple[frozenset[int], ...] = ()
    crowd: tuple[int, ...] = ()

    def combine(self, combination: dict[int, Fraction]) -> dict[int, Fraction]:
        """The weighted sum of rows as atom → coefficient, zeros left out, in exact fractions."""
        over = math.lcm(*(factor.denominator for factor in combination.values()))
        total: dict[int, int] = {}
        for row, factor in combination.items():
            whole = int(factor * over)
            for atom in self.rows[row].tolist():
                total[atom] = total.get(atom, 0) + whole
        return {atom: Fraction(factor, over) for atom, factor in total.items() if factor}

    def customers(self, atoms: Iterable[int]) -> int:
        """How many customers the atoms have together; who stands in several of them counts once."""
        if not self.kinds:
            return int(self.weight[list(atoms)].sum())
        return sum(self.crowd[kind] for kind in frozenset().union(*(self.kinds[atom] for atom in atoms)))


def of_members(members: Sequence[UInt64s]) -> tuple[System, Int64s]:
    """The system of rows given as sets of customers, and the atom of each customer in ascending order of customers.

    members: the sorted numbers of each row's customers. Atoms are numbered by their first customer, so that the same rows
    give the same system.
    """
    if not members:
        return System((), np.empty(0, np.int64)), np.empty(0, np.int64)
    customers, who = numbered(np.concatenate(members))
    row = np.repeat(np.arange(len(members)), [len(each) for each in members])
    atom = same_rows(who, row, customers=len(customers))
    weight = np.bincount(atom)
    parts = np.split(atom[who], np.cumsum([len(each) for each in members])[:-1])
    return System(tuple(np.unique(part) for part in parts), weight), atom


def numbered(values: UInt64s) -> tuple[UInt64s, Int64s]:
    """The distinct values, ascending, and the place of each value among them; `np.unique` in a third of the time.

    Sorting numbers alone is fast. Their places are looked up by their first bits, and those that share these with many by halving.
    """
    if not len(values):
        return values, np.empty(0, np.int64)
    ascending = np.sort(values)
    distinct = ascending[np.concatenate(([True], ascending[1:] != ascending[:-1]))]
    shift = max(int(distinct[-1]).bit_length() - len(distinct).bit_length() - 1, 0)
    heads = np.arange((int(distinct[-1]) >> shift) + 1, dtype=np.uint64) << np.uint64(shift)
    place = np.searchsorted(distinct, heads)[(values >> np.uint64(shift)).astype(np.int64)]
    for _ in range(STEPS):
        short = np.flatnonzero(distinct[place] < values)
        if not len(short):
            return distinct, place
        place[short] += 1
    short = np.flatnonzero(distinct[place] < values)
    place[short] = np.searchsorted(distinct, values[short])
    return distinct, place


def same_rows(who: Int64s, row: Int64s, *, customers: int) -> Int64s:
    """A number for each of the customers 0, 1, …, the same for those that stand in the same rows, from pairs of a customer and a
    row, each pair once: two independent sums of random words for each row, compared together."""
    words = np.random.default_rng(20_140_501).integers(
        0, 2**63, size=(2, int(row.max()) + 1), dtype=np.uint64
    )
    one, other = (np.zeros(customers, np.uint64) for _ in words)
    for sums, each in ((one, words[0]), (other, words[1])):
        np.add.at(sums, who, each[row])
    _, first, same = np.unique(one, return_index=True, return_inverse=True)
    if np.any(other != other[first[same]]):
        both = np.stack([one, other], axis=1)
        _, first, same = np.unique(both, axis=0, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[same.ravel()]
