"""CMEP, the California Metering Exchange Protocol: MEPMD01 interval and register records, one a line.

Source: CMEP 4.1 (2013) as published by the utilities. Reading stamps are the local clock of `zone` at the interval's
END; the stamp in the header is the sender's and is not used. Other record types are noted and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput
from meterkeep.readings.defects import NOWHERE
from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.columns.localtime import named_zone, second_of_twins, to_local, to_utc, twins
from meterkeep.readings.formats.columns.stamps import compact_stamps
from meterkeep.readings.formats.columns.units import AMOUNTS, Unit, named_unit
from meterkeep.readings.formats.meterfile import Mask, MeterFile, has_negatives
from meterkeep.readings.model import Block, Channel, Int64s, Series

_BATCH = 131_072
_RECORD = re.compile(rb"M[A-Z]{2,4}\d{2}")
_DECIMALS = re.compile(rb",[-+]?\d*\.(\d*[1-9])")
_COMMODITY = re.compile(rb"[A-Za-z]")
_STAMP = re.compile(rb"\s*(?:19|20)\d{10}\s*")
_METER, _NEXT, _RECEIVER_CUSTOMER, _FIRST = 7, 8, 5, 14
_COMMODITIES = 9
_LETTERS = {"G": Channel.RECEIVED, "N": Channel.NET}
_LETTERED = {"KWH", "WH", "MWH"}
_LONGEST_LINE = 1 << 24


@dataclass(frozen=True, slots=True)
class _Header:
    """What a record says of its readings. first: index of the first reading's field."""

    meter: str
    unit: bytes
    constant: bytes
    interval: bytes
    count: bytes
    first: int


@dataclass(slots=True)
class _Batch:
    """Records as lists: one item for each line, and one for each reading."""

    lines: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    series: list[int] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)
    factors: list[int] = field(default_factory=list)
    stamps: list[bytes] = field(default_factory=list)
    marks: list[bytes] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)


