"""Local stamps of long files to UTC, batch after batch, whatever the order of the series in them.

Most days have one offset, looked up by day. On the days on which the clock changes, each stamp is looked at: of twin
stamps of a series the second is told by the order of its rows, also across batches, oldest or newest first.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from meterkeep.readings.formats.columns.localtime import DAY, to_local, to_utc, twins
from meterkeep.readings.model import Int64s

Mask = npt.NDArray[np.bool_]
_NEVER = -(2**62)
_APART = 1 << 36  # more than the seconds of any stamp


class LocalClock:
    """offset: seconds east of UTC of every stamp, instead of the zone's clock. ends: whether stamps end intervals, so
    that the last one before the clock is set forward ("02:00") is good although the clock never showed it."""

    def __init__(self, zone: ZoneInfo, *, offset: int | None = None, ends: bool = False) -> None:
        self._zone, self._offset, self._ends = zone, offset, ends
        self._offsets: Int64s = np.zeros(0, np.int64)
        self._changes: Mask = np.zeros(0, np.bool_)
        self._low = 0
        self._last: Int64s = np.zeros(0, np.int64)
        self._first: tuple[int, int] | None = None
        self._newest_first: bool | None = None
        self._passes = [0, 0]

    @property
    def once(self) -> int:
        """How many twin stamps stood there once only, so far."""
        return max(0, self._passes[0] - self._passes[1])

    def to_utc(
        self, local: Int64s, series: Int64s, *, readable: Mask, zoned: Mask | bool
    ) -> tuple[Int64s, Mask]:
        """Instants, and whether the clock has shown each stamp. zoned: stamps that are instants already."""
        exists = np.ones(len(local), np.bool_)
        if zoned is True or not readable.any():
            return local, exists
        if self._offset is not None:
            return np.where(zoned, local, local - self._offset), exists
        stamps = local if readable.all() else np.where(readable, local, local[np.argmax(readable)])
        self._see_order(stamps, series)
        low, high = int(stamps.min()) // DAY, int(stamps.max()) // DAY
        self._learn(low, high)
        here = slice(low - self._low, high + 1 - self._low)
        if zoned is False and self._unchanged(here):
            return stamps - self._offsets[here.start], exists
        place = stamps // DAY - self._low
        found = stamps - self._offsets[place]
        rows = np.flatnonzero(self._changes[place] & readable & ~np.asarray(zoned))
        if len(rows):
            found[rows], exists[rows] = self._changed(stamps[rows], series[rows])
        return (found if zoned is False else np.where(zoned, local, found)), exists

    def _unchanged(self, days: slice) -> bool:
        offsets = self._offsets[days]
        return not self._changes[days].any() and bool((offsets == offsets[0]).all())

    def _learn(self, low: int, high: int) -> None:
        """The offset of each day, and on which days it changes."""
        if self._low <= low and high < self._low + len(self._offsets):
            return
        if len(self._offsets):
            low, high = min(low, self._low), max(high, self._low + len(self._offsets) - 1)
        midnights = np.arange(low, high + 2, dtype=np.int64) * DAY
        instants = to_utc(midnights, self._zone)
        self._low, self._offsets = low, (midnights - instants)[:-1]
        self._changes = np.diff(instants) != DAY

    def _changed(self, local: Int64s, series: Int64s) -> tuple[Int64s, Mask]:
        twice = twins(local, self._zone)
        second = np.zeros(len(local), np.bool_)
        if twice.any():
            second[twice] = self._second(local[twice], series[twice])
            self._passes[0] += int(np.count_nonzero(twice & ~second))
            self._passes[1] += int(np.count_nonzero(second))
        found = to_utc(local, self._zone, second=second)
        exists = to_local(found, self._zone) == local
        if self._ends:
            before = local - 1
            exists |= to_local(to_utc(before, self._zone), self._zone) == before
        return found, exists

    def _second(self, local: Int64s, series: Int64s) -> Mask:
        """Of twin stamps: within a series, in the order of time, one that does not rise above all before it is of the second pass."""
        if int(series.max()) >= len(self._last):
            more = np.full(int(series.max()) + 1 - len(self._last), _NEVER, np.int64)
            self._last = np.append(self._last, more)
        rising = -local if self._newest_first else local
        order = np.argsort(series, kind="stable")
        names, stamps = series[order], rising[order]
        group = np.cumsum(np.append(False, names[1:] != names[:-1]))
        highest = np.maximum.accumulate(stamps + group * _APART) - group * _APART
        before = np.append(np.int64(_NEVER), highest[:-1])
        before[np.append(True, names[1:] != names[:-1])] = _NEVER
        again = stamps <= np.maximum(before, self._last[names])
        last = np.append(names[1:] != names[:-1], True)
        self._last[names[last]] = np.maximum(self._last[names[last]], highest[last])
        second = np.empty(len(local), np.bool_)
        second[order] = ~again if self._newest_first else again
        return second

    def _see_order(self, local: Int64s, series: Int64s) -> None:
        """Whether the file goes back in time, by two stamps of its first series, which may be batches apart."""
        if self._newest_first is not None:
            return
        if self._first is None:
            self._first = int(series[0]), int(local[0])
        of, before = self._first
        steps = np.diff(local[series == of], prepend=before)
        if steps.any():
            self._newest_first = bool(np.count_nonzero(steps < 0) > np.count_nonzero(steps > 0))
