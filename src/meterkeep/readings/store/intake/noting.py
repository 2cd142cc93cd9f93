"""What becomes of the readings of one file: counts, and a line of the defect list for each note and each duplicate.

A line names the usage point's number, the channel and the time, never a value. Equally long intervals of a stream that follow
each other share a line.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from meterkeep.readings.defects import DefectList
from meterkeep.readings.model import Int64s
from meterkeep.readings.store.rows.civil import DAY
from meterkeep.readings.store.rows.days import Bools, Rows
from meterkeep.readings.store.rows.points import Points
from meterkeep.readings.store.rows.runs import Readings
from meterkeep.readings.store.rows.streams import Streams

Integers = npt.NDArray[np.integer]


class Noting:
    """offset: of the standard days. counts: by name."""

    def __init__(self, defects: DefectList, streams: Streams, *, offset: int) -> None:
        self.counts: Counter[str] = Counter()
        self._defects, self._streams, self._offset = defects, streams, offset
        self._first = defects.streams(streams.usage_point, [channel for _, channel, _ in streams.keys])

    def readings(self, kind: str, readings: Readings) -> None:
        rank = self._streams.rank[readings.series]
        self._intervals(kind, rank, readings.local_start() - self._offset, readings.seconds)

    def cells(self, kind: str, rows: Rows, where: Bools) -> None:
        """where: positions of the rows."""
        row, position = np.nonzero(where)
        start = rows.day[row] * DAY + position * rows.seconds - self._offset
        self._intervals(kind, rows.rank[row], start, np.full(len(row), rows.seconds, np.int64))

    def points(self, kind: str, points: Points, where: Bools) -> None:
        self._intervals(kind, points.rank[where], points.start[where], points.seconds[where])

    def series(self, kind: str, ordinal: Integers, rank: Integers, start: Int64s, seconds: Int64s) -> None:
        """Whole series, each from its first reading on."""
        if len(ordinal):
            self.counts[kind] += len(ordinal)
            stream = self._first + rank
            self._defects.add(
                kind, rejected=False, series=ordinal, stream=stream, start=start, seconds=seconds
            )

    def _intervals(self, kind: str, rank: Integers, start: Int64s, seconds: Integers) -> None:
        self.counts[kind] += len(start)
        note(self._defects, kind, self._first + rank, start, seconds)


def note(defects: DefectList, kind: str, stream: Integers, start: Int64s, seconds: Integers) -> None:
    """Lines for these intervals. stream: see `DefectList.streams`."""
    if len(start):
        first, count = stretches(stream, start, seconds)
        length = count * seconds[first]
        defects.add(
            kind, rejected=False, count=count, stream=stream[first], start=start[first], seconds=length
        )


def stretches(stream: Integers, start: Int64s, seconds: Integers) -> tuple[npt.NDArray[np.intp], Int64s]:
    """Equally long intervals of one stream that follow each other: the place of the first of each run, and how many it has."""
    # A day row's positions come in order; sorting millions of them would take longer than all the rest.
    ordered = bool(((np.diff(stream) > 0) | ((np.diff(stream) == 0) & (np.diff(start) >= 0))).all())
    order = np.arange(len(start)) if ordered else np.lexsort((start, seconds, stream))
    streams, starts, lengths = stream[order], start[order], seconds[order]
    same = (np.diff(streams) == 0) & (np.diff(lengths) == 0) & (np.diff(starts) == lengths[:-1])
    begins = np.flatnonzero(np.append(True, ~same)[: len(order)])
    return order[begins], np.diff(begins, append=len(order))
