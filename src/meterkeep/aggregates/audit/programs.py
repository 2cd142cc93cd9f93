"""The linear programs of T2: released rows reduced to small independent parts, and exact solutions of each.

Published parts are subtracted from their totals first, which leaves what the totals add to them: short rows in small parts,
with the same solutions. HiGHS finds the basis of an optimum; the basis is then solved modulo a prime, read back as
fractions, and put into every equation, so that what comes out of here is exact or absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import highspy
import numpy as np

from meterkeep.aggregates.audit.elimination import PRIME, Matrix, Row, rational
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.loads import Int64s

VALUE = -1
"""The column of a row's value; atoms are numbered from 0."""

MOST = 2**45
"""Values up to here are found again as fractions."""


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
        made = Counter(self.made)
        made.subtract(part.made)
        self.made = {row: factor for row, factor in made.items() if factor}


@dataclass(frozen=True, slots=True)
class Vertex:
    """An optimum. solution: atom → exact amount, zeros left out; empty where it could not be told exactly. bound: the value of
    `combination` of released rows, which no solution exceeds; None where only floating point says so."""

    solution: dict[int, Fraction]
    bound: Fraction | None
    combination: dict[int, Fraction]


class Program:
    """Equations that hang together. columns: atom → its place."""

    def __init__(self, equations: Sequence[Equation]) -> None:
        self.equations = equations
        atoms = sorted(set().union(*(equation.atoms for equation in equations)))
        self.columns = {atom: place for place, atom in enumerate(atoms)}
        self._solver: highspy.Highs | None = None
        self._cost: int | None = None

    @classmethod
    def parts(cls, system: System, values: Int64s) -> Iterator[Program]:
        """The independent parts of the rows of a system with these values."""
        for equations in _together(_reduced(system, values)):
            yield cls(equations)

    def largest(self, atom: int) -> Vertex:
        """The solution in which the atom has the most."""
        if len(self.equations) == 1:
            (only,) = self.equations
            value = Fraction(only.value)
            made = {row: Fraction(factor) for row, factor in only.made.items()}
            return Vertex({atom: value} if value > 0 else {}, value, made)
        return self._solved(atom)

    def _solved(self, atom: int) -> Vertex:
        solver, column = self._started(), self.columns[atom]
        if self._cost is not None:
            solver.changeColCost(self._cost, 0.0)
        solver.changeColCost(column, 1.0)
        self._cost = column
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return Vertex({}, None, {})
        basis = solver.getBasis()
        columns = [
            at for at, status in enumerate(basis.col_status) if status == highspy.HighsBasisStatus.kBasic
        ]
        solution = self._exactly(columns)
        factors = self._duals(columns, column)
        bound = sum((factor * self.equations[at].value for at, factor in factors.items()), Fraction(0))
        if not factors:
            factors = {
                at: Fraction(1) for at, dual in enumerate(solver.getSolution().row_dual) if abs(dual) > 1e-9
            }
            return Vertex(solution, None, self._released(factors))
        return Vertex(solution, bound, self._released(factors))

    def _started(self) -> highspy.Highs:
        if self._solver is None:
            self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
            self._solver.setOptionValue("output_flag", False)
            self._solver.setOptionValue("threads", 1)
            self._solver.passModel(self._model())
        return self._solver

    def _model(self) -> highspy.HighsLp:
        """max 0 subject to the equations; scaled so that the largest value is a million."""
        model = highspy.HighsLp()
        rows = [[self.columns[atom] for atom in sorted(equation.atoms)] for equation in self.equations]
        scale = max(max(equation.value for equation in self.equations), 1) / 1e6
        values = np.array([equation.value / scale for equation in self.equations])
        model.num_col_, model.num_row_ = len(self.columns), len(rows)
        model.col_cost_ = np.zeros(len(self.columns))
        model.col_lower_ = np.zeros(len(self.columns))
        model.col_upper_ = np.full(len(self.columns), highspy.kHighsInf)
        model.row_lower_ = model.row_upper_ = values
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *map(len, rows)])
        model.a_matrix_.index_ = np.concatenate(rows)
        model.a_matrix_.value_ = np.ones(sum(map(len, rows)))
        model.sense_ = highspy.ObjSense.kMaximize
        return model

    def _exactly(self, columns: Sequence[int]) -> dict[int, Fraction]:
        """The solution in which only these columns are not zero, or nothing where there is none or one is negative."""
        atoms = [*self.columns]
        chosen = {atoms[column] for column in columns}
        rows = [
            dict.fromkeys(equation.atoms & chosen, 1) | {VALUE: equation.value % PRIME}
            for equation in self.equations
        ]
        found = _solve(rows, sorted(chosen), most=MOST)
        if found is None or any(amount < 0 for amount in found.values()):
            return {}
        solution = {atom: amount for atom, amount in found.items() if amount}
        holds = all(
            sum((solution.get(atom, Fraction(0)) for atom in equation.atoms), Fraction(0)) == equation.value
            for equation in self.equations
        )
        return solution if holds else {}

    def _duals(self, columns: Sequence[int], objective: int) -> dict[int, Fraction]:
        """Equation → factor, so that the equations times these have at least 1 in the objective's column and at least 0 in
        all others: no solution has more than their value there. Nothing where that does not come out exactly."""
        atoms = [*self.columns]
        having: dict[int, list[int]] = {}
        for at, equation in enumerate(self.equations):
            for atom in equation.atoms:
                having.setdefault(self.columns[atom], []).append(at)
        rows = [
            dict.fromkeys(having[column], 1) | ({VALUE: 1} if column == objective else {})
            for column in columns
        ]
        found = _solve(rows, range(len(self.equations)), most=2**30)
        if found is None:
            return {}
        factors = {at: factor for at, factor in found.items() if factor}
        for column in range(len(atoms)):
            total = sum((factors.get(at, Fraction(0)) for at in having[column]), Fraction(0))
            if total < (column == objective):
                return {}
        return factors

    def _released(self, factors: dict[int, Fraction]) -> dict[int, Fraction]:
        """Factors of equations as factors of released rows."""
        total: dict[int, Fraction] = {}
        for at, factor in factors.items():
            for row, times in self.equations[at].made.items():
                total[row] = total.get(row, Fraction(0)) + factor * times
        return {row: factor for row, factor in total.items() if factor}


