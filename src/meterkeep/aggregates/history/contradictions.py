"""Corrected readings that a figure for one period tells beside figures for others, which overlap it or make it up.

January and February of a group are out. One reading of January is corrected, and a figure for both months less the two is that
correction. So what each customer used in all periods, past and new, has to fit together: there have to be amounts of zero or more
for the time between two edges of periods that add up to everything said. With the meter's register at each edge as the unknown
these are differences of two unknowns, and Bellman and Ford's relaxation comes to rest just where they fit (R. Bellman, "On a
routing problem", 1958). Exact: whole numbers only. Of equal periods alone `conflicts` says it, pair by pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Final

import numpy as np

from meterkeep.aggregates.history.slots import together
from meterkeep.aggregates.loads import Bools, Int64s, Period, UInt64s
from meterkeep.aggregates.register import FORGOTTEN, PastRow, keyed, loads_of, overlap, parts_of

_AT_ONCE: Final = 1 << 16
"""Customers whose registers are relaxed together, so that memory stays flat."""
_ROOM: Final = 1 << 62
"""Sums up to this fit. Whoever has more than that cannot be told to agree, and counts as contradicting."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One load of one key in one period, by number."""

    key: UInt64s
    period: Int64s
    load: Int64s


def contradictions(rows: Sequence[PastRow], past: Sequence[PastRow]) -> dict[int, list[PastRow]]:
    """Of the rows of all measures, by number, those that tell a correction beside the past, with the past rows that they contradict.

    Each new period is held against the past by itself; those that are left then together, since of two new months beside the sum
    that is out neither needs to contradict it alone. Where that is so all of them are named.
    """
    found: dict[int, list[PastRow]] = {}
    for measure in sorted({row.measure for row in rows}):
        mine = [at for at, row in enumerate(rows) if row.measure == measure]
        theirs = [row for row in past if row.measure == measure]
        for period in sorted({rows[at].period for at in mine}):
            found |= _among(rows, [at for at in mine if rows[at].period == period], theirs)
        found |= _among(rows, [at for at in mine if at not in found], theirs)
    return found


def _among(rows: Sequence[PastRow], mine: Sequence[int], past: Sequence[PastRow]) -> dict[int, list[PastRow]]:
    found: dict[int, list[PastRow]] = {}
    everything = [*past, *(rows[at] for at in mine)]
    for numbers in together([row.period for row in everything]):
        old = [past[at] for at in numbers if at < len(past)]
        new = [mine[at - len(past)] for at in numbers if at >= len(past)]
        if old and new and _tangled([everything[at].period for at in numbers]):
            wrong = _unfit([rows[at] for at in new], old)
            met = [(at, _meeting(rows[at], old, wrong)) for at in new] if len(wrong) else []
            found |= {at: others for at, others in met if others}
    return found


def _tangled(periods: Sequence[Period]) -> bool:
    """Whether any two overlap without being equal."""
    return any(overlap(one, other) for one, other in pairwise(sorted(set(periods))))


def _meeting(row: PastRow, past: Sequence[PastRow], wrong: UInt64s) -> list[PastRow]:
    """The past rows about those of the row's keys that do not fit: those that overlap it, or where none does, all."""
    mine = np.intersect1d(_keys(row), wrong)
    others = [each for each in past if np.isin(_keys(each), mine).any()] if len(mine) else []
    return [each for each in others if overlap(each.period, row.period)] or others


def _unfit(rows: Sequence[PastRow], past: Sequence[PastRow]) -> UInt64s:
    """The keys of the new rows whose loads, past and new, fit no amounts of zero or more."""
    periods = sorted({row.period for row in (*rows, *past)})
    asked = np.unique(np.concatenate([_keys(row) for row in rows]))
    said = _said([*rows, *past], periods, asked)
    keys, loads, wrong = _table(said, len(periods))
    edges = sorted({edge for period in periods for edge in period})
    spans = [(edges.index(start), edges.index(end)) for start, end in periods]
    for numbers in _alike(loads != FORGOTTEN):
        known = np.flatnonzero(loads[numbers[0]] != FORGOTTEN)
        if _tangled([periods[at] for at in known]):
            wrong[numbers] |= ~_fit(loads[numbers][:, known], [spans[at] for at in known], len(edges))
    found: UInt64s = keys[wrong]
    return found


def _keys(row: PastRow) -> UInt64s:
    """The row's members, and the group as one: its total is known where the loads are forgotten."""
    group = blake2b(row.members.tobytes() + parts_of(row).tobytes(), digest_size=8).digest()
    return np.append(keyed(row), np.frombuffer(group, np.uint64))


def _said(rows: Sequence[PastRow], periods: Sequence[Period], asked: UInt64s) -> _Said:
    number = {period: at for at, period in enumerate(periods)}
    keys = [_keys(row) for row in rows]
    key, load = np.concatenate(keys), np.concatenate([np.append(loads_of(row), row.value) for row in rows])
    period = np.repeat([number[row.period] for row in rows], [len(each) for each in keys])
    kept = np.isin(key, asked) & (load != FORGOTTEN)
    return _Said(key[kept], period[kept].astype(np.int64), load[kept])


def _table(said: _Said, width: int) -> tuple[UInt64s, Int64s, Bools]:
    """The keys, the load of each in each period (FORGOTTEN where nothing is said), and whether two are said for one or one is too
    large to be added up."""
    keys, at = np.unique(said.key, return_inverse=True)
    loads = np.full((len(keys), width), FORGOTTEN, np.int64)
    loads[at, said.period] = said.load
    wrong = np.zeros(len(keys), bool)
    wrong[at[loads[at, said.period] != said.load]] = True
    wrong[at[said.load > _ROOM // (2 * width + 1)]] = True
    return keys, loads, wrong


def _alike(known: Bools) -> Iterator[Int64s]:
    """The rows of the table of which the same periods are known, some of them at once."""
    packed, kind = np.unique(np.packbits(known, axis=1), axis=0, return_inverse=True)
    order = np.argsort(kind.ravel(), kind="stable")
    for numbers in np.split(order, np.cumsum(np.bincount(kind.ravel(), minlength=len(packed)))[:-1]):
        for start in range(0, len(numbers), _AT_ONCE):
            yield numbers[start : start + _AT_ONCE]


def _fit(loads: Int64s, spans: Sequence[tuple[int, int]], edges: int) -> Bools:
    """Whether there is a register that never runs backwards and rises by each load over its span."""
    register = np.zeros((edges, len(loads)), np.int64)
    for _round in range(edges + 1):
        before = register.copy()
        for at, (start, end) in enumerate(spans):
            np.minimum(register[end], register[start] + loads[:, at], out=register[end])
            np.minimum(register[start], register[end] - loads[:, at], out=register[start])
        for at in range(edges - 1, 0, -1):
            np.minimum(register[at - 1], register[at], out=register[at - 1])
        if np.array_equal(before, register):
            break
    rests: Bools = np.all(before == register, axis=0)
    return rests
