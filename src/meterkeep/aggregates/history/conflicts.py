"""Figures that may not stand beside what is out already, whatever the arithmetic says.

A cell that is out and comes again for the same period with other members or another total tells about those who came, left
or were corrected. And where it is not known which part of a customer's load is meant, nothing can be proven.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from meterkeep.aggregates.history.contradictions import contradictions
from meterkeep.aggregates.loads import LASTING, UInt64s
from meterkeep.aggregates.register import (
    FORGOTTEN,
    PastRow,
    keyed,
    loads_of,
    meetings,
    overlap,
    parts_of,
    same,
)

Republish = Literal["refuse", "audit"]
"""What becomes of a cell that is out already, for the same period, with other members: refused, or audited like any figure."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a figure may not go out beside past rows. other: of these the one with the most customers in common, shared: how many."""

    code: Literal["overlaps_past_release", "changed_value"]
    releases: tuple[str, ...]
    shared: int
    other: PastRow


def conflicts(
    rows: Sequence[PastRow], past: Sequence[PastRow], *, republish: Republish
) -> dict[int, Conflict]:
    """Of the rows, by number, those that a past row stands against."""
    met: dict[int, list[tuple[PastRow, int]]] = defaultdict(list)
    if republish == "refuse":
        _again(rows, past, met)
    _unclear(rows, past, met)
    found = {at: _overlapping(others) for at, others in met.items()}
    corrected = _corrected(rows, past)
    left = [at for at in range(len(rows)) if at not in found and at not in corrected]
    for at, others in contradictions([rows[at] for at in left], past).items():
        corrected[left[at]] = others
    for at, others in corrected.items():
        other = next((each for each in others if same(each, rows[at])), others[0])
        shared = len(rows[at].members)
        found.setdefault(at, Conflict("changed_value", _releases(others), shared, other))
    return found


def _overlapping(others: Sequence[tuple[PastRow, int]]) -> Conflict:
    other, shared = max(others, key=lambda pair: pair[1])
    return Conflict("overlaps_past_release", _releases([row for row, _ in others]), shared, other)


def _again(
    rows: Sequence[PastRow], past: Sequence[PastRow], met: dict[int, list[tuple[PastRow, int]]]
) -> None:
    """Cells of the same keys and period with other members. Rows of older registers have no keys: they count as any cell."""
    for period in {row.period for row in rows}:
        mine = [at for at, row in enumerate(rows) if row.period == period]
        theirs = [row for row in past if row.period == period]
        for i, j, shared in meetings([_who(rows[at]) for at in mine], [_who(row) for row in theirs]):
            row, other = rows[mine[i]], theirs[j]
            if (not other.label or _cell(other) == _cell(row)) and not same(row, other):
                met[mine[i]].append((other, shared))


def _cell(row: PastRow) -> frozenset[str]:
    """The keys but those that only name the time: one release has columns for months, another for months and their quarters."""
    start = row.period[0]
    names = {f"{start:%Y}", f"{start:%Y}-Q{(start.month + 2) // 3}", f"{start:%Y-%m}", start.isoformat()}
    return frozenset(key for key in row.label if key.partition("=")[2] not in names)


def _who(row: PastRow) -> UInt64s:
    return np.unique(row.members)


def _unclear(
    rows: Sequence[PastRow], past: Sequence[PastRow], met: dict[int, list[tuple[PastRow, int]]]
) -> None:
    """Customers whose load is parted in one figure, and not by premises or not at all in another."""
    split = np.unique(
        np.concatenate([_no_parts(), *(row.members[parts_of(row) != 0] for row in (*rows, *past))])
    )
    if not len(split):
        return
    mine, theirs = ([np.intersect1d(row.members, split) for row in each] for each in (rows, past))
    vague, others = ([np.intersect1d(_vague(row), split) for row in each] for each in (rows, past))
    for i, j, shared in (*meetings(vague, theirs), *meetings(mine, others)):
        if overlap(rows[i].period, past[j].period) and not same(rows[i], past[j]):
            met[i].append((past[j], shared))


def _no_parts() -> UInt64s:
    return np.empty(0, np.uint64)


def _vague(row: PastRow) -> UInt64s:
    """Members of whom it does not say by premises what is counted."""
    found: UInt64s = row.members[(parts_of(row) & LASTING) == 0]
    return found


def _corrected(rows: Sequence[PastRow], past: Sequence[PastRow]) -> dict[int, list[PastRow]]:
    """Rows that the past gave another total, or one of whose members it gave another load, for the same period."""
    found: dict[int, list[PastRow]] = defaultdict(list)
    for period, measure in {(row.period, row.measure) for row in rows}:
        mine = [at for at, row in enumerate(rows) if (row.period, row.measure) == (period, measure)]
        theirs = [row for row in past if (row.period, row.measure) == (period, measure)]
        loads = _changed_loads([rows[at] for at in mine], theirs)
        for i, j, _shared in meetings([rows[at].members for at in mine], [row.members for row in theirs]):
            row, other = rows[mine[i]], theirs[j]
            if (same(row, other) and row.value != other.value) or (
                len(other.loads) and len(loads) and _differ(row, other)
            ):
                found[mine[i]].append(other)
    return found


def _changed_loads(rows: Sequence[PastRow], past: Sequence[PastRow]) -> UInt64s:
    """The members that have more than one load: nobody has, as a rule, and then nothing needs to be compared pair by pair."""
    both = [row for row in (*rows, *past) if len(row.loads)]
    if not both:
        return _no_parts()
    keys, loads = np.concatenate([keyed(row) for row in both]), np.concatenate([row.loads for row in both])
    order = np.lexsort((loads, keys))
    keys, loads = keys[order], loads[order]
    changed = (keys[1:] == keys[:-1]) & (loads[1:] != loads[:-1]) & (loads[:-1] != FORGOTTEN)
    return np.unique(keys[1:][changed])


def _differ(row: PastRow, other: PastRow) -> bool:
    mine, theirs = keyed(row), keyed(other)
    _, here, there = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    one, two = loads_of(row)[here], loads_of(other)[there]
    return bool(np.any((one != two) & (two != FORGOTTEN)))


def _releases(rows: Sequence[PastRow]) -> tuple[str, ...]:
    return tuple(sorted({row.release for row in rows}))


def distinct(rows: Sequence[PastRow]) -> list[PastRow]:
    """The rows without those that say the same again."""
    known: dict[tuple[object, ...], PastRow] = {}
    for row in rows:
        known.setdefault(
            (row.measure, row.period, row.value, row.members.tobytes(), parts_of(row).tobytes()), row
        )
    return list(known.values())