def _solve(rows: list[dict[int, int]], unknowns: Sequence[int], *, most: int) -> dict[int, Fraction] | None:
    """unknown → amount for equations modulo PRIME with their values in column VALUE; unknowns that nothing fixes are 0.
    None where they contradict each other or an amount is no fraction of a numerator up to `most`."""
    matrix = Matrix(Row({column: value for column, value in row.items() if value}, {}) for row in rows)
    pivot_of: dict[int, int] = {}
    waiting = sorted(unknowns, key=lambda unknown: len(matrix.having.get(unknown, ())))
    for unknown in waiting:
        free = matrix.having.get(unknown, set()) - pivot_of.keys()
        if free:
            pivot = min(free, key=lambda number: (len(matrix.rows[number].entries), number))
            matrix.clear(unknown, pivot)
            pivot_of[pivot] = unknown
    if any(row.entries for number, row in matrix.rows.items() if number not in pivot_of):
        return None
    found: dict[int, Fraction] = {}
    for number, unknown in pivot_of.items():
        entries = matrix.rows[number].entries
        amount = rational(entries.get(VALUE, 0) * pow(entries[unknown], -1, PRIME), most=most)
        if amount is None:
            return None
        found[unknown] = amount
    return found


def _reduced(system: System, values: Int64s) -> list[Equation]:
    """The rows as equations, each less the published rows inside it; what is then about nothing is left out."""
    rows = [frozenset(row.tolist()) for row in system.rows]
    having: dict[int, list[int]] = {}
    for number, atoms in enumerate(rows):
        for atom in atoms:
            having.setdefault(atom, []).append(number)
    equations = []
    for number in sorted(range(len(rows)), key=lambda at: len(rows[at])):
        met = Counter(other for atom in rows[number] for other in having[atom])
        inside = [other for other, shared in met.items() if shared == len(rows[other]) and other != number]
        equation = Equation(set(rows[number]), int(values[number]), {number: 1})
        for other in sorted(inside, key=lambda at: (-len(rows[at]), at)):
            twin = len(rows[other]) == len(rows[number])
            if rows[other] <= equation.atoms and (not twin or other < number):
                equation.subtract(Equation(set(rows[other]), int(values[other]), {other: 1}))
        if equation.atoms:
            equations.append(equation)
    return _known_atoms_out(equations)


def _known_atoms_out(equations: list[Equation]) -> list[Equation]:
    """An atom that an equation tells by itself is subtracted from all others, until there is nothing more to subtract."""
    having: dict[int, set[int]] = {}
    for number, equation in enumerate(equations):
        for atom in equation.atoms:
            having.setdefault(atom, set()).add(number)
    alone = [number for number, equation in enumerate(equations) if len(equation.atoms) == 1]
    while alone:
        number = alone.pop()
        if len(equations[number].atoms) != 1:
            continue
        (atom,) = equations[number].atoms
        for other in sorted(having[atom] - {number}):
            equations[other].subtract(equations[number])
            if len(equations[other].atoms) == 1:
                alone.append(other)
        having[atom] = {number}
    return [equation for equation in equations if equation.atoms]


def _together(equations: list[Equation]) -> Iterator[list[Equation]]:
    """The equations in groups that share no atom."""
    home: dict[int, int] = {}

    def find(atom: int) -> int:
        while home.setdefault(atom, atom) != atom:
            home[atom] = home[home[atom]]
            atom = home[atom]
        return atom

    for equation in equations:
        first, *others = sorted(equation.atoms)
        for atom in others:
            home[find(atom)] = find(first)
    groups: dict[int, list[Equation]] = {}
    for equation in equations:
        groups.setdefault(find(min(equation.atoms)), []).append(equation)
    yield from groups.values()
