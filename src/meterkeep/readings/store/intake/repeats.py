"""Series that a file gives twice: they are told once, or the energy of a usage point would be doubled.

A series repeats an earlier one of the same stream when neither names a meter and both have the same readings, all of them
and equally often (start, length and amount), at least three, not all zero. Two meters, and two periods of a tariff, have
different readings sooner or later; the odd equal pair in a short or idle series is no sign of anything.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from meterkeep.readings.model import Series
from meterkeep.readings.store.intake.summary import Tally
from meterkeep.readings.store.rows.points import canonical
from meterkeep.readings.store.rows.runs import Readings, Runs
from meterkeep.readings.store.rows.streams import Streams

FEWEST = 3

Uint64s = npt.NDArray[np.uint64]


def repeats(
    series: Sequence[Series], streams: Streams, tally: Tally, runs: Sequence[Runs]
) -> npt.NDArray[np.bool_]:
    """Whether each series repeats an earlier one."""
    found = np.zeros(len(series), bool)
    places = _alike(series, streams, tally)
    if not places:
        return found
    alike = np.zeros(len(series), bool)
    alike[places] = True
    marks = _fingerprints(alike, streams, runs)
    met: set[Hashable] = set()
    for place in places:
        mark = (int(streams.rank[place]), *marks[place].tolist())
        found[place] = mark in met and mark[-1] > 0
        met.add(mark)
    return found


def _alike(series: Sequence[Series], streams: Streams, tally: Tally) -> list[int]:
    """The places of those whose running figures equal those of another one: few, so that the rest need no second look."""
    if streams.most == 1:
        return []
    groups: dict[Hashable, list[int]] = {}
    several = np.bincount(streams.rank) > 1
    for place in np.flatnonzero(several[streams.rank] & (tally.records >= FEWEST)).tolist():
        if series[place].meter is None:
            columns = (tally.records, tally.first, tally.last, tally.shortest, tally.longest)
            total = Fraction(10) ** series[place].power_of_ten * int(tally.sums[place])
            key = (int(streams.rank[place]), total, *(int(column[place]) for column in columns))
            groups.setdefault(key, []).append(place)
    return sorted(place for group in groups.values() if len(group) > 1 for place in group)


def _fingerprints(alike: npt.NDArray[np.bool_], streams: Streams, runs: Sequence[Runs]) -> Uint64s:
    """For each series two sums over its readings, in whatever order they came: of their hashes, and of those not zero."""
    marks = np.zeros((len(alike), 2), np.uint64)
    for run in runs:
        for partition in run.partitions():
            readings = run.peek(partition)
            readings = readings[alike[readings.series]]
            np.add.at(marks[:, 0], readings.series, _hashes(readings, streams))
            np.add.at(marks[:, 1], readings.series, (readings.value != 0).astype(np.uint64))
    return marks


def _hashes(readings: Readings, streams: Streams) -> Uint64s:
    mixed = np.zeros(len(readings), np.uint64)
    for column in (
        readings.local_start(),
        readings.seconds,
        *canonical(readings.value, streams.series_power[readings.series]),
    ):
        mixed = (mixed ^ column.astype(np.int64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return mixed
