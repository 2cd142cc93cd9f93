"""The windows in which nobody may be bounded too closely: every slot, and every published period of several slots.

What a customer used in a window is a sum of unknowns. Where these are one atom, the bound of the atom is the bound of the sum.
Where they are several, two rows are added that nobody released and that say nothing about anybody: t + w = M and
w + a + b = M, so that t = a + b, and the bound of the atom t is the bound of the sum. M is larger than any such sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from meterkeep.aggregates.audit.bounds import Known
from meterkeep.aggregates.audit.system import System, same_rows
from meterkeep.aggregates.history.slots import covered
from meterkeep.aggregates.history.unknowns import Unknowns
from meterkeep.aggregates.loads import Bools, Int64s
from meterkeep.aggregates.register import FORGOTTEN, PastRow

UNSAID = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """system: with the added rows at its end, whose atoms are `added`: what the sum is of. known: of its rows and atoms."""

    system: System
    known: Known
    added: dict[int, tuple[int, ...]]


def watched(found: Unknowns, system: System, rows: Sequence[PastRow]) -> Watched:
    """The system with what it sums up to, each atom watched in each window."""
    atoms = len(system.weight)
    largest = np.zeros(atoms, np.int64)
    np.maximum.at(largest, found.atom, np.maximum(found.most, 0))
    totals = np.zeros(atoms, np.int64)
    np.add.at(totals, found.atom[found.exact], found.most[found.exact])
    values = np.array([row.value for row in rows], np.int64)
    needs: dict[tuple[int, ...], int] = {}
    for together, need in _sums(found, rows):
        if len(together) == 1:
            largest[together[0]] = max(int(largest[together[0]]), need)
        else:
            needs[together] = max(needs.get(together, 0), need)
    return _with(system, Known(values, largest, totals), needs)


def _sums(found: Unknowns, rows: Sequence[PastRow]) -> Iterator[tuple[tuple[int, ...], int]]:
    """For each window the atoms of each kind of customer with several unknowns in it, and the most that one of them used."""
    periods = sorted({row.period for row in rows} | set(found.cut))
    for period in periods:
        span = covered(period, found.cut)
        inside = (found.slot >= span.start) & (found.slot < span.stop)
        if len(np.unique(found.owner[inside])) == int(inside.sum()):
            continue
        numbers = [at for at, row in enumerate(rows) if row.period == period]
        yield from _kinds(found, inside, numbers)


def _kinds(found: Unknowns, inside: Bools, numbers: Sequence[int]) -> Iterator[tuple[tuple[int, ...], int]]:
    most = _most(found, inside, numbers)
    width = int(found.atom.max()) + 1
    pairs = np.unique(found.owner[inside] * width + found.atom[inside])
    owners, owner = np.unique(pairs // width, return_inverse=True)
    kind = same_rows(owner, pairs % width, customers=len(owners))
    need = np.zeros(int(kind.max()) + 1, np.int64)
    np.maximum.at(need, kind, most[owners])
    for number, first in enumerate(np.unique(kind, return_index=True)[1].tolist()):
        if need[number] > 0:
            yield tuple((pairs[owner == first] % width).tolist()), int(need[number])


def _most(found: Unknowns, inside: Bools, numbers: Sequence[int]) -> Int64s:
    """The most that each owner can have used in the window: the sum over its slots, or what a row of just this window says of all
    that is theirs in it. Nothing is claimed where neither is known."""
    size = int(found.owner.max()) + 1
    total = np.zeros(size, np.int64)
    np.add.at(total, found.owner[inside], np.maximum(found.most[inside], 0))
    total[found.owner[inside & (found.most == FORGOTTEN)]] = UNSAID
    count = np.bincount(found.owner[inside], minlength=size)
    mine = np.isin(found.entry_row, numbers)
    pair = found.entry_row[mine] * size + found.owner[found.entry[mine]]
    pairs, at = np.unique(pair, return_inverse=True)
    said, once = np.zeros(len(pairs), np.int64), np.unique(found.member[mine], return_index=True)[1]
    np.add.at(said, at[once], found.load[mine][once])
    known = np.ones(len(pairs), bool)
    known[at[found.load[mine] == FORGOTTEN]] = False
    owner = pairs % size
    whole = known & (np.bincount(at, minlength=len(pairs)) == count[owner])
    np.minimum.at(total, owner[whole], said[whole])
    return np.where(total == UNSAID, 0, total)


def _with(system: System, known: Known, needs: dict[tuple[int, ...], int]) -> Watched:
    if not needs:
        return Watched(system, known, {})
    least = _least(system, known)
    rows, values, largest, totals = (
        [*system.rows],
        known.values.tolist(),
        known.largest.tolist(),
        known.totals.tolist(),
    )
    added = {}
    for atoms, need in sorted(needs.items()):
        together = sum(least[atom] for atom in atoms)
        one, other = len(totals), len(totals) + 1
        rows += [np.array([one, other]), np.array([*atoms, other])]
        values += [together, together]
        largest += [need, 0]
        totals += [sum(totals[atom] for atom in atoms), 0]
        added[one] = atoms
    weight = np.concatenate([system.weight, np.zeros(2 * len(needs), np.int64)])
    sums = Known(np.array(values, np.int64), np.array(largest, np.int64), np.array(totals, np.int64))
    return Watched(System(tuple(rows), weight), sums, added)


def _least(system: System, known: Known) -> dict[int, int]:
    """Of each atom the value of the smallest row that it is in."""
    least: dict[int, int] = {}
    for row, value in zip(system.rows, known.values.tolist(), strict=True):
        for atom in row.tolist():
            least[atom] = min(least.get(atom, value), value)
    return least
