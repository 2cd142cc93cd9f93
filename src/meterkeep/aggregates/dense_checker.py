"""A second check of a whole table, dense and small, which shares no code with the audit: for final releases and tests.

The rows come shortened and in parts (`dense_rows`). T1, here: what is derived about fewer than `below` is zero on each atom that is as heavy. So dense elimination modulo a prime takes these
atoms out, then those on which all that is left is zero; atoms that always come together become one, which may be too heavy again. In what
remains, a sum is derivable exactly if no change that keeps all figures changes it. So the search works on what the figures leave open (the
kernel): a line of it that meets a group at all meets it twice. A group is reported only if whole factors of the rows give it exactly.
That there is none is said modulo a prime of 31 bits: a leak could be missed with a chance of about one in a thousand million.

T2: `dense_bounds`. What takes more than a limit of work ends with `TooLarge`, at the same place on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from meterkeep.aggregates.dense_rows import (
    WORK,
    Limit,
    Short,
    TooLarge,
    atoms_of,
    bits_of,
    parts_of,
    placed,
    shortened,
)

Ints = npt.NDArray[np.int64]
PRIME: Final = 2**31 - 1
SCALES: Final = 2_000
"""Multiples among which the whole factors of a group are looked for."""
ROOM: Final = 50_000_000
"""Numbers of a matrix: 400 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """Sums that can be derived, modulo the prime. sums: in each line the factors of the atoms. made: the factors of the short rows.
    heft: customers of each atom; atoms of which none is without the others count as one."""

    sums: Ints
    made: Ints
    heft: Ints


_Try = tuple[Ints, list[int], int, frozenset[int]]
"""The kernel, reduced so that each of its first lines meets one of the chosen atoms; these; the next atom; atoms that are out."""


def lightest_group(
    rows: Sequence[Sequence[int]], weight: Sequence[int], *, below: int, work: int = WORK
) -> int | None:
    """Customers of the smallest group that can be derived from sums over these atoms, if they are fewer than `below`."""
    limit = Limit(work)
    heavy = bits_of(at for at, users in enumerate(weight) if users >= below)
    for part in parts_of(_unpinned(shortened(rows, [0] * len(rows), limit), heavy)):
        _lightest(part, weight, below, limit)
    return limit.group


def _unpinned(rows: list[Short], heavy: int) -> list[Short]:
    """Without rows that alone have some heavy atom: nothing else takes it away again, so no light group needs them."""
    while True:
        once = twice = 0
        for row in rows:
            once, twice = once | row.atoms, twice | once & row.atoms
        left = [row for row in rows if not row.atoms & once & ~twice & heavy]
        if len(left) == len(rows):
            return left
        rows = left


def _lightest(rows: list[Short], weight: Sequence[int], below: int, limit: Limit) -> None:
    """Searches one part for a lighter group: groups with a certain atom, then, with this atom taken out, the others."""
    columns, place = placed(rows)
    if len(rows) * (len(rows) + len(columns)) > ROOM:
        raise TooLarge(limit.group)
    sums = np.zeros((len(rows), len(columns)), np.int64)
    for at, row in enumerate(rows):
        sums[at, [place[atom] for atom in atoms_of(row.atoms)]] = 1
    heft = np.array([weight[atom] for atom in columns], np.int64)
    todo = [_Space(sums, np.eye(len(rows), dtype=np.int64), heft)]
    while todo:
        best = below if limit.group is None else limit.group
        for space in _split(_light(todo.pop(), best, limit)):
            start = int(space.heft.argmin())
            if chosen := _through(space, start, best, limit):
                _prove(space, chosen, sums, heft)
                best = limit.group = int(space.heft[chosen].sum())
            space.heft[start] = best
            todo.append(space)


def _light(space: _Space, best: int, limit: Limit) -> _Space:
    """The sums that are zero on heavy atoms, reduced; atoms that are always together in one."""
    while True:
        heavy = space.heft >= best
        order = np.argsort(~heavy, kind="stable")
        whole = np.hstack([space.sums[:, order], space.made])
        pivots = _reduce(whole, len(order), limit)
        cut, width = sum(at < heavy.sum() for at in pivots), len(order)
        sums, made = whole[cut : len(pivots), heavy.sum() : width], whole[cut : len(pivots), width:]
        met = sums.any(axis=0)
        sums, heft = sums[:, met], space.heft[order][heavy.sum() :][met]
        lead = sums[(sums != 0).argmax(axis=0), np.arange(sums.shape[1])] if sums.size else heft
        alike = sums * np.array([pow(int(each), -1, PRIME) for each in lead], np.int64) % PRIME
        _, first, of = np.unique(alike, axis=1, return_index=True, return_inverse=True)
        space = _Space(sums[:, first], made, np.bincount(of.ravel(), heft, len(first)).astype(np.int64))
        if not len(heft) or space.heft.max() < best:
            return space


