"""SDG&E's download: a preamble about the customer, then a row for each interval with consumption and generation, or of gas.

Start times are the local clock of `zone`; the Duration column is not to be trusted (docs/formats.md).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np

from meterkeep.readings.formats.columns.localtime import DAY
from meterkeep.readings.formats.columns.units import AMOUNTS, UNKNOWN, Unit, named_unit
from meterkeep.readings.formats.utility_csv.clockrows import (
    UNREADABLE,
    ClockFile,
    ClockRow,
    clock_seconds,
    local_day,
)
from meterkeep.readings.model import Block, Channel, Series

SDGE_HEADER = re.compile(
    rb'(?m)^\s*"?Meter Number"?\s*,\s*"?Date"?\s*,\s*"?Start Time"?\s*,\s*"?Duration"?\s*,\s*"?Consumption'
)
_NEEDED = ["Meter Number", "Date", "Start Time", "Duration", "Consumption"]
_GENERATION, _NET = "Generation", "Net"
_PREAMBLE = {
    "Name", "Address", "Account Number", "Disclaimer", "Title", "Resource", "Meter Number", "Interval UOM", "Reading Start",
    "Reading End", "Total Duration", "Total Usage", "UOM",
}  # fmt: skip
_WHOLE_DAY = ("day", "daily", "1 day")
_SURE = 3
"""So often a step between rows has to come to count more than a shorter one that the Duration column says."""


class _Row(NamedTuple):
    line: int
    meter: str
    date: str
    time: str
    duration: str
    consumption: str
    generation: str
    unit: str


@dataclass
class _Told:
    """What the preamble says: names and values, and how often the header stood."""

    values: dict[str, str] = field(default_factory=dict)
    headers: int = 0


class SdgeCsvFile(ClockFile):
    format = "csv-sdge"

    @cached_property
    def late_series(self) -> bool:
        return False

    def _reset(self) -> None:
        super()._reset()
        self._places: dict[tuple[str, Channel, str], int] = {}
        self._sums: Counter[Channel] = Counter()
        self._given = 0
        """How many records the days so far hold."""

    def _blocks(self) -> Iterator[Block]:
        self._generating = {row.meter for row in self._lines() if row.generation}
        for block in super()._blocks():
            for ordinal in np.unique(block.series).tolist():
                self._sums[self.series[ordinal].channel] += int(block.value[block.series == ordinal].sum())
            yield block
        self._check_total()

    def _rows(self) -> Iterator[ClockRow]:
        days = groupby(self._lines(), key=lambda row: (row.meter, row.date))
        for day, (_, rows) in enumerate(days):
            yield from self._day(list(rows), day)

    def _day(self, rows: list[_Row], day: int) -> Iterator[ClockRow]:
        """The rows of one meter and date. An interval is as long as the commonest step between their starts."""
        starts = [_local(row.date, row.time) for row in rows]
        told = [_seconds(row.duration) for row in rows]
        steps = Counter(after - before for before, after in pairwise(sorted({*starts} - {UNREADABLE})))
        step, often = min(steps.items(), key=lambda each: (-each[1], each[0]), default=(0, 0))
        taken = [step if often and (often >= _SURE or step < each or not each) else each for each in told]
        generates = rows[0].meter in self._generating
        first, self._given = self._given + 1, self._given + len(rows) * (1 + generates)
        if odd := sum(a != b for a, b in zip(taken, told, strict=True)):
            self.note("duration_contradicted", count=odd, within=(first, self._given))
        quality = self.quality_index("csv:")
        for row, start, seconds in zip(rows, starts, taken, strict=True):
            end = start + seconds if start != UNREADABLE and seconds else UNREADABLE
            amounts = [(Channel.DELIVERED, row.consumption)]
            if generates:
                amounts.append((Channel.RECEIVED, row.generation))
            for channel, text in amounts:
                yield ClockRow(row.line, self._place_of(row, channel), day, start, end, text, quality)

    def _lines(self) -> Iterator[_Row]:
        self._told = _Told()
        columns: list[int] = []
        line = 1
        for line, cells in self._lines_of_cells():
            row = [each.strip() for each in cells]
            if not any(row):
                continue
            if row[: len(_NEEDED)] == _NEEDED:
                columns, width = self._columns(row), len(row)
            elif not columns or (len(row) == 2 and row[0] in _PREAMBLE):
                self._told.values[row[0]] = row[1] if len(row) > 1 else ""
            elif len(row) != width:
                raise self._malformed(line, "The row has other fields than the header")
            else:
                fields = [row[at] if at >= 0 else "" for at in columns]
                yield _Row(line, *fields, *[self._told.values.get("UOM") or "kWh"])
        if not columns:
            raise self._malformed(line, "The header of the readings is missing")

    def _columns(self, header: list[str]) -> list[int]:
        """Where the needed columns and the generation are, -1 where there is none."""
        self._told.headers += 1
        if {*header} - {*_NEEDED, _GENERATION, _NET}:
            self.note_once("columns_not_read")
        return [header.index(name) if name in header else -1 for name in (*_NEEDED, _GENERATION)]

    def _place_of(self, row: _Row, channel: Channel) -> int:
        key = (row.meter, channel, row.unit)
        if key not in self._places:
            self._places[key] = len(self._named)
            self._named.append(self._new_series(row, channel))
        return self._places[key]

    def _new_series(self, row: _Row, channel: Channel) -> Series:
        unit = named_unit(row.unit)
        if unit is None:
            self.note("unit_unknown")
            unit = Unit(UNKNOWN, 0, other=True)
        if unit.demand:
            channel = Channel.DEMAND
        elif unit.other or unit.name not in AMOUNTS:
            channel = Channel.OTHER
        identifiers = (row.meter or f"file/{self.sha256}",)
        power = unit.power - self._decimals
        return Series(len(self._named), identifiers, channel, unit.name, power, row.meter or None)

    def _check_total(self) -> None:
        """The preamble's total is the sum of what was used, of a solar customer that less what was generated."""
        total = _decimal(self._told.values.get("Total Usage", ""))
        if total is None or self._told.headers > 1 or len({meter for meter, _, _ in self._places}) > 1:
            return
        used, made = (
            Decimal(self._sums[each]).scaleb(-self._decimals)
            for each in (Channel.DELIVERED, Channel.RECEIVED)
        )
        last_place = Decimal((0, (1,), int(total.as_tuple().exponent)))
        if min(abs(total - used), abs(total - used + made)) > last_place:
            self.note("total_contradicts_intervals")


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _seconds(duration: str) -> int:
    """Seconds of a Duration in minutes or of a whole day; 0 where it is neither."""
    if duration.lower() in _WHOLE_DAY:
        return DAY
    return int(duration) * 60 if duration.isascii() and duration.isdigit() and len(duration) < 7 else 0


def _local(date: str, time: str) -> int:
    day, seconds = local_day(date), clock_seconds(time)
    return UNREADABLE if day is None or seconds is None else day + seconds
