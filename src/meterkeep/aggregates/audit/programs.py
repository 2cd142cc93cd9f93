"""The linear programs of T2: what one class of atoms can have at most, and why not more; exact, or not at all.

HiGHS proposes in floating point. Tables of totals have solutions in whole numbers, or in small fractions, so that what it
proposes is rounded over a small common denominator and put into every equation; where that does not hold, its basis is
solved again modulo a prime and read back as fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import highspy
import numpy as np

from meterkeep.aggregates.audit.elimination import PRIME, Matrix, Row, rational
from meterkeep.aggregates.audit.reduction import Combination

VALUE = -1
"""The column of a row's value; classes are numbered from 0."""

MOST = 2**45
"""Values up to here are found again as fractions."""

DENOMINATORS = (1, 2, 3, 4, 6, 12)


@dataclass(frozen=True, slots=True)
class Point:
    """amounts: class → amount times `over`, zeros left out; every equation holds exactly and nothing is negative."""

    amounts: dict[int, int]
    over: int


NOWHERE = Point({}, 1)


def quiet() -> highspy.Highs:
    """A solver that prints nothing and keeps to one core."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    return solver


class Program:
    """The classes of each row add up to its value. columns: the classes of each row, numbered below width."""

    def __init__(self, columns: Sequence[Sequence[int]], values: Sequence[int], width: int) -> None:
        self.columns, self.values, self.width = columns, values, width
        self.having: list[list[int]] = [[] for _ in range(width)]
        for at, row in enumerate(columns):
            for column in row:
                self.having[column].append(at)
        self.scale = max(*values, 1) / 1e6
        self._solver = self._started()
        self._cost = 0

    def may_bound(self, column: int, least: int) -> bool:
        """Whether floating point has the column below `least` in all points, so that `duals` are worth a look."""
        return self._solved(column) and self._solver.getInfo().objective_function_value * self.scale < least

    def _solved(self, column: int) -> bool:
        self._solver.changeColCost(self._cost, 0.0)
        self._solver.changeColCost(column, 1.0)
        self._cost = column
        self._solver.run()
        return bool(self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def most(self, column: int) -> Point:
        """The point in which the column has the most; NOWHERE if that cannot be told exactly."""
        if not self._solved(column):
            return NOWHERE
        near = self._solver.getSolution().col_value
        found = [(at, amount * self.scale) for at, amount in enumerate(near) if amount > 1e-9]
        for over in DENOMINATORS:
            point = {at: whole for at, amount in found if (whole := round(amount * over))}
            if self._holds(point, over):
                return Point(point, over)
        return self._exactly()

    def _holds(self, amounts: dict[int, int], over: int) -> bool:
        sums = [0] * len(self.columns)
        for column, amount in amounts.items():
            for at in self.having[column]:
                sums[at] += amount
        return all(amount >= 0 for amount in amounts.values()) and all(
            amount == value * over for amount, value in zip(sums, self.values, strict=True)
        )

    def duals(self) -> Iterator[Combination]:
        """Row → factor, so that the rows times these have at least 1 in the last column asked for and at least 0 in all
        others: no point has more than their value there. Rounded ones first, then that of the basis, if it is exact."""
        yield from in_fractions(self._solver.getSolution().row_dual, self.columns, self._cost)
        factors = self._exact_duals()
        if limits(factors, self.columns, self._cost):
            yield factors

    def guessed(self) -> Combination:
        """The rows that the bound leans on, as floating point says."""
        near = self._solver.getSolution().row_dual
        return {at: Fraction(1) for at, dual in enumerate(near) if abs(dual) > 1e-9}

    def _started(self) -> highspy.Highs:
        solver = quiet()
        solver.passModel(self._model())
        return solver

    def _model(self) -> highspy.HighsLp:
        """max 0 subject to the rows; scaled so that the largest value is a million."""
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.width, len(self.columns)
        model.col_cost_ = np.zeros(self.width)
        model.col_lower_ = np.zeros(self.width)
        model.col_upper_ = np.full(self.width, highspy.kHighsInf)
        model.row_lower_ = model.row_upper_ = np.array([value / self.scale for value in self.values])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *map(len, self.columns)])
        model.a_matrix_.index_ = np.concatenate([np.asarray(row) for row in self.columns])
        model.a_matrix_.value_ = np.ones(sum(map(len, self.columns)))
        model.sense_ = highspy.ObjSense.kMaximize
        return model

    def _basis(self) -> list[int]:
        status = self._solver.getBasis().col_status
        return [at for at, each in enumerate(status) if each == highspy.HighsBasisStatus.kBasic]

    def _exactly(self) -> Point:
        """The point in which only the basis is not zero."""
        chosen = set(self._basis())
        rows = [
            dict.fromkeys(chosen.intersection(row), 1) | {VALUE: value % PRIME}
            for row, value in zip(self.columns, self.values, strict=True)
        ]
        found = _solve(rows, sorted(chosen), most=MOST)
        if found is None:
            return NOWHERE
        over = int(np.lcm.reduce([amount.denominator for amount in found.values()], dtype=object))
        amounts = {column: int(amount * over) for column, amount in found.items() if amount}
        return Point(amounts, over) if self._holds(amounts, over) else NOWHERE

    def _exact_duals(self) -> Combination:
        rows = [
            dict.fromkeys(self.having[column], 1) | ({VALUE: 1} if column == self._cost else {})
            for column in self._basis()
        ]
        found = _solve(rows, range(len(self.columns)), most=2**30)
        return {at: factor for at, factor in (found or {}).items() if factor}


def in_fractions(
    near: Sequence[float], columns: Sequence[Sequence[int]], place: int
) -> Iterator[Combination]:
    """Row → factor for each small common denominator over which the factors `near` prove something about the column `place`."""
    for over in DENOMINATORS:
        factors = {at: Fraction(whole, over) for at, dual in enumerate(near) if (whole := round(dual * over))}
        if limits(factors, columns, place):
            yield factors


def limits(factors: Combination, columns: Sequence[Sequence[int]], place: int) -> bool:
    """Whether the rows times these have at least 1 in the column `place` and at least 0 in all others."""
    sums: Combination = {}
    for at, factor in factors.items():
        for other in columns[at]:
            sums[other] = sums.get(other, Fraction(0)) + factor
    return sums.get(place, 0) >= 1 and min(sums.values()) >= 0


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