def _reduce(matrix: Ints, width: int, limit: Limit) -> list[int]:
    """In place, to a row echelon form in which pivots stand alone in their columns; the pivots among the first columns."""
    pivots: list[int] = []
    for column in range(width):
        top = len(pivots)
        found = top + np.flatnonzero(matrix[top:, column])
        if not len(found):
            continue
        pick = found[np.count_nonzero(matrix[found], axis=1).argmin()]
        matrix[[top, pick]] = matrix[[pick, top]]
        _pivot(matrix, top, column, limit)
        pivots.append(column)
    return pivots


def _pivot(matrix: Ints, line: int, column: int, limit: Limit) -> None:
    matrix[line] = matrix[line] * pow(int(matrix[line, column]), -1, PRIME) % PRIME
    others = np.flatnonzero(matrix[:, column])
    others, touched = others[others != line], np.flatnonzero(matrix[line])
    limit.spend(matrix.shape[1] + len(matrix) + len(others) * len(touched))
    at = np.ix_(others, touched)
    matrix[at] = (matrix[at] - matrix[others, column][:, None] * matrix[line, touched]) % PRIME


def _split(space: _Space) -> Iterator[_Space]:
    """Reduced lines that share no atom are about different groups."""
    rows = [Short(bits_of(np.flatnonzero(line).tolist()), at) for at, line in enumerate(space.sums)]
    for part in parts_of(rows):
        lines = np.array([row.value for row in part])
        atoms = np.flatnonzero(space.sums[lines].any(axis=0))
        yield _Space(space.sums[np.ix_(lines, atoms)], space.made[lines], space.heft[atoms])


def _kernel(sums: Ints, limit: Limit) -> Ints:
    """A basis of the changes of atoms that keep every sum, one in each line."""
    reduced = sums.copy()
    pivots = _reduce(reduced, sums.shape[1], limit)
    free = np.setdiff1d(np.arange(sums.shape[1]), pivots)
    kernel = np.zeros((len(free), sums.shape[1]), np.int64)
    kernel[np.arange(len(free)), free] = 1
    kernel[:, pivots] = -reduced[: len(pivots), free].T % PRIME
    return kernel


def _through(space: _Space, start: int, best: int, limit: Limit) -> list[int]:
    """Atoms of the lightest group under `best` with this atom; none: there is none."""
    found: list[int] = []
    todo: list[_Try] = [(_kernel(space.sums, limit), [], start, frozenset())]
    while todo:
        kernel, chosen, atom, out = todo.pop()
        chosen = [*chosen, atom]
        weight = int(space.heft[chosen].sum())
        if weight >= best:
            continue
        lines = len(chosen) - 1 + np.flatnonzero(kernel[len(chosen) - 1 :, atom])
        if not len(lines):
            best, found = weight, chosen
            continue
        limit.spend(kernel.size)
        kernel = kernel.copy()
        pick = lines[np.count_nonzero(kernel[lines], axis=1).argmin()]
        kernel[[len(chosen) - 1, pick]] = kernel[[pick, len(chosen) - 1]]
        _pivot(kernel, len(chosen) - 1, atom, limit)
        todo += _next(kernel, space.heft, chosen, out, best - weight)
    return found


def _next(kernel: Ints, heft: Ints, chosen: list[int], out: frozenset[int], below: int) -> list[_Try]:
    """Each of the first lines meets the chosen atoms once, so it meets another atom of the group; the line with the fewest to try."""
    fits = heft < below
    fits[[*chosen, *out]] = False
    may = (kernel[: len(chosen)] != 0) & fits
    atoms = np.flatnonzero(may[may.sum(axis=1).argmin()]).tolist()
    return [(kernel, chosen, atom, out | set(atoms[:at])) for at, atom in enumerate(atoms)][::-1]


def _prove(space: _Space, chosen: list[int], sums: Ints, heft: Ints) -> None:
    """Whole factors of the rows, with which exactly a group as light is left; without them nothing is proven."""
    outside = np.delete(space.sums, chosen, axis=1)
    made = _kernel(outside.T, Limit(WORK))[0] @ space.made.astype(object) % PRIME
    made = made * pow(int(made[made != 0][0]), -1, PRIME) % PRIME
    for scale in range(1, SCALES):
        whole = (made * scale + PRIME // 2) % PRIME - PRIME // 2
        if max(abs(whole)) < SCALES:
            left = whole @ sums.astype(object)
            if left.any() and int(heft[left != 0].sum()) <= int(space.heft[chosen].sum()):
                return
    raise TooLarge
