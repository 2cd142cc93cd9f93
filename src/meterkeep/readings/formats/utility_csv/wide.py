"""Utility CSV, wide: one row for each meter and local day, one column for each interval of the day (the ComEd family).

Columns are known by their header; docs/formats.md has the names. Arrow reads the file, numpy turns rows into readings.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from meterkeep.errors import BadInput
from meterkeep.readings.defects import NOWHERE
from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.columns.localtime import DAY, CivilDay, civil_day, named_zone
from meterkeep.readings.formats.columns.units import AMOUNTS, Unit, named_unit
from meterkeep.readings.formats.meterfile import BLOCK_ROWS, MeterFile, check_utf8, has_negatives
from meterkeep.readings.model import Block, Channel, Int64s, Series

Mask = npt.NDArray[np.bool_]
INTERVAL_COLUMN = re.compile(
    r"(?:INTERVAL_)?(?:HR|HE)_?(\d{2})(\d{2})(?:_(?:ENERGY_QTY|ENERGY|QTY|USAGE|KWH|WH))?"
)
ROLES = {
    "service_point": [
        "SERVICE_POINT",
        "SERVICE_POINT_ID",
        "SP_ID",
        "USAGE_POINT",
        "USAGE_POINT_ID",
        "PREMISE_ID",
    ],
    "meter": ["METER", "METER_ID", "METER_NUMBER"],
    "account": ["ACCOUNT", "ACCOUNT_ID", "ACCOUNT_NUMBER", "ACCOUNT_IDENTIFIER"],
    "date": ["DATE", "READ_DATE", "READING_DATE", "USAGE_DATE", "INTERVAL_READING_DATE"],
    "unit": ["UNIT", "UNITS", "UOM"],
    "direction": ["DIRECTION", "FLOW", "FLOW_DIRECTION", "CHANNEL"],
    "quality": ["QUALITY", "QUALITY_CODE", "READ_QUALITY"],
}
_KEYS = ("service_point", "meter", "account", "unit", "direction")
_DIRECTIONS = {
    **dict.fromkeys(("", "DELIVERED", "D", "1", "CONSUMPTION"), Channel.DELIVERED),
    **dict.fromkeys(("RECEIVED", "R", "19", "GENERATION"), Channel.RECEIVED),
    **dict.fromkeys(("NET", "N", "4"), Channel.NET),
}
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%Y%m%d")
_JOIN = "\x1f"
_CHUNK = 1 << 22
_ROW = re.compile(r"[Rr]ow #?(\d+)")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column has which role. ends: minutes after local midnight at which each interval column ends."""

    roles: dict[str, str]
    columns: tuple[str, ...]
    minutes: int

    @property
    def in_day(self) -> int:
        """How many of the columns a day of 24 hours has."""
        return 1440 // self.minutes


def layout_of(header: list[str], name: str) -> Layout:
    plain = {re.sub(r"[^A-Z0-9]+", "_", each.strip().upper()).strip("_"): each for each in header}
    roles = {role: plain[known] for role, names in ROLES.items() for known in names if known in plain}
    found = {
        int(m[1]) * 60 + int(m[2]): plain[each] for each in plain if (m := INTERVAL_COLUMN.fullmatch(each))
    }
    ends = sorted(found)
    minutes = ends[0] if ends else 0
    whole = bool(ends) and ends == [minutes * (1 + i) for i in range(len(ends))] and ends[-1] in (1440, 1500)
    if not whole or "date" not in roles or not {"service_point", "meter", "account"} & roles.keys():
        raise BadInput(
            "The header lacks a date, a meter, or a whole day of interval columns (HR0100 … HR2400).",
            where=f"{name}: line 1",
            next="docs/formats.md lists the column names that are known.",
        )
    return Layout(roles, tuple(found[end] for end in ends), minutes)


