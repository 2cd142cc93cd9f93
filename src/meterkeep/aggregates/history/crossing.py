"""What loads of periods that share a part without one lying in the other leave for each slot.

January to March and February to April, with January to April: what is known of February follows from no subtraction of one from
another. With the meter's register at each edge as the unknown, each load is a difference of two of them, none runs backwards, and the
most of a slot is the shortest way from its beginning to its end (R. W. Floyd, "Algorithm 97: shortest path", 1962). Whole numbers only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from meterkeep.aggregates.loads import Bools, Int64s

Span = tuple[int, int]
"""The first slot, and how many."""
FAR: Final = 1 << 60
"""Two of these still add up. Larger loads are left as they are."""
_AT_ONCE: Final = 1 << 14


def crossing(spans: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """Pairs that share slots of which neither lies within the other."""
    for (one, many), (other, more) in combinations(sorted(spans), 2):
        if one < other < one + many < other + more:
            yield (one, many), (other, more)


def tightened(most: Int64s, exact: Bools, loads: dict[Span, Int64s]) -> Int64s:
    """The most of each customer (row) in each slot (column), which is at most FAR. exact: where it is just that. loads: of each
    span, of each customer; below 0 where it is not known. Where the loads contradict each other, `most` as it was."""
    found = most.copy()
    for start in range(0, len(most), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        found[some] = _tightened(most[some], exact[some], {span: its[some] for span, its in loads.items()})
    return found


def _tightened(most: Int64s, exact: Bools, loads: dict[Span, Int64s]) -> Int64s:
    edges = most.shape[1] + 1
    way = np.full((edges, edges, len(most)), FAR, np.int64)
    way[np.tril_indices(edges)] = 0
    for slot in range(edges - 1):
        way[slot, slot + 1] = most[:, slot]
        way[slot + 1, slot] = np.where(exact[:, slot], -most[:, slot], 0)
    for (first, many), load in loads.items():
        known, last = (load >= 0) & (load < FAR), first + many
        way[first, last] = np.where(known, np.minimum(way[first, last], load), way[first, last])
        way[last, first] = np.where(known, np.minimum(way[last, first], -load), way[last, first])
    for over in range(edges):
        np.minimum(way, way[:, over, None] + way[None, over], out=way)
    fit = np.diagonal(way).min(axis=1) >= 0
    steps = np.stack([way[slot, slot + 1] for slot in range(edges - 1)], axis=1)
    return np.where(fit[:, None], np.maximum(steps, 0), most)
