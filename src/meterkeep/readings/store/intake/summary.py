"""What an intake says about itself: the counts of the conservation equation, and one line for each series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
import numpy.typing as npt

from meterkeep.readings.model import SUMMABLE, Block, Int32s, Int64s, Series
from meterkeep.readings.quality import classify

CLASSES = ("actual", "edited", "unknown", "estimated", "missing")
"""From the best to the worst; the quality of a sum is the worst that went into it."""

NOTES = (
    *("conflict", "not_better", "requalified", "series_added", "series_repeated", "readings_cancelled"),
    *("part_of_total_elsewhere",),
    *("cancels_unknown", "cancels_again", "cancelled_earlier"),
)
"""Of readings; series_added, part_of_total_elsewhere and readings_cancelled of intervals, series_repeated of series, and the last three of named
parts of the file: cancellations of what never came, of what was cancelled already, and parts that were cancelled before."""


class SeriesSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """One series of one file. first, last: starts of the earliest and the latest interval, UTC, RFC 3339.

    records, quality, first and last speak of all readings of the series; sum of each reading once, without duplicates,
    as an exact decimal in the series' unit, null where readings must not be added. part: as the format names it, if it does.
    """

    ordinal: int
    usage_point: int
    channel: str
    unit: str
    interval_seconds: int | None
    records: int
    sum: str | None
    first: str
    last: str
    quality: dict[str, int]
    part: str = ""


class Stored(msgspec.Struct, frozen=True):
    """stored + duplicate + already_stored + destroyed = the readings that were added; conflicts and notes are outside the sum.

    destroyed: those that are not taken in, because they were destroyed once. send_again: digests of earlier files that had said
    once more, so that it was not kept as theirs, what this file cancels; taken in once more, their word counts.
    """

    stored: int
    duplicate: int
    already_stored: int
    conflicts: int
    notes: dict[str, int]
    series: list[SeriesSummary]
    destroyed: int = 0
    send_again: list[str] = []

    def as_already_stored(self) -> Stored:
        """The same file met once more: everything of it is in the store."""
        return msgspec.structs.replace(
            self,
            stored=0,
            already_stored=self.stored + self.already_stored,
            conflicts=0,
            notes={},
            send_again=[],
        )


def quality_classes(qualities: Sequence[str]) -> npt.NDArray[np.int8]:
    """The class, as an index into CLASSES, of each code; the last element is that of a reading without a code (-1)."""
    return np.array([CLASSES.index(classify(code)) for code in [*qualities, ""]], np.int8)


class Tally:
    """Running figures for each series. Sums are exact: the halves of the values are added, then put together."""

    def __init__(self) -> None:
        self.records = np.zeros(0, np.int64)
        self.first = np.zeros(0, np.int64)
        self.last = np.zeros(0, np.int64)
        self.shortest = np.zeros(0, np.int64)
        self.longest = np.zeros(0, np.int64)
        self.quality = np.zeros((0, len(CLASSES)), np.int64)
        self.sums: npt.NDArray[np.object_] = np.zeros(0, object)

    def grow(self, size: int) -> None:
        more = size - len(self.records)
        if more <= 0:
            return
        far = np.iinfo(np.int64).max
        self.records = np.append(self.records, np.zeros(more, np.int64))
        self.first = np.append(self.first, np.full(more, far))
        self.last = np.append(self.last, np.full(more, -far))
        self.shortest = np.append(self.shortest, np.full(more, far))
        self.longest = np.append(self.longest, np.full(more, -far))
        self.quality = np.append(self.quality, np.zeros((more, len(CLASSES)), np.int64), axis=0)
        self.sums = np.append(self.sums, np.zeros(more, object))

    def add(self, block: Block, place: Int32s, classes: npt.NDArray[np.int8]) -> None:
        """place: for each reading the position of its series."""
        begins = np.flatnonzero(np.diff(place, prepend=-1))
        run = place[begins]
        np.add.at(self.records, run, np.diff(begins, append=len(place)))
        np.minimum.at(self.first, run, np.minimum.reduceat(block.start, begins))
        np.maximum.at(self.last, run, np.maximum.reduceat(block.start, begins))
        np.minimum.at(self.shortest, run, np.minimum.reduceat(block.duration, begins))
        np.maximum.at(self.longest, run, np.maximum.reduceat(block.duration, begins))
        self._add_quality(block, place, classes)
        self.add_values(place, block.value)

    def add_values(self, place: Int32s, value: Int64s, *, sign: int = 1) -> None:
        present, sums = exact_sums(place, value)
        self.sums[present] += sign * sums

    def _add_quality(self, block: Block, place: Int32s, classes: npt.NDArray[np.int8]) -> None:
        size, width = len(self.records), len(CLASSES)
        if block.quality is None:
            self.quality[:, classes[-1]] += np.bincount(place, minlength=size)
        else:
            cell = place.astype(np.int64) * width + classes[block.quality]
            self.quality += np.bincount(cell, minlength=size * width).reshape(size, width)

    def range(self) -> tuple[int, int]:
        """The first and the last start of all."""
        met = self.records > 0
        return int(self.first[met].min()), int(self.last[met].max())

    def series(self, series: Sequence[Series], usage_points: Int32s) -> list[SeriesSummary]:
        return [self._one(i, s, int(usage_points[i])) for i, s in enumerate(series) if self.records[i]]

    def _one(self, i: int, series: Series, usage_point: int) -> SeriesSummary:
        counts = zip(CLASSES, self.quality[i].tolist(), strict=True)
        summable = series.channel in SUMMABLE
        return SeriesSummary(
            ordinal=series.ordinal,
            usage_point=usage_point,
            channel=series.channel.value,
            unit=series.unit,
            interval_seconds=int(self.longest[i]) if self.shortest[i] == self.longest[i] else None,
            records=int(self.records[i]),
            sum=decimal_text(int(self.sums[i]), series.power_of_ten) if summable else None,
            first=instant_text(int(self.first[i])),
            last=instant_text(int(self.last[i])),
            quality={name: count for name, count in counts if count},
            part=series.part,
        )


def exact_sums(place: Int32s, value: Int64s) -> tuple[Int64s, npt.NDArray[np.object_]]:
    """The places that occur, and the exact sum of the values at each."""
    present = np.flatnonzero(np.bincount(place))
    if not len(value):
        return present, np.zeros(0, object)
    # A float64 adds integers exactly below 2**53, and bincount is four times as fast as adding integers one by one.
    if max(abs(int(value.max())), abs(int(value.min()))) * len(value) < 2**53:
        return present, np.bincount(place, value)[present].astype(np.int64).astype(object)
    low, high = value & 0xFFFFF, value >> 20
    middle, top = high & 0xFFFFFF, high >> 24
    halves = [
        np.bincount(place, part)[present].astype(np.int64).astype(object) for part in (low, middle, top)
    ]
    return present, halves[0] + (halves[1] << 20) + (halves[2] << 44)


def decimal_text(value: int, power_of_ten: int) -> str:
    """value * 10**power_of_ten without exponent and without trailing zeros: (1500, -3) is "1.5"."""
    if power_of_ten >= 0:
        return str(value * 10**power_of_ten)
    digits = str(abs(value)).rjust(1 - power_of_ten, "0")
    fraction = digits[power_of_ten:].rstrip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:power_of_ten]}{'.' if fraction else ''}{fraction}"


def instant_text(epoch_seconds: int) -> str:
    return datetime.fromtimestamp(epoch_seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_notes(notes: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(notes.items()) if count}
