"""The defect list: a line for each rejected record and each noted deviation, with its place, in flat memory.

A place is numbers only, never a word of the file: number of the record, position (line, row or segment), series, start of
the interval; what the store meets has the usage point's number, channel and time instead. Lines wait in columns; beyond
`HELD` they go to a temporary file, and in the end to one Parquet file.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

HELD = 65_536
NOWHERE = -(2**63)
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999 in epoch seconds."""

POSITIONS = ("line", "row", "segment", "block")
"""What a position counts, from 1: lines of the file, rows of a table, EDI segments, or the line on which a block begins."""

Numbers = int | npt.NDArray[np.integer]

SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("rejected", pa.bool_()),
        ("count", pa.int64()),
        ("record", pa.int64()),
        ("last_record", pa.int64()),
        ("position_of", pa.string()),
        ("position", pa.int64()),
        ("series", pa.int64()),
        ("usage_point", pa.int64()),
        ("channel", pa.string()),
        ("start", pa.timestamp("s", "UTC")),
        ("seconds", pa.int64()),
    ]
)
"""count: how many records the line speaks of, 1 for each rejected one. record, last_record: its number, or the first and
the last of a range in which they are; null where the whole file is meant. series: ordinal in the file. usage_point,
channel: what the series is in the store, where the store met the defect. start: of the interval, where it is known.
seconds: how long the intervals of the line, equally long ones that follow each other, are together."""

_NUMBERS = (
    "kind",
    "rejected",
    "count",
    "record",
    "last_record",
    "position_of",
    "position",
    "series",
    "stream",
    "start",
    "seconds",
)
_SPILLED = pa.schema([(name, pa.int64()) for name in _NUMBERS])


