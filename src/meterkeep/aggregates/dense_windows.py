"""What the dense checker asks about shares: of each kind of customer, in each period and each time between two edges of periods, how much
one of them used, and in which atoms that lies.

Where it lies in several, two rows are added that nobody released: t + w = M and w + the atoms = M, where M is all that these can come
to. Then t is their sum, and its bound is theirs.

Of what is not known exactly there is a most and a least, from the loads of the periods around it. A bound that is wide enough for the most
is wide enough; one that is too narrow for the least is too narrow; what lies between is open. Whoever is known to have used nothing in a time, of which no figure counts just
them, is taken out of it, as whoever knows that would do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
_FAR: Final = 1 << 60
_AT_ONCE: Final = 1 << 13


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Of each part of a customer in each row and time: the customer, the part, the row, the time, the load in all of the row (below 0:
    not known), and whether it is known that this time has none of it."""

    owner: Ints
    part: Ints
    row: Ints
    slot: Ints
    load: Ints
    absent: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """rows, values: of the system. most: of each atom, or sum of atoms, the most that one customer can have used of it; sure: what one
    did at least; total: what all did, at least. unknown: customers of whom no most is known in some time. times: the rows of each time by itself and the users of each of its atoms; of none where
    a customer stands in several atoms of one time."""

    rows: list[list[int]]
    values: list[int]
    most: list[int]
    sure: list[int]
    total: list[int]
    unknown: int
    times: list[tuple[list[list[int]], list[int]]]


def asked(entries: Entries, spans: Sequence[tuple[int, int]], values: Sequence[int]) -> Asked:
    """spans: of each row the first time and the one after the last."""
    parts, part = np.unique(entries.part, return_inverse=True)
    at, edges = part, max(end for _, end in spans) + 1
    way = _ways(entries, spans, at, len(parts), edges)
    step = np.arange(edges - 1)
    high, low = way[step, step + 1], np.maximum(-way[step + 1, step], 0)
    lone = np.array([end - start == 1 for start, end in spans])[entries.row]
    counted = np.zeros((edges - 1, len(parts)), bool)
    counted[entries.slot[lone], at[lone]] = True
    kept = ((high != 0) | counted)[entries.slot, at]
    unknown, of = np.unique(at[kept] * edges + entries.slot[kept], return_inverse=True)
    atom, row = _alike(of, entries.row[kept], len(unknown), len(spans)), entries.row[kept]
    rows = [np.unique(atom[of[row == number]]).tolist() for number in range(len(spans))]
    owner = np.zeros(len(parts), np.int64)
    owner[at] = entries.owner
    key, slot = unknown // edges, unknown % edges
    total = np.zeros(int(atom.max(initial=-1)) + 1, np.int64)
    np.add.at(total, atom, low[slot, key])
    windows = sorted({*spans, *((at, at + 1) for at in range(edges - 1))})
    needs: dict[tuple[int, ...], tuple[int, int]] = {}
    dark: set[int] = set()
    for start, end in windows:
        inside = (slot >= start) & (slot < end)
        sure = np.maximum(-way[end, start], 0)
        for atoms, need, veiled in _kinds(
            owner[key[inside]], atom[inside], key[inside], way[start, end], sure
        ):
            before = needs.get(atoms, (0, 0))
            needs[atoms] = max(before[0], need[0]), max(before[1], need[1])
            dark.update(veiled)
    times = _times(rows, owner[key], atom, slot, high[slot, key] != 0)
    return replace(_with_sums(rows, list(values), total.tolist(), needs), unknown=len(dark), times=times)


def _times(
    rows: list[list[int]], owner: Ints, atom: Ints, slot: Ints, user: npt.NDArray[np.bool_]
) -> list[tuple[list[list[int]], list[int]]]:
    """Whatever can be derived, restricted to one time, is derived from the rows of that time."""
    found = []
    for number in np.unique(slot).tolist():
        there = set(atom[slot == number].tolist())
        here = user & (slot == number)
        pairs = np.unique(np.stack([owner[here], atom[here]]), axis=1)
        if len(np.unique(pairs[0])) < pairs.shape[1]:
            return []
        users = np.bincount(pairs[1], minlength=int(atom.max()) + 1).tolist()
        made = [[each for each in row if each in there] for row in rows]
        found.append(([row for row in made if row], users))
    return found


