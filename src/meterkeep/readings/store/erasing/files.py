"""Parquet files of the store looked through, and written anew, without what is destroyed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meterkeep.readings.model import Int32s
from meterkeep.readings.store.erasing.extent import Cut, Extent, cut_days, cut_points, midnights
from meterkeep.readings.store.rows.civil import DAY
from meterkeep.readings.store.tables.shelf import write_parquet
from meterkeep.readings.store.tables.snapshot import visible
from meterkeep.readings.store.tables.table import Part, Table

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

NARROW: Final = {"days": ["usage_point", "day"], "points": ["usage_point", "start", "seconds", "value"]}
"""The columns that say whether a row group has to be read as a whole, by the column that tells the tables apart."""


def places(store: Store, extent: Extent) -> Iterator[tuple[Table, int, list[Part]]]:
    """Month by month, and year by year of the points, the files in which the extent may have rows, as they are now."""
    wanted = (store.days, extent.months(store.offset)), (store.points, extent.years(store.offset))
    buckets = extent.buckets() | {-1}
    for table, periods in wanted:
        found: dict[int, list[Part]] = {}
        for part in table.parts():
            file = visible(part, table.folder)
            if file.period in periods and file.bucket in buckets:
                found.setdefault(file.period, []).append(part)
        for period in sorted(found):
            yield table, period, found[period]


def look(path: Path, extent: Extent, *, offset: int) -> tuple[int, int]:
    """How many rows and readings of the extent a file of the store has. Raises OSError or pa.ArrowException."""
    rows = readings = 0
    with pq.ParquetFile(path) as file:
        for group in _groups(file, extent):
            narrow = file.read_row_group(group, NARROW[_kind(file)])
            if _touched(narrow, extent, offset):
                cut = _cut(file.read_row_group(group), extent, offset)
                rows, readings = rows + cut.removed, readings + cut.readings
    return rows, readings


def rewrite(path: Path, target: Path, extent: Extent, *, offset: int) -> tuple[int, int]:
    """Writes what is left of a file. How many rows that is, and its size; without rows there is no new file."""
    rows = 0
    with pq.ParquetFile(path) as file:

        def left() -> Iterator[pa.Table]:
            nonlocal rows
            for group in range(file.num_row_groups):
                kept = _cut(file.read_row_group(group), extent, offset).rows
                rows += len(kept)
                if len(kept):
                    yield kept

        size = write_parquet(target, file.schema_arrow, left())
    if not rows:
        target.unlink()
    return rows, size


def held(path: Path, usage_points: Int32s) -> Int32s:
    """Which of these usage points (sorted) have rows in the file."""
    with pq.ParquetFile(path) as file:
        groups = list(_of(file, usage_points))
        column = file.read_row_groups(groups, ["usage_point"])["usage_point"] if groups else None
    return np.intersect1d(column.to_numpy(), usage_points) if column else usage_points[:0]


def digest_of(files: Iterable[tuple[str, Path]]) -> str:
    """SHA-256 over names and contents, in the order of names."""
    digest = hashlib.sha256()
    for name, path in sorted(files):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


def _kind(file: pq.ParquetFile) -> str:
    return "days" if "day" in file.schema_arrow.names else "points"


def _cut(rows: pa.Table, extent: Extent, offset: int) -> Cut:
    return cut_days(rows, extent, offset=offset) if "day" in rows.column_names else cut_points(rows, extent)


def _touched(narrow: pa.Table, extent: Extent, offset: int) -> bool:
    if "day" not in narrow.column_names:
        return cut_points(narrow, extent).touched
    midnight = midnights(narrow, offset)
    return bool(extent.meets(narrow["usage_point"].to_numpy(), midnight, midnight + DAY - 1).any())


def _groups(file: pq.ParquetFile, extent: Extent) -> Iterator[int]:
    """The row groups that may have rows of the extent."""
    return iter(range(file.num_row_groups)) if extent.everyone else _of(file, extent.usage_points)


def _of(file: pq.ParquetFile, usage_points: Int32s) -> Iterator[int]:
    column = file.schema_arrow.names.index("usage_point")
    for group in range(file.num_row_groups):
        known = file.metadata.row_group(group).column(column).statistics
        first, last = (known.min, known.max) if known and known.has_min_max else (-(2**31), 2**31 - 1)
        if np.searchsorted(usage_points, first) < np.searchsorted(usage_points, last, side="right"):
            yield group