class WideCsvFile(MeterFile):
    format = "csv-wide"

    def _reset(self) -> None:
        super()._reset()
        self._ordinals: dict[str, int] = {}
        self._days: dict[str, CivilDay | None] = {}
        self._bad_row: pa.csv.InvalidRow | None = None
        self._rows = 0

    @cached_property
    def late_series(self) -> bool:
        return "direction" not in layout_of(self._header(), self.name).roles and has_negatives(self.path)

    def _blocks(self) -> Iterator[Block]:
        check_utf8(self.path, self.name)
        self._clock = named_zone(self.zone)
        self._decimals = exact.decimals_in(self.path)
        try:
            names = self._header()
            self._layout = layout_of(names, self.name)
            step = max(1, BLOCK_ROWS // len(self._layout.columns))
            with self._reader(names) as reader:
                for batch in reader:
                    for first in range(0, batch.num_rows, step):
                        yield from self._emit(batch.slice(first, step))
        except pa.ArrowInvalid as error:
            raise self._malformed(error) from error
        if exact.ends_in_number(self.path):
            self.note_once("last_line_not_ended")

    def _header(self) -> list[str]:
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            try:
                return next(csv.reader(file), [])
            except csv.Error:
                raise BadInput(
                    "The header of the table is no well-formed CSV.",
                    where=f"{self.name}: line 1",
                    next="Ask the sender for the file again; nothing was kept.",
                ) from None

    def _reader(self, names: list[str]) -> pa.csv.CSVStreamingReader:
        """Everything as text, on one thread so that rows have numbers. An empty field is a null."""
        return pa.csv.open_csv(
            self.path,
            read_options=pa.csv.ReadOptions(
                use_threads=False, block_size=_CHUNK, column_names=names, skip_rows_after_names=1
            ),
            parse_options=pa.csv.ParseOptions(invalid_row_handler=self._see_bad_row),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                check_utf8=False,
            ),
        )

    def _see_bad_row(self, row: pa.csv.InvalidRow) -> str:
        self._bad_row = row
        return "error"

    def _malformed(self, error: pa.ArrowInvalid) -> BadInput:
        """Arrow's own words repeat content; only the number of the row is taken from them."""
        found, bad = _ROW.search(str(error)), self._bad_row
        row = bad.number if bad else found[1] if found else f"{self._rows + 2} or later"
        return BadInput(
            f"The row has {bad.actual_columns} fields where the header has {bad.expected_columns}."
            if bad
            else "The file is no well-formed CSV.",
            where=f"{self.name}: row {row}",
            next="Ask the sender for the file again; nothing of it was kept.",
        )

    def _emit(self, batch: pa.RecordBatch) -> Iterator[Block]:
        days = self._days_of(batch)
        start, exists = self._starts(batch, days)
        value, absent, unreadable = self._values(batch)
        dated = np.array([day is not None for day in days])[:, None]
        met = (exists | ~absent).ravel()
        record = self.findings.records + np.cumsum(met)
        self.findings.records += int(met.sum())
        row = np.repeat(self._rows + 2 + np.arange(batch.num_rows), exists.shape[1]).reshape(exists.shape)
        good = self.sift(
            {
                "unreadable_date": ~dated & np.ones_like(exists),
                "no_such_interval": ~exists,
                "no_value": absent,
                "unreadable_value": unreadable,
            },
            record.reshape(exists.shape),
            row,
            at="row",
            start=np.where(dated & exists, start, NOWHERE),
            of=met.reshape(exists.shape),
        )
        self._rows += batch.num_rows
        if not good.any():
            return
        ordinals, qualities = self._series_of(batch, np.any(good, axis=1)), self._qualities_of(batch)
        keep, width = good.ravel(), good.shape[1]
        series = np.repeat(ordinals, width)[keep]
        values = value.ravel()[keep]
        if "direction" not in self._layout.roles:
            self.see_negatives(series, values)
        yield Block(
            series=series,
            start=start.ravel()[keep],
            duration=np.full(len(values), self._layout.minutes * 60, np.int32),
            value=values,
            quality=np.repeat(qualities, width)[keep],
            record=record[keep],
        )

    def _days_of(self, batch: pa.RecordBatch) -> list[CivilDay | None]:
        coded = batch[self._layout.roles["date"]].dictionary_encode()
        for text in coded.dictionary.to_pylist():
            if text not in self._days:
                self._days[text] = self._day(text)
        known = [self._days[text] for text in coded.dictionary.to_pylist()]
        return [known[index] if index is not None else None for index in coded.indices.to_pylist()]

    def _day(self, text: str) -> CivilDay | None:
        for form in _DATES:
            try:
                midnight = datetime.strptime(text.strip()[:10], form).replace(tzinfo=UTC)
            except ValueError:
                continue
            if 1970 <= midnight.year < 2100:
                return civil_day(int(midnight.timestamp()), self._clock)
        return None

    def _starts(self, batch: pa.RecordBatch, days: list[CivilDay | None]) -> tuple[Int64s, Mask]:
        """UTC start of each cell's interval, and whether the local day has that interval."""
        width, seconds = len(self._layout.columns), self._layout.minutes * 60
        step = np.arange(width, dtype=np.int64) * seconds
        start = np.array([day.start if day else 0 for day in days], np.int64)[:, None] + step
        exists = np.broadcast_to(step < DAY, start.shape).copy()
        for row, day in enumerate(days):
            if day is not None and day.seconds != DAY:
                filled = np.array([batch[name][row].is_valid for name in self._layout.columns])
                start[row], exists[row] = self._changed_day(day, step, filled, self._rows + row + 2)
        return start, exists

    def _changed_day(self, day: CivilDay, step: Int64s, filled: Mask, row: int) -> tuple[Int64s, Mask]:
        """A day of 23 or 25 hours. Spring columns bear the clock's hours, unless the skipped ones are filled and the last
        ones are not; autumn columns count the hours that passed."""
        gap = (step >= day.gap_from) & (step < day.gap_to)
        whole = filled[(step >= day.seconds) & (step < DAY)].any()
        if day.seconds < DAY and (whole or not (filled & gap).any()):
            shift = np.where(step >= day.gap_to, DAY - day.seconds, 0)
            return day.start + step - shift, (step < DAY) & ~gap
        if day.seconds < DAY:
            self.note("spring_day_counted_through", row, at="row")
        if day.seconds > DAY and not filled[step >= DAY].any():
            self.note("autumn_hour_missing", row, at="row")
            shift = np.where(step >= day.gap_to, day.seconds - DAY, 0)
            return day.start + step + shift, step < DAY
        return day.start + step, step < day.seconds

    def _values(self, batch: pa.RecordBatch) -> tuple[Int64s, Mask, Mask]:
        """Values, absence and unreadability, a row of the matrix for each row of the file."""
        found = [exact.arrow_column(batch[name], decimals=self._decimals) for name in self._layout.columns]
        values, absent, unreadable = (np.stack(part, axis=1) for part in zip(*found, strict=True))
        return values, absent, unreadable

    def _series_of(self, batch: pa.RecordBatch, used: Mask) -> npt.NDArray[np.int32]:
        """The ordinal of each row; rows without a good reading do not make a series."""
        rows = batch.num_rows
        parts = [
            pc.fill_null(batch[self._layout.roles[role]], "")
            if role in self._layout.roles
            else pa.array([""] * rows)
            for role in _KEYS
        ]
        coded = pc.binary_join_element_wise(*parts, _JOIN).dictionary_encode()
        codes = coded.indices.to_numpy()
        needed = np.zeros(len(coded.dictionary), np.bool_)
        needed[codes[used]] = True
        ordinal = [
            self._ordinal(key) if wanted else -1
            for key, wanted in zip(coded.dictionary.to_pylist(), needed, strict=True)
        ]
        ordinals: npt.NDArray[np.int32] = np.array(ordinal, np.int32)[codes]
        return ordinals

    def _ordinal(self, key: str) -> int:
        if key not in self._ordinals:
            self._ordinals[key] = len(self.series)
            self.series.append(self._new_series(*key.split(_JOIN)))
        return self._ordinals[key]

    def _new_series(self, point: str, meter: str, account: str, unit_name: str, direction: str) -> Series:
        point, meter, account = point.strip(), meter.strip(), account.strip()
        if not unit_name.strip():
            self.note_once("unit_assumed_kwh")
        unit = named_unit(unit_name or "kWh")
        if unit is None:
            self.note("unit_unknown")
            unit = Unit("unknown", 0, other=True)
        return Series(
            ordinal=len(self.series),
            identifiers=(point or meter or account or f"file/{self.sha256}",),
            channel=self._channel(unit, direction.strip().upper()),
            unit=unit.name,
            power_of_ten=unit.power - self._decimals,
            meter=meter or None,
        )

    def _channel(self, unit: Unit, direction: str) -> Channel:
        if direction not in _DIRECTIONS:
            self.note("direction_unknown")
        if unit.demand:
            return Channel.DEMAND
        if unit.other or unit.name not in AMOUNTS:
            return Channel.OTHER
        return _DIRECTIONS.get(direction, Channel.OTHER)

    def _qualities_of(self, batch: pa.RecordBatch) -> npt.NDArray[np.int16]:
        column = self._layout.roles.get("quality")
        if column is None:
            return np.full(batch.num_rows, self.quality_index("csv:"), np.int16)
        coded = pc.fill_null(batch[column], "").dictionary_encode()
        known = [self.quality_index(f"csv:{text.strip()}") for text in coded.dictionary.to_pylist()]
        qualities: npt.NDArray[np.int16] = np.array(known, np.int16)[coded.indices.to_numpy()]
        return qualities
