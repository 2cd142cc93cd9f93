"""T4: what neighbouring periods tell about the few who came or left between them.

Exactly, two months are different unknowns and nothing can be derived. But June is much like July: if one figure of July has
the customers of June and a few more, the difference of the two totals is about what these few used, give or take the usual
change from month to month. Where they used much more than that, the figure is withheld; where not, the plan says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low

import numpy as np

from meterkeep.aggregates.loads import UInt64s
from meterkeep.aggregates.register import FORGOTTEN, PastRow, loads_of, meetings
from meterkeep.aggregates.rule import MILLION


@dataclass(frozen=True, slots=True)
class Usual:
    """What hides a few newcomers: `times` the median change of those who stayed, and at least floor_ppm of the total."""

    floor_ppm: int = 50_000
    times: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """row and other: a new row, by number, and a figure beside it in time that differs by `customers`, too few. share_ppm: the
    larger of what came and what left, of the total, or None where that is forgotten. telling: more than the usual change hides, or not
    known."""

    row: int
    other: PastRow
    customers: int
    share_ppm: int | None
    usual_ppm: int
    telling: bool


def changes(rows: Sequence[PastRow], past: Sequence[PastRow], *, minimum: int, usual: Usual) -> list[Change]:
    """Of each new row and each figure of a neighbouring period, past or new, that differ by somebody and by fewer than the minimum.
    Of two new rows the later is named."""
    found: list[Change] = []
    for period in sorted({row.period for row in rows}):
        mine = [at for at, row in enumerate(rows) if row.period == period]
        for beside in sorted({row.period for row in (*past, *rows) if _beside(row.period, period)}):
            others = [row for row in past if row.period == beside]
            if beside < period:
                others += [row for row in rows if row.period == beside]
            found += _between(rows, mine, others, minimum, usual)
    return found


def _beside(one: tuple[object, object], other: tuple[object, object]) -> bool:
    return one[1] == other[0] or one[0] == other[1]


def _between(
    rows: Sequence[PastRow], mine: Sequence[int], others: Sequence[PastRow], minimum: int, usual: Usual
) -> Iterator[Change]:
    pairs = list(_alike([rows[at] for at in mine], others, minimum))
    limit = max(usual.floor_ppm, usual.times * _usual([(rows[mine[i]], others[j]) for i, j in pairs]))
    for i, j in pairs:
        row, other = rows[mine[i]], others[j]
        came, left = np.setdiff1d(row.members, other.members), np.setdiff1d(other.members, row.members)
        if 0 < len(came) + len(left) < minimum:
            shares = _share(row, came), _share(other, left)
            told = [each for each in shares if each is not None]
            share = None if len(told) < len(shares) else max(told)
            if row.measure != other.measure:
                share = 0
            yield Change(
                mine[i], other, len(came) + len(left), share, limit, telling=share is None or share > limit
            )


def _alike(rows: Sequence[PastRow], others: Sequence[PastRow], minimum: int) -> Iterator[tuple[int, int]]:
    """Pairs that have most of their members in common: what one has and the other has not is below the minimum."""
    for i, j, shared in meetings([row.members for row in rows], [row.members for row in others]):
        if len(rows[i].members) + len(others[j].members) - 2 * shared < minimum:
            yield i, j


def _usual(pairs: Sequence[tuple[PastRow, PastRow]]) -> int:
    """The median change of those who stayed, in parts per million of what they used; none where it is forgotten."""
    found = [_change(row, other) for row, other in pairs if row.measure == other.measure]
    known = [each for each in found if each is not None]
    return median_low(known) if known else 0


def _change(row: PastRow, other: PastRow) -> int | None:
    stayed = np.intersect1d(row.members, other.members)
    now, before = _used(row, stayed), _used(other, stayed)
    if now is None or before is None:
        return 0
    return abs(now - before) * MILLION // before if before else None


def _share(row: PastRow, some: UInt64s) -> int | None:
    used = _used(row, some)
    if used is None:
        return None
    return used * MILLION // row.value if used and row.value > 0 else 0


def _used(row: PastRow, some: UInt64s) -> int | None:
    """What some of its members used; None where that is not known."""
    loads = loads_of(row)[np.isin(row.members, some)]
    return None if np.any(loads == FORGOTTEN) else int(loads.sum())
