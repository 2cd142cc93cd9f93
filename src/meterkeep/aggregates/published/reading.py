"""Reads published CSV files into one table of exact figures; every row that cannot be read is named with its line and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from meterkeep.aggregates.loads import Bools, Int64s
from meterkeep.aggregates.published import periods
from meterkeep.aggregates.published.layouts import Columns, Layout, is_header, layout_of
from meterkeep.aggregates.published.names import is_total, plain
from meterkeep.aggregates.published.numbers import Figures, figures
from meterkeep.aggregates.published.table import TOTAL, UNKNOWN, Codes, Table
from meterkeep.errors import BadInput

HEAD = 1 << 16
TITLE_LINES = 20
BLOCK = 1 << 23
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a")
"""Bytes that no text has in UTF-8 or a Windows encoding, but for the mark with which old programs end a file."""
_SPREADSHEETS = {
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\xd0\xcf\x11\xe0": "a spreadsheet",
    b"%PDF": "a PDF",
}


@dataclass(slots=True)
class FileCount:
    """What became of one file's rows: rows = published + withheld + rejected; blank lines are not rows."""

    path: str
    layout: str
    measure: str
    rows: int = 0
    published: int = 0
    withheld: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    file: str
    line: int
    why: str


@dataclass(slots=True)
class _Names:
    """Names in the order in which they were met; two that differ in case or punctuation only are one."""

    shown: list[str] = field(default_factory=list)
    code: dict[str, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        key = plain(name) or name
        if key not in self.code:
            self.code[key] = len(self.shown)
            self.shown.append(" ".join(name.split()))
        return self.code[key]


@dataclass(slots=True)
class _Reading:
    columns: Columns
    dimensions: tuple[str, ...] = ()
    names: list[_Names] = field(default_factory=list)
    measures: _Names = field(default_factory=_Names)
    counts: list[FileCount] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Opening:
    """How a file begins: its encoding, delimiter, layout, lines before the first row, and columns. bare: nothing follows."""

    encoding: str
    delimiter: str
    layout: Layout
    lines: int
    width: int
    bare: bool


def read_tables(
    paths: Sequence[Path], *, columns: Columns, progress: Callable[[int], None] = lambda rows: None
) -> tuple[Table, list[FileCount], list[Rejected]]:
    """Raises BadInput where a file is empty, is no CSV, or has a layout that is not known: then nothing was audited.

    progress: is told how many rows were read since it was told last.
    """
    reading = _Reading(columns)
    for number, path in enumerate(paths):
        _read(path, number, reading, progress)
    reading.rejected.sort(key=lambda each: ([str(path) for path in paths].index(each.file), each.line))
    return _joined(reading, [str(path) for path in paths]), reading.counts, reading.rejected


def _check_any(count: FileCount, rejected: Sequence[Rejected]) -> None:
    """A file of which nothing could be read was not audited, and must not look as if it were."""
    if not count.rows:
        raise BadInput(
            "The table has a header and no rows, so there is nothing to audit.",
            where=count.path,
            next="Check that the download is whole.",
        )
    if count.rejected == count.rows:
        first = next(each for each in rejected if each.file == count.path)
        raise BadInput(
            f"Not one of {count.rows:,} rows could be read. Line {first.line}: {first.why}",
            where=count.path,
            next="Check the columns that you named, and the file.",
        )


def _read(path: Path, number: int, reading: _Reading, progress: Callable[[int], None]) -> None:
    with _whole(path):
        opening = _open(path, reading.columns)
    _agree(opening.layout, reading, path)
    count = FileCount(str(path), opening.layout.name, opening.layout.measure)
    reading.counts.append(count)
    bad: list[tuple[int, int]] = []
    done = 0
    with _whole(path):
        for batch in _batches(path, opening, bad):
            skipped = np.array(sorted(row for row, _ in bad), np.int64)
            lines = _lines(len(batch), done, skipped)
            done += len(batch)
            _take(batch, lines + opening.lines, opening.layout, number, count, reading)
            progress(len(batch))
    for row, found in bad:
        why = f"{found} columns where the header has {opening.width}."
        reading.rejected.append(Rejected(str(path), row + opening.lines, why))
    count.rejected += len(bad)
    count.rows += len(bad)
    _check_any(count, reading.rejected)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """What a file is to blame for is said of the file. An archive that is damaged has no number of the system's, as a disk has."""
    try:
        yield
    except (pa.ArrowInvalid, UnicodeError, csv.Error) as error:
        raise BadInput(
            f"This is no CSV that can be read ({str(error).splitlines()[0][:120]}).",
            where=str(path),
            next="Save it as CSV in UTF-8 and try again.",
        ) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise BadInput(
            "This archive is damaged or not whole, so nothing of it was audited.",
            where=str(path),
            next="Download it again, or unpack it and give the table.",
        ) from None


def _lines(rows: int, done: int, skipped: Int64s) -> Int64s:
    """Numbers of the next rows after the header, from 1, given those that the parser left out."""
    kept = np.arange(done + 1, done + rows + 1)
    return kept + np.searchsorted(skipped - np.arange(len(skipped)), kept, side="right")


def _agree(layout: Layout, reading: _Reading, path: Path) -> None:
    dimensions = tuple(layout.dimensions)
    if not reading.counts:
        reading.dimensions = dimensions
        reading.names = [_Names() for _ in dimensions]
    elif dimensions != reading.dimensions:
        raise BadInput(
            "This file has other dimensions than the ones before.",
            where=str(path),
            next="Audit it by itself.",
        )


def _open(path: Path, columns: Columns) -> _Opening:
    with pa.input_stream(str(path), compression="detect") as stream:
        head = stream.read(HEAD)
    for magic, what in _SPREADSHEETS.items():
        if head.startswith(magic):
            raise BadInput(f"This is {what}.", where=str(path), next="Save each sheet as CSV and give that.")
    encoding = _encoding(head)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff")
    if not text.strip():
        raise BadInput(
            "The file is empty, so nothing was audited.",
            where=str(path),
            next="Check that the download is whole.",
        )
    if encoding != "utf-16" and _CONTROLS.intersection(head):
        raise BadInput(
            "This is no text, so no table.", where=str(path), next="Check which file it is; give CSV."
        )
    return _header(text, encoding, columns, where=str(path))


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head[: len(head) - 3].decode("utf-8") if len(head) == HEAD else head.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _header(text: str, encoding: str, columns: Columns, *, where: str) -> _Opening:
    """The first line that could be one; without any, the first line is asked what is wrong with it."""
    first = text.splitlines()[0]
    delimiter = max(",\t;|", key=lambda sign: (first.count(sign), sign == ","))
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    tried: list[str] | None = None
    for record in lines:
        tried = tried or record
        if is_header(record, columns):
            layout = layout_of(record, columns, where=where)
            bare = not "".join(text.splitlines()[lines.line_num :]).strip()
            return _Opening(encoding, delimiter, layout, lines.line_num, len(record), bare)
        if lines.line_num > TITLE_LINES:
            break
    layout_of(tried or [], columns, where=where)
    raise AssertionError("a header that is none was taken for one")


def _batches(path: Path, opening: _Opening, bad: list[tuple[int, int]]) -> Iterator[Any]:
    def leave(row: Any) -> str:
        bad.append((row.number - opening.lines, row.actual_columns))
        return "skip"

    if opening.bare:
        return
    names = [str(at) for at in range(opening.width)]
    encoding = "utf8" if opening.encoding == "utf-8" else opening.encoding
    with pa.input_stream(str(path), compression="detect") as stream:
        yield from pa_csv.open_csv(
            stream,
            pa_csv.ReadOptions(
                use_threads=False,
                block_size=BLOCK,
                skip_rows=opening.lines,
                column_names=names,
                encoding=encoding,
            ),
            pa_csv.ParseOptions(
                delimiter=opening.delimiter, ignore_empty_lines=False, invalid_row_handler=leave
            ),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )


def _take(
    batch: Any, lines: Int64s, layout: Layout, number: int, count: FileCount, reading: _Reading
) -> None:
    """Turns a batch of texts into columns; what cannot be read goes to the rejected, blank lines to nobody."""
    texts = [pc.utf8_trim_whitespace(column) for column in batch.columns]
    blank = np.logical_and.reduce([np.asarray(pc.equal(column, "")) for column in texts])
    keys, nameless = _keys(texts, layout, reading)
    start, months, undated = _spans(texts, layout)
    value = figures(texts[layout.value], marks=reading.columns.withheld)
    customers, average = (
        _figures(texts, at, len(batch), reading) for at in (layout.customers, layout.average)
    )
    fraction = ~customers.hidden & ((customers.places > 0) | (customers.values < 0))
    faults = {
        "It names no area or class.": nameless,
        "Its period is none: write a month from 1 to 12 and a year, or 2024-03.": undated,
        "Its customers are no whole number.": customers.bad | fraction,
        "Its total is no number that can be read exactly.": value.bad,
        "Its average is no number.": average.bad,
    }
    good = ~blank
    for why, wrong in faults.items():
        reading.rejected += [Rejected(count.path, line, why) for line in lines[good & wrong].tolist()]
        good &= ~wrong
    withheld = value.hidden | _nothing(value, customers)
    combined = _flags(texts, layout, len(batch))
    part: dict[str, Any] = {
        "file": np.full(len(batch), number, np.int64),
        "line": lines,
        "keys": keys,
        "measure": np.full(len(batch), reading.measures.number(layout.measure), np.int32),
        "start": start,
        "months": months,
        "customers": np.where(
            customers.hidden | (withheld & (customers.values == 0)), UNKNOWN, customers.values // 10**6
        ),
        "value": value.values,
        "places": value.places,
        "withheld": withheld,
        "average": average.values,
        "average_places": np.where(
            average.hidden | (average.values == 0) & withheld, UNKNOWN, average.places
        ),
        "combined": combined,
    }
    reading.parts.append({name: column[..., good] for name, column in part.items()})
    count.rows += int((~blank).sum())
    count.rejected += int((~blank & ~good).sum())
    count.withheld += int((good & withheld).sum())
    count.published += int((good & ~withheld).sum())


def _nothing(value: Figures, customers: Figures) -> Bools:
    """A total of 0 for no customers: how the quarterly files write "withheld", whether flagged as combined or not."""
    shown: Bools = ~value.hidden & (value.values == 0) & (customers.hidden | (customers.values == 0))
    return shown


def _figures(texts: list[Any], at: int | None, rows: int, reading: _Reading) -> Figures:
    if at is None:
        none = np.zeros(rows, np.int64)
        return Figures(none, np.ones(rows, np.bool_), np.zeros(rows, np.bool_), none)
    return figures(texts[at], marks=reading.columns.withheld, trim=True)


def _flags(texts: list[Any], layout: Layout, rows: int) -> Bools:
    if layout.combined is None:
        return np.zeros(rows, np.bool_)
    return np.asarray(
        pc.is_in(
            pc.utf8_lower(texts[layout.combined]), value_set=pa.array(["y", "yes", "true", "1", "combined"])
        )
    )


def _keys(texts: list[Any], layout: Layout, reading: _Reading) -> tuple[Codes, Bools]:
    """The codes of each dimension, and the rows that lack a name."""
    marks = frozenset(plain(mark) for mark in reading.columns.totals)
    rows = len(texts[0])
    codes, nameless = [], np.zeros(rows, np.bool_)
    for at, names in zip(layout.dimensions.values(), reading.names, strict=True):
        if at is None:
            codes.append(np.full(rows, TOTAL, np.int32))
            continue
        encoded = texts[at].dictionary_encode()
        number = np.array([_code(name, names, marks) for name in encoded.dictionary.to_pylist()], np.int32)
        codes.append(number[np.asarray(encoded.indices)] if rows else np.empty(0, np.int32))
        nameless |= codes[-1] == _NAMELESS
    return np.array(codes, np.int32).reshape(len(codes), rows), nameless


_NAMELESS = -2


def _code(name: str, names: _Names, marks: frozenset[str]) -> int:
    if not name:
        return _NAMELESS
    name = name.removesuffix(".0") if name[:-2].isdigit() else name  # 92101.0, as spreadsheets write it
    return TOTAL if is_total(name, marks) else names.number(name)


def _spans(texts: list[Any], layout: Layout) -> tuple[Int64s, Int64s, Bools]:
    """Start and length of each row's period, and the rows that have none. Each combination of texts is read once."""
    rows = len(texts[0])
    at = (layout.month, layout.quarter, layout.year, layout.period)
    given = [texts[each].dictionary_encode() for each in at if each is not None]
    if not given:
        return np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
    code = np.zeros(rows, np.int64)
    for column in given:
        code = code * max(1, len(column.dictionary)) + np.asarray(column.indices)
    met, first, same = np.unique(code, return_index=True, return_inverse=True)
    spans = np.zeros((len(met), 3), np.int64)
    for place, row in enumerate(first.tolist()):
        span = periods.span_of(*(None if each is None else texts[each][row].as_py() for each in at))
        spans[place] = (0, 0, 1) if span is None else (*span, 0)
    start, months, undated = spans[same].T
    return start, months, undated.astype(np.bool_)


def _joined(reading: _Reading, files: list[str]) -> Table:
    columns = {
        name: np.concatenate([part[name] for part in reading.parts], axis=-1) for name in reading.parts[0]
    }
    named = [names.shown for names in reading.names]
    return Table(files, reading.dimensions, named, reading.measures.shown, **columns)
