"""The same attack with fewer figures: a shorter attack says more about what must be withheld, and is easier to follow.

A linear program proposes factors of least total weight, each equation weighing as many figures as it is made of; the factors
are rounded over a small denominator and verified exactly. What does not verify is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import highspy
import numpy as np

from meterkeep.aggregates.audit.programs import DENOMINATORS, quiet
from meterkeep.aggregates.audit.reduction import Combination, Part
from meterkeep.aggregates.audit.tight import Tight
from meterkeep.aggregates.rule import MILLION, Rule


class Shorter:
    """Attacks on one part. One program for all of them: only what the equations have to add up to changes."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.scale = float(max(max(abs(equation.value) for equation in part.equations), 1))
        self._solver: highspy.Highs | None = None

    def word(self, factors: Combination) -> Combination:
        """Factors of equations that add up to the same, of fewer figures if that can be had."""
        if len(factors) < 2:
            return factors
        word = self._sum(factors)
        aim = np.zeros(len(self.part.classes))
        for place, factor in word.items():
            aim[place] = float(factor)
        infinite = highspy.kHighsInf
        for found in self._least(np.append(aim, -infinite), np.append(aim, infinite)):
            if self._sum(found) == word:
                return min(found, factors, key=lambda each: len(self.part.released(each)))
        return factors

    def bound(self, place: int, largest: int, rule: Rule) -> Tight | None:
        """Factors of equations whose value bounds the class too closely for its largest customer, or nothing."""
        width, infinite = len(self.part.classes), highspy.kHighsInf
        low = np.append(np.zeros(width), -infinite)
        low[place] = 1.0
        limit = (MILLION * largest // rule.share_ppm) / self.scale
        for found in self._least(low, np.append(np.full(width, infinite), limit)):
            total = self._sum(found)
            value = sum((factor * self.part.equations[at].value for at, factor in found.items()), Fraction(0))
            counts = total.get(place, 0) >= 1 and min(total.values()) >= 0
            if counts and not rule.allows_share(largest * value.denominator, value.numerator):
                return Tight(place, value, found)
        return None

    def _sum(self, factors: Mapping[int, Fraction]) -> Combination:
        total: Combination = {}
        for at, factor in factors.items():
            for place in self.part.columns[at]:
                total[place] = total.get(place, Fraction(0)) + factor
        return {place: factor for place, factor in total.items() if factor}

    def _least(self, low: np.ndarray, high: np.ndarray) -> Iterator[Combination]:
        """Factors of the equations so that each class, and the value in the last place, lies between low and high."""
        if self._solver is None:
            self._solver = quiet()
            self._solver.passModel(self._model())
        solver, count = self._solver, len(self.part.equations)
        rows = np.arange(len(low), dtype=np.int32)
        solver.changeRowsBounds(len(low), rows, low, high)  # type: ignore[attr-defined]
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return
        found = np.array(solver.getSolution().col_value)
        near = found[:count] - found[count:]
        some = np.flatnonzero(abs(near) > 1e-6).tolist()
        for over in DENOMINATORS:
            yield {at: Fraction(whole, over) for at in some if (whole := round(near[at] * over))}

    def _model(self) -> highspy.HighsLp:
        """The least sum of the figures' weights; the columns of positive factors come first, then the negative ones."""
        equations, width = self.part.equations, len(self.part.classes)
        count, infinite = len(equations), highspy.kHighsInf
        prices = [float(len(equation.made)) for equation in equations]
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = 2 * count, width + 1
        model.col_cost_ = np.array(prices * 2)
        model.col_lower_, model.col_upper_ = np.zeros(2 * count), np.full(2 * count, infinite)
        model.row_lower_, model.row_upper_ = np.full(width + 1, -infinite), np.full(width + 1, infinite)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        index = [at for row in self.part.columns for at in (*row, width)]
        entry = [
            value
            for equation, row in zip(equations, self.part.columns, strict=True)
            for value in (*(1.0 for _ in row), equation.value / self.scale)
        ]
        model.a_matrix_.start_ = np.cumsum([0, *(len(row) + 1 for row in self.part.columns * 2)])
        model.a_matrix_.index_ = np.array(index * 2)
        model.a_matrix_.value_ = np.concatenate([entry, np.negative(entry)])
        return model
