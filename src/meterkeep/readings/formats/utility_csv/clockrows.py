"""What the downloads of one customer have in common: rows with a start and an end by the local clock, in text.

A reader of such a file turns its lines into `ClockRow`s; here they become readings. Days on which the clock changes
are read by `instants` (docs/formats.md, "Local clocks").
"""

from __future__ import annotations

import csv
import re
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput
from meterkeep.readings.defects import NOWHERE
from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.columns.localtime import (
    DAY,
    civil_day,
    named_zone,
    second_of_twins,
    to_local,
    to_utc,
    twins,
)
from meterkeep.readings.formats.meterfile import BLOCK_ROWS, Mask, MeterFile, has_negatives
from meterkeep.readings.model import Block, Int64s, Series

UNREADABLE = -1
HOUR = 3600
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d", "%m/%d/%y")
_TIMES = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p")
_YEARS = range(1970, 2100)


class ClockRow(NamedTuple):
    """series: its place in `_named`; day: a number for each run of rows of one date, never falling. start, end: seconds of the local
    clock counted as if it were UTC, or UNREADABLE; an end is UNREADABLE also where only the next start tells it."""

    line: int
    series: int
    day: int
    start: int
    end: int
    value: str
    quality: int


class Clocked(NamedTuple):
    """exists: whether the local clock has shown that start. counted: the first row of each day whose rows were counted
    through although their stamps say something else. once: of each day on which the hour that comes twice stands once."""

    start: Int64s
    exists: Mask
    counted: list[int]
    once: list[int]


class ClockFile(MeterFile):
    """A CSV file of clock rows. Whether values are negative anywhere decides between delivered and net."""

    @cached_property
    def late_series(self) -> bool:
        return has_negatives(self.path)

    def _reset(self) -> None:
        super()._reset()
        self._named: list[Series] = []
        """Series that the file has named; one joins `series` when a reading of it is good."""
        self._undirected: set[int] = set()
        """Those of them of which the file does not say which way they go."""
        self._ordinals: npt.NDArray[np.int32] = np.zeros(0, np.int32)

    @abstractmethod
    def _rows(self) -> Iterator[ClockRow]: ...

    def _blocks(self) -> Iterator[Block]:
        self._clock = named_zone(self.zone)
        self._decimals = exact.decimals_in(self.path)
        held: list[ClockRow] = []
        for _, day in groupby(self._rows(), key=lambda row: row.day):
            held += day
            if len(held) >= BLOCK_ROWS:
                yield from self._emit(held)
                held = []
        if held:
            yield from self._emit(held)
        if not self.findings.records:
            self.note_once("no_readings")
        elif exact.ends_in_number(self.path):
            self.note_once("last_line_not_ended")

    def _emit(self, rows: list[ClockRow]) -> Iterator[Block]:
        line, series, day, local, end = np.array([row[:5] for row in rows], np.int64).T
        day = day * len(self._named) + series
        record = self.findings.records + 1 + np.arange(len(rows), dtype=np.int64)
        self.findings.records += len(rows)
        dated = local != UNREADABLE
        seconds = lengths(local, end, day, dated)
        known = np.where(dated, local, local[np.argmax(dated)])
        found = instants(known, seconds, day, dated, self._clock)
        self._note_clock(found, line)
        whole = dated & (seconds >= DAY)
        seconds = np.where(whole, to_utc(np.where(whole, end, known), self._clock) - found.start, seconds)
        value = exact.column([_plain(row.value) for row in rows], decimals=self._decimals)
        good = self.sift(
            {
                "unreadable_date": ~dated,
                "no_such_time": ~found.exists,
                "no_interval": seconds <= 0,
                "no_value": value.absent,
                "unreadable_value": value.unreadable,
            },
            record,
            line,
            start=np.where(dated & found.exists, found.start, NOWHERE),
        )
        if good.any():
            names = self._joined(series[good])
            open_ = np.isin(series[good], [*self._undirected])
            self.see_negatives(names[open_], value.values[good][open_])
            yield Block(
                series=names,
                start=found.start[good],
                duration=seconds[good].astype(np.int32),
                value=value.values[good],
                quality=np.array([row.quality for row in rows], np.int16)[good],
                record=record[good],
            )

    def _joined(self, named: Int64s) -> npt.NDArray[np.int32]:
        """The ordinals of named series, new ones appended to `series`."""
        missing = np.full(len(self._named) - len(self._ordinals), -1, np.int32)
        self._ordinals = np.concatenate([self._ordinals, missing])
        for each in np.unique(named).tolist():
            if self._ordinals[each] < 0:
                self._ordinals[each] = len(self.series)
                self.series.append(replace(self._named[each], ordinal=len(self.series)))
        return self._ordinals[named]

    def _note_clock(self, found: Clocked, line: Int64s) -> None:
        for row in found.counted:
            self.note("clock_change_counted_through", int(line[row]))
        for row in found.once:
            self.note("autumn_hour_missing", int(line[row]))

    def _lines_of_cells(self) -> Iterator[tuple[int, list[str]]]:
        """The number of each line, and its cells. What is no UTF-8 is shown as U+FFFD, and no text of a reading has it."""
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            lines = csv.reader(file, strict=True)
            try:
                for row in lines:
                    yield lines.line_num, row
            except csv.Error as error:
                raise self._malformed(lines.line_num + 1, "The line is no well-formed CSV") from error

    def _malformed(self, line: int, what: str) -> BadInput:
        return BadInput(
            f"{what}.",
            where=f"{self.name}: line {line}",
            next="Ask the sender for the file again; nothing was kept.",
        )


