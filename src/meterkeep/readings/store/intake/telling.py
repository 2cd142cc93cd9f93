"""Which named part of a file told of which intervals: gathered while the file comes in, as runs of intervals.

Where several parts of one file speak of the same interval of a stream, what each said is kept as well, because the store
has their total, or the last of them, only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from meterkeep.readings.model import Int32s, Int64s
from meterkeep.readings.store.correcting.marks import Mark, Run, Share, Told
from meterkeep.readings.store.rows.runs import Readings, Runs
from meterkeep.readings.store.rows.streams import Streams

NOBODY = -1
"""In place of an ordinal: a reading that is in no named part of its file, but may share an interval with one."""


class Telling:
    """marks: all that the file has named so far, ascending by their records. folder: where readings are spilled that are too
    many for the memory."""

    def __init__(self, folder: Path) -> None:
        self.marks: Sequence[Mark] = []
        self._runs = Runs(folder)
        self._pairs: dict[int, int] = {}

    def add(self, record: Int64s, partition: npt.NDArray[np.uint16], readings: Readings) -> None:
        """record: number of each reading in its file."""
        marks = self.marks
        if not marks:
            return
        first, end = np.array([mark.records for mark in marks], np.int64).T
        ordinal = np.searchsorted(first, record, side="right") - 1
        ordinal[(ordinal >= 0) & (record >= end[ordinal])] = NOBODY
        distinct, at = np.unique(ordinal << 32 | readings.series, return_inverse=True)
        pair = np.array([self._pairs.setdefault(int(each), len(self._pairs)) for each in distinct], np.int32)
        self._runs.add(partition, replace(readings, series=pair[at]))

    def told(
        self, streams: Streams, codes: Sequence[str], *, offset: int, repeats: npt.NDArray[np.bool_]
    ) -> Iterator[tuple[int, Told]]:
        """By the ordinal of the mark. repeats: series that count for nothing, because another one says the same."""
        both = np.array([*self._pairs], np.int64)
        ordinals, places = both >> 32, (both & 0xFFFFFFFF).astype(np.int32)
        found: dict[int, tuple[list[Run], list[Share]]] = defaultdict(lambda: ([], []))
        for partition in self._runs.partitions():
            readings = self._runs.take(partition)
            readings = readings[~repeats[places[readings.series]]]
            ordinal, place = ordinals[readings.series], places[readings.series]
            start = readings.local_start() - offset
            named = np.array([bool(mark.names) for mark in self.marks] + [False])[ordinal]
            for each, run in _runs(
                ordinal[named], streams, place[named], readings.seconds[named], start[named]
            ):
                found[each][0].append(run)
            for each, share in _shares(ordinal, streams, place, readings, start, codes):
                found[each][1].append(share)
        for each, (runs, shares) in sorted(found.items()):
            yield each, Told(runs, shares)


def _runs(
    ordinal: Int64s, streams: Streams, place: Int32s, seconds: Int32s, start: Int64s
) -> Iterator[tuple[int, Run]]:
    rank = streams.rank[place]
    order = np.lexsort((start, seconds, rank, ordinal))
    columns = [column[order] for column in (ordinal, rank, seconds)]
    same = np.logical_and.reduce([np.diff(column, prepend=NOBODY) == 0 for column in columns])
    at = start[order]
    step = np.diff(at, prepend=0)
    again = same & (step == 0)
    columns, same, at, step = [c[~again] for c in columns], same[~again], at[~again], step[~again]
    begins = np.flatnonzero(~(same & (step == columns[2])))
    counts = np.diff(begins, append=len(at))
    figures = zip(*(c[begins].tolist() for c in (*columns, at)), counts.tolist(), strict=True)
    for each, stream, length, first, count in figures:
        usage_point, channel, unit = streams.keys[stream]
        yield each, Run(usage_point, channel, unit, length, first, count)


def _shares(
    ordinal: Int64s, streams: Streams, place: Int32s, readings: Readings, start: Int64s, codes: Sequence[str]
) -> Iterator[tuple[int, Share]]:
    """In the order of the file."""
    rank = streams.rank[place]
    order = np.lexsort((ordinal, start, readings.seconds, rank))
    columns = [column[order] for column in (rank, readings.seconds, start)]
    begins = np.flatnonzero(~np.logical_and.reduce([np.diff(c, prepend=NOBODY) == 0 for c in columns]))
    if not len(begins):
        return
    sorted_ordinal = ordinal[order]
    several = np.maximum.reduceat(sorted_ordinal, begins) > np.minimum.reduceat(sorted_ordinal, begins)
    shared = np.zeros(len(order), bool)
    shared[order] = np.repeat(several, np.diff(begins, append=len(order)))
    for i in np.flatnonzero(shared).tolist():
        usage_point, channel, unit = streams.keys[rank[i]]
        code = codes[readings.quality[i]] if readings.quality[i] >= 0 else ""
        power, meter = int(streams.series_power[place[i]]), int(streams.part[place[i]])
        value = int(readings.value[i])
        length = int(readings.seconds[i])
        share = Share(usage_point, channel, unit, length, int(start[i]), meter, value, power, code, i)
        yield int(ordinal[i]), share