class DefectList:
    """Lines in the order in which they were met."""

    def __init__(self) -> None:
        self._kinds: dict[str, int] = {}
        self._usage_points, self._channels = array("q"), list[str]()
        self._held = {name: array("q") for name in _NUMBERS}
        self._spill: IO[bytes] | None = None
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None
        self._spilled = 0

    def __len__(self) -> int:
        return self._spilled + len(self._held["kind"])

    def streams(self, usage_points: npt.NDArray[np.integer], channels: Sequence[str]) -> int:
        """Streams of which lines are to tell. Gives the number of the first."""
        self._usage_points.frombytes(np.asarray(usage_points, np.int64).tobytes())
        self._channels += channels
        return len(self._channels) - len(channels)

    def add(
        self,
        kind: str,
        *,
        rejected: bool,
        count: Numbers = 1,
        record: Numbers | None = None,
        last_record: Numbers | None = None,
        position: Numbers | None = None,
        at: str = "line",
        series: Numbers | None = None,
        stream: Numbers | None = None,
        start: Numbers | None = None,
        seconds: Numbers | None = None,
    ) -> None:
        """One line, or as many as the longest column given has. at: what `position` counts, one of POSITIONS. stream: see
        `streams`.
        """
        given = {
            "kind": self._kinds.setdefault(kind, len(self._kinds)),
            "rejected": int(rejected),
            "count": count,
            "record": record,
            "last_record": record if last_record is None else last_record,
            "position_of": None if position is None else POSITIONS.index(at),
            "position": position,
            "series": series,
            "stream": stream,
            "start": start,
            "seconds": seconds,
        }
        columns = [np.atleast_1d(np.asarray(NOWHERE if v is None else v, np.int64)) for v in given.values()]
        lines = dict(zip(given, np.broadcast_arrays(*columns), strict=True))
        for begin in range(0, len(lines["kind"]), HELD):
            for name, column in lines.items():
                self._held[name].frombytes(column[begin : begin + HELD].tobytes())
            if len(self._held["kind"]) >= HELD:
                self._put_aside()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All lines, of `SCHEMA`. A list that was read once may be read again, and is not added to."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._spill is not None:
            self._spill.seek(0)
            for batch in pa.ipc.open_stream(self._spill):
                yield self._named(batch)
        if len(self._held["kind"]):
            yield self._named(self._waiting())

    def _put_aside(self) -> None:
        if self._writer is None:
            self._spill = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the list
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            self._writer = pa.ipc.new_stream(self._spill, _SPILLED, options=options)
        self._writer.write_batch(self._waiting())
        self._spilled += len(self._held["kind"])
        self._held = {name: array("q") for name in _NUMBERS}

    def _waiting(self) -> pa.RecordBatch:
        columns = [pa.array(np.frombuffer(self._held[name], np.int64).copy()) for name in _NUMBERS]
        return pa.RecordBatch.from_arrays(columns, schema=_SPILLED)

    def _named(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        kinds, positions = pa.array([*self._kinds], pa.string()), pa.array(POSITIONS)
        usage_points = pa.array(np.array(self._usage_points, np.int64))
        channels = pa.array(self._channels, pa.string())
        stream = _known(batch["stream"])
        columns = {name: _known(batch[name]) for name in _NUMBERS} | {
            "kind": kinds.take(batch["kind"]),
            "rejected": batch["rejected"].cast(pa.bool_()),
            "position_of": positions.take(_known(batch["position_of"])),
            "usage_point": usage_points.take(stream),
            "channel": channels.take(stream),
            "start": _instants(batch["start"]),
        }
        return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _known(column: pa.Int64Array) -> pa.Int64Array:
    numbers = column.to_numpy()
    return pa.array(numbers, pa.int64(), mask=numbers == NOWHERE)


def _instants(column: pa.Int64Array) -> pa.Array:
    """A start far outside any calendar, which is why it was rejected, has no place in one."""
    seconds = column.to_numpy()
    beyond = (seconds < EARLIEST) | (seconds > LATEST)
    return pa.array(seconds, pa.int64(), mask=beyond).cast(pa.timestamp("s", "UTC"))


def runs(records: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ascending numbers as ranges: the first and the last of each."""
    numbers = np.asarray(records, np.int64)
    ends = np.flatnonzero(np.diff(numbers) != 1)
    return numbers[np.append(0, ends + 1)], numbers[np.append(ends, len(numbers) - 1)]


def in_words(line: Mapping[str, int | str | None]) -> str:
    """The place of a line of the list, for people: "record 17, line 230", or in the store "usage point 5, delivered"; "" for
    the file as a whole.
    """
    first, last, position = line["record"], line["last_record"], line["position"]
    words = []
    if line.get("usage_point") is not None:
        words.append(f"usage point {line['usage_point']}, {line['channel']}")
    if first is not None:
        words.append(f"record {first}" if first == last else f"records {first} to {last}")
    if position is not None:
        at = line["position_of"]
        words.append(f"in the block at line {position}" if at == "block" else f"{at} {position}")
    return ", ".join(words)


# ── kept beside the store: a Parquet file for each meter file, by its digest ──


def keep(path: Path, batches: Iterator[pa.RecordBatch]) -> None:
    """Writes a list whole and durable, in place of what is there; a list without a line is not written."""
    first = next(batches, None)
    if first is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as file:
        try:
            _write(file, first, batches)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _write(file: IO[bytes], first: pa.RecordBatch, more: Iterator[pa.RecordBatch]) -> None:
    numbers = ("count", "record", "last_record", "position", "series", "usage_point", "seconds")
    with pq.ParquetWriter(
        file,
        SCHEMA,
        compression="zstd",
        use_dictionary=["kind", "position_of", "channel"],
        column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
    ) as writer:
        writer.write_batch(first)
        for batch in more:
            writer.write_batch(batch)
    file.flush()
    os.fsync(file.fileno())


def kept(path: Path) -> Iterator[pa.RecordBatch]:
    """The lines of a list, of `SCHEMA`; none where there is no list."""
    if path.exists():
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(HELD):
                yield _as_now(batch)


def _as_now(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Lists that were kept before a column was thought of have nothing there."""
    nothing = pa.nulls(batch.num_rows)
    columns = [batch[name] if name in batch.schema.names else nothing for name in SCHEMA.names]
    return pa.RecordBatch.from_arrays(
        [column.cast(kind) for column, kind in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA
    )
