"""Rows in few bytes: words by number, integers no wider than they must be. What lies beside them widens them again.

Sealed row by row, a file's rows cannot share a dictionary or a page, so what repeats in all of them is taken out first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WIDTHS = (pa.int8(), pa.int16(), pa.int32(), pa.int64())


def narrowed(rows: pa.Table) -> tuple[pa.RecordBatch, list[dict[str, Any]]]:
    """The rows, and for each column its name, its type and, for words, which they are."""
    arrays, notes = [], []
    for field, column in zip(rows.schema, rows.columns, strict=True):
        array, words = _narrow(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0))
        arrays.append(array)
        notes.append({"name": field.name, "words": words})
    return pa.RecordBatch.from_arrays(arrays, names=rows.column_names), notes


def widened(rows: pa.Table, notes: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """schema: what they had. Raises pa.ArrowInvalid where they do not fit together."""
    columns = [
        _wide(rows[note["name"]].combine_chunks(), note["words"], schema.field(note["name"]).type)
        for note in notes
    ]
    return pa.table(columns, schema=pa.schema([schema.field(note["name"]) for note in notes]))


def _narrow(array: pa.Array) -> tuple[pa.Array, list[str] | None]:
    kind = array.type
    if pa.types.is_list(kind):
        inner, words = _narrow(array.flatten())
        sizes = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), inner, mask=array.is_null()), words
    if pa.types.is_string(kind):
        encoded = array.dictionary_encode()
        return _fitting(encoded.indices), encoded.dictionary.to_pylist()
    if pa.types.is_integer(kind):
        return _fitting(array), None
    if pa.types.is_timestamp(kind) or pa.types.is_date32(kind):
        return array.view(pa.int64() if pa.types.is_timestamp(kind) else pa.int32()), None
    return array, None


def _fitting(array: pa.Array) -> pa.Array:
    ends = pc.min_max(array)
    low, high = ends["min"].as_py() or 0, ends["max"].as_py() or 0
    for kind in _WIDTHS:
        most = 1 << (kind.bit_width - 1)
        if -most <= low and high < most:
            return array.cast(kind)
    return array


def _wide(array: pa.Array, words: list[str] | None, kind: pa.DataType) -> pa.Array:
    if pa.types.is_list(kind):
        sizes = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
        offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))
        inner = _wide(array.flatten(), words, kind.value_type)
        return pa.ListArray.from_arrays(offsets, inner, type=kind, mask=array.is_null())
    if words is not None:
        return pa.array(words, pa.string()).take(array).cast(kind)
    if pa.types.is_timestamp(kind) or pa.types.is_date32(kind):
        return array.view(kind)
    return array.cast(kind)
