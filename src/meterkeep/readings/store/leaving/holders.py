"""Who held a usage point when: of every row and every interval, whom it is about, and how old it is.

A *code* says it in one number: nobody, or a stretch of consecutive spans of one usage point, nearly always a single one; and the civil month in
which it ends, with which it is destroyed when its time is over. An interval that reaches over a change of hands is about both, as in an erasure.
Codes of nobody are below zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from meterkeep.readings.model import Int64s
from meterkeep.readings.store.rows.civil import midnight, month_name
from meterkeep.readings.store.rows.spans import END_OF_TIME

_NOBODY = -1
_AGES: int = 1 << 12
"""More than the months that the store knows."""
_YEARS = range(1970, 2200)
_APART: int = 1 << 34
"""More than any instant: usage points are told apart by multiples of it."""
_SPANS: int = 1 << 12
"""More than the spans that one row can meet; a code is the first span times this, and how many more there are."""


@dataclass(frozen=True)
class Holders:
    """Columns, sorted by usage point and start; spans of one usage point do not overlap. whom: a number of the caller's for each holder.
    months: the instants at which civil months begin, from January 1970 on; without them everything is of one age."""

    usage_point: Int64s
    start: Int64s
    end: Int64s
    whom: Int64s
    months: Int64s = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(
        cls,
        usage_point: Int64s,
        start: Int64s,
        end: Int64s,
        whom: Int64s,
        *,
        zone: ZoneInfo | None = None,
    ) -> Holders:
        """start, end: epoch seconds, half-open; clipped to the time that the store knows."""
        start, end = np.clip(start, 0, END_OF_TIME), np.clip(end, 0, END_OF_TIME)
        lasting = start < end
        order = np.lexsort((start[lasting], usage_point[lasting]))
        point, begin, until, holder = (column[lasting][order] for column in (usage_point, start, end, whom))
        return cls(point, begin, until, holder, month_begins(zone) if zone else np.zeros(0, np.int64))

    @cached_property
    def _named(self) -> Int64s:
        return np.unique(self.usage_point)

    @cached_property
    def _keys(self) -> tuple[Int64s, Int64s]:
        own = np.searchsorted(self._named, self.usage_point).astype(np.int64) * _APART
        return own + self.start, own + self.end

    def codes(
        self,
        usage_point: npt.NDArray[np.integer],
        first: Int64s,
        last: Int64s,
        *,
        aged: Int64s | None = None,
    ) -> Int64s:
        """Of stretches from their first second to their last: whom they touch. aged: the second that says how old each is; its last one."""
        begins, ends = self._keys
        place = np.searchsorted(self._named, usage_point)
        known = place < len(self._named)
        known[known] = self._named[place[known]] == usage_point[known]
        own = place.astype(np.int64) * _APART
        lowest = np.searchsorted(ends, own + np.clip(first, 0, END_OF_TIME), side="right")
        highest = np.searchsorted(begins, own + np.clip(last, 0, END_OF_TIME), side="right") - 1
        met = known & (highest >= lowest)
        who = np.where(met, lowest * _SPANS + np.minimum(highest - lowest, _SPANS - 1), _NOBODY)
        code: Int64s = who * _AGES + self._ages(last if aged is None else aged)
        return code

    def _ages(self, instants: Int64s) -> Int64s:
        return np.searchsorted(self.months, instants, side="right")

    def covered(self, code: Int64s, first: Int64s, last: Int64s) -> npt.NDArray[np.bool_]:
        """Which of these stretches are about one holder, or nobody, and of one month throughout. code: theirs."""
        who = code // _AGES
        of_one_age: npt.NDArray[np.bool_] = self._ages(first) == self._ages(last)
        if not len(self.start):
            return of_one_age
        span = np.maximum(who // _SPANS, 0)
        inside = (who % _SPANS == 0) & (self.start[span] <= first) & (self.end[span] > last)
        covered: npt.NDArray[np.bool_] = of_one_age & ((who == _NOBODY) | inside)
        return covered

    def whose(self, code: int) -> tuple[int, ...]:
        """The holders, each once; nobody's is empty."""
        who = code // _AGES
        if who == _NOBODY:
            return ()
        first, more = divmod(who, _SPANS)
        return tuple(dict.fromkeys(self.whom[first : first + more + 1].tolist()))

    def month(self, code: int) -> str:
        """The civil month, as 2026-07; "" where it is before all months."""
        age = code % _AGES
        return month_name(age - 1) if age else ""


def month_begins(zone: ZoneInfo) -> Int64s:
    """When the civil months begin that the store knows."""
    first = [midnight(date(year, month, 1), zone) for year in _YEARS for month in range(1, 13)]
    return np.array(first, np.int64)
