"""Rows become Parquet files where their tables want them, laid out for those who read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meterkeep.readings.store.rows.civil import month_name
from meterkeep.readings.store.tables.even import even_of, noted
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.table import Part

ROW_GROUP = 20_000

FEW = 1_000
"""So few rows are read as a whole anyway."""


class Shelf:
    """pending: where the files are written. parts: what was written, by table.

    edges: the standard days inside which a civil month begins; their rows get a row group of their own, so that a sum
    over civil months reads the lists of no other day.
    """

    def __init__(self, pending: Pending, edges: set[int]) -> None:
        self.pending, self.edges = pending, edges
        self.parts: dict[str, list[Part]] = {"days": [], "points": []}

    def put_days(self, month: int, bucket: int, tables: Sequence[pa.Table]) -> None:
        folder = f"month={month_name(month)}/bucket={bucket}"
        partition = {"month": month_name(month), "bucket": str(bucket)}
        self._put_kinds("days", folder, partition, tables, self._in_day_order)

    def put_points(self, year: int, table: pa.Table) -> None:
        self._put_kinds("points", f"year={year}", {"year": str(year)}, [table], lambda rows: [rows])

    def put_compacted_days(self, month: int, bucket: int, kind: str, table: pa.Table) -> None:
        folder = f"month={month_name(month)}/bucket={bucket}"
        partition = {"month": month_name(month), "bucket": str(bucket)}
        self._put("days", folder, partition, kind, table, self._in_day_order)

    def put_compacted_points(self, year: int, kind: str, table: pa.Table) -> None:
        self._put("points", f"year={year}", {"year": str(year)}, kind, table, lambda rows: [rows])

    def _in_day_order(self, table: pa.Table) -> list[pa.Table]:
        """Sorted by usage point and day, the days that a month's beginning cuts apart."""
        if len(table["interval_seconds"].unique()) > 1:
            table = table.sort_by([(name, "ascending") for name in ("usage_point", "day")])
        if len(table) < FEW:
            return [table]
        cut = np.isin(table["day"].cast(pa.int32()).to_numpy(), [*self.edges])
        return [table.filter(pa.array(~cut)), table.filter(pa.array(cut))] if cut.any() else [table]

    def _put_kinds(
        self,
        table_name: str,
        folder: str,
        partition: dict[str, str],
        tables: Sequence[pa.Table],
        arrange: Callable[[pa.Table], list[pa.Table]],
    ) -> None:
        """First versions and later ones go to files of their own: `-b` and `-r`."""
        table = pa.concat_tables(tables) if tables else None
        if table is None or not table.num_rows:
            return
        later = np.asarray(table["version"]) > 1
        for kind, rows in (("b", ~later), ("r", later)):
            chosen = table if rows.all() else table.filter(pa.array(rows))
            self._put(table_name, folder, partition, kind, chosen, arrange)

    def _put(
        self,
        table_name: str,
        folder: str,
        partition: dict[str, str],
        kind: str,
        table: pa.Table,
        arrange: Callable[[pa.Table], list[pa.Table]],
    ) -> None:
        if table.num_rows:
            kind = noted(kind, even_of(table)) if table_name == "days" else kind
            path = f"{folder}/{self.pending.name}-{kind}.parquet"
            size = write_parquet(self.pending.written(table_name, path), table.schema, arrange(table))
            self.parts[table_name].append(Part(path, size, table.num_rows, partition))


def write_parquet(path: Path, schema: pa.Schema, row_groups: Iterable[pa.Table]) -> int:
    """The tables one after the other, each in row groups of its own; gives the size in bytes."""
    split = {
        name: "BYTE_STREAM_SPLIT"
        for name in ("values.list.element", "total", "value")
        if name.split(".")[0] in schema.names
    }
    others = [_leaf(field) for field in schema if field.name not in ("values", "total", "value")]
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=others,
        column_encoding=split,
        store_schema=False,
    ) as writer:
        for table in row_groups:
            writer.write_table(table, row_group_size=ROW_GROUP)
    return path.stat().st_size


def _leaf(field: pa.Field) -> str:
    return f"{field.name}.list.element" if pa.types.is_list(field.type) else str(field.name)
