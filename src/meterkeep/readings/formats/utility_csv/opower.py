"""The download of utilities whose portal Opower runs (PG&E, PECO, ComEd, SDG&E, National Grid …): a preamble about the
customer, then a row for each interval, day or billing period. Column names and their order vary: docs/formats.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from meterkeep.readings.formats.columns.localtime import DAY
from meterkeep.readings.formats.columns.units import AMOUNTS, Unit, named_unit
from meterkeep.readings.formats.utility_csv.clockrows import (
    HOUR,
    UNREADABLE,
    ClockFile,
    ClockRow,
    clock_seconds,
    local_day,
)
from meterkeep.readings.model import Channel, Series

OPOWER_HEADER = re.compile(rb'(?im)^\s*"?TYPE"?\s*,\s*"?(?:START )?DATE"?\s*,.*\b(?:USAGE|IMPORT)\b')
_AMOUNT = re.compile(r"(USAGE|IMPORT|EXPORT)(?: ?\(([^()]*)\))?")
_CHANNELS = {"USAGE": Channel.DELIVERED, "IMPORT": Channel.DELIVERED, "EXPORT": Channel.RECEIVED}
_ASSUMED = {"electric": "kWh", "natural": "therms", "gas": "therms"}
_ID = re.compile(r"(?=.*\d)[\w-]{6,}")
_PREAMBLE = {"name", "address", "account number", "account", "service", "meter number"}
_ESTIMATED = "estimat"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a row. amounts: position, word (USAGE …), unit in the header ("" where a column has it)."""

    count: int
    kind: int
    start: int
    end: int | None
    start_time: int | None
    end_time: int | None
    units: int | None
    notes: int | None
    amounts: tuple[tuple[int, str, str], ...]

    @property
    def needed(self) -> int:
        """How many fields a row must have: the notes at its end may be left out with their comma."""
        return self.count - 1 if self.notes == self.count - 1 else self.count


def columns_of(header: list[str]) -> Columns | None:
    """None for a row that is no header."""
    names = [" ".join(cell.split()).upper() for cell in header]
    while names and not names[-1]:
        names.pop()
    at = {name: index for index, name in enumerate(names)}
    start = at.get("DATE", at.get("START DATE"))
    amounts = tuple(
        (index, found[1], (found[2] or "").strip())
        for index, name in enumerate(names)
        if (found := _AMOUNT.fullmatch(name))
    )
    if "TYPE" not in at or start is None or not amounts:
        return None
    times = at.get("START TIME"), at.get("END TIME")
    return Columns(
        len(names), at["TYPE"], start, at.get("END DATE"), *times, at.get("UNITS"), at.get("NOTES"), amounts
    )


