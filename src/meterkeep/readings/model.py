"""The words in which readings move between formats, store and gate: series, block, defect.

A *series* is what one inbound file says about one channel of one usage point. A *block* is a run of readings as columns,
any number of series mixed. Values are integers times the series' power of ten, instants are UTC epoch seconds, durations
are seconds; no float holds a reading. Source: NAESB REQ.21 ESPI 4.0 for the terms.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from meterkeep.readings.defects import DefectList, Numbers, in_words, runs

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]


class Channel(StrEnum):
    """Direction and kind. Totals of different channels are never added up."""

    DELIVERED = "delivered"
    RECEIVED = "received"
    NET = "net"
    REGISTER = "register"
    DEMAND = "demand"
    OTHER = "other"


SUMMABLE = frozenset({Channel.DELIVERED, Channel.RECEIVED, Channel.NET})
"""The channels whose values are amounts per interval, so that a sum means something."""

QualityClass = Literal["actual", "estimated", "edited", "unknown", "missing"]


@dataclass(frozen=True, slots=True)
class Series:
    """One channel of one usage point as one file has it.

    identifiers: what the file calls the usage point, the most persistent first (covered information: it meets the vault's
    surrogate in the gate and goes no further). unit: "Wh", "W", "therm", "m3", "ft3", "gal", … as given, never converted.
    part: what the format itself calls one of several streams that together are the usage point's total (an NMI suffix, "E1").
    qualities: the file's own quality codes ("espi:8", "cmep:E1"); a block's `quality` column indexes into it.
    """

    ordinal: int
    identifiers: tuple[str, ...]
    channel: Channel
    unit: str
    power_of_ten: int = 0
    meter: str | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Readings as equally long columns: a few hundred thousand rows, in the order in which the file has them.

    series: ordinals; start: UTC epoch seconds of the interval's start; duration: seconds; value: integers times ten to
    the series' power; quality: indexes into the file's `qualities`, or None where the file says nothing (= all -1);
    -1 is "the file gives no quality code for this reading". record: number of the reading in its file, from 1.
    """

    series: Int32s
    start: Int64s
    duration: Int32s
    value: Int64s
    quality: npt.NDArray[np.int16] | None
    record: Int64s

    def __len__(self) -> int:
        return len(self.start)


@dataclass(slots=True)
class Findings:
    """What a reader met besides good readings. `rejected` is inside the conservation equation, `notes` outside it."""

    records: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    places: list[tuple[str, str]] = field(default_factory=list)
    """The first places of each kind: (kind, "record 17, line 230"); never a value or an identifier."""
    defects: DefectList = field(default_factory=DefectList, compare=False, repr=False)
    """Every place: Σ count of its rejected lines is Σ rejected, Σ count of the others Σ notes."""

    def reject(
        self,
        kind: str,
        record: Numbers,
        position: Numbers | None = None,
        *,
        at: str = "line",
        start: Numbers | None = None,
    ) -> None:
        """record: the number of each. position: where each is, in what `at` names (defects.POSITIONS). start: UTC epoch
        seconds of each interval, NOWHERE where it cannot be told."""
        count = np.size(record)
        if count:
            self.rejected[kind] += count
            self.defects.add(kind, rejected=True, record=record, position=position, at=at, start=start)
            self._see_first(kind, record, position, at)

    def note(
        self,
        kind: str,
        position: Numbers | None = None,
        *,
        count: int = 1,
        record: Numbers | None = None,
        within: tuple[int, int] | None = None,
        at: str = "line",
    ) -> None:
        """A deviation of the file, of what is at a position, of each `record`, or of `count` records within a range."""
        if record is not None and np.size(record):
            first, last = runs(np.atleast_1d(record))
            self.notes[kind] += int((last - first + 1).sum())
            self.defects.add(kind, rejected=False, count=last - first + 1, record=first, last_record=last)
            self._see_first(kind, first, None, at)
        elif record is None and count:
            self.notes[kind] += count
            first_, last_ = within or (None, None)
            self.defects.add(
                kind, rejected=False, count=count, record=first_, last_record=last_, position=position, at=at
            )
            if position is not None:
                self._see_first(kind, None, position, at)

    def _see_first(self, kind: str, record: Numbers | None, position: Numbers | None, at: str) -> None:
        known = sum(1 for other, _ in self.places if other == kind)
        records, positions = _listed(record), _listed(position)
        for index in range(min(_PLACES_PER_KIND - known, max(len(records), len(positions)))):
            first, place = (each[index] if index < len(each) else None for each in (records, positions))
            line = {"record": first, "last_record": first, "position": place, "position_of": at}
            self.places.append((kind, in_words(line)))


_PLACES_PER_KIND = 3


def _listed(numbers: Numbers | None) -> list[int]:
    return [] if numbers is None else np.atleast_1d(numbers)[:_PLACES_PER_KIND].tolist()
