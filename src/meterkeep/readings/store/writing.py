"""The writing half of an intake: collected readings become Parquet files that say only what the store did not know."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meterkeep.readings.store import days, points
from meterkeep.readings.store.civil import month_name, months_of
from meterkeep.readings.store.pending import Pending
from meterkeep.readings.store.runs import Readings, Runs, joined
from meterkeep.readings.store.snapshot import BUCKETS, Snapshot, current_days, parquet
from meterkeep.readings.store.streams import Streams
from meterkeep.readings.store.summary import Tally, quality_classes
from meterkeep.readings.store.table import Part

ROW_GROUP = 20_000

FEW = 1_000
"""So few rows are read as a whole anyway."""


class Writing:
    """pending: where the files are written. parts: what was written, by table.

    edges: the standard days inside which a civil month begins; their rows get a row group of their own, so that a sum
    over civil months reads the lists of no other day. repeats: which series say what an earlier one says; their readings
    are duplicates.
    """

    def __init__(
        self,
        pending: Pending,
        *,
        streams: Streams,
        snapshot: Snapshot,
        offset: int,
        edges: set[int],
        qualities: list[str],
        origin: dict[str, pa.Scalar],
        tally: Tally,
        repeats: npt.NDArray[np.bool_],
    ) -> None:
        self.pending, self.offset, self.edges = pending, offset, edges
        self.streams, self.origin, self.tally, self.repeats = streams, origin, tally, repeats
        self.snapshot = snapshot.of(np.unique(streams.usage_point))
        self.codes = {code: index for index, code in enumerate(qualities)}
        self.counts: Counter[str] = Counter()
        self.parts: dict[str, list[Part]] = {"days": [], "points": []}
        self._lost = Runs(pending.folder / "lost")

    def write(self, regular: Runs, irregular: Runs, db: duckdb.DuckDBPyConnection) -> None:
        db.register("streams", self.streams.table())
        for partition in regular.partitions():
            readings, apart = self._told_apart(self._once(regular.take(partition)))
            irregular.add(_years(apart), apart)
            self._write_days(db, partition, readings)
        for year in sorted({*irregular.partitions(), *self._lost.partitions()}):
            self._write_points(db, year, irregular)

    def _write_days(self, db: duckdb.DuckDBPyConnection, partition: int, readings: Readings) -> None:
        month, bucket = divmod(partition, BUCKETS)
        files = self.snapshot.day_files([month], [bucket])
        stored = db.sql(self._stored_days(current_days(files))).to_arrow_table() if files else None
        written = []
        classes = quality_classes([*self.codes])
        for gathered in days.gather(readings, self.streams, classes=classes):
            if gathered.rows.parts is not None:
                self.counts["series_added"] += int((gathered.rows.parts > 1).sum())
            self._count_duplicates(gathered.duplicate)
            self._keep_lost(gathered.lost)
            written += [self._day_table(rows) for rows in self._news(gathered.rows, stored)]
        folder = f"month={month_name(month)}/bucket={bucket}"
        partition_values = {"month": month_name(month), "bucket": str(bucket)}
        self._write_kinds("days", folder, partition_values, written, self._in_day_order)

    def _stored_days(self, current: str) -> str:
        return f"""
            SELECT rank::BIGINT << 17 | (day - DATE '1970-01-01') AS key, r.* EXCLUDE (day, total, received, file, policy)
            FROM ({current}) r JOIN streams USING (usage_point, channel, unit)"""

    def _news(self, rows: days.Rows, stored: pa.Table | None) -> Iterable[days.Rows]:
        """What of the rows the store does not have: as they are where it has nothing, merged where it has something."""
        if stored is not None:
            stored = stored.filter(pc.equal(stored["interval_seconds"], rows.seconds))
            stored = stored.filter(pa.array(np.isin(stored["key"].to_numpy(), rows.key)))
        if stored is None or not stored.num_rows:
            self.counts["stored"] += rows.readings()
            yield rows
            return
        met = np.isin(rows.key, stored["key"].to_numpy())
        if not met.all():
            unmet = rows[~met]
            self.counts["stored"] += unmet.readings()
            yield unmet
        old = days.align(stored, rows[met], codes=self.codes)
        yield days.merge(rows[met], old, classes=quality_classes([*self.codes]), counts=self.counts)

    def _day_table(self, rows: days.Rows) -> pa.Table:
        codes = [*self.codes]
        return days.to_arrow(
            rows, self.streams, classes=quality_classes(codes), codes=codes, origin=self.origin
        )

    def _in_day_order(self, table: pa.Table) -> list[pa.Table]:
        """Sorted by usage point and day, the days that a month's beginning cuts apart."""
        if len(table["interval_seconds"].unique()) > 1:
            table = table.sort_by([(name, "ascending") for name in ("usage_point", "day")])
        if len(table) < FEW:
            return [table]
        cut = np.isin(table["day"].cast(pa.int32()).to_numpy(), [*self.edges])
        return [table.filter(pa.array(~cut)), table.filter(pa.array(cut))] if cut.any() else [table]

    def _write_points(self, db: duckdb.DuckDBPyConnection, year: int, irregular: Runs) -> None:
        parts = [self._lost.take(year), self._once(irregular.take(year))]
        lost = np.repeat([True, False], [len(part) for part in parts])
        classes = quality_classes([*self.codes])
        new, duplicate = points.gather(joined(parts), lost, self.streams, offset=self.offset, classes=classes)
        self._count_duplicates(duplicate)
        self.counts["series_added"] += int((new.parts > 1).sum())
        files = self.snapshot.point_files([year])
        everything = np.ones(len(new), bool)
        written, version = everything, new.version
        if files:
            old = points.from_arrow(
                db.sql(self._stored_points(parquet(files))).to_arrow_table(), codes=self.codes
            )
            classes = quality_classes([*self.codes])
            written, version = points.merge(new, old, classes=classes, counts=self.counts)
        else:
            self.counts.update(stored=int(new.parts.sum()), conflict=int(new.lost.sum()))
        table = points.to_arrow(new, written, version, self.streams, codes=[*self.codes], origin=self.origin)
        self._write_kinds("points", f"year={year}", {"year": str(year)}, [table], lambda rows: [rows])

    def _stored_points(self, files: str) -> str:
        return f"""
            SELECT rank, epoch_us(start) // 1000000 AS start, seconds, value, power_of_ten, quality, lost, version
            FROM {files} JOIN streams USING (usage_point, channel, unit)"""

    def _once(self, readings: Readings) -> Readings:
        """Without the series that repeat another one."""
        if not self.repeats.any():
            return readings
        again = self.repeats[readings.series]
        self._count_duplicates(readings[again])
        return readings[~again]

    def _told_apart(self, readings: Readings) -> tuple[Readings, Readings]:
        """Those for day rows, and those that share their interval with another part and must not be added to it."""
        if self.streams.most == 1 or not (apart := days.kept_apart(readings, self.streams)).any():
            return readings, readings[:0]
        return readings[~apart], readings[apart]

    def _count_duplicates(self, readings: Readings) -> None:
        if len(readings):
            self.counts["duplicate"] += len(readings)
            self.tally.add_values(readings.series, readings.value, sign=-1)

    def _keep_lost(self, readings: Readings) -> None:
        self._lost.add(_years(readings), readings)

    def _write_kinds(
        self,
        table_name: str,
        folder: str,
        partition: dict[str, str],
        tables: list[pa.Table],
        arrange: Callable[[pa.Table], list[pa.Table]],
    ) -> None:
        """First versions and later ones go to files of their own: `-b` and `-r`."""
        table = pa.concat_tables(tables) if tables else None
        if table is None or not table.num_rows:
            return
        later = np.asarray(table["version"]) > 1
        for kind, rows in (("b", ~later), ("r", later)):
            if rows.any():
                chosen = table if rows.all() else table.filter(pa.array(rows))
                path = f"{folder}/{self.pending.name}-{kind}.parquet"
                size = _write_parquet(self.pending.written(table_name, path), arrange(chosen))
                self.parts[table_name].append(Part(path, size, chosen.num_rows, partition))


def _years(readings: Readings) -> npt.NDArray[np.uint16]:
    return (1970 + months_of(readings.day.astype(np.int64)) // 12).astype(np.uint16)


def _write_parquet(path: Path, row_groups: list[pa.Table]) -> int:
    """The tables one after the other, each in row groups of its own; gives the size in bytes."""
    schema = row_groups[0].schema
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
