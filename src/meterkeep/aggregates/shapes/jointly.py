"""T2 of load shapes beside totals: what the sums over a month, of other groups too, and the slots together tell of one slot.

A slot is a part of the month like a month of a year: what a customer used in each is an unknown, a shape's row is about one slot and a
total about all of them. So the audit of periods tells it, with the slots in place of days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from meterkeep.aggregates.audit.pulse import Pulse
from meterkeep.aggregates.history.findings import audit_bounds
from meterkeep.aggregates.history.slots import covered, slots, together
from meterkeep.aggregates.history.verdict import without
from meterkeep.aggregates.loads import Period, UInt64s
from meterkeep.aggregates.register import SLOT_SIGN, PastRow
from meterkeep.aggregates.rule import Rule

MOST: Final = 20_000_000
"""Pairs of a customer of a row and a slot that are looked at together; where there are more nothing is told."""

_FIRST: Final = date(1, 1, 1)


def told_jointly(
    rows: Sequence[PastRow],
    past: Sequence[PastRow],
    rule: Rule,
    known: UInt64s,
    *,
    pulse: Pulse,
) -> Iterator[frozenset[int]]:
    """Of the rows of shapes and their sums, by number, sets of which one must not go out: they bound some customer too closely, in a slot or
    longer, beside the past and each other. known: customers whose loads the attacker knows. All rows of a time in which the past has
    other slots for the same month, or a period that parts a month with slots, or too much to be looked at."""
    everything = _connected(past, rows)
    first = len(everything)
    everything += rows
    for numbers in together([row.period for row in everything]):
        mine = frozenset(at - first for at in numbers if at >= first)
        if mine:
            here = [without(everything[at], known) for at in numbers]
            as_time = _as_time(here)
            if as_time is None:
                yield mine
                continue
            new = [place for place, at in enumerate(numbers) if at >= first]
            for attack in audit_bounds(as_time, rule, new=new, pulse=pulse):
                met = frozenset(numbers[at] - first for at in attack.rows if numbers[at] >= first)
                yield met or mine


def _connected(past: Sequence[PastRow], rows: Sequence[PastRow]) -> list[PastRow]:
    """Past rows that have somebody in common with these, or with others that do."""
    left, found = list(past), list[PastRow]()
    members = np.unique(np.concatenate([np.empty(0, np.uint64), *(row.members for row in rows)]))
    while True:
        near = [bool(np.isin(row.members, members).any()) for row in left]
        if not any(near):
            return found
        met = [row for row, one in zip(left, near, strict=True) if one]
        found += met
        left = [row for row, one in zip(left, near, strict=True) if not one]
        members = np.union1d(members, np.concatenate([row.members for row in met]))


def _as_time(rows: Sequence[PastRow]) -> list[PastRow] | None:
    """Each row with the slots that it is about as its period, a day for each; all of one measure. None where that cannot be done."""
    cut = slots(row.period for row in rows)
    inside: dict[Period, set[frozenset[str]]] = {}
    whose: dict[tuple[str, Period, bytes], set[str]] = {}
    for row in rows:
        if slot := _slot(row):
            whose.setdefault((row.release, row.period, row.members.tobytes()), set()).add(slot)
    for (_release, period, _members), some in whose.items():
        inside.setdefault(period, set()).add(frozenset(some))
    if any(len(each) > 1 for each in inside.values()) or not inside.keys() <= set(cut):
        return None
    names = {period: sorted(next(iter(each))) for period, each in inside.items()}
    starts = np.cumsum([0, *(len(names.get(period, "-")) for period in cut)]).tolist()
    found, size = [], 0
    for row in rows:
        over = covered(row.period, cut)
        first, last = starts[over.start], starts[over.stop]
        if slot := _slot(row):
            first += names[row.period].index(slot)
            last = first + 1
        size += len(row.members) * (last - first)
        found.append(replace(row, measure="", period=(_FIRST + timedelta(first), _FIRST + timedelta(last))))
    return found if size <= MOST else None


def _slot(row: PastRow) -> str:
    return row.measure.partition(SLOT_SIGN)[2]
