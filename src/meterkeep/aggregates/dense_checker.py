"""A second check of a whole table, dense and slow, which shares no code with the audit: for final releases and tests.

T1 from the other side: a sum is derivable exactly if no change that keeps all figures changes it. So the check works on what the
figures leave open (the kernel), not on what they tell: light atoms are grown into sets along the lines of the kernel, until the columns
of a set depend on each other or it gets too heavy. T2 by one linear program over all figures as
they stand; only whole numbers or small fractions that add up exactly to every figure count as a witness.

Arithmetic of T1 is modulo a prime of 31 bits, so a leak could be missed with a chance of about one in a thousand million.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
PRIME = 2**31 - 1
OVER = (1, 2, 3, 4, 6, 12)
"""Denominators of the corners of what is possible, in tables."""


def lightest_group(rows: Sequence[Sequence[int]], weight: Sequence[int], *, below: int) -> int | None:
    """Customers of the smallest group that can be derived from sums over these atoms, if they are fewer than `below`."""
    matrix, heft = _merged(rows, weight)
    kernel = _kernel(matrix)
    light = [atom for atom in range(len(heft)) if heft[atom] < below]
    best = below
    for start in light:
        best = min(
            best, _grown(kernel, heft, frozenset((start,)), frozenset(light[: light.index(start)]), best)
        )
    return best if best < below else None


def _merged(rows: Sequence[Sequence[int]], weight: Sequence[int]) -> tuple[Ints, list[int]]:
    """Rows by atoms, atoms of the same rows as one; atoms of no row are left out."""
    matrix = np.zeros((len(rows), len(weight)), np.int64)
    for at, row in enumerate(rows):
        matrix[at, list(row)] = 1
    columns, of = np.unique(matrix, axis=1, return_inverse=True)
    heft = np.bincount(of.ravel(), np.asarray(weight), columns.shape[1]).astype(np.int64)
    told = columns.any(axis=0)
    return columns[:, told], heft[told].tolist()


def _kernel(matrix: Ints) -> Ints:
    """A basis of the changes that keep every row, one in each line."""
    reduced, pivots = _reduced(matrix.copy())
    free = [at for at in range(matrix.shape[1]) if at not in set(pivots)]
    kernel = np.zeros((len(free), matrix.shape[1]), np.int64)
    for line, at in enumerate(free):
        kernel[line, at] = 1
        kernel[line, pivots] = -reduced[: len(pivots), at] % PRIME
    return kernel


def _reduced(matrix: Ints) -> tuple[Ints, list[int]]:
    pivots: list[int] = []
    for column in range(matrix.shape[1]):
        top = len(pivots)
        found = np.flatnonzero(matrix[top:, column])
        if not len(found):
            continue
        matrix[[top, top + found[0]]] = matrix[[top + found[0], top]]
        matrix[top] = matrix[top] * pow(int(matrix[top, column]), -1, PRIME) % PRIME
        for line in np.flatnonzero(matrix[:, column]):
            if line != top:
                matrix[line] = (matrix[line] - matrix[line, column] * matrix[top]) % PRIME
        pivots.append(column)
    return matrix, pivots


def _grown(kernel: Ints, heft: list[int], chosen: frozenset[int], out: frozenset[int], best: int) -> int:
    """The least weight under `best` of a group that contains `chosen` and nothing of `out`.

    What is derived does not change along the kernel. So the columns of a derivable group depend on each other, and a line of the
    kernel that meets the chosen in one atom only must meet another atom of the group; without such a line any line may.
    """
    weight = sum(heft[atom] for atom in chosen)
    if weight >= best:
        return best
    columns = sorted(chosen)
    part = kernel[:, columns]
    if len(_reduced(part.T.copy())[1]) < len(columns):
        return weight
    lines = np.flatnonzero((part != 0).any(axis=1))
    single = lines[np.count_nonzero(part[lines], axis=1) == 1]
    if len(single):
        lines = single[[np.count_nonzero(kernel[single], axis=1).argmin()]]
    met = [int(atom) for atom in np.flatnonzero(kernel[lines].any(axis=0)) if int(atom) not in chosen | out]
    for atom in met:
        best = _grown(kernel, heft, chosen | {atom}, out, best)
        out |= {atom}
    return best


def unwitnessed(
    rows: Sequence[Sequence[int]], values: Sequence[int], least: Sequence[int], have: Sequence[int]
) -> list[int]:
    """Atoms that were not shown to be able to have `least`, where they have less; every figure must come out as it is."""
    open_ = {atom for row in rows for atom in row if have[atom] < least[atom]}
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    columns = [solver.addVariable(lb=0) for _ in have]
    for row, value in zip(rows, values, strict=True):
        solver.addConstr(sum(columns[atom] for atom in row) == value)
    failed = []
    while open_:
        atom = min(open_)
        solver.maximize(columns[atom])
        near = np.array(solver.getSolution().col_value)
        good = next((met for over in OVER if (met := _met(near, over, rows, values, least, open_))), set())
        if atom not in good:
            failed.append(atom)
        open_ -= good | {atom}
    return failed


def _met(
    near: npt.NDArray[np.float64], over: int, rows: Sequence[Sequence[int]], values: Sequence[int], least: Sequence[int], open_: set[int]
) -> set[int]:  # fmt: skip
    """The atoms that have enough in these amounts, rounded to fractions of `over`, if they add up to every figure."""
    found = np.rint(near * over).astype(object)
    holds = min(found) >= 0 and all(
        sum(found[list(row)]) == value * over for row, value in zip(rows, values, strict=True)
    )
    return {each for each in open_ if holds and found[each] >= least[each] * over}
