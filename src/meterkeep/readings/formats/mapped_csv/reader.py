"""Long CSV, a row for each reading, read by a provider's saved mapping (mapping.py, docs/formats.md).

Arrow splits the file into columns of text; ids are coded by dictionaries, stamps and values read as columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from meterkeep.errors import BadInput
from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.columns.localclock import LocalClock
from meterkeep.readings.formats.columns.localtime import named_zone
from meterkeep.readings.formats.columns.units import AMOUNTS, Unit, named_unit
from meterkeep.readings.formats.mapped_csv.mapping import ENCODINGS, CsvMapping, header_names
from meterkeep.readings.formats.mapped_csv.plain import Mask, StampReader, decimals
from meterkeep.readings.formats.mapped_csv.recurring import Numbering
from meterkeep.readings.formats.meterfile import MeterFile
from meterkeep.readings.model import Block, Channel, Int64s, Series

_CHUNK = 1 << 20
_UNEVEN = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
_Key = tuple[str, str, str, str]
"""Usage point, meter, unit and channel code of a row."""


class MappedCsvFile(MeterFile):
    format = "csv-mapped"

    def __init__(self, path: Path, *, zone: str, mapping: CsvMapping) -> None:
        self.mapping = mapping
        super().__init__(path, zone=mapping.zone or zone)
        self.format = mapping.name

    @property
    def late_series(self) -> bool:
        return False

    def _reset(self) -> None:
        super()._reset()
        self._numbering = Numbering(self._number)
        self._nameless: list[int] = []
        self._keys: dict[_Key, int] = {}
        self._known: list[_Key] = []
        self._ordinals: list[npt.NDArray[np.int32]] = [np.zeros(0, np.int32) for _ in self.mapping.values]
        self._rows = 0

    def _blocks(self) -> Iterator[Block]:
        mapping = self.mapping
        names = self._names()
        self._first_row = mapping.skip_rows + mapping.has_header + 1
        wide, told = mapping.encoding.startswith("utf-16"), mapping.decimals
        self._decimals = (
            exact.decimals_in(self.path, point=mapping.decimal, wide=wide) if told is None else told
        )
        self._start, self._end = StampReader(mapping.stamps), StampReader(mapping.stamps)
        zone = named_zone(self.zone)
        self._start_clock = LocalClock(zone, offset=mapping.offset)
        self._end_clock = LocalClock(zone, offset=mapping.offset, ends=True)
        try:
            with self._reader(names) as reader:
                for batch in reader:
                    yield from self._emit(batch)
                    self._rows += batch.num_rows
        except (pa.ArrowInvalid, UnicodeError) as error:
            raise self._malformed(error) from error
        self.note("autumn_hour_missing", count=max(self._start_clock.once, self._end_clock.once))
        if not self.findings.records:
            self.note_once("no_readings")
        elif exact.ends_in_number(self.path):
            self.note_once("last_line_not_ended")

    def _names(self) -> list[str]:
        """The names of all columns. Raises BadInput for the first one that the mapping needs and the file lacks."""
        mapping = self.mapping
        if not mapping.has_header:
            return list(mapping.header)
        with self.path.open(encoding=mapping.encoding, errors="replace", newline="") as file:
            lines = [file.readline(1 << 16) for _ in range(mapping.skip_rows + 1)]
        lines[0] = lines[0].removeprefix("\ufeff")
        names = header_names(lines[-1], mapping.delimiter)
        for column in mapping.columns:
            if names.count(column) != 1:
                raise BadInput(
                    f"The header has no column {column!r}, which the mapping {mapping.name!r} needs, or has it twice.",
                    where=f"{self.name}: line {mapping.skip_rows + 1}",
                    next="Mend the mapping (delimiter, skip_rows, columns), or choose the one for this provider.",
                )
        return names

    def _reader(self, names: list[str]) -> pa.csv.CSVStreamingReader:
        """Everything as text, on one thread so that rows have numbers. An empty field is a null."""
        columns = list(self.mapping.columns)
        return pa.csv.open_csv(
            self.path,
            read_options=pa.csv.ReadOptions(
                use_threads=False,
                block_size=_CHUNK,
                column_names=names,
                encoding=self.mapping.encoding,
                skip_rows=self.mapping.skip_rows + self.mapping.has_header,
            ),
            parse_options=pa.csv.ParseOptions(delimiter=self.mapping.delimiter),
            convert_options=pa.csv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _malformed(self, error: pa.ArrowInvalid | UnicodeError) -> BadInput:
        """Arrow's own words repeat content; only numbers are taken from them."""
        place = f"{self._rows + self._first_row} or later"
        if isinstance(error, UnicodeError) or "UTF8" in str(error):
            return BadInput(
                f"The text is not in {self.mapping.encoding}.",
                where=f"{self.name}: row {place}",
                next=f"Say in the mapping what it is in: encoding = one of {', '.join(ENCODINGS)}.",
            )
        found = _UNEVEN.search(str(error))
        return BadInput(
            f"The row has {found[3]} fields where the header has {found[2]}."
            if found
            else "The file is no well-formed CSV.",
            where=f"{self.name}: row {found[1] if found else place}",
            next="Ask the sender for the file again; nothing of it was kept.",
        )

    def _emit(self, batch: pa.RecordBatch) -> Iterator[Block]:
        if not batch.num_rows:
            return
        keys, named = self._keys_of(batch)
        start, seconds, reasons = self._times(batch, keys)
        reasons = {"no_usage_point": ~named, **reasons}
        bad = np.logical_or.reduce([*reasons.values()])
        quality = self._qualities_of(batch)
        first, step = self.findings.records + 1, len(self.mapping.values)
        self.findings.records += step * batch.num_rows
        for at, (column, _) in enumerate(self.mapping.values):
            value = decimals(batch[column], self._decimals, point=self.mapping.decimal)
            record = np.arange(first + at, first + at + step * batch.num_rows, step, dtype=np.int64)
            whole = not (bad.any() or value.absent.any() or value.unreadable.any())
            if whole:
                yield Block(self._series_of(keys, at), start, seconds, value.values, quality, record)
                continue
            reasons |= {"no_value": value.absent, "unreadable_value": value.unreadable}
            row = self._rows + self._first_row + np.arange(batch.num_rows, dtype=np.int64)
            good = self.sift(reasons, record, row, at="row")
            if good.any():
                series = self._series_of(keys[good], at)
                yield Block(
                    series, start[good], seconds[good], value.values[good], quality[good], record[good]
                )

    def _keys_of(self, batch: pa.RecordBatch) -> tuple[Int64s, Mask]:
        """A number for each row's key, and whether it names a usage point."""
        mapping = self.mapping
        names = (*mapping.usage_point, mapping.meter, mapping.unit_column, mapping.channel_column)
        columns = [batch[name] for name in names if name]
        keys = self._numbering.of([c.fill_null("") if c.null_count else c for c in columns])
        return keys, ~np.isin(keys, self._nameless) if self._nameless else np.ones(len(keys), np.bool_)

    def _number(self, row: tuple[str, ...]) -> int:
        key = self._key([_bare(text) for text in row])
        if key not in self._keys:
            self._keys[key] = len(self._known)
            self._known.append(key)
            if not key[0].strip("/"):
                self._nameless.append(self._keys[key])
        return self._keys[key]

    def _key(self, row: list[str]) -> _Key:
        """row: the texts of the columns that there are, in the order of `_keys_of`."""
        rest = iter(row[len(self.mapping.usage_point) :])
        optional = (self.mapping.meter, self.mapping.unit_column, self.mapping.channel_column)
        meter, unit, channel = (next(rest) if column else "" for column in optional)
        return "/".join(row[: len(self.mapping.usage_point)]), meter, unit, channel

    def _times(
        self, batch: pa.RecordBatch, keys: Int64s
    ) -> tuple[Int64s, npt.NDArray[np.int32], dict[str, Mask]]:
        """Starts in UTC, lengths, and what is wrong with either."""
        mapping, rows = self.mapping, batch.num_rows
        reasons: dict[str, Mask] = {}
        start = self._instants(batch, mapping.start, self._start, self._start_clock, keys, reasons)
        end = self._instants(batch, mapping.end, self._end, self._end_clock, keys, reasons)
        if mapping.seconds is not None:
            seconds = np.full(rows, mapping.seconds, np.int64)
        elif mapping.duration is not None:
            told = decimals(batch[mapping.duration], 0, point=mapping.decimal)
            seconds = np.where(told.values < 366 * 86_400, told.values * mapping.duration_in, 0)
        else:
            assert start is not None and end is not None, "the mapping was checked"  # noqa: S101
            seconds = end - start
        reasons["no_interval"] = (seconds <= 0) | (seconds > 366 * 86_400)
        found = start if start is not None else end - seconds if end is not None else np.zeros(rows, np.int64)
        return found, seconds.astype(np.int32), reasons

    def _instants(
        self,
        batch: pa.RecordBatch,
        columns: tuple[str, ...],
        reader: StampReader,
        clock: LocalClock,
        keys: Int64s,
        reasons: dict[str, Mask],
    ) -> Int64s | None:
        if not columns:
            return None
        stamps = reader.read(_joined([batch[column] for column in columns]))
        unread = stamps.absent | stamps.unreadable
        seconds, exists = clock.to_utc(stamps.seconds, keys, readable=~unread, zoned=stamps.zoned)
        for kind, mask in (
            ("no_stamp", stamps.absent),
            ("unreadable_stamp", stamps.unreadable),
            ("no_such_time", ~exists),
        ):
            reasons[kind] = reasons[kind] | mask if kind in reasons else mask
        return seconds

    def _series_of(self, keys: Int64s, at: int) -> npt.NDArray[np.int32]:
        """Ordinals; a key makes a series of a value column when it first has a good reading there."""
        known = self._ordinals[at]
        if len(known) < len(self._known):
            known = self._ordinals[at] = np.append(
                known, np.full(len(self._known) - len(known), -1, np.int32)
            )
        used = np.zeros(len(known), np.bool_)
        used[keys] = True
        for key in np.flatnonzero(used & (known < 0)).tolist():
            known[key] = len(self.series)
            self.series.append(self._new_series(self._known[key], self.mapping.values[at][1]))
        return known[keys]

    def _new_series(self, key: _Key, channel: Channel | None) -> Series:
        point, meter, told, code = key
        unit = named_unit(told or self.mapping.unit)
        if unit is None:
            self.note("unit_unknown")
            unit = Unit("unknown", 0, other=True)
        if channel is None and code not in self.mapping.channels:
            self.note("channel_unknown")
        channel = channel or self.mapping.channels.get(code, Channel.OTHER)
        if channel in (Channel.DELIVERED, Channel.RECEIVED, Channel.NET):
            channel = Channel.DEMAND if unit.demand else channel
            channel = Channel.OTHER if unit.other or unit.name not in (*AMOUNTS, "W") else channel
        return Series(
            len(self.series), (point,), channel, unit.name, unit.power - self._decimals, meter or None
        )

    def _qualities_of(self, batch: pa.RecordBatch) -> npt.NDArray[np.int16]:
        """Codes as received; where the mapping gives a code a class, the format says so, as "csv/estimated:E2"."""
        column = self.mapping.quality
        if column is None:
            return np.full(batch.num_rows, self.quality_index("csv:"), np.int16)
        coded = batch[column].fill_null("").dictionary_encode()
        codes = [text.strip() for text in coded.dictionary.to_pylist()]
        known = [self.quality_index(f"{self._quality_format(code)}:{code}") for code in codes]
        qualities: npt.NDArray[np.int16] = np.array(known, np.int16)[coded.indices.to_numpy()]
        return qualities

    def _quality_format(self, code: str) -> str:
        stated = self.mapping.qualities.get(code)
        return f"csv/{stated}" if stated else "csv"


def _bare(text: str) -> str:
    """Without the mark by which a spreadsheet is told that digits are text: '123 or ="123"."""
    text = text.strip()
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text.removeprefix("'")


def _joined(columns: list[pa.Array]) -> pa.Array:
    """A stamp in several columns, as date and time, joined by a blank; absent where one of them is."""
    if len(columns) == 1:
        return columns[0]
    return pa.compute.binary_join_element_wise(*columns, " ")
