"""Numbers for the rows of long files by what their texts say, without a look at each: they say the same again and again.

A file ordered by meter has runs of one name; a file ordered by time names its meters in one order, round after round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.model import Int32s, Int64s

Texts = Sequence[pa.Array]
"""Columns of text, equally long and without nulls."""
_SAMPLE = 256
_SHORT = 8
"""Rows. Runs that are shorter on the average are not worth finding."""


def run_begins(columns: Texts) -> Int64s | None:
    """At which rows runs of equal ones begin. None where they are short."""
    rows = len(columns[0])
    if rows > _SAMPLE and len(_begins([column[:_SAMPLE] for column in columns])) * _SHORT > _SAMPLE:
        return None
    begins = _begins(columns)
    return begins if len(begins) * _SHORT <= rows else None


def _begins(columns: Texts) -> Int64s:
    changes = [pc.not_equal(c[1:], c[:-1]).to_numpy(zero_copy_only=False) for c in columns]
    return np.flatnonzero(np.append(True, np.logical_or.reduce(changes)))


class Numbering:
    """number: what a row of texts is called; asked once for each that differs, in the order of the file."""

    def __init__(self, number: Callable[[tuple[str, ...]], int]) -> None:
        self._number = number
        self._places: dict[tuple[str, ...], int] = {}
        self._numbers: Int64s = np.zeros(0, np.int64)
        self._chunks: list[Texts] = []
        self._round: Texts = ()
        self._next = 0
        self._in_order = True

    def of(self, columns: Texts) -> Int64s:
        """The number of each row. At least one row."""
        begins = run_begins(columns)
        if begins is not None:
            first = self._looked_up([column.take(pa.array(begins)) for column in columns])
            return np.repeat(self._numbers[first], np.diff(begins, append=len(columns[0])))
        places = self._followed(columns)
        if places is None:
            known = len(self._places)
            places = self._looked_up(columns)
            if known == len(self._places):
                self._learn_round(len(places))
        self._next = (int(places[-1]) + 1) % len(self._places)
        return self._numbers[places]

    def _looked_up(self, columns: Texts) -> Int64s:
        """The place of each row among those that differ, in the order in which they first came."""
        coded = [column.dictionary_encode() for column in columns]
        codes, texts = [each.indices.to_numpy() for each in coded], [each.dictionary for each in coded]
        combination, chosen = _combined(codes, [len(text) for text in texts])
        distinct = [text.take(pa.array(code)) for text, code in zip(texts, chosen, strict=True)]
        rows = [*zip(*(text.to_pylist() for text in distinct), strict=True)]
        places = self._places
        new = np.flatnonzero([row not in places for row in rows])
        if len(new):
            for at in new.tolist():
                places[rows[at]] = len(places)
            numbers = np.array([self._number(rows[at]) for at in new.tolist()], np.int64)
            self._numbers = np.append(self._numbers, numbers)
            self._chunks.append([text.take(pa.array(new)) for text in distinct])
            self._round = ()
        return np.array([places[row] for row in rows], np.int64)[combination]

    def _learn_round(self, rows: int) -> None:
        """All that differ, one after the other, and on from the first, so that every stretch of as many rows is in it."""
        if self._round:
            return
        once = [pa.concat_arrays(chunks) for chunks in zip(*self._chunks, strict=True)]
        self._chunks = [once]
        again = -(-2 * rows // len(once[0]))
        self._round = [pa.concat_arrays([column] * (1 + again)) for column in once]

    def _followed(self, columns: Texts) -> Int64s | None:
        """The places of rows that come as in the round; None where there is no such order."""
        rows, known = len(columns[0]), len(self._places)
        if not self._round or len(self._round[0]) < known + rows:
            return None
        first = self._places.get(tuple(column[0].as_py() for column in columns))
        if first is None:
            return None
        if all(
            ours.slice(first, rows).equals(theirs) for ours, theirs in zip(self._round, columns, strict=True)
        ):
            return (first + np.arange(rows)) % known
        return self._with_gaps(columns[0], first) if len(columns) == 1 and rows < 4 * known else None

    def _with_gaps(self, column: pa.Array, first: int) -> Int64s | None:
        """As `_followed`, where some rows are lacking or stand elsewhere."""
        if not self._in_order:
            return None
        rows, known = len(column), len(self._places)
        window = self._round[0].slice(first, min(known, rows + rows // 4))
        found = pc.index_in(column, value_set=window)
        self._in_order = found.null_count * 2 < rows
        places: Int64s = (first + found.fill_null(0).to_numpy().astype(np.int64)) % known
        if found.null_count:
            elsewhere = found.is_null()
            places[elsewhere.to_numpy(zero_copy_only=False)] = self._looked_up([column.filter(elsewhere)])
        return places


def _combined(codes: list[Int32s], sizes: list[int]) -> tuple[Int32s, list[npt.NDArray[np.integer]]]:
    """A number for each row's combination of codes, and the codes of each number. sizes: how many there are of each code."""
    if len(codes) == 1:
        return codes[0], [np.arange(sizes[0])]
    joined: npt.NDArray[np.integer] = codes[0]
    for code, more in zip(codes[1:], sizes[1:], strict=True):
        joined = pa.array(joined.astype(np.int64) * more + code).dictionary_encode().indices.to_numpy()
    row = np.zeros(int(joined.max()) + 1, np.int64)
    row[joined] = np.arange(len(joined))
    return joined.astype(np.int32, copy=False), [code[row] for code in codes]
