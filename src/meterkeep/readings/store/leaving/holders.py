"""Who held a usage point when: of every row and every interval, whom it is about.

A *code* says it in one number: NOBODY, or a stretch of consecutive spans of one usage point, nearly always a single one. An interval that
reaches over a change of hands is about both, as in an erasure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from meterkeep.readings.model import Int64s
from meterkeep.readings.store.rows.spans import END_OF_TIME

NOBODY = -1
_APART: int = 1 << 34
"""More than any instant: usage points are told apart by multiples of it."""
_SPANS: int = 1 << 12
"""More than the spans that one row can meet; a code is the first span times this, and how many more there are."""


@dataclass(frozen=True)
class Holders:
    """Columns, sorted by usage point and start; spans of one usage point do not overlap. whom: a number of the caller's for each holder."""

    usage_point: Int64s
    start: Int64s
    end: Int64s
    whom: Int64s

    @classmethod
    def of(cls, usage_point: Int64s, start: Int64s, end: Int64s, whom: Int64s) -> Holders:
        """start, end: epoch seconds, half-open; clipped to the time that the store knows."""
        start, end = np.clip(start, 0, END_OF_TIME), np.clip(end, 0, END_OF_TIME)
        lasting = start < end
        order = np.lexsort((start[lasting], usage_point[lasting]))
        return cls(*(column[lasting][order] for column in (usage_point, start, end, whom)))

    @cached_property
    def _named(self) -> Int64s:
        return np.unique(self.usage_point)

    @cached_property
    def _keys(self) -> tuple[Int64s, Int64s]:
        own = np.searchsorted(self._named, self.usage_point).astype(np.int64) * _APART
        return own + self.start, own + self.end

    def codes(self, usage_point: npt.NDArray[np.integer], first: Int64s, last: Int64s) -> Int64s:
        """Of stretches from their first second to their last: whom they touch."""
        begins, ends = self._keys
        place = np.searchsorted(self._named, usage_point)
        known = place < len(self._named)
        known[known] = self._named[place[known]] == usage_point[known]
        own = place.astype(np.int64) * _APART
        lowest = np.searchsorted(ends, own + np.clip(first, 0, END_OF_TIME), side="right")
        highest = np.searchsorted(begins, own + np.clip(last, 0, END_OF_TIME), side="right") - 1
        met = known & (highest >= lowest)
        code: Int64s = np.where(met, lowest * _SPANS + np.minimum(highest - lowest, _SPANS - 1), NOBODY)
        return code

    def covered(self, code: Int64s, first: Int64s, last: Int64s) -> npt.NDArray[np.bool_]:
        """Which of these stretches lie wholly in one span, so that they are about one holder throughout. code: theirs."""
        span = np.maximum(code // _SPANS, 0)
        single = (code != NOBODY) & (code % _SPANS == 0)
        if not len(self.start):
            return np.zeros(len(code), bool)
        inside: npt.NDArray[np.bool_] = single & (self.start[span] <= first) & (self.end[span] > last)
        return inside

    def whose(self, code: int) -> tuple[int, ...]:
        """The holders, each once; nobody's is empty."""
        if code == NOBODY:
            return ()
        first, more = divmod(code, _SPANS)
        return tuple(dict.fromkeys(self.whom[first : first + more + 1].tolist()))
