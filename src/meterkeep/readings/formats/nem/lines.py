"""The lines of an MDFF file as columns of positions, a few megabytes at a time, cut where a record of days begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from meterkeep.readings.formats.nem.records import refusal
from meterkeep.readings.model import Int64s

_CHUNK = 1 << 21
_LONGEST = 1 << 25  # no NMI has so many interval events in a day
_COMMA, _NEWLINE, _ZERO = ord(","), ord("\n"), ord("0")
_BOM = b"\xef\xbb\xbf"
_PAD = b"\n" * 4
_BLANK = b", \t\r\x1a\0"


@dataclass(frozen=True, slots=True)
class Lines:
    """Records, blank lines left out. raw: the bytes; start, end: of each line; kind: the record indicator;
    number: of each line in the file; commas: positions; first_comma, last_comma: which of them are the line's (half-open).
    """

    raw: bytes
    start: Int64s
    end: Int64s
    kind: Int64s
    number: Int64s
    commas: Int64s
    first_comma: Int64s
    last_comma: Int64s

    def __len__(self) -> int:
        return len(self.start)

    def text(self, row: int) -> bytes:
        return self.raw[self.start[row] : self.end[row]]

    def fields(self, rows: Int64s, which: Int64s | int) -> list[bytes]:
        """Field `which` (counted from 1; it ends with a comma or the line) of each of the rows."""
        comma = self.first_comma[rows] + which
        begins = self.commas[comma - 1] + 1
        inside = comma < self.last_comma[rows]
        ends = np.where(inside, self.commas[np.minimum(comma, len(self.commas) - 1)], self.end[rows])
        return [self.raw[a:b].strip(_BLANK) for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]


def batches(path: Path, name: str) -> Iterator[Lines]:
    """Each batch ends before a 200 or 300 record, so that a day and its events are never apart. Raises BadInput for a
    line that is no record."""
    kept, number = b"", 1
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            kept += _tidy(chunk)
            cut = max(kept.rfind(b"\n200,"), kept.rfind(b"\n300,")) + 1
            if cut:
                yield _lines(kept[:cut], number, name)
                number += kept.count(b"\n", 0, cut)
                kept = kept[cut:]
            if len(kept) > _LONGEST:
                raise refusal(name, number, "The record does not end")
    if kept:
        yield _lines(kept, number, name)


def _tidy(chunk: bytes) -> bytes:
    """Without quotation marks, a byte order mark and the Macintosh's line ends."""
    chunk = chunk.removeprefix(_BOM).replace(b'"', b"")
    return chunk if b"\n" in chunk else chunk.replace(b"\r", b"\n")


def _lines(raw: bytes, first: int, name: str) -> Lines:
    data = np.frombuffer(raw + _PAD, np.uint8)
    newlines = np.flatnonzero(data[: len(raw)] == _NEWLINE)
    start, end = np.append(0, newlines + 1), np.append(newlines, len(raw))
    commas = np.flatnonzero(data == _COMMA)
    kind = _kinds(data, start)
    kept = kind >= 0
    for row in np.flatnonzero(~kept).tolist():
        if raw[start[row] : end[row]].strip(_BLANK):
            raise refusal(name, first + row, "The line begins with no record indicator (100 to 900)")
    start, end = start[kept], end[kept]
    return Lines(
        raw,
        start,
        end,
        kind[kept],
        first + np.flatnonzero(kept),
        commas,
        np.searchsorted(commas, start),
        np.searchsorted(commas, end),
    )


def _kinds(data: npt.NDArray[np.uint8], start: Int64s) -> Int64s:
    """The three digits at the start of each line, -1 where there are none."""
    digits = [data[start + at].astype(np.int64) - _ZERO for at in range(3)]
    good = np.logical_and.reduce([(each >= 0) & (each <= 9) for each in digits])
    good &= np.isin(data[start + 3], np.frombuffer(b",\r\n \0", np.uint8))
    return np.where(good, digits[0] * 100 + digits[1] * 10 + digits[2], -1)