def lengths(local: Int64s, end: Int64s, day: Int64s, dated: Mask) -> Int64s:
    """Seconds of each interval by the clock's face; where the face is an hour off, or tells no end, as the day's others."""
    told = np.where(dated & (end != UNREADABLE), end - local, 0)
    seconds = told.copy()
    for each in np.unique(day[dated & ((told <= 0) | (told > HOUR) & (told < DAY))]):
        mine = (day == each) & dated
        sizes = told[mine & (told > 0)] if (told[mine] > 0).any() else np.diff(np.unique(local[mine]))
        if not len(sizes):
            continue
        found, counts = np.unique(sizes, return_counts=True)
        usual = int(found[np.argmax(counts)])
        odd = mine & ((end == UNREADABLE) | (np.abs(told - usual) == HOUR))
        seconds[odd] = usual
    return seconds


def instants(local: Int64s, seconds: Int64s, day: Int64s, dated: Mask, clock: ZoneInfo) -> Clocked:
    """UTC starts of rows that bear the local clock's stamps.

    On a day of 23 or 25 hours, rows that fill the day exactly and jump once at most are counted through: utilities
    stamp the hour that comes twice, and the hours after the one that is skipped, in more than one way. Other rows go by
    their stamps, the second of twin stamps by the order of the rows; a stamp that the clock never showed does not exist.
    """
    start = to_utc(local, clock)
    exists = np.ones(len(local), np.bool_)
    counted: list[int] = []
    once: list[int] = []
    midnight = local - local % DAY
    for noon in np.unique(midnight[dated]).tolist():
        civil = civil_day(noon, clock)
        if civil.seconds == DAY:
            continue
        for each in np.unique(day[dated & (midnight == noon)]):
            rows = np.flatnonzero((day == each) & dated & (midnight == noon) & (seconds < DAY))
            if not len(rows):
                continue
            by_stamp, shown, missing = _by_stamp(local[rows], clock)
            if _fills(local[rows], seconds[rows], civil.seconds):
                step = seconds[rows[0]] * np.arange(len(rows))
                newest_first = local[rows[-1]] < local[rows[0]]
                by_count = civil.start + (step[::-1] if newest_first else step)
                counted += [int(rows[0])] * bool((by_count != by_stamp).any())
                start[rows] = by_count
                continue
            start[rows], exists[rows] = by_stamp, shown
            once += [int(rows[0])] * (civil.seconds > DAY and missing)
    return Clocked(start, exists, counted, once)


def _by_stamp(local: Int64s, clock: ZoneInfo) -> tuple[Int64s, Mask, bool]:
    """UTC, whether the clock showed it, and whether twin stamps stand there in one pass only."""
    twice = twins(local, clock)
    second = second_of_twins(local, twice, np.zeros(len(local), np.int64))
    start = to_utc(local, clock, second=second)
    return start, to_local(start, clock) == local, bool(twice.any() and not second.any())


def _fills(local: Int64s, seconds: Int64s, whole: int) -> bool:
    size = int(seconds[0])
    if size <= 0 or (seconds != size).any() or len(local) * size != whole:
        return False
    steps = np.diff(local)
    return int((steps != (-size if local[-1] < local[0] else size)).sum()) <= 1


def _plain(text: str) -> bytes:
    text = text.strip()
    return (text.replace(",", "") if _THOUSANDS.fullmatch(text) else text).encode()


@cache
def local_day(text: str) -> int | None:
    """Midnight of a date as US utilities write it, as local seconds; month before day."""
    for form in _DATES:
        try:
            parsed = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return int(parsed.timestamp()) if parsed.year in _YEARS else None
    return None


@cache
def clock_seconds(text: str) -> int | None:
    """Seconds since midnight of a time as "13:45" or "1:45 PM"."""
    for form in _TIMES:
        try:
            parsed = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return parsed.hour * 3600 + parsed.minute * 60 + parsed.second
    return None