def _ways(entries: Entries, spans: Sequence[tuple[int, int]], at: Ints, parts: int, edges: int) -> Ints:
    """[i, j] the most that a part's register rises from edge i to j, by all its loads together; _FAR where nothing says it,
    which less a known load still is nothing."""
    way = np.full((edges, edges, parts), _FAR, np.int64)
    way[np.tril_indices(edges)] = 0
    for number, (start, end) in enumerate(spans):
        mine = (entries.row == number) & (entries.load >= 0)
        who, load = at[mine], entries.load[mine]
        np.minimum.at(way[start, end], who, load)
        np.minimum.at(way[end, start], who, -load)
    way[entries.slot[entries.absent], entries.slot[entries.absent] + 1, at[entries.absent]] = 0
    for over in range(edges):
        for begin in range(0, parts, _AT_ONCE):
            some = way[:, :, begin : begin + _AT_ONCE]
            there, on = some[:, over, None], some[None, over]
            np.minimum(some, np.where((there < _FAR) & (on < _FAR), there + on, _FAR), out=some)
    return way


def _alike(of: Ints, row: Ints, unknowns: int, rows: int) -> Ints:
    """The atom of each unknown: those that stand in the same rows, by the sum of two random numbers for each row."""
    marks = np.random.default_rng(20260102).integers(1, 2**62, (2, rows), dtype=np.int64)
    sums = np.zeros((2, unknowns), np.int64)
    for number in range(2):
        np.add.at(sums[number], of, marks[number, row])
    found: Ints = np.unique(sums, axis=1, return_inverse=True)[1].ravel()
    return found


def _kinds(
    owner: Ints, atom: Ints, key: Ints, used: Ints, sure: Ints
) -> Iterator[tuple[tuple[int, ...], tuple[int, int], list[int]]]:
    """The atoms of each kind of customer, the most that one of them can have used and the most that one surely did, and those of whom
    nothing says the first: they may have used more in a time of which no figure counts them, so that nothing bounds them there, either."""
    if not len(owner):
        return
    owners, who = np.unique(owner, return_inverse=True)
    whose = np.unique(np.stack([who, key]), axis=1)
    need, least, dark = (np.zeros(len(owners), kind) for kind in (np.int64, np.int64, bool))
    veiled = used[whose[1]] >= _FAR
    np.add.at(need, whose[0], np.where(veiled, 0, used[whose[1]]))
    np.add.at(least, whose[0], sure[whose[1]])
    dark[whose[0][veiled]] = True
    pairs = np.unique(np.stack([who, atom]), axis=1)
    kind = _alike(pairs[0], pairs[1], len(owners), int(atom.max()) + 1)
    most, surely = np.zeros((2, int(kind.max()) + 1), np.int64)
    np.maximum.at(most, kind, np.where(dark, 0, need))
    np.maximum.at(surely, kind, np.where(dark, 0, least))
    yield (), (0, 0), owners[dark].tolist()
    first = np.unique(kind, return_index=True)[1]
    starts = np.searchsorted(pairs[0], [first, first + 1])
    for number, (start, end) in enumerate(starts.T.tolist()):
        if most[number] > 0:
            yield tuple(pairs[1, start:end].tolist()), (int(most[number]), int(surely[number])), []


def _with_sums(
    rows: list[list[int]], values: list[int], total: list[int], needs: dict[tuple[int, ...], tuple[int, int]]
) -> Asked:
    most, sure, least = [0] * len(total), [0] * len(total), [0] * len(total)
    for row, value in zip(rows, values, strict=True):
        for atom in row:
            least[atom] = min(least[atom], value) if least[atom] else value
    for atoms, (need, surely) in sorted(needs.items()):
        if len(atoms) == 1:
            most[atoms[0]], sure[atoms[0]] = max(most[atoms[0]], need), max(sure[atoms[0]], surely)
        elif atoms:
            one, other, limit = len(total), len(total) + 1, sum(least[atom] for atom in atoms)
            rows, values = [*rows, [one, other], [*atoms, other]], [*values, limit, limit]
            most, sure = [*most, need, 0], [*sure, surely, 0]
            total = [*total, sum(total[atom] for atom in atoms), 0]
    return Asked(rows, values, most, sure, total, 0, [])