class OpowerCsvFile(ClockFile):
    format = "csv-opower"

    def _reset(self) -> None:
        super()._reset()
        self._places: dict[tuple[str, str, str, str], int] = {}
        self._date, self._day, self._inclusive = "", 0, True
        self._customer: dict[str, str] = {}
        self._kind = ""
        """The TYPE of the reading before."""

    def _rows(self) -> Iterator[ClockRow]:
        columns: Columns | None = None
        self._inclusive = not self._ends_meet_starts()
        for line, row in self._lines_of_cells():
            if header := columns_of(row):
                columns = header
            elif columns is None or (row and row[0].strip().lower() in _PREAMBLE):
                self._see_customer(row)
            elif self._is_text(row):
                self.note("text_among_readings", line)
            elif any(cell.strip() for cell in row):
                yield from self._readings(columns, line, row)
        if columns is None:
            raise self._malformed(1, "The header of the readings is missing")

    def _is_text(self, row: list[str]) -> bool:
        """A single cell that is no beginning of a reading that was cut off: a sum or a remark below the readings."""
        told = [cell.strip() for cell in row if cell.strip()]
        return bool(self._kind) and len(told) == 1 and not self._kind.startswith(told[0])

    def _ends_meet_starts(self) -> bool:
        """Whether a billing period ends on the day on which the next one starts; else its last day belongs to it."""
        columns, before = None, ("", "")
        for _, row in self._lines_of_cells():
            if header := columns_of(row):
                columns = header
            elif columns and columns.end is not None and len(row) > max(columns.start, columns.end):
                dates = row[columns.start].strip(), row[columns.end].strip()
                if dates[0] and (dates[0] == before[1] or dates[1] == before[0]):
                    return True
                before = dates
        return False

    def _see_customer(self, row: list[str]) -> None:
        """A line of the preamble. A second one of a name that was there begins another customer or service."""
        name, told = (row[0].strip().lower(), row[1].strip()) if len(row) > 1 else ("", "")
        if name in ("account number", "account"):
            self._customer = {"account": told}
        elif name in ("service", "meter number"):
            self._customer[name] = told

    def _readings(self, columns: Columns, line: int, row: list[str]) -> Iterator[ClockRow]:
        if len(row) < columns.needed or any(cell.strip() for cell in row[columns.count :]):
            raise self._malformed(line, "The row has other fields than the header")
        self._kind = row[columns.kind].strip()
        if row[columns.start] != self._date:
            self._date, self._day = row[columns.start], self._day + 1
        start, end = self._period(columns, row)
        unit = row[columns.units].strip() if columns.units is not None else ""
        if unit.isdecimal():  # A decimal comma splits a value in two.
            raise self._malformed(line, "The row has other fields than the header")
        quality = self._quality(
            row[columns.notes] if columns.notes is not None and columns.notes < len(row) else "", line
        )
        for position, word, told in columns.amounts:
            series = self._place_of(row[columns.kind].strip().lower(), word, told or unit)
            yield ClockRow(line, series, self._day, start, end, row[position].replace("$", ""), quality)

    def _period(self, columns: Columns, row: list[str]) -> tuple[int, int]:
        """Local start and end. A last minute, 00:59, belongs to its interval, and so does a last day."""
        day = local_day(row[columns.start].strip())
        if day is None:
            return UNREADABLE, UNREADABLE
        if columns.end is not None:
            last = local_day(row[columns.end].strip())
            return (UNREADABLE, UNREADABLE) if last is None else (day, last + DAY * self._inclusive)
        if columns.start_time is None:
            return day, day + DAY
        start = clock_seconds(row[columns.start_time].strip())
        if start is None:
            return UNREADABLE, UNREADABLE
        if columns.end_time is None:
            return day + start, UNREADABLE
        last = clock_seconds(row[columns.end_time].strip())
        if last is None:
            return UNREADABLE, UNREADABLE
        end = last + 60 if last // 60 % 5 == 4 else last
        set_back = 0 < end <= start < end + 2 * HOUR  # "1:45 to 1:00", while the clock is set back
        return day + start, day + (end if end > start or set_back else end + DAY)

    def _quality(self, note: str, line: int) -> int:
        """Notes are free text, of which only the word "estimated" is a quality."""
        if _ESTIMATED in note.lower():
            return self.quality_index("csv:estimated")
        if note.strip():
            self.note("notes_not_read", line)
        return self.quality_index("csv:")

    def _place_of(self, kind: str, word: str, unit: str) -> int:
        point = self._point()
        key = (point, kind, word, unit)
        if key not in self._places:
            self._places[key] = len(self._named)
            if word == "USAGE":
                self._undirected.add(len(self._named))
            self._named.append(self._new_series(point, kind, _CHANNELS[word], unit))
        return self._places[key]

    def _point(self) -> str:
        """The service where its name is an identifier; else the account and which of its services."""
        account, service = self._customer.get("account", ""), self._customer.get("service", "")
        if _ID.fullmatch(service) or not account:
            return service if _ID.fullmatch(service) else f"file/{self.sha256}"
        return f"{account}/{service}" if service else account

    def _new_series(self, point: str, kind: str, channel: Channel, told: str) -> Series:
        if not told:
            told = _ASSUMED.get(kind.split(" ")[0], "")
            self.note_once("unit_assumed")
        unit = named_unit(told)
        if unit is None:
            self.note("unit_unknown")
            unit = Unit("unknown", 0, other=True)
        if unit.demand:
            channel = Channel.DEMAND
        elif unit.other or unit.name not in AMOUNTS:
            channel = Channel.OTHER
        meter = self._customer.get("meter number") or None
        return Series(len(self._named), (point,), channel, unit.name, unit.power - self._decimals, meter)
