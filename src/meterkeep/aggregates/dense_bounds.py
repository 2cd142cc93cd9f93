"""T2 of the dense checker: how much an atom can have at most, by a linear program for each part of the figures.

The program only proposes. Whole numbers or small fractions that add up exactly to every figure are a witness that an atom may have as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import highspy
import numpy as np
import numpy.typing as npt

from meterkeep.aggregates.dense_rows import WORK, Limit, Short, atoms_of, parts_of, placed, shortened

Amounts = npt.NDArray[np.float64]
Whole = npt.NDArray[np.object_]
OVER: Final = tuple(range(1, 25))
"""Denominators of the corners of what is possible, in tables."""

NEARLY: Final = 1e-6
"""By how much a corner may miss what is needed, to be looked for again."""


@dataclass(frozen=True, slots=True, eq=False)
class _Program:
    """starts: where the places of each row begin among all, one row after the other. values: what the rows come to."""

    starts: npt.NDArray[np.int32]
    places: npt.NDArray[np.int32]
    values: Whole
    solver: Any


def unwitnessed(
    rows: Sequence[Sequence[int]],
    values: Sequence[int],
    least: Sequence[int],
    have: Sequence[int],
    *,
    work: int = WORK,
) -> list[int]:
    """Atoms that were not shown to be able to have `least`, where they have less; every figure must come out as it is."""
    limit = Limit(work)
    wanted = {atom for atom, need in enumerate(least) if have[atom] < need}
    short = shortened(rows, values, limit)
    if not all(row.atoms for row in short):
        return sorted(wanted)
    failed = []
    for part in parts_of(short):
        columns, place = placed(part)
        open_ = {place[atom] for atom in wanted if atom in place}
        if open_:
            missed = _missed(_program(part, place), [least[atom] for atom in columns], open_, limit)
            failed += [columns[at] for at in missed]
    return sorted(failed)


def most(rows: Sequence[Sequence[int]], values: Sequence[int], atom: int, *, work: int = WORK) -> float:
    """The most that the atom can have, as the linear program says it; infinite where no figure has it."""
    for part in parts_of(shortened(rows, values, Limit(work))):
        place = placed(part)[1]
        if atom in place:
            return float(_corner(_program(part, place), place[atom], Limit(work))[place[atom]])
    return float("inf")


def _program(part: Sequence[Short], place: dict[int, int]) -> _Program:
    rows = [[place[atom] for atom in atoms_of(row.atoms)] for row in part]
    starts = np.cumsum([0, *(len(row) for row in rows[:-1])]).astype(np.int32)
    places = np.array([at for row in rows for at in row], np.int32)
    values = np.array([row.value for row in part], object)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.addVars(len(place), np.zeros(len(place)), np.full(len(place), highspy.kHighsInf))
    sides = values.astype(np.float64)
    solver.addRows(len(rows), sides, sides, len(places), starts, places, np.ones(len(places)))
    return _Program(starts, places, values, solver)


def _missed(program: _Program, least: Sequence[int], open_: set[int], limit: Limit) -> list[int]:
    """Where rounding spoils a corner that was reached from the one before, it is looked for once more from the beginning."""
    missed = []
    while open_:
        atom = min(open_)
        corner = _corner(program, atom, limit)
        good = _enough(program, corner, least, open_)
        if atom not in good and corner[atom] >= least[atom] * (1 - NEARLY):
            program.solver.clearSolver()
            good |= _enough(program, _corner(program, atom, limit), least, open_)
        if atom not in good:
            missed.append(atom)
        open_ = open_ - good - {atom}
    return missed


def _corner(program: _Program, atom: int, limit: Limit) -> Amounts:
    """Amounts of all atoms where this one has the most that it can."""
    solver = program.solver
    solver.changeColCost(atom, -1.0)
    solver.run()
    solver.changeColCost(atom, 0.0)
    limit.spend(10 * len(program.places) * (10 + int(solver.getInfo().simplex_iteration_count)))
    return np.array(solver.getSolution().col_value)


def _enough(program: _Program, near: Amounts, least: Sequence[int], open_: set[int]) -> set[int]:
    """The atoms that have enough in these amounts, rounded to small fractions, if they add up to every figure."""
    for over in OVER:
        amounts = np.rint(near * over).astype(object)
        sums = np.add.reduceat(amounts[program.places], program.starts)
        if min(amounts) >= 0 and (sums == program.values * over).all():
            return {at for at in open_ if amounts[at] >= least[at] * over}
    return set()
