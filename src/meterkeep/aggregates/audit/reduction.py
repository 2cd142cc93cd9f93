"""Released rows reduced to what they add to each other: short equations in small independent parts, with the same span.

A published part is subtracted from its total, which leaves what the total tells beside it; what remains is subtracted from
whatever still contains it. A combination of rows is a combination of these equations and the reverse, and no combination
of two parts cancels anything, so each part can be audited by itself. Source: docs/releases.md, “Parts”.
"""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.loads import Int64s

Combination = dict[int, Fraction]


@dataclass(slots=True)
class Equation:
    """The atoms add up to the value. made: released row → factor; the released rows times these are this equation."""

    atoms: set[int]
    value: int
    made: dict[int, int]

    def subtract(self, part: Equation) -> None:
        """part: an equation of some of the atoms."""
        self.atoms -= part.atoms
        self.value -= part.value
        for row, factor in part.made.items():
            left = self.made.get(row, 0) - factor
            if left:
                self.made[row] = left
            else:
                del self.made[row]


class Nesting:
    """Rows as sets of atoms, and which of them contain which. Of equal rows the later one contains the earlier."""

    def __init__(self, rows: Iterable[Iterable[int]], values: Sequence[int]) -> None:
        self.rows = [frozenset(row) for row in rows]
        self.values = values
        self.around = _around(self.rows)
        self.inside: list[list[int]] = [[] for _ in self.rows]
        for number in sorted(range(len(self.rows)), key=lambda at: (-len(self.rows[at]), -at)):
            for outer in self.around[number]:
                self.inside[outer].append(number)

    def residue(self, number: int, public: Container[int]) -> Equation:
        """What a row tells beside the public rows inside it, the largest of them first."""
        left, value, made = set(self.rows[number]), self.values[number], {number: 1}
        for part in self.inside[number]:
            if part in public and self.rows[part] <= left:
                left -= self.rows[part]
                value -= self.values[part]
                made[part] = -1
                if not left:
                    break
        return Equation(left, value, made)


def _around(rows: Sequence[frozenset[int]]) -> list[list[int]]:
    having: dict[int, set[int]] = {}
    for number, row in enumerate(rows):
        for atom in row:
            having.setdefault(atom, set()).add(number)
    return [
        sorted(
            outer
            for outer in _common(row, having)
            if len(rows[outer]) > len(row) or outer > number
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip


def _common(atoms: Iterable[int], having: Mapping[int, set[int]]) -> set[int]:
    """The sets that have all of the atoms, of which there is one at least."""
    few = iter(atoms)
    first = next(few, None)
    found = set() if first is None else set(having[first])
    for atom in few:
        found &= having[atom]
        if len(found) == 1:
            break
    return found


class Part:
    """Equations that hang together, and their atoms in classes: atoms of the same equations, which nothing tells apart.

    classes: the atoms of each class, ascending. columns: the classes of each equation.
    """

    __slots__ = ("classes", "columns", "equations")

    def __init__(self, equations: Sequence[Equation]) -> None:
        self.equations = equations
        of: dict[int, list[int]] = {}
        for at, equation in enumerate(equations):
            for atom in equation.atoms:
                of.setdefault(atom, []).append(at)
        same: dict[tuple[int, ...], list[int]] = {}
        for atom in sorted(of):
            same.setdefault(tuple(of[atom]), []).append(atom)
        self.classes = [tuple(atoms) for atoms in same.values()]
        self.columns: list[list[int]] = [[] for _ in equations]
        for place, having in enumerate(same):
            for at in having:
                self.columns[at].append(place)

    def released(self, factors: Mapping[int, Fraction]) -> Combination:
        """Factors of equations as factors of released rows."""
        total: Combination = {}
        for at, factor in factors.items():
            for row, times in self.equations[at].made.items():
                total[row] = total.get(row, Fraction(0)) + factor * times
        return {row: factor for row, factor in total.items() if factor}


def parts(system: System, values: Int64s) -> Iterator[Part]:
    """The independent parts of the rows of a system with these values."""
    nesting = Nesting((row.tolist() for row in system.rows), values.tolist())
    everything = range(len(nesting.rows))
    residues = (nesting.residue(number, everything) for number in everything)
    yield from settled([residue for residue in residues if residue.atoms])


def settled(equations: Sequence[Equation]) -> Iterator[Part]:
    """The parts of these equations, which are used up: each is subtracted from whatever contains it, until nothing does."""
    having: dict[int, set[int]] = {}
    for at, equation in enumerate(equations):
        for atom in equation.atoms:
            having.setdefault(atom, set()).add(at)
    waiting = [(len(equation.atoms), at) for at, equation in enumerate(equations)]
    heapq.heapify(waiting)
    while waiting:
        size, at = heapq.heappop(waiting)
        if size != len(equations[at].atoms) or not size:
            continue
        for outer in sorted(_common(equations[at].atoms, having) - {at}):
            equations[outer].subtract(equations[at])
            for atom in equations[at].atoms:
                having[atom].discard(outer)
            heapq.heappush(waiting, (len(equations[outer].atoms), outer))
    for group in _together([equation for equation in equations if equation.atoms]):
        yield Part(group)


def _together(equations: Sequence[Equation]) -> Iterator[list[Equation]]:
    """The equations in groups that share no atom."""
    home: dict[int, int] = {}

    def find(atom: int) -> int:
        while home.setdefault(atom, atom) != atom:
            home[atom] = home[home[atom]]
            atom = home[atom]
        return atom

    for equation in equations:
        first, *others = equation.atoms
        for atom in others:
            home[find(atom)] = find(first)
    groups: dict[int, list[Equation]] = {}
    for equation in equations:
        groups.setdefault(find(next(iter(equation.atoms))), []).append(equation)
    yield from groups.values()
