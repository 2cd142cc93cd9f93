"""Loads that are forgotten, and the marks that stay in their place.

Who used nothing in a slot hides nobody there, and whoever knows that bounds the others more closely. So before the loads go, it is
worked out from them where their owners used nothing, and each row keeps that: which of its members, in which part of its period.
No amount is kept, and nothing else about the members than what the row says anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from meterkeep.aggregates.history.unknowns import unknowns
from meterkeep.aggregates.loads import Period, UInt64s
from meterkeep.aggregates.register import FORGOTTEN, PastRow, keyed, loads_of, parts_of

Absences = dict[tuple[str, str], dict[Period, UInt64s]]
"""Of each family and measure: in which periods whom (as `keyed` numbers them) is known to have used nothing."""


def forget(rows: Iterable[PastRow], atoms: Collection[int]) -> Iterator[PastRow]:
    """The rows, which are all that were ever kept, without the loads of these atoms, for customers whose data was destroyed. That they
    were counted stays, and where they used nothing: without it no later release could be audited. A bound on what they used cannot be
    checked any more, so whatever would tighten it is withheld."""
    everything = list(rows)
    known = absences([only(row, atoms) for row in everything])
    return (forgotten(row, atoms, known) for row in everything)


def only(row: PastRow, atoms: Collection[int]) -> PastRow:
    """The row of no others than these atoms: what they used follows from nobody else's loads."""
    kept = np.isin(row.members, np.array(sorted(atoms), np.uint64))
    return replace(row, members=row.members[kept], parts=parts_of(row)[kept], loads=loads_of(row)[kept])


def absences(rows: Sequence[PastRow]) -> Absences:
    """Where the members of the rows used nothing, by all that the rows together say of them."""
    apart: dict[tuple[str, str], list[PastRow]] = defaultdict(list)
    for row in rows:
        if len(row.members):
            apart[row.family, row.measure].append(row)
    return {about: _absent(mine) for about, mine in apart.items()}


def _absent(rows: Sequence[PastRow]) -> dict[Period, UInt64s]:
    found = unknowns(rows)
    none = found.most[found.entry] == 0
    keys, slot = (
        np.concatenate([keyed(row) for row in rows])[found.member[none]],
        found.slot[found.entry[none]],
    )
    return {found.cut[at]: np.unique(keys[slot == at]) for at in np.unique(slot).tolist()}


def forgotten(row: PastRow, atoms: Collection[int], known: Absences) -> PastRow:
    """The row without the loads of these atoms, with marks in their place; the row itself where it has none."""
    met = np.isin(row.members, np.array(sorted(atoms), np.uint64))
    if not np.any(met & (loads_of(row) != FORGOTTEN)):
        return row
    marks = {period: np.array(keys, np.uint64) for period, keys in row.absent}
    mine = keyed(row)[met]
    for period, keys in known.get((row.family, row.measure), {}).items():
        inside = row.period[0] <= period[0] and period[1] <= row.period[1]
        if inside and len(absent := np.intersect1d(mine, keys)):
            marks[period] = np.union1d(marks.get(period, absent), absent)
    absent_ones = tuple((period, tuple(keys.tolist())) for period, keys in sorted(marks.items()))
    return replace(row, loads=np.where(met, FORGOTTEN, row.loads), absent=absent_ones)
