"""The membership game, played on the actual group: can somebody who knows a customer's own readings tell whether the customer
is counted in the published shape?

The attacker knows the shape of the group, how many are in it, the target's own series, and how customers like the others vary:
their mean and their covariance, without the target (leave one out). Two worlds are to be told apart: the target is one of the group, or
somebody like the others stands in their place. Under a normal model of the sum of the others the best test is the likelihood ratio, and its
advantage (true less false alarms) is 2Φ(d/2) − 1 with d² = (x − m)ᵀ A⁻¹ (x − m), where m is the mean of the others and A their scatter.
Removing the target from the scatter of all needs no second inverse (Sherman and Morrison): with q, the target's leverage in the group of n,
d² = n² q / ((n − 1)(n − 1 − n q)). The leverages add up to the number of slots, so that d² is about slots / n for everybody in a group of
customers who are alike. Where q reaches (n − 1)/n the target uses energy as nobody else does, and is told for certain.

Everything is exact: q is a fraction of whole numbers, and the advantage is rounded up from 2Φ(d/2) − 1 ≤ d/√(2π).
Source: Buescher et al., “Two Is Not Enough: Privacy Assessment of Aggregation Schemes in Smart Metering”, PoPETs 2017, for the game.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
import numpy.typing as npt

from meterkeep.aggregates.rule import MILLION

STEEPEST_PPM = 398_943
"""1/√(2π), rounded up: the advantage grows by no more than this for each unit of d."""
FEWEST = 3
"""With fewer customers there are no others whose variation could hide anybody."""

Whole = npt.NDArray[np.object_]
"""Python's integers, of any size."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The advantage that is allowed, in parts per million: to an attacker of any one customer, and on average over all."""

    worst_ppm: int
    mean_ppm: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Upper bounds of the advantage in parts per million, a million where somebody is told for certain. slots: of the shape."""

    customers: int
    slots: int
    worst_ppm: int
    mean_ppm: int

    def within(self, limits: Limits) -> bool:
        return self.worst_ppm <= limits.worst_ppm and self.mean_ppm <= limits.mean_ppm


def play(series: npt.NDArray[np.int64]) -> Outcome:
    """series: one row for each customer, one column for each slot, whole numbers of one unit."""
    customers, slots = series.shape
    if customers < FEWEST:
        return Outcome(customers, slots, MILLION, MILLION)
    told = [_advantage(*each, customers) for each in zip(*leverages(series), strict=True)]
    return Outcome(customers, slots, max(told), -(-sum(told) // customers))


def leverages(series: npt.NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Of each customer the leverage q as a numerator and a denominator above 0."""
    whole: Whole = series.astype(object)
    apart: Whole = len(whole) * whole - whole.sum(axis=0)
    columns, inverse, scale = _inverse(apart.T @ apart)
    if not columns:
        return [0] * len(whole), [1] * len(whole)
    chosen = apart[:, columns]
    return ((chosen @ inverse) * chosen).sum(axis=1).tolist(), [scale] * len(whole)


def _advantage(numerator: int, denominator: int, customers: int) -> int:
    left = (customers - 1) * denominator - customers * numerator
    if left <= 0:
        return MILLION
    over, under = customers**2 * numerator * STEEPEST_PPM**2, (customers - 1) * left
    return min(MILLION, _root_up(-(-over // under)))


def _root_up(number: int) -> int:
    root = isqrt(number)
    return root + (root * root < number)


def _inverse(scatter: Whole) -> tuple[list[int], Whole, int]:
    """The independent columns of a symmetric matrix that is nowhere negative, and of these the inverse times a positive whole
    number, which is the third. Without fractions (Bareiss 1968): every division is even."""
    columns = _independent(scatter)
    size = len(columns)
    left: list[list[int]] = scatter[np.ix_(columns, columns)].tolist()
    rows = [row + [int(at == place) for place in range(size)] for at, row in enumerate(left)]
    scale = 1
    for at in range(size):
        pivot = rows[at]
        for place, row in enumerate(rows):
            if place != at:
                rows[place] = _cleared(row, pivot, at, scale)
        scale = pivot[at]
    inverse = np.array([row[size:] for row in rows], dtype=object).reshape(size, size)
    return columns, inverse, scale


def _cleared(row: Sequence[int], pivot: Sequence[int], at: int, scale: int) -> list[int]:
    factor, main = row[at], pivot[at]
    return [(main * one - factor * other) // scale for one, other in zip(row, pivot, strict=True)]


def _independent(scatter: Whole) -> list[int]:
    """Columns from the first on, each of which the chosen ones before it do not make up. Of such a matrix a column is made up of
    others just where its own diagonal vanishes once these are eliminated."""
    rows: list[list[int]] = scatter.tolist()
    chosen, scale = [], 1
    for at in range(len(rows)):
        pivot = rows[at]
        if not pivot[at]:
            continue
        chosen.append(at)
        for place in range(at + 1, len(rows)):
            rows[place] = _cleared(rows[place], pivot, at, scale)
        scale = pivot[at]
    return chosen
