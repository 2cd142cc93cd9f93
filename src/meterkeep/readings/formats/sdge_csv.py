"""SDG&E's download: a preamble about the customer, then a row for each interval with consumption, generation and net.

Start times are the local clock of `zone`; the Duration column is not to be trusted (docs/formats.md).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput
from meterkeep.readings.defects import NOWHERE
from meterkeep.readings.formats import exact
from meterkeep.readings.formats.localtime import named_zone, second_of_twins, to_utc, twins
from meterkeep.readings.formats.meterfile import BLOCK_ROWS, MeterFile
from meterkeep.readings.model import Block, Channel, Int64s, Series

SDGE_HEADER = re.compile(rb'(?m)^"?Meter Number"?,"?Date"?,"?Start Time"?,"?Duration"?,"?Consumption')
_HEADER = ["Meter Number", "Date", "Start Time", "Duration", "Consumption", "Generation", "Net"]
_CHANNELS = (Channel.DELIVERED, Channel.RECEIVED)
_KWH = 3
_CHUNK = 1 << 22
_UNREADABLE = -1


class _Row(NamedTuple):
    line: int
    meter: str
    date: str
    time: str
    duration: str
    consumption: str
    generation: str


class SdgeCsvFile(MeterFile):
    format = "csv-sdge"

    @property
    def late_series(self) -> bool:
        return False

    def _reset(self) -> None:
        super()._reset()
        self._ordinals: dict[tuple[str, Channel], int] = {}

    def _blocks(self) -> Iterator[Block]:
        self._clock = named_zone(self.zone)
        with self.path.open("rb") as file:
            self._decimals = exact.most_decimals(iter(partial(file.read, _CHUNK), b""))
        held: list[_Row] = []
        for _, day in groupby(self._rows(), key=lambda row: (row.meter, row.date)):
            held += day
            if len(held) >= BLOCK_ROWS // 2:
                yield from self._emit(held)
                held = []
        if held:
            yield from self._emit(held)

    def _rows(self) -> Iterator[_Row]:
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            lines = csv.reader(file)
            if not any([each.strip() for each in row] == _HEADER for row in lines):
                raise self._malformed(lines.line_num, "The header of the readings is missing")
            for row in lines:
                if row and len(row) != len(_HEADER):
                    raise self._malformed(lines.line_num, "The row has other fields than the header")
                if row:
                    yield _Row(lines.line_num, *(each.strip() for each in row[:-1]))

    def _malformed(self, line: int, what: str) -> BadInput:
        return BadInput(
            f"{what}.",
            where=f"{self.name}: line {line}",
            next="Ask the sender for the file again; nothing was kept.",
        )

    def _emit(self, rows: list[_Row]) -> Iterator[Block]:
        local = np.array([_local(row.date, row.time) for row in rows], np.int64)
        dated = local != _UNREADABLE
        days = np.array([f"{row.meter}\n{row.date}" for row in rows], object)
        day = np.concatenate([[0], np.cumsum(days[1:] != days[:-1])])
        known = np.where(dated, local, local[np.argmax(dated)])
        second = second_of_twins(known, twins(known, self._clock) & dated, day)
        start = to_utc(known, self._clock, second=second)
        seconds = self._lengths(start, day, dated, [row.duration for row in rows])
        first = self.findings.records
        self.findings.records += len(_CHANNELS) * len(rows)
        for at, channel in enumerate(_CHANNELS):
            texts = [(row.generation if at else row.consumption).encode() for row in rows]
            record = first + 1 + at + len(_CHANNELS) * np.arange(len(rows), dtype=np.int64)
            yield from self._channel(rows, channel, texts, start, seconds, record, dated)

    def _lengths(self, start: Int64s, day: Int64s, dated: npt.NDArray[np.bool_], told: list[str]) -> Int64s:
        """The commonest step between the starts of a meter's day; what the Duration column says where there is none."""
        minutes = exact.column([text.encode() for text in told]).values * 60
        seconds = minutes.copy()
        for each in np.unique(day[dated]):
            mine = (day == each) & dated
            steps, counts = np.unique(np.diff(np.unique(start[mine])), return_counts=True)
            if len(steps):
                seconds[mine] = steps[np.argmax(counts)]
        # Each row holds a record for each channel.
        rows = self.findings.records + len(_CHANNELS) * np.flatnonzero(seconds != minutes)
        self.note("duration_contradicted", record=rows + 1)
        return seconds

    def _channel(
        self,
        rows: list[_Row],
        channel: Channel,
        texts: list[bytes],
        start: Int64s,
        seconds: Int64s,
        record: Int64s,
        dated: npt.NDArray[np.bool_],
    ) -> Iterator[Block]:
        value = exact.column(texts, decimals=self._decimals)
        good = self.sift(
            {
                "unreadable_date": ~dated,
                "no_value": value.absent,
                "unreadable_value": value.unreadable,
                "no_interval": seconds <= 0,
            },
            record,
            np.array([row.line for row in rows]),
            start=np.where(dated, start, NOWHERE),
        )
        if not good.any():
            return
        yield Block(
            series=np.array(
                [self._ordinal(row.meter, channel) for row, kept in zip(rows, good, strict=True) if kept],
                np.int32,
            ),
            start=start[good],
            duration=seconds[good].astype(np.int32),
            value=value.values[good],
            quality=np.full(int(good.sum()), self.quality_index("csv:"), np.int16),
            record=record[good],
        )

    def _ordinal(self, meter: str, channel: Channel) -> int:
        if (meter, channel) not in self._ordinals:
            self._ordinals[meter, channel] = len(self.series)
            identifiers = (meter or f"file/{self.sha256}",)
            power = _KWH - self._decimals
            self.series.append(Series(len(self.series), identifiers, channel, "Wh", power, meter or None))
        return self._ordinals[meter, channel]


@cache
def _day(text: str) -> int | None:
    try:
        return int(datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


@cache
def _clock_time(text: str) -> int | None:
    for form in ("%I:%M %p", "%H:%M"):
        try:
            parsed = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return parsed.hour * 3600 + parsed.minute * 60
    return None


def _local(date: str, time: str) -> int:
    day, seconds = _day(date), _clock_time(time)
    return _UNREADABLE if day is None or seconds is None else day + seconds
