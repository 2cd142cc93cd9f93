"""NEM13, accumulated meter data of the Australian market: a record for each register and pair of reads.

Each 250 record holds three readings: the previous and the current read of the register, points at their stamps, and the
quantity between them, an amount from the one to the other. Stamps are market time. Source: as in records.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from meterkeep.readings.defects import NOWHERE
from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.columns.stamps import compact_stamps
from meterkeep.readings.formats.meterfile import MeterFile
from meterkeep.readings.formats.nem.records import (
    END,
    HEADER,
    QUALITY,
    market_offset,
    plain_nmi,
    refusal,
    register_direction,
    texts,
    unit_of,
)
from meterkeep.readings.model import SUMMABLE, Block, Channel, Int64s, Series

_READS, _ORDER = 250, 550
_MAY_FOLLOW = {
    0: (HEADER,),
    HEADER: (_READS, END),
    _READS: (_READS, _ORDER, END),
    _ORDER: (_READS, _ORDER, END),
    END: (HEADER,),
}
_ROWS = 65_536
_LONGEST_LINE = 1 << 20
_FIELDS = 20
_STAMP = 14
_PER_ROW = 3


class _Row(NamedTuple):
    """Three readings of one record: their series, values, qualities; the stamps of the two reads."""

    line: int
    series: tuple[int, int]
    values: tuple[str, str, str]
    qualities: tuple[str, str]
    stamps: tuple[str, str]


class Nem13File(MeterFile):
    format = "nem13"

    @property
    def late_series(self) -> bool:
        return False

    def _reset(self) -> None:
        super()._reset()
        self._ordinals: dict[tuple[str, ...], tuple[int, int]] = {}

    def _blocks(self) -> Iterator[Block]:
        self._offset = market_offset(self.zone)
        self._decimals = exact.decimals_in(self.path)
        rows = self._rows()
        while batch := list(islice(rows, _ROWS)):
            yield from self._emit(batch)

    def _rows(self) -> Iterator[_Row]:
        last, number = 0, 0
        with self.path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
                fields = texts(line.removeprefix(b"\xef\xbb\xbf").replace(b'"', b"").strip(b"\0\x1a\r\n"))
                if not any(fields):
                    continue
                kind = int(fields[0]) if fields[0].isascii() and fields[0].isdigit() else -1
                if kind not in _MAY_FOLLOW[last]:
                    raise refusal(self.name, number, "The record cannot stand in this place")
                if kind == HEADER and fields[1:2] != ["NEM13"]:
                    raise refusal(self.name, number, "The header does not say NEM13")
                if kind == _READS:
                    yield self._row(fields, number)
                last = kind
        if last != END:
            raise refusal(self.name, number, "The file is cut off: its end record (900) is missing")
        if not self.series:
            raise refusal(self.name, number, "The file holds no meter data")

    def _row(self, fields: list[str], line: int) -> _Row:
        """NMI, configuration, register, suffix, data stream, meter, direction; read, stamp, quality, reason and its text
        of the previous and of the current read; quantity, unit."""
        if len(fields) < _FIELDS:
            raise refusal(self.name, line, "The record (250) lacks fields")
        nmi, _, register, suffix, _, meter, direction = fields[1:8]
        qualities = fields[10].upper(), fields[15].upper()
        for quality in qualities:
            if quality and not QUALITY.fullmatch(quality.encode()):
                raise refusal(self.name, line, "The record (250) has no quality in its place")
        key = (nmi, register, suffix, meter, direction.upper(), fields[19])
        if key not in self._ordinals:
            self._ordinals[key] = self._new_series(key, line)
        return _Row(
            line,
            self._ordinals[key],
            (fields[8], fields[13], fields[18]),
            qualities,
            (fields[9], fields[14]),
        )

    def _new_series(self, key: tuple[str, ...], line: int) -> tuple[int, int]:
        """The register, and the amounts that it counted."""
        nmi, register, suffix, meter, direction, name = key
        unit, known = unit_of(name)
        if not known:
            self.note("unit_unknown", line)
        plain, contradicted = plain_nmi(nmi)
        if contradicted:
            self.note("nmi_checksum_wrong", line)
        amounts = register_direction(direction, unit)
        reads = Channel.REGISTER if amounts in (Channel.DELIVERED, Channel.RECEIVED) else Channel.OTHER
        label = " ".join(filter(None, (meter, suffix or register, direction))) or None
        first = len(self.series)
        for ordinal, channel in enumerate((reads, amounts), first):
            identifiers = (plain or f"file/{self.sha256}",)
            self.series.append(
                Series(ordinal, identifiers, channel, unit.name, unit.power - self._decimals, label)
            )
        return first, first + 1

    def _emit(self, rows: list[_Row]) -> Iterator[Block]:
        stamp, unstamped = self._stamps([text for row in rows for text in row.stamps])
        value = exact.column(
            [text.encode("ascii", "replace") for row in rows for text in row.values], decimals=self._decimals
        )
        start = np.stack([stamp[:, 0], stamp[:, 1], stamp[:, 0]], axis=1).ravel()
        lasts = (stamp[:, 1] - stamp[:, 0]) * ~unstamped.any(axis=1)
        seconds = np.stack([np.zeros_like(lasts), np.zeros_like(lasts), lasts], axis=1).ravel()
        amount = np.tile([False, False, True], len(rows))
        missing = np.array([text[:1] == "N" for row in rows for text in (*row.qualities, row.qualities[1])])
        unread = np.stack([unstamped[:, 0], unstamped[:, 1], unstamped.any(axis=1)], axis=1).ravel()
        record = self.findings.records + 1 + np.arange(_PER_ROW * len(rows), dtype=np.int64)
        self.findings.records += len(record)
        self._see_contradictions(rows, value, record)
        good = self.sift(
            {
                "unreadable_stamp": unread,
                "missing": missing,
                "no_value": value.absent,
                "unreadable_value": value.unreadable,
                "no_interval": amount & ((seconds <= 0) | (seconds > np.iinfo(np.int32).max)),
            },
            record,
            np.repeat([row.line for row in rows], _PER_ROW),
            start=np.where(unread, NOWHERE, start),
        )
        if good.any():
            yield Block(
                series=np.array([o for row in rows for o in (row.series[0], *row.series)], np.int32)[good],
                start=start[good],
                duration=seconds[good].astype(np.int32),
                value=value.values[good],
                quality=self._qualities(rows)[good],
                record=record[good],
            )

    def _stamps(self, given: list[str]) -> tuple[Int64s, np.ndarray]:
        """UTC seconds of both reads of each row, from CCYYMMDDhhmmss, and which are none."""
        full = [text.ljust(_STAMP, "0").encode("ascii", "replace") for text in given]
        local, blank, unreadable = compact_stamps([text[:12] for text in full])
        seconds = exact.column([text[12:] for text in full])
        bad = blank | unreadable | seconds.unreadable | (seconds.values < 0) | (seconds.values > 59)
        bad |= np.array([len(text) not in (8, 12, _STAMP) for text in given])
        utc = local + np.where(bad, 0, seconds.values) - self._offset
        return utc.reshape(-1, 2), bad.reshape(-1, 2)

    def _qualities(self, rows: list[_Row]) -> np.ndarray:
        """Of each read its own; the quantity has that of the current read."""
        codes = [(*row.qualities, row.qualities[1]) for row in rows]
        return np.array(
            [self.quality_index(f"nem:{each}") if each else -1 for three in codes for each in three], np.int16
        )

    def _see_contradictions(self, rows: list[_Row], value: exact.Column, record: Int64s) -> None:
        """Notes on quantities that are not the difference of the reads: a constant, a rollover, or an exchange. A demand
        is a read, not a difference."""
        amounts = np.array([self.series[row.series[1]].channel in SUMMABLE for row in rows])
        known = amounts & ~(value.absent | value.unreadable).reshape(-1, _PER_ROW).any(axis=1)
        previous, current, quantity = value.values.reshape(-1, _PER_ROW).T
        third = record[_PER_ROW - 1 :: _PER_ROW]
        self.note("quantity_is_not_difference", record=third[known & (current - previous != quantity)])
        self.note("negative_value", record=third[known & (quantity < 0)])
