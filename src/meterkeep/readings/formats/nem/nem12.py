"""NEM12, interval data of the Australian market (AEMO's Meter Data File Format): a line for each stream and day.

Days are of market time, which knows no summer; a day that comes again is a newer version, and both are given out.
Source: as in records.py. A file that breaks the format's rules is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput
from meterkeep.readings.defects import NOWHERE
from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.columns.stamps import compact_stamps
from meterkeep.readings.formats.meterfile import MeterFile
from meterkeep.readings.formats.nem.lines import Lines, batches
from meterkeep.readings.formats.nem.records import (
    END,
    HEADER,
    QUALITY,
    interval_channel,
    market_offset,
    plain_nmi,
    refusal,
    texts,
    unit_of,
)
from meterkeep.readings.model import SUMMABLE, Block, Int64s, Series

Mask = npt.NDArray[np.bool_]
_STREAM, _DAY, _EVENT, _ORDER = 200, 300, 400, 500
_MAY_FOLLOW = {
    0: (HEADER, _STREAM),
    HEADER: (_STREAM, END),
    _STREAM: (_DAY, _STREAM, END),
    _DAY: (_DAY, _EVENT, _ORDER, _STREAM, END),
    _EVENT: (_EVENT, _DAY, _ORDER, _STREAM, END),
    _ORDER: (_ORDER, _DAY, _STREAM, END),
    END: (HEADER, _STREAM),
}
_MINUTES = 1440
_USUAL = (5, 15, 30)
_VARIABLE, _NULL = b"V", b"N"


class Nem12File(MeterFile):
    """headerless: whether somebody said that the file is NEM12, so that it need not say it itself."""

    format = "nem12"
    headerless = False

    @property
    def late_series(self) -> bool:
        return False

    def _reset(self) -> None:
        super()._reset()
        self._ordinals: dict[tuple[str, ...], int] = {}
        self._last, self._line = 0, 1
        self._sections = self._headers = 0
        self._ordinal, self._in_day = 0, 0
        self._lacks_quality = False

    def _blocks(self) -> Iterator[Block]:
        self._offset = market_offset(self.zone)
        self._decimals = exact.decimals_in(self.path)
        for lines in batches(self.path, self.name):
            if len(lines):
                self._check_order(lines)
                yield from self._emit(lines, *self._streams(lines))
        self._check_end()

    # ── the records around the days ──

    def _check_order(self, lines: Lines) -> None:
        before = np.append(self._last, lines.kind[:-1])
        allowed = np.zeros(len(lines), np.bool_)
        for kind, followers in _MAY_FOLLOW.items():
            allowed |= (before == kind) & np.isin(lines.kind, followers)
        if not allowed.all():
            row = int(np.argmin(allowed))
            raise refusal(
                self.name, int(lines.number[row]), f"A record {lines.kind[row]} cannot stand in this place"
            )
        self._last, self._line = int(lines.kind[-1]), int(lines.number[-1])
        self._sections += int((lines.kind == END).sum())
        self._headers += int((lines.kind == HEADER).sum())

    def _check_end(self) -> None:
        """A file without header may have lost its beginning; some portals give it so, and who knows that may say it."""
        if self._last != END:
            raise refusal(self.name, self._line, "The file is cut off: its end record (900) is missing")
        if not self.series or not self.findings.records:
            raise refusal(self.name, self._line, "The file holds no interval data")
        if self._headers != self._sections:
            if not self.headerless:
                what = "A part of the file" if self._headers else "The file"
                raise BadInput(
                    f"{what} has no header record (100).",
                    where=f"{self.name}: line 1",
                    next="Ask the sender for the file with it, nothing was kept. If it came so from a distributor's portal and you know that it is whole, say what it is: --format nem12.",
                )
            self.note("no_header", count=self._sections - self._headers)
        if self._sections > 1:
            self.note("several_sections", count=self._sections)

    def _streams(self, lines: Lines) -> tuple[Int64s, Int64s]:
        """For each line the series and the intervals of a day that the 200 record above it states."""
        ordinals, in_day = [self._ordinal], [self._in_day]
        for row in np.flatnonzero(np.isin(lines.kind, (HEADER, _STREAM))).tolist():
            fields, line = texts(lines.text(row)), int(lines.number[row])
            if lines.kind[row] == HEADER:
                if fields[1:2] != ["NEM12"]:
                    raise refusal(self.name, line, "The header does not say NEM12")
                continue
            ordinal, count = self._stream(fields, line)
            ordinals.append(ordinal)
            in_day.append(count)
        self._ordinal, self._in_day = ordinals[-1], in_day[-1]
        which = np.cumsum(lines.kind == _STREAM)
        return np.array(ordinals)[which], np.array(in_day)[which]

    def _stream(self, fields: list[str], line: int) -> tuple[int, int]:
        """NMI, configuration, register, suffix, data stream, meter, unit, interval length, next read."""
        if len(fields) < 9:
            raise refusal(self.name, line, "The stream record (200) lacks fields")
        nmi, configuration, _, suffix, _, meter, unit, minutes = fields[1:9]
        length = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else 0
        if not length or _MINUTES % length:
            raise refusal(self.name, line, "The interval length divides no day")
        if length not in _USUAL:
            self.note("interval_length_unusual", line)
        key = (nmi, suffix, meter, unit, configuration)
        if key not in self._ordinals:
            self._ordinals[key] = self._new_series(key, line)
        return self._ordinals[key], _MINUTES // length

    def _new_series(self, key: tuple[str, ...], line: int) -> int:
        nmi, suffix, meter, name, configuration = key
        unit, known = unit_of(name)
        if not known:
            self.note("unit_unknown", line)
        plain, contradicted = plain_nmi(nmi)
        if contradicted:
            self.note("nmi_checksum_wrong", line)
        self.series.append(
            Series(
                ordinal=len(self.series),
                identifiers=(plain or f"file/{self.sha256}",),
                channel=interval_channel(suffix, configuration, unit),
                unit=unit.name,
                power_of_ten=unit.power - self._decimals,
                # Two streams of one meter are parts that add up (general load and controlled load), as two meters are.
                meter=f"{meter} {suffix}".strip() or None,
                part=suffix,
            )
        )
        return len(self.series) - 1

    # ── the days ──

    def _emit(self, lines: Lines, ordinals: Int64s, counts: Int64s) -> Iterator[Block]:
        rows = np.flatnonzero(lines.kind == _DAY)
        if not len(rows):
            return
        count = counts[rows]
        quality = self._day_qualities(lines, rows, count)
        begins = np.cumsum(count) - count
        row = np.repeat(np.arange(len(rows)), count)
        position: Int64s = np.arange(len(row), dtype=np.int64) - begins[row]
        values = self._values(lines, rows, count)
        self._check_complete(lines, rows, quality, values, row)
        codes = np.repeat(np.array([self._code(each) for each in quality], np.int16), count)
        missing = np.repeat(np.array([each[:1] == _NULL for each in quality], np.bool_), count)
        self._apply_events(lines, rows, begins, count, quality, codes, missing)
        local, blank, unreadable = compact_stamps([each + b"0000" for each in lines.fields(rows, 1)])
        midnight: Int64s = local - self._offset
        seconds: Int64s = np.floor_divide(_MINUTES * 60, count)
        record = self.findings.records + 1 + np.arange(len(row), dtype=np.int64)
        self.findings.records += len(row)
        undated = (blank | unreadable)[row]
        start = midnight[row] + position * seconds[row]
        good = self.sift(
            {
                "unreadable_date": undated,
                "missing": missing,
                "no_value": values.absent,
                "unreadable_value": values.unreadable,
            },
            record,
            lines.number[rows][row],
            start=np.where(undated, NOWHERE, start),
        )
        self._see(ordinals[rows][row], values.values, record, good, missing)
        if good.any():
            yield Block(
                series=ordinals[rows][row][good].astype(np.int32),
                start=start[good],
                duration=seconds[row][good].astype(np.int32),
                value=values.values[good],
                quality=codes[good],
                record=record[good],
            )

    def _day_qualities(self, lines: Lines, rows: Int64s, count: Int64s) -> list[bytes]:
        """The quality and method of each day: what stands behind its values has to be one, or the day has other lengths."""
        held = lines.last_comma[rows] - lines.first_comma[rows]
        short = held < count + 2
        if short.any():
            raise self._incomplete(int(lines.number[rows[np.argmax(short)]]))
        found = [each.upper() for each in lines.fields(rows, count + 2)]
        for text in set(found):
            if text and not QUALITY.fullmatch(text):
                raise self._incomplete(int(lines.number[rows[found.index(text)]]))
        return found

    def _incomplete(self, line: int) -> BadInput:
        return refusal(
            self.name, line, "The day does not hold as many values as its interval length asks for"
        )

    def _values(self, lines: Lines, rows: Int64s, count: Int64s) -> exact.Column:
        """All values of the days. The bytes between their commas, put together, are what Arrow calls a string array."""
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        comma = np.repeat(lines.first_comma[rows] + 1, count) + within
        lengths = lines.commas[comma + 1] - lines.commas[comma] - 1
        edges = np.zeros(len(lines.raw) + 1, np.int8)
        edges[lines.commas[lines.first_comma[rows] + 1] + 1] = 1
        edges[lines.commas[lines.first_comma[rows] + count + 1]] -= 1
        data = np.frombuffer(lines.raw, np.uint8)
        inside = np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_) & (data != ord(","))
        kept = data[inside]
        kept[kept > 127] = ord("?")
        offsets = np.append(0, np.cumsum(lengths)).astype(np.int32)
        strings = pa.StringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(kept))
        if not lengths.all():
            strings = pc.if_else(pa.array(lengths > 0), strings, pa.scalar(None, pa.string()))
        return exact.arrow_column(strings, decimals=self._decimals)

    def _check_complete(
        self, lines: Lines, rows: Int64s, quality: list[bytes], values: exact.Column, row: Int64s
    ) -> None:
        """A quality among the values, or none behind a day with holes, says that the day has fewer values."""
        for index in np.flatnonzero(values.unreadable).tolist():
            at = int(row[index])
            which = 2 + index - int(np.searchsorted(row, at))
            if QUALITY.fullmatch(lines.fields(rows[at : at + 1], which)[0]):
                raise self._incomplete(int(lines.number[rows[at]]))
        if b"" not in quality:
            return
        bare = np.array([not each for each in quality])
        holes = values.absent & bare[row]
        if holes.any():
            raise self._incomplete(int(lines.number[rows[row[np.argmax(holes)]]]))
        for number in lines.number[rows[bare]].tolist():
            self.note("no_quality", number)

    def _code(self, quality: bytes) -> int:
        return self.quality_index(f"nem:{quality.decode()}") if quality else -1

    def _apply_events(
        self,
        lines: Lines,
        rows: Int64s,
        begins: Int64s,
        count: Int64s,
        quality: list[bytes],
        codes: npt.NDArray[np.int16],
        missing: Mask,
    ) -> None:
        """Puts the qualities of the event records (400) where they belong.

        A day of quality V is told apart by them, whole and once; on another day they mark some intervals (a power outage).
        """
        events = np.flatnonzero(lines.kind == _EVENT)
        day = np.searchsorted(rows, events) - 1
        varied = np.array([each[:1] == _VARIABLE for each in quality], np.bool_)
        told = np.zeros(len(codes), np.bool_)
        for event, at in zip(events.tolist(), day.tolist(), strict=True):
            line = int(lines.number[event])
            first, last, text = self._event(texts(lines.text(event)), line)
            where = slice(int(begins[at]) + first - 1, int(begins[at]) + last)
            if not first <= last <= count[at]:
                raise refusal(self.name, line, "The event record (400) names intervals that the day has not")
            if varied[at] and told[where].any():
                raise refusal(self.name, line, "The event record (400) tells an interval's quality again")
            told[where] = True
            codes[where] = self._code(text)
            missing[where] = text[:1] == _NULL
        untold = varied & ~np.logical_and.reduceat(told, begins)
        if untold.any():
            number = int(lines.number[rows[np.argmax(untold)]])
            raise refusal(self.name, number, "The events (400) do not tell the quality of the whole day")

    def _event(self, fields: list[str], line: int) -> tuple[int, int, bytes]:
        """First and last interval, and the quality, of an event record."""
        bounds = [
            int(each) if each.isascii() and each.isdigit() and len(each) < 5 else 0 for each in fields[1:3]
        ]
        text = "".join(fields[3:4]).upper().encode()
        if len(bounds) < 2 or not bounds[0] or not QUALITY.fullmatch(text) or text[:1] == _VARIABLE:
            raise refusal(
                self.name, line, "The event record (400) names no range of intervals, or no quality"
            )
        return bounds[0], bounds[1], text

    def _see(self, ordinals: Int64s, values: Int64s, record: Int64s, good: Mask, missing: Mask) -> None:
        """Notes on what the values are."""
        self.note("missing_with_value", record=record[missing & (values != 0)])
        negative = good & (values < 0)
        if negative.any():
            amounts = np.array([each.channel in SUMMABLE for each in self.series])
            self.note("negative_value", record=record[negative][amounts[ordinals[negative]]])
