"""Periods cut into slots: the coarsest periods that all published ones are sums of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from meterkeep.aggregates.loads import Period


def slots(periods: Iterable[Period]) -> list[Period]:
    """In order of time; what no period covers is no slot."""
    known = set(periods)
    edges = sorted({edge for period in known for edge in period})
    return [
        (start, end)
        for start, end in pairwise(edges)
        if any(first <= start and end <= last for first, last in known)
    ]


def covered(period: Period, cut: Sequence[Period]) -> range:
    """The numbers of the slots that the period is made of."""
    inside = [at for at, (start, end) in enumerate(cut) if period[0] <= start and end <= period[1]]
    return range(inside[0], inside[-1] + 1) if inside else range(0)


def together(periods: Sequence[Period]) -> list[list[int]]:
    """The periods, by number, in groups that overlap, directly or through others. Groups share no slot, so that nothing in one
    tells anything about another."""
    groups: list[list[int]] = []
    last = None
    for at in sorted(range(len(periods)), key=lambda at: (periods[at], at)):
        if last is None or periods[at][0] >= last:
            groups.append([])
            last = periods[at][1]
        groups[-1].append(at)
        last = max(last, periods[at][1])
    return groups
