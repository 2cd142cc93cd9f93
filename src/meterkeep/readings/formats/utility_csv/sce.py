"""SCE's download: free text about the customer, then a block of rows for each day, and for each direction since 2021;
since 2025 one table with both directions.

Layouts and their oddities: docs/formats.md. Stamps are the local clock of `zone`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from meterkeep.readings.formats.columns.units import AMOUNTS, Unit, named_unit
from meterkeep.readings.formats.utility_csv.clockrows import (
    UNREADABLE,
    ClockFile,
    ClockRow,
    clock_seconds,
    local_day,
)
from meterkeep.readings.model import Channel, Series

SCE_HEADER = re.compile(
    rb'(?im)^\s*(?:"?Date"?\s*,\s*)?"?\s*Energy\s+(?:consumption|delivered|received|net)\s+time period(?: start)?"?\s*,'
)
_HEADER = re.compile(r"energy (consumption|delivered|received|net) time period", re.IGNORECASE)
_UNIT = re.compile(r"\(([^()]*)\)")
_PERIOD = re.compile(
    r"(\d{4}[-/]\d{2}[-/]\d{2}) (\d{1,2}:\d{2}(?::\d{2})?) to (\d{4}[-/]\d{2}[-/]\d{2}) (\d{1,2}:\d{2}(?::\d{2})?)"
)
_NAMED = re.compile(r"SCE_Usage_(\d{6,})_")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,19}")
_CHANNELS = {
    "consumption": Channel.DELIVERED,
    "delivered": Channel.DELIVERED,
    "received": Channel.RECEIVED,
    "net": Channel.NET,
}
_UNITS = {"real energy in kilowatt-hours": "kWh", "kilowatt-hours": "kWh", "watt-hours": "Wh"}
_DAY_BLOCK = "Data for period starting"
_TABLE = "energy consumption time period "
_TABLE_CHANNELS = {"delivered": Channel.DELIVERED, "received": Channel.RECEIVED}


class _Table(NamedTuple):
    """Where the columns of the table stand. values: each with its series."""

    start: int
    end: int
    values: tuple[tuple[int, int], ...]
    width: int


class SceCsvFile(ClockFile):
    format = "csv-sce"

    def _reset(self) -> None:
        super()._reset()
        self._places: dict[tuple[Channel, str], int] = {}

    def _rows(self) -> Iterator[ClockRow]:
        series: int | None = None
        day = 0
        lines = self._lines()
        for line, cells in lines:
            first = cells[0] if cells else ""
            if table := self._table(cells):
                yield from self._table_rows(table, lines, day + 1)
                return
            if header := _HEADER.fullmatch(first):
                series, day = self._place_of(header[1].lower(), cells), day + 1
            elif first.startswith(_DAY_BLOCK):
                series = None
            elif first[:1].isdigit() or (series is not None and sum(map(bool, cells)) > 1):
                yield self._row(line, series, day, cells)
            elif series is not None and first:
                self.note("text_among_readings", line)
        if not day:
            raise self._malformed(1, "The header of the readings is missing")

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        for line, row in self._lines_of_cells():
            yield line, [" ".join(cell.replace("\ufffd", " ").split()) for cell in row]

    def _table(self, cells: list[str]) -> _Table | None:
        """The table's header. It names no unit."""
        names = [cell.lower() for cell in cells]
        values = [at for at, name in enumerate(names) if name in _TABLE_CHANNELS]
        if _TABLE + "start" not in names or _TABLE + "end" not in names or not values:
            return None
        self.note_once("unit_assumed")
        places = tuple((at, self._series_place(_TABLE_CHANNELS[names[at]], "kwh")) for at in values)
        return _Table(names.index(_TABLE + "start"), names.index(_TABLE + "end"), places, len(cells))

    def _table_rows(
        self, table: _Table, lines: Iterator[tuple[int, list[str]]], day: int
    ) -> Iterator[ClockRow]:
        date, quality = "", self.quality_index("csv:")
        for line, cells in lines:
            if not any(cells):
                continue
            if len(cells) != table.width:
                raise self._malformed(line, "The row has other fields than its header")
            (begins, at), ends = _split(cells[table.start]), _split(cells[table.end])
            date, day = begins, day + (begins != date)
            start, end = _instant(begins, at), _instant(*ends)
            for place, series in table.values:
                yield ClockRow(line, series, day, start, end, cells[place], quality)

    def _row(self, line: int, series: int | None, day: int, cells: list[str]) -> ClockRow:
        if series is None or len(cells) != self._width:
            raise self._malformed(line, "The row stands under no header, or has other fields than its header")
        start, end = _period(cells[0])
        return ClockRow(line, series, day, start, end, cells[1], self._quality("".join(cells[2:]), line))

    def _quality(self, text: str, line: int) -> int:
        """The word of the quality column. Anything longer is free text, which is nobody's code."""
        if text and not _WORD.fullmatch(text):
            self.note("quality_is_free_text", line)
            text = ""
        return self.quality_index(f"csv:{text}")

    def _place_of(self, direction: str, cells: list[str]) -> int:
        """The series of a header, of which each day has one."""
        self._width = len(cells)
        named = _UNIT.search(cells[1]) if len(cells) > 1 else None
        place = self._series_place(_CHANNELS[direction], named[1].strip().lower() if named else "")
        if direction == "consumption":
            self._undirected.add(place)
        return place

    def _series_place(self, channel: Channel, unit: str) -> int:
        key = (channel, unit)
        if key not in self._places:
            self._places[key] = len(self._named)
            self._named.append(self._new_series(*key))
        return self._places[key]

    def _new_series(self, channel: Channel, told: str) -> Series:
        unit = named_unit(_UNITS.get(told, told))
        if unit is None:
            self.note("unit_unknown")
            unit = Unit("unknown", 0, other=True)
        if unit.demand:
            channel = Channel.DEMAND
        elif unit.other or unit.name not in AMOUNTS:
            channel = Channel.OTHER
        return Series(len(self._named), self._identifiers(), channel, unit.name, unit.power - self._decimals)

    def _identifiers(self) -> tuple[str, ...]:
        """The file itself names nobody but by address; SCE's own file names bear the service account."""
        named = _NAMED.search(self.told_name)
        return (named[1] if named else f"file/{self.sha256}",)


@cache
def _period(text: str) -> tuple[int, int]:
    found = _PERIOD.fullmatch(text)
    if not found:
        return UNREADABLE, UNREADABLE
    start, end = _instant(found[1], found[2]), _instant(found[3], found[4])
    return (UNREADABLE, UNREADABLE) if UNREADABLE in (start, end) else (start, end)


def _split(stamp: str) -> tuple[str, str]:
    date, _, time = stamp.partition(" ")
    return date, time


def _instant(date: str, time: str) -> int:
    day, seconds = local_day(date), clock_seconds(time)
    return UNREADABLE if day is None or seconds is None else day + seconds
