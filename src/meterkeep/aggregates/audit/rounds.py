"""One program for many classes: a solution in which as many of them as possible have what they need.

Asked class by class, a part of tens of thousands would take hours. Here each class counts in full once it has what it needs and
no further, so that one solution is a witness for thousands. HiGHS proposes by an interior point and a basis; the basis is solved
again modulo a prime of 521 bits and read back as fractions, which have to hold in every equation.
Source: docs/releases.md, “A million customers”.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

import highspy
import numpy as np

from meterkeep.aggregates.audit.elimination import Matrix, Row, rational
from meterkeep.aggregates.audit.programs import VALUE, in_fractions, quiet
from meterkeep.aggregates.audit.pulse import Pulse, steady
from meterkeep.aggregates.audit.reduction import Combination

WIDE: Final = 2**521 - 1
"""Bases of thousands of equations have denominators above what 61 bits can tell."""

MOST: Final = 2**270

PRIMAL: Final = 4
"""HiGHS's name for the primal simplex, which goes on from where another aim has led."""

Amounts = dict[int, Fraction]


class Rounds:
    """columns: the classes of each row, numbered below width; values: what each row adds up to. pulse: called before each program."""

    def __init__(
        self, columns: Sequence[Sequence[int]], values: Sequence[int], width: int, pulse: Pulse = steady
    ) -> None:
        self.columns, self.values, self.width, self.pulse = columns, values, width, pulse
        self.scale = 2.0 ** max(0, max(values).bit_length() - 27)
        self._least: Mapping[int, int] = {}
        self._solver: highspy.Highs | None = None

    def spread(self, least: Mapping[int, int]) -> Amounts:
        """class → amount, zeros left out, so that many classes have what `least` says; every equation holds exactly and nothing is
        negative. Empty if that cannot be told exactly."""
        solver = self._solved(least)
        return self._exactly(least, solver) if _optimal(solver) else {}

    def alone(self, place: int, least: int) -> Amounts:
        """The same for one class."""
        solver = self._asked(place, least)
        return self._exactly(self._least, solver) if _optimal(solver) else {}

    def limits(self, place: int, least: int) -> Iterator[Combination]:
        """equation → factor in fractions, in several ways at most, so that the equations times these limit what the class can have;
        none where floating point finds it enough."""
        solver = self._asked(place, least)
        if _optimal(solver) and solver.getInfo().objective_function_value * self.scale < least - 0.5:
            yield from in_fractions(list(solver.getSolution().row_dual), self.columns, place)

    def _asked(self, place: int, least: int) -> highspy.Highs:
        """A program of all equations for one class. It goes on from the last one's end, a few steps away, where that looked for this
        class among others."""
        solver = self._solver if self._least.get(place) == least else None
        if solver is None:
            solver = self._solved({place: least})
        self.pulse()
        count = self.width + len(self._least)
        worth = np.zeros(count)
        worth[self.width + list(self._least).index(place)] = 1.0
        solver.changeColsCost(count, np.arange(count, dtype=np.int32), worth)
        solver.setOptionValue("solver", "simplex")
        solver.setOptionValue("simplex_strategy", PRIMAL)
        solver.run()
        return solver

    def _solved(self, least: Mapping[int, int]) -> highspy.Highs:
        self.pulse()
        self._least, self._solver = dict(least), quiet()
        self._solver.setOptionValue("solver", "ipm")
        self._solver.passModel(self._model(least))
        self._solver.run()
        return self._solver

    def _model(self, least: Mapping[int, int]) -> highspy.HighsLp:
        """Each class waited for has a second column: what it has up to what it needs, which alone is worth anything."""
        needs = np.array(list(least.values()), float) / self.scale
        second = {place: self.width + at for at, place in enumerate(least)}
        rows = [[*row, *(second[place] for place in row if place in second)] for row in self.columns]
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.width + len(least), len(rows)
        model.col_cost_ = np.concatenate([np.zeros(self.width), 1 / needs])
        model.col_lower_ = np.zeros(self.width + len(least))
        model.col_upper_ = np.concatenate([np.full(self.width, highspy.kHighsInf), needs])
        model.row_lower_ = model.row_upper_ = np.array([value / self.scale for value in self.values])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *map(len, rows)])
        model.a_matrix_.index_ = np.concatenate([np.asarray(row) for row in rows])
        model.a_matrix_.value_ = np.ones(sum(map(len, rows)))
        model.sense_ = highspy.ObjSense.kMaximize
        return model

    def _exactly(self, least: Mapping[int, int], solver: highspy.Highs) -> Amounts:
        """The point in which only the basis and what is at its need are not zero."""
        waited, status = list(least), solver.getBasis().col_status
        full = {
            place: Fraction(least[place])
            for place, each in zip(waited, status[self.width :], strict=True)
            if each == highspy.HighsBasisStatus.kUpper
        }
        basis = {
            at if at < self.width else waited[at - self.width]
            for at, each in enumerate(status)
            if each == highspy.HighsBasisStatus.kBasic
        }
        left = [
            value - sum([least[place] for place in row if place in full])
            for row, value in zip(self.columns, self.values, strict=True)
        ]
        found = solve([basis.intersection(row) for row in self.columns], left)
        for place, amount in full.items():
            found[place] = found.get(place, Fraction(0)) + amount
        return found if self._holds(found) else {}

    def _holds(self, amounts: Amounts) -> bool:
        nothing = Fraction(0)
        return all(amount >= 0 for amount in amounts.values()) and all(
            sum((amounts.get(place, nothing) for place in row), nothing) == value
            for row, value in zip(self.columns, self.values, strict=True)
        )


def _optimal(solver: highspy.Highs) -> bool:
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def solve(rows: Sequence[Iterable[int]], values: Sequence[int]) -> Amounts:
    """unknown → amount, so that the unknowns of each row add up to its value; what nothing fixes is 0, and zeros are left out.
    A proposal: rows that contradict each other, or amounts that no small fraction is, are for the caller to find."""
    matrix = Matrix(
        (
            Row(dict.fromkeys(sorted(row), 1) | ({VALUE: value % WIDE} if value else {}), {})
            for row, value in zip(rows, values, strict=True)
        ),
        prime=WIDE,
    )
    values_of: dict[int, int] = {}
    for unknown, row in reversed(matrix.eliminate(matrix.having.keys() - {VALUE}).items()):
        value = row.entries.pop(VALUE, 0) - sum(
            factor * values_of.get(other, 0) for other, factor in row.entries.items() if other != unknown
        )
        values_of[unknown] = value * pow(row.entries[unknown], -1, WIDE) % WIDE
    amounts = {unknown: rational(value, most=MOST, prime=WIDE) for unknown, value in values_of.items()}
    return {unknown: amount for unknown, amount in amounts.items() if amount}
