"""The plain table for a person's download: start, end, value, unit, quality, one line for each interval."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

_DIGITS = 38


def write_csv(file: BinaryIO, table: pa.Table) -> int:
    """Writes a table as the store reads it (start, seconds, value, power_of_ten, unit, quality); gives its rows.

    Values are exact decimals of the unit; a missing value is an empty field.
    """
    end = pc.add(pc.cast(table["start"], pa.timestamp("s", "UTC")).cast(pa.int64()), table["seconds"])
    columns = {
        "start": _instants(table["start"]),
        "end": _instants(end.cast(pa.timestamp("s", "UTC"))),
        "value": _decimals(table["value"], table["power_of_ten"]),
        "unit": table["unit"].cast(pa.string()),
        "quality": table["quality"].cast(pa.string()),
    }
    pa.csv.write_csv(pa.table(columns), file, pa.csv.WriteOptions(quoting_style="none"))
    return int(table.num_rows)


def _instants(stamps: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.strftime(pc.cast(stamps, pa.timestamp("s", "UTC")), format="%Y-%m-%dT%H:%M:%SZ")


def _decimals(values: pa.ChunkedArray, powers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Each value × 10^power as text: its integer digits with the point moved, never a float."""
    texts = pa.nulls(len(values), pa.string())
    for power in pc.unique(powers).to_pylist():
        mine = pc.equal(powers, power).combine_chunks()
        texts = pc.if_else(mine, _shifted(pc.if_else(mine, values.combine_chunks(), 0), power), texts)
    return pa.chunked_array([texts])


def _shifted(values: pa.Array, power: int) -> pa.Array:
    if power >= 0:
        return pc.multiply_checked(values, 10**power).cast(pa.string())
    whole = values.cast(pa.decimal128(_DIGITS, 0))
    moved = pa.Array.from_buffers(
        pa.decimal128(_DIGITS, -power), len(whole), whole.buffers(), offset=whole.offset
    )
    return moved.cast(pa.string())
