"""The writing half of an intake: collected readings become Parquet files that say only what the store did not know."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.model import Int64s
from meterkeep.readings.store.intake.noting import Noting
from meterkeep.readings.store.intake.summary import SeriesSummary, Tally, quality_classes
from meterkeep.readings.store.rows import days, points
from meterkeep.readings.store.rows.civil import DAY, months_of
from meterkeep.readings.store.rows.runs import Readings, Runs, joined
from meterkeep.readings.store.rows.streams import Streams
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.shelf import Shelf
from meterkeep.readings.store.tables.snapshot import BUCKETS, Snapshot, Visible, current_days, parquet


class Writing:
    """pending: where the files are written; edges: see Shelf. repeats: which series say what an earlier one says; their
    readings are duplicates. ranks: of the classes of quality, see replacement. told: what series a file of the store had.
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
        ranks: npt.NDArray[np.int8],
        told: Callable[[str], Sequence[SeriesSummary]],
        noting: Noting,
    ) -> None:
        self.shelf, self.offset = Shelf(pending, edges), offset
        self.streams, self.origin, self.tally, self.repeats = streams, origin, tally, repeats
        self.snapshot = snapshot.of(np.unique(streams.usage_point))
        self.codes = {code: index for index, code in enumerate(qualities)}
        self.noting, self.counts = noting, noting.counts
        self._lost = Runs(pending.folder / "lost")
        self._ranks, self._told = ranks, told
        self._parts: dict[str, dict[int, set[str]]] = {}
        self._held: dict[int, list[points.Points]] = defaultdict(list)

    def write(self, regular: Runs, irregular: Runs, db: duckdb.DuckDBPyConnection) -> None:
        db.register("streams", self.streams.table())
        for partition in regular.partitions():
            readings, apart = self._told_apart(self._once(regular.take(partition)))
            irregular.add(_years(apart), apart)
            self._write_days(db, partition, readings)
        for year in sorted({*irregular.partitions(), *self._lost.partitions(), *self._held}):
            self._write_points(db, year, irregular)

    def _write_days(self, db: duckdb.DuckDBPyConnection, partition: int, readings: Readings) -> None:
        if not len(readings):
            return
        month, bucket = divmod(partition, BUCKETS)
        files = self.snapshot.day_files([month], [bucket])
        stored = db.sql(self._stored_days(files, readings)).to_arrow_table() if files else None
        written = []
        classes = quality_classes([*self.codes])
        for gathered in days.gather(readings, self.streams, classes=classes):
            if gathered.rows.parts is not None:
                self.noting.cells("series_added", gathered.rows, gathered.rows.parts > 1)
            self._count_duplicates(gathered.duplicate)
            self._keep_lost(gathered.lost)
            written += [self._day_table(rows) for rows in self._news(gathered.rows, stored)]
        self.shelf.put_days(month, bucket, written)

    def _stored_days(self, files: list[Visible], readings: Readings) -> str:
        """Of the days from the first to the last of the readings: what a month holds beside them is not read."""
        first, last = int(readings.day.min()), int(readings.day.max())
        return f"""
            SELECT rank::BIGINT << 17 | (day - DATE '1970-01-01') AS key, r.* EXCLUDE (day, total, received, policy)
            FROM ({current_days(files, days=(first, last))}) r JOIN streams USING (usage_point, channel, unit)"""

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
        apart = self._elsewhere(rows.key[met], stored)
        old = days.align(stored, rows[met], codes=self.codes)
        classes = quality_classes([*self.codes])
        merged = days.merge(rows[met], old, apart, classes=classes, ranks=self._ranks[classes])
        self.counts.update(stored=merged.stored, already_stored=merged.already_stored)
        # What is never added up is no part of a total: it stands beside what another file has told of its interval.
        beside = apart & ~self.streams.summable[rows[met].rank]
        for kind, where in merged.notes.items():
            self.noting.cells(kind, rows[met], where & ~beside[:, None])
        self._put_aside(rows[met], merged.beaten, beside)
        yield merged.rows

    def _elsewhere(self, keys: Int64s, stored: pa.Table) -> npt.NDArray[np.bool_]:
        """Of which days another file has told of parts that this file does not have; for these two there is no total."""
        apart = np.zeros(len(keys), bool)
        if not any(self.streams.named):
            return apart
        for file in stored["file"].unique().to_pylist():
            met = np.unique(stored.filter(pc.equal(stored["file"], file))["key"].to_numpy())
            parts = self._parts_of(file)
            lacking = [parts.get(r, set()) - self.streams.named[r] for r in (met >> 17).tolist()]
            apart |= np.isin(keys, met[np.array([bool(each) for each in lacking], bool)])
        return apart

    def _parts_of(self, file: str) -> dict[int, set[str]]:
        """What a file has called the parts of this one's streams, by rank."""
        if file not in self._parts:
            found = self._parts[file] = {}
            ranks = {key: rank for rank, key in enumerate(self.streams.keys)}
            for series in self._told(file):
                rank = ranks.get((series.usage_point, series.channel, series.unit))
                if rank is not None and series.part:
                    found.setdefault(rank, set()).add(series.part)
        return self._parts[file]

    def _put_aside(
        self, rows: days.Rows, beaten: npt.NDArray[np.bool_], beside: npt.NDArray[np.bool_]
    ) -> None:
        """What is not as good as what stands is kept among the points; of rows that are beside it, as good as that."""
        row, position = np.nonzero(beaten)
        if not len(row):
            return
        day, lost, one = rows.day[row], ~beside[row], np.ones(len(row), np.int64)
        held = points.Points(
            rank=rows.rank[row].astype(np.int32),
            start=day * DAY + position * rows.seconds - self.offset,
            seconds=np.full(len(row), rows.seconds, np.int32),
            value=rows.values[row, position],
            power=rows.power[row],
            quality=rows.codes()[row, position],
            lost=lost,
            version=np.where(lost, points.HELD, one),
            parts=one if rows.parts is None else rows.parts[row, position].astype(np.int64),
        )
        years = 1970 + months_of(day) // 12
        for year in np.unique(years).tolist():
            self._held[year].append(held[years == year])

    def _day_table(self, rows: days.Rows) -> pa.Table:
        codes = [*self.codes]
        return days.to_arrow(
            rows, self.streams, classes=quality_classes(codes), codes=codes, origin=self.origin
        )

    def _write_points(self, db: duckdb.DuckDBPyConnection, year: int, irregular: Runs) -> None:
        parts = [self._lost.take(year), self._once(irregular.take(year))]
        lost = np.repeat([True, False], [len(part) for part in parts])
        classes = quality_classes([*self.codes])
        new, duplicate = points.gather(joined(parts), lost, self.streams, offset=self.offset, classes=classes)
        self._count_duplicates(duplicate)
        self.noting.points("series_added", new, new.parts > 1)
        for held in self._held.pop(year, []):
            new = points.joined(new, held)
        merged = self._merged(db, year, new)
        self.counts.update(
            stored=int(merged.points.parts[merged.fresh].sum()),
            already_stored=int(merged.points.parts[~merged.fresh].sum()),
        )
        for kind, where in merged.notes.items():
            self.noting.points(kind, merged.points, where)
        table = points.to_arrow(
            merged.points,
            merged.written,
            merged.version,
            self.streams,
            codes=[*self.codes],
            origin=self.origin,
        )
        self.shelf.put_points(year, table)

    def _merged(self, db: duckdb.DuckDBPyConnection, year: int, new: points.Points) -> points.Merged:
        files = self.snapshot.point_files([year], history=True)
        if not files:
            return points.unmet(new)
        stored = db.sql(self._stored_points(parquet(files))).to_arrow_table()
        old, gone = points.from_arrow(stored, codes=self.codes), stored["gone"].to_numpy()
        classes = quality_classes([*self.codes])
        return points.merge(new, old, gone, classes=classes, ranks=self._ranks[classes])

    def _stored_points(self, files: str) -> str:
        return f"""
            SELECT rank, epoch_us(start) // 1000000 AS start, seconds, coalesce(value, 0) AS value,
                   value IS NULL AS gone, power_of_ten, quality, lost, version
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
            self.noting.readings("duplicate", readings)
            self.tally.add_values(readings.series, readings.value, sign=-1)

    def _keep_lost(self, readings: Readings) -> None:
        self._lost.add(_years(readings), readings)


def _years(readings: Readings) -> npt.NDArray[np.uint16]:
    return (1970 + months_of(readings.day.astype(np.int64)) // 12).astype(np.uint16)