class CmepFile(MeterFile):
    format = "cmep"

    def _reset(self) -> None:
        super()._reset()
        self._ordinals: dict[tuple[str, bytes, bytes], tuple[int, int]] = {}

    @cached_property
    def late_series(self) -> bool:
        return has_negatives(self.path)

    def _blocks(self) -> Iterator[Block]:
        self._clock = named_zone(self.zone)
        self._decimals = self._most_decimals()
        batch = _Batch()
        with self.path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
                self._take(line, number, batch)
                if len(batch.stamps) >= _BATCH:
                    yield from self._emit(batch)
                    batch = _Batch()
        yield from self._emit(batch)
        if exact.ends_in_number(self.path):
            self.note_once("last_line_not_ended")

    def _most_decimals(self) -> int:
        most = 0
        with self.path.open("rb") as file:
            for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
                if b"." in line:
                    most = max(chain([most], map(len, _DECIMALS.findall(line))))
        return min(most, exact.MAX_DECIMALS)

    def _take(self, line: bytes, number: int, batch: _Batch) -> None:
        fields = line.lstrip(b"\xef\xbb\xbf").strip().split(b",")
        kind = fields[0].strip()
        if kind == b"":
            return
        if kind != b"MEPMD01":
            if not _RECORD.fullmatch(kind):
                raise self._malformed(number, "The line is no CMEP record")
            self.note("other_record_type", number)
            return
        header = _header(fields)
        if header is None:
            raise self._malformed(number, "The record ends before its readings")
        self._take_readings(fields, header, number, batch)

    def _take_readings(self, fields: list[bytes], header: _Header, number: int, batch: _Batch) -> None:
        readings = fields[header.first :]
        while len(readings) % 3 and not readings[-1].strip():
            readings.pop()
        count = exact.scaled(header.count, 0)
        if count is None or len(readings) % 3 or len(readings) < 3 * count:
            raise self._malformed(number, "The record holds fewer readings than it announces")
        if len(readings) > 3 * count:
            # A decimal comma splits a value in two, and what follows is taken for something else.
            if any(_STAMP.fullmatch(field) for field in chain(readings[1::3], readings[2::3])):
                raise self._malformed(number, "The record's fields are out of step with its readings")
            self.note("more_readings_than_announced", number)
        batch.lines.append(number)
        batch.counts.append(len(readings) // 3)
        batch.stamps += readings[0::3]
        batch.marks += readings[1::3]
        batch.values += readings[2::3]
        ordinal, factor = self._ordinal(header, number)
        batch.series.append(ordinal)
        batch.factors.append(factor)
        batch.seconds.append(self._interval(header.interval, number))

    def _malformed(self, number: int, what: str) -> BadInput:
        return BadInput(
            f"{what}.",
            where=f"{self.name}: line {number}",
            next="Ask the sender for the file again; nothing was kept.",
        )

    def _interval(self, text: bytes, number: int) -> int:
        """Seconds of an interval written MMDDhhmm; -1 for months, which have no length, and for what is no interval."""
        if not re.fullmatch(rb"\d{8}", text) or text[:2] != b"00":
            self.note("interval_unreadable", number)
            return -1
        return int(text[2:4]) * 86_400 + int(text[4:6]) * 3_600 + int(text[6:]) * 60

    def _ordinal(self, header: _Header, number: int) -> tuple[int, int]:
        """The record's series, and what its values are multiplied by (the digits of the calculation constant)."""
        key = (header.meter, header.unit, header.constant)
        if key not in self._ordinals:
            self._ordinals[key] = self._new_series(header, number)
        return self._ordinals[key]

    def _new_series(self, header: _Header, number: int) -> tuple[int, int]:
        name = header.unit.decode("ascii", "replace").upper()
        plain, way, mark = _direction(name.removesuffix("REG"))
        unit = named_unit(plain)
        if unit is None:
            self.note("unit_unknown", number)
            unit = Unit("unknown", 0, other=True)
        constant = exact.number(header.constant) if header.constant else Decimal(1)
        if constant is None or constant <= 0:
            raise self._malformed(number, "The calculation constant is not a positive number")
        _, digits, exponent = constant.normalize().as_tuple()
        if constant != 1:
            self.note_once("calculation_constant_applied")
        if not header.meter:
            self.note_once("no_meter_id")
        self.series.append(
            Series(
                ordinal=len(self.series),
                identifiers=(header.meter or f"file/{self.sha256}",),
                channel=_channel(unit, way, register=name.endswith("REG")),
                unit=unit.name,
                power_of_ten=unit.power - self._decimals + int(exponent),
                meter=f"{header.meter} {mark}".strip() or None,
            )
        )
        return len(self.series) - 1, int("".join(map(str, digits)))

    def _emit(self, batch: _Batch) -> Iterator[Block]:
        if not batch.stamps:
            return
        counts = np.array(batch.counts)
        line = np.repeat(np.arange(len(counts)), counts)
        series = np.array(batch.series, np.int32)[line]
        seconds = np.array(batch.seconds, np.int64)[line]
        record = np.arange(1, len(line) + 1, dtype=np.int64) + self.findings.records
        self.findings.records += len(line)
        value = exact.column(batch.values, decimals=self._decimals)
        lines = np.array(batch.lines)
        end, unstamped, skipped = self._ends(batch.stamps, line, seconds, int(record[0]), lines)
        register = np.array([each.channel is Channel.REGISTER for each in self.series])[series]
        limit = (2**63 - 1) // np.array(batch.factors, np.int64)[line]
        duration = np.where(register, 0, seconds)
        good = self.sift(
            {
                "no_value": value.absent,
                "unreadable_value": value.unreadable | (np.abs(value.values) > limit),
                "unreadable_stamp": unstamped,
                "no_such_time": skipped,
                "no_interval": ~register & (seconds <= 0),
            },
            record,
            lines[line],
            start=np.where(unstamped | skipped | (duration < 0), NOWHERE, end - duration),
        )
        values = value.values * np.array(batch.factors, np.int64)[line]
        self.see_negatives(series[good], values[good])
        if good.any():
            quality = self._qualities(batch.marks)
            yield Block(
                series=series[good],
                start=(end - duration)[good],
                duration=duration[good].astype(np.int32),
                value=values[good],
                quality=quality[good],
                record=record[good],
            )

    def _ends(
        self, stamps: list[bytes], line: Int64s, seconds: Int64s, first: int, lines: Int64s
    ) -> tuple[Int64s, Mask, Mask]:
        """UTC ends of the intervals, which cannot be told, and which the clock never showed; first: number of the first one;
        lines: of the records. A blank stamp follows the one before by an interval."""
        local, blank, unreadable = compact_stamps(stamps)
        twice = twins(local, self._clock) & ~blank & ~unreadable
        second = second_of_twins(local, twice, line)
        self._note_once_told(local, twice, second, line, lines)
        utc = to_utc(local, self._clock, second=second)
        # An end is an instant: where the clock goes on from 02:00 to 03:00, it may be written either way.
        shown = (to_local(utc, self._clock) == local) | (to_local(utc - 1, self._clock) + 1 == local)
        row = np.arange(len(line))
        last = np.maximum.accumulate(np.where(blank, 0, row))
        led = blank & (line[last] == line) & ~blank[last] & ~unreadable[last]
        if led.any():
            self.note("stamp_left_blank", record=first + np.flatnonzero(led))
        utc = np.where(led, utc[last] + (row - last) * seconds, utc)
        return utc, unreadable | (blank & ~led), ~shown & ~blank & ~unreadable

    def _note_once_told(self, local: Int64s, twice: Mask, second: Mask, line: Int64s, lines: Int64s) -> None:
        """Notes records that go on behind the hour that comes twice and have it once."""
        for each in np.unique(line[twice]).tolist():
            here = line == each
            if not (second & here).any() and (local[here] > local[twice & here].max()).any():
                self.note("autumn_hour_missing", int(lines[each]))

    def _qualities(self, marks: list[bytes]) -> npt.NDArray[np.int16]:
        index = {
            mark: self.quality_index(f"cmep:{mark.decode('ascii', 'replace').strip()}") for mark in set(marks)
        }
        return np.fromiter(map(index.__getitem__, marks), np.int16, len(marks))


def _header(fields: list[bytes]) -> _Header | None:
    """Both layouts: the meter id in its field, or that field empty and the id in the next one or with the receiver."""
    fields = [each.strip() for each in fields[: _FIRST + 1]]
    if len(fields) <= _FIRST - 1:
        return None
    shift = int(
        not fields[_METER]
        and not _COMMODITY.fullmatch(fields[_COMMODITIES])
        and bool(_COMMODITY.fullmatch(fields[_COMMODITIES + 1]))
    )
    meter = fields[_METER] or (fields[_NEXT] if shift else fields[_RECEIVER_CUSTOMER])
    unit, constant, interval, count = fields[_COMMODITIES + 1 + shift : _FIRST + shift]
    return _Header(meter.decode("utf-8", "replace"), unit.upper(), constant, interval, count, _FIRST + shift)


def _direction(name: str) -> tuple[str, Channel, str]:
    """A unit's name without the letter by which some collectors tell the direction, that channel, and a mark that keeps its
    series apart from those of the same meter that have no letter."""
    if name[1:] in _LETTERED and name[:1] in _LETTERS:
        return name[1:], _LETTERS[name[:1]], name[:1]
    return name, Channel.DELIVERED, ""


def _channel(unit: Unit, way: Channel, *, register: bool) -> Channel:
    if unit.other or unit.name not in AMOUNTS | {"W"}:
        return Channel.OTHER
    if unit.demand:
        return Channel.DEMAND
    return Channel.REGISTER if register else way
