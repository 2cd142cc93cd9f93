"""Series that are parts of another one: periods of a tariff, tiers or phases, with or without their total.

The store adds up what several series of a channel say of one interval, which is right for parts, and would count twice
where their total stands beside them. So the parts then stand aside, as another quantity, kept and never added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from meterkeep.readings.formats.green_button.runs import ABSENT
from meterkeep.readings.model import Int64s

_TARIFF = ("tou", "consumptionTier", "cpp")
_HOT = (512, 256, 128, 64, 32)
"""Bits of PhaseCodeKind that name a phase: s1, s2, A, B, C. Of two or more of them a reading is the sum."""

_ENOUGH = 12
"""Readings of a series: that the sums of fewer agree may be chance."""

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MASK = 2**64 - 1


@dataclass(slots=True)
class Weight:
    """What a series says, in four numbers. The marks of parts add up (modulo 2^64) to that of what is their sum in each
    interval, and, but for a chance in 2^64, to no other."""

    readings: int = 0
    first: int = 2**62
    last: int = -(2**62)
    mark: int = 0

    def add(self, readings: int, first: int, last: int, mark: int) -> None:
        """first, last: the least and the greatest start of readings. mark: the sum of their marks."""
        self.readings += readings
        self.first = min(self.first, first)
        self.last = max(self.last, last)
        self.mark = (self.mark + mark) & _MASK


def marks(start: Int64s, value: Int64s) -> npt.NDArray[np.uint64]:
    """What each reading adds to the mark of its series, modulo 2^64."""
    spread = start.astype(np.uint64) * _ODD
    spread = (spread ^ (spread >> np.uint64(29))) * _ODD
    weights: npt.NDArray[np.uint64] = value.view(np.uint64) * spread
    return weights


@dataclass(slots=True)
class Member:
    """A series among those of its usage point, channel, unit and interval length. codes: of its ReadingType."""

    codes: dict[str, int]
    weight: Weight

    @property
    def part_of(self) -> str:
        """What it is a part by; "" where nothing says that it is one."""
        if any(self.codes.get(name, 0) > 0 for name in _TARIFF):
            return "tariff"
        phase = self.codes.get("phase", 0)
        return "phase" if sum(bool(phase & hot) for hot in _HOT) == 1 else ""


@dataclass(slots=True)
class Aside:
    """Which members stand aside, by their places, and the notes that say why."""

    places: set[int] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)


def standing_aside(members: Sequence[Member]) -> Aside:
    """By what the codes say; where they say nothing, by three or more series of which one is the others' sum throughout.

    A total by its codes that the parts do not add up to stays the total, if it tells of the same time.
    """
    kinds: dict[str, list[int]] = {}
    for place, member in enumerate(members):
        kinds.setdefault(member.part_of, []).append(place)
    found = Aside()
    if len(kinds) == 1:
        _total_by_values(members, found)
        return found
    totals = kinds.get("") or kinds["tariff"]
    for kind, parts in kinds.items():
        if parts is totals or kind == "":
            continue
        if _mark(members, totals) == _mark(members, parts):
            found.places.update(parts)
            found.notes.add("parts_beside_total")
        elif _overlap(members, totals, parts):
            found.places.update(parts)
            found.notes |= {"parts_beside_total", "parts_differ_from_total"}
    return found


def _total_by_values(members: Sequence[Member], found: Aside) -> None:
    everything = _mark(members, range(len(members)))
    for place, member in enumerate(members if len(members) > 2 else ()):
        if (
            member.weight.readings >= _ENOUGH
            and member.weight.mark
            and 2 * member.weight.mark & _MASK == everything
        ):
            found.places.update(set(range(len(members))) - {place})
            found.notes.add("parts_beside_total")
            return


def _mark(members: Sequence[Member], places: Sequence[int]) -> int:
    return sum(members[place].weight.mark for place in places) & _MASK


def _overlap(members: Sequence[Member], some: Sequence[int], others: Sequence[int]) -> bool:
    first = max(min(members[place].weight.first for place in each) for each in (some, others))
    last = min(max(members[place].weight.last for place in each) for each in (some, others))
    return first <= last


def moved_apart(series: Int64s, start: Int64s, tou: Int64s) -> Int64s:
    """The rows of a series that tell of the same start as an earlier row of it, but for another period of the tariff."""
    order = np.lexsort((np.arange(len(start)), start, series))
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (np.diff(series[order]) != 0) | (np.diff(start[order]) != 0)
    first = order[begins][np.cumsum(begins) - 1]
    apart: Int64s = np.sort(order[tou[order] != tou[first]])
    return apart


def tariff_period(tou: int) -> dict[str, int]:
    return {"tou": 0 if tou == ABSENT else tou}
