"""What counts has changed: rows of the next version that hold each day, and each interval among the points, as they are now.

Nothing is overwritten. The store is, from then on, what the files and parts that still count have said; and as known before,
it still is what it was.
"""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.defects import DefectList
from meterkeep.readings.model import Channel, Int32s, Series
from meterkeep.readings.store.correcting import replay
from meterkeep.readings.store.correcting.standing import STAGES, Silenced, Turn
from meterkeep.readings.store.intake.noting import Noting, note
from meterkeep.readings.store.intake.summary import Stored, quality_classes
from meterkeep.readings.store.rows import days, points
from meterkeep.readings.store.rows.civil import DAY, days_cut_by_months, months_of
from meterkeep.readings.store.rows.streams import Streams
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.registry import IntakeRow, register
from meterkeep.readings.store.tables.shelf import Shelf
from meterkeep.readings.store.tables.snapshot import BUCKETS, Snapshot, Visible, parquet

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

NOTHING: Final = Stored(stored=0, duplicate=0, already_stored=0, conflicts=0, notes={}, series=[])
DAY_KEY: Final = "usage_point, channel, unit, interval_seconds, day"
POINT_KEY: Final = "usage_point, channel, unit, start, seconds"

Origin = dict[str, pa.Scalar]


class Turning:
    """counts: intervals that ceased, of these restored, and revived ones. noted: where, and as what, those that ceased are
    listed.
    """

    def __init__(
        self,
        store: Store,
        turn: Turn,
        *,
        db: sqlite3.Connection,
        snapshot: Snapshot,
        pending: Pending,
        noted: tuple[DefectList, str] | None = None,
    ) -> None:
        self.store, self.turn, self.snapshot, self.pending = store, turn, snapshot, pending
        self._noted = noted
        self.silenced = Silenced.of(turn, db, offset=store.offset)
        self.changed = self.silenced.changed()
        self.counts: Counter[str] = Counter(ceased=0, restored=0, revived=0)
        self.codes: dict[str, int] = {}
        self.usage_points: Int32s = np.zeros(0, np.int32)
        self._digests = ", ".join(f"'{row.digest}'" for row in turn.moved) or "''"

    def count(self) -> None:
        self._walk(None, {})

    def write(self, db: sqlite3.Connection, *, digest: str, moment: int, policy: str, kind: str) -> IntakeRow:
        """db: the registry, held alone. digest, moment: in whose name this happens, and when, in microseconds."""
        origin = {
            "received": pa.scalar(moment, pa.timestamp("us", "UTC")),
            "file": pa.scalar(digest),
            "policy": pa.scalar(policy),
        }
        shelf = Shelf(self.pending, set())
        self._walk(shelf, origin)
        self.store.put_in_place(self.pending, shelf.parts)
        number = register(
            db,
            name=self.pending.name,
            digest=digest,
            received=moment,
            policy=policy,
            qualities=[*self.codes],
            usage_points=self.usage_points,
            result=NOTHING,
            kind=kind,
        )
        return IntakeRow(number, self.pending.name, digest, kind, moment, (*self.codes,), None)

    def _walk(self, shelf: Shelf | None, origin: Origin) -> None:
        with self.store.cursor() as db:
            db.register("origins", self.turn.origins())
            db.register("changed", self.changed)
            db.register("silenced", self.silenced.keys)
            for stage, said in self.silenced.said.items():
                db.register(f"said_{stage}", said)
            for month, bucket in self._months_touched():
                files = self.snapshot.day_files([month], [bucket], history=True)
                tables = self._days(db, files, origin) if files else []
                if shelf and tables:
                    day = pa.concat_tables(tables)["day"].cast(pa.int32()).to_numpy()
                    shelf.edges = days_cut_by_months(
                        self.store.zone, self.store.offset, int(day.min()), int(day.max())
                    )
                    shelf.put_days(month, bucket, tables)
            for year in self._years_touched():
                files = self.snapshot.point_files([year], history=True)
                table = self._points(db, files, origin) if files else None
                if shelf and table:
                    shelf.put_points(year, table)

    def _months_touched(self) -> list[tuple[int, int]]:
        month = months_of((self.changed["start"].to_numpy() + self.store.offset) // DAY)
        bucket = self.changed["usage_point"].to_numpy() % BUCKETS
        silenced = {*zip(month.tolist(), bucket.tolist(), strict=True)}
        files = self.snapshot.files.days
        return sorted(silenced | {place for place in files if self._may_hold(files[place])})

    def _years_touched(self) -> list[int]:
        month = months_of((self.changed["start"].to_numpy() + self.store.offset) // DAY)
        files = self.snapshot.files.points
        return sorted(
            {*(1970 + month // 12).tolist()} | {year for year in files if self._may_hold(files[year])}
        )

    def _may_hold(self, files: list[Visible]) -> bool:
        """Whether rows of a file that comes or goes may be in these."""
        moved = {row.name for row in self.turn.moved}
        return bool(moved) and any(f.compacted or f.intake in moved for f in files)

    def _days(self, db: duckdb.DuckDBPyConnection, files: list[Visible], origin: Origin) -> list[pa.Table]:
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE touched AS
            SELECT DISTINCT {DAY_KEY} FROM {parquet(files)} WHERE file IN ({self._digests})
            UNION SELECT DISTINCT usage_point, channel, unit, seconds,
                                  DATE '1970-01-01' + ((start + {self.store.offset}) // {DAY})::INT FROM changed""")
        streams = self._streams(db)
        if not streams.keys:
            return []
        stored = db.sql(self._history(files)).to_arrow_table()
        silenced = db.sql(self._silenced()).to_arrow_table()
        written = []
        for seconds in stored["interval_seconds"].unique().to_pylist():
            same, less = (
                table.filter(pc.equal(table[name], seconds))
                for table, name in ((stored, "interval_seconds"), (silenced, "seconds"))
            )
            change = replay.replayed(same, less, seconds, codes=self.codes)
            self.counts.update(
                ceased=int(change.ceased.sum()), restored=change.restored, revived=change.revived
            )
            if self._noted:
                noting = Noting(self._noted[0], streams, offset=self.store.offset)
                noting.cells(self._noted[1], change.rows, change.ceased)
            if len(change.rows.key) and origin:
                codes = [*self.codes]
                self._met(streams.usage_point[np.unique(change.rows.rank)])
                written.append(
                    days.to_arrow(
                        change.rows, streams, classes=quality_classes(codes), codes=codes, origin=origin
                    )
                )
        return written

    def _streams(self, db: duckdb.DuckDBPyConnection) -> Streams:
        """Those that are touched, now the table `streams`."""
        rows = db.sql("SELECT DISTINCT usage_point, channel, unit FROM touched ORDER BY ALL").fetchall()
        series = [Series(i, (), Channel(channel), unit) for i, (_, channel, unit) in enumerate(rows)]
        streams = Streams(series, np.array([usage_point for usage_point, *_ in rows], np.int32))
        db.register("streams", streams.table())
        return streams

    def _history(self, files: list[Visible]) -> str:
        """All rows ever written for the days that are touched, in the order in which they came."""
        return f"""
            SELECT rank::BIGINT << 17 | (day - DATE '1970-01-01') AS key, interval_seconds, power_of_ten, version,
                   values, quality, number, told, before, after
            FROM {parquet(files)} r
            SEMI JOIN touched USING ({DAY_KEY})
            JOIN streams USING (usage_point, channel, unit)
            JOIN origins o ON r.file = o.file AND epoch_us(r.received) = o.moment
            ORDER BY interval_seconds, key, number"""

    def _silenced(self) -> str:
        said = ", ".join(
            f"{stage}.{column} AS {stage}_{name}"
            for stage in STAGES
            for name, column in (("value", "value"), ("power", "power_of_ten"), ("quality", "quality"))
        )
        joined = " ".join(
            f"LEFT JOIN said_{stage} {stage} USING (number, usage_point, channel, unit, seconds, start)"
            for stage in STAGES
        )
        local = f"start + {self.store.offset}"
        return f"""
            SELECT number, rank::BIGINT << 17 | ({local}) // {DAY} AS key, seconds,
                   ({local}) % {DAY} // greatest(seconds, 1) AS position, s.before, s.after, {said}
            FROM silenced s JOIN streams USING (usage_point, channel, unit) {joined}
            WHERE seconds > 0 AND {DAY} % greatest(seconds, 1) = 0 AND ({local}) % greatest(seconds, 1) = 0"""

    def _points(self, db: duckdb.DuckDBPyConnection, files: list[Visible], origin: Origin) -> pa.Table:
        """What each version of an interval says, one file has said; so the highest that stands is what counts."""
        self._gather_told(db, files)
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE tops AS
            SELECT {POINT_KEY}, top, was, now
            FROM (SELECT {POINT_KEY}, max(version) AS top FROM told GROUP BY ALL)
            LEFT JOIN (SELECT {POINT_KEY}, max(version) AS was FROM told_before GROUP BY ALL) USING ({POINT_KEY})
            LEFT JOIN (SELECT {POINT_KEY}, max(version) AS now FROM told_after GROUP BY ALL) USING ({POINT_KEY})
            LEFT JOIN ({self._otherwise()}) USING ({POINT_KEY}, now)
            WHERE was IS DISTINCT FROM now OR otherwise""")
        table = db.sql(f"""
            SELECT {POINT_KEY}, value, power_of_ten, quality, top + 1 AS version
            FROM told_after JOIN tops USING ({POINT_KEY}) WHERE version = now
            UNION ALL SELECT {POINT_KEY}, NULL, 0, NULL, top + 1 FROM tops WHERE now IS NULL
            ORDER BY usage_point, channel, unit, start, seconds, value""").to_arrow_table()
        # Several readings may stand for one interval, so intervals are counted, not rows.
        ((ceased, restored, there),) = db.execute(
            "SELECT count(was), count(was) FILTER (now IS NOT NULL), count(now) FROM tops"
        ).fetchall()
        self.counts.update(ceased=ceased, restored=restored, revived=there - restored)
        if self._noted and ceased:
            self._note_points(db.sql(f"SELECT {POINT_KEY} FROM tops WHERE was IS NOT NULL").to_arrow_table())
        self._met(table["usage_point"].to_numpy())
        for code in table["quality"].unique().drop_null().to_pylist():
            self.codes.setdefault(code, len(self.codes))
        return _with_origin(table, origin) if origin else table

    def _note_points(self, ceased: pa.Table) -> None:
        assert self._noted is not None, "only where it is asked for"  # noqa: S101
        defects, kind = self._noted
        channels = ceased["channel"].combine_chunks().dictionary_encode()
        usage_points, own = np.unique(ceased["usage_point"].to_numpy(), return_inverse=True)
        words = channels.dictionary.to_pylist()
        first = defects.streams(np.repeat(usage_points, len(words)), words * len(usage_points))
        stream = first + own * len(words) + channels.indices.to_numpy()
        note(defects, kind, stream, ceased["start"].to_numpy(), ceased["seconds"].to_numpy())

    def _otherwise(self) -> str:
        """SQL for the intervals of which one version says something else than before."""
        said = f"{POINT_KEY}, version AS now, list_sort(list((value, power_of_ten, quality)))"
        return f"""
            SELECT {POINT_KEY}, now, TRUE AS otherwise
            FROM (SELECT {said} AS b FROM told_before GROUP BY ALL)
            JOIN (SELECT {said} AS a FROM told_after GROUP BY ALL) USING ({POINT_KEY}, now) WHERE a != b"""

    def _gather_told(self, db: duckdb.DuckDBPyConnection, files: list[Visible]) -> None:
        """The tables `told`, all that was ever said of the intervals that are touched, and what counts of it before and after."""
        rows = (
            f"(SELECT * REPLACE (epoch_us(start) // 1000000 AS start) FROM {parquet(files)} WHERE NOT lost)"
        )
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE told AS
            SELECT {POINT_KEY}, value, power_of_ten, quality, version, number, told AND before AS before,
                   told AND after AS after
            FROM {rows} r
            SEMI JOIN (SELECT DISTINCT {POINT_KEY} FROM {rows} WHERE file IN ({self._digests})
                       UNION SELECT {POINT_KEY} FROM changed) USING ({POINT_KEY})
            JOIN origins o ON r.file = o.file AND epoch_us(r.received) = o.moment""")
        for stage in STAGES:
            db.execute(f"""
                CREATE OR REPLACE TEMP TABLE told_{stage} AS
                WITH standing AS (FROM told WHERE {stage}), less AS (FROM silenced WHERE {stage})
                SELECT {POINT_KEY}, version, value, power_of_ten, quality
                FROM standing ANTI JOIN less USING (number, {POINT_KEY})
                UNION ALL SELECT {POINT_KEY}, version, s.value, s.power_of_ten, s.quality
                FROM said_{stage} s SEMI JOIN less USING (number, {POINT_KEY})
                JOIN (SELECT DISTINCT number, {POINT_KEY}, version FROM standing) USING (number, {POINT_KEY})""")

    def _met(self, usage_points: Int32s) -> None:
        self.usage_points = np.union1d(self.usage_points, usage_points).astype(np.int32)


def _with_origin(table: pa.Table, origin: Origin) -> pa.Table:
    columns = {
        **{name: table[name] for name in table.column_names},
        "start": pc.multiply(table["start"], 1_000_000),
        "lost": pa.array(np.zeros(len(table), bool)),
        **{name: pa.repeat(value, len(table)) for name, value in origin.items()},
    }
    return pa.table({name: columns[name] for name in points.SCHEMA.names}).cast(points.SCHEMA)
