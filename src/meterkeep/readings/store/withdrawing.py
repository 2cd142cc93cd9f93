"""A file taken back: its readings cease to count, and what they had superseded counts again. Nothing is overwritten.

A withdrawal is written as an intake is, whole or not at all: rows of the next version that hold each day, and each
interval among the points, as it would be had the file not come. So the store is, from then on, what the other files
have said; and as known before, it still is what it was.
"""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput
from meterkeep.readings.model import Channel, Int32s, Series
from meterkeep.readings.store import days, points, replay
from meterkeep.readings.store.civil import days_cut_by_months
from meterkeep.readings.store.intake import later_than
from meterkeep.readings.store.pending import Pending
from meterkeep.readings.store.registry import FILE, WITHDRAWAL, IntakeRow, newest, register, withdrawn
from meterkeep.readings.store.shelf import Shelf
from meterkeep.readings.store.snapshot import Snapshot, Visible, parquet
from meterkeep.readings.store.streams import Streams
from meterkeep.readings.store.summary import Stored, quality_classes

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

Place = TypeVar("Place", int, tuple[int, int])
"""A year of the points, or a month and bucket of the day rows."""

NOTHING: Final = Stored(stored=0, duplicate=0, already_stored=0, conflicts=0, notes={}, series=[])
DAY_KEY: Final = "usage_point, channel, unit, interval_seconds, day"
POINT_KEY: Final = "usage_point, channel, unit, start, seconds"


class Withdrawn(msgspec.Struct, frozen=True):
    """ceased = restored + emptied: intervals whose reading no longer counts, for which an earlier one counts again, or
    none. send_again: digests of later files that said of some of these intervals what the store had already, or nothing
    better, so that it was not kept as theirs: taken in once more, they count.
    """

    digest: str
    already: bool
    ceased: int
    restored: int
    emptied: int
    send_again: list[str]


@dataclass(frozen=True)
class Plan:
    """The intakes, ascending. leaving: those of the file that is withdrawn; left: those withdrawn before."""

    digest: str
    rows: list[IntakeRow]
    leaving: list[IntakeRow]
    left: set[str]

    @classmethod
    def of(cls, digest: str, snapshot: Snapshot) -> Plan:
        rows = sorted(snapshot.intakes.values(), key=lambda row: row.number)
        left = withdrawn(rows)
        own = [row for row in rows if row.digest == digest]
        if not own:
            raise BadInput(
                "The store has no file with this digest.",
                next="Give the SHA-256 of the file as it was received; `ingest --json` names it.",
            )
        return cls(digest, rows, [row for row in own if row.kind == FILE and row.name not in left], left)

    def origins(self) -> pa.Table:
        """How the rows of each intake count, found by their file and moment."""
        leaving = {row.name for row in self.leaving}
        return pa.table(
            {
                "file": pa.array([row.digest for row in self.rows], pa.string()),
                "moment": pa.array([row.received for row in self.rows], pa.int64()),
                "number": pa.array([row.number for row in self.rows], pa.int64()),
                "standing": pa.array([self._standing(row, leaving) for row in self.rows], pa.int8()),
            }
        )

    def _standing(self, row: IntakeRow, leaving: set[str]) -> int:
        if row.kind == WITHDRAWAL:
            return replay.REPLAYED
        if row.name in leaving:
            return replay.LEAVING
        return replay.LEFT if row.name in self.left else replay.STANDS


def withdraw(store: Store, digest: str, *, received: datetime, policy: str, apply: bool) -> Withdrawn:
    pending = Pending.start(store.folder / "pending")
    committed = False
    try:
        if not apply:
            return _Withdrawal(store, pending, Plan.of(digest, store.snapshot(fresh=True))).count()
        with store.registry.alone() as db:
            store.sweep(db)
            plan = Plan.of(digest, store.snapshot(fresh=True))
            found = _Withdrawal(store, pending, plan).write(db, received=received, policy=policy)
        committed = True
        return found
    finally:
        store.close_pending(pending, committed=committed)


class _Withdrawal:
    def __init__(self, store: Store, pending: Pending, plan: Plan) -> None:
        self.store, self.plan, self.pending = store, plan, pending
        self.snapshot = store.snapshot()
        self.counts: Counter[str] = Counter()
        self.codes: dict[str, int] = {}
        self.usage_points: Int32s = np.zeros(0, np.int32)

    def count(self) -> Withdrawn:
        """What a withdrawal would do."""
        self._walk(None, {})
        return self._result()

    def write(self, db: sqlite3.Connection, *, received: datetime, policy: str) -> Withdrawn:
        """db: the registry, held alone."""
        digest = self.plan.digest
        moment = later_than(newest(db, digest)[1], received)
        origin = {
            "received": pa.scalar(moment, pa.timestamp("us", "UTC")),
            "file": pa.scalar(digest),
            "policy": pa.scalar(policy),
        }
        if self.plan.leaving:
            shelf = Shelf(self.pending, set())
            self._walk(shelf, origin)
            self.store.put_in_place(self.pending, shelf.parts)
            register(
                db,
                name=self.pending.name,
                digest=digest,
                received=moment,
                policy=policy,
                qualities=[*self.codes],
                usage_points=self.usage_points,
                result=NOTHING,
                kind=WITHDRAWAL,
            )
        return self._result()

    def _result(self) -> Withdrawn:
        ceased, restored = self.counts["ceased"], self.counts["restored"]
        return Withdrawn(
            digest=self.plan.digest,
            already=not self.plan.leaving,
            ceased=ceased,
            restored=restored,
            emptied=ceased - restored,
            send_again=self._send_again() if ceased else [],
        )

    def _walk(self, shelf: Shelf | None, origin: dict[str, pa.Scalar]) -> None:
        if not self.plan.leaving:
            return
        with self.store.cursor() as db:
            db.register("origins", self.plan.origins())
            for month, bucket in self._touched(self.snapshot.files.days):
                files = self.snapshot.day_files([month], [bucket], history=True)
                tables = self._days(db, files, origin)
                if shelf and tables:
                    day = pa.concat_tables(tables)["day"].cast(pa.int32()).to_numpy()
                    shelf.edges = days_cut_by_months(
                        self.store.zone, self.store.offset, int(day.min()), int(day.max())
                    )
                    shelf.put_days(month, bucket, tables)
            for year in self._touched(self.snapshot.files.points):
                files = self.snapshot.point_files([year], history=True)
                table = self._points(db, files, origin)
                if shelf:
                    shelf.put_points(year, table)

    def _touched(self, places: dict[Place, list[Visible]]) -> list[Place]:
        """The places where the file may have rows."""
        leaving = {row.name for row in self.plan.leaving}
        return sorted(
            place for place in places if any(f.compacted or f.intake in leaving for f in places[place])
        )

    def _days(
        self, db: duckdb.DuckDBPyConnection, files: list[Visible], origin: dict[str, pa.Scalar]
    ) -> list[pa.Table]:
        streams = self._streams(db, files)
        if not streams.keys:
            return []
        stored = db.sql(self._history(files)).to_arrow_table()
        written = []
        for seconds in stored["interval_seconds"].unique().to_pylist():
            same = stored.filter(pc.equal(stored["interval_seconds"], seconds))
            change = replay.replayed(same, seconds, codes=self.codes)
            self.counts.update(ceased=change.ceased, restored=change.restored)
            if change.ceased and origin:
                codes = [*self.codes]
                self._met(streams.usage_point[np.unique(change.rows.rank)])
                written.append(
                    days.to_arrow(
                        change.rows, streams, classes=quality_classes(codes), codes=codes, origin=origin
                    )
                )
        return written

    def _streams(self, db: duckdb.DuckDBPyConnection, files: list[Visible]) -> Streams:
        """Those of the file that is withdrawn, now the table `streams`."""
        rows = db.sql(f"""
            SELECT DISTINCT usage_point, channel, unit FROM {parquet(files)}
            WHERE file = '{self.plan.digest}' ORDER BY ALL""").fetchall()
        series = [Series(i, (), Channel(channel), unit) for i, (_, channel, unit) in enumerate(rows)]
        streams = Streams(series, np.array([usage_point for usage_point, *_ in rows], np.int32))
        db.register("streams", streams.table())
        return streams

    def _history(self, files: list[Visible]) -> str:
        """All rows ever written for the days that the file has told of, in the order in which they came."""
        return f"""
            SELECT rank::BIGINT << 17 | (day - DATE '1970-01-01') AS key, interval_seconds, power_of_ten, version,
                   values, quality, number, standing
            FROM {parquet(files)} r
            SEMI JOIN (SELECT DISTINCT {DAY_KEY} FROM {parquet(files)} WHERE file = '{self.plan.digest}')
                USING ({DAY_KEY})
            JOIN streams USING (usage_point, channel, unit)
            JOIN origins o ON r.file = o.file AND epoch_us(r.received) = o.moment
            ORDER BY interval_seconds, key, number"""

    def _points(
        self, db: duckdb.DuckDBPyConnection, files: list[Visible], origin: dict[str, pa.Scalar]
    ) -> pa.Table:
        """What each version of an interval says, one file has said; so the highest that stands is what counts."""
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE told AS
            SELECT r.* EXCLUDE (file, policy, received, lost), standing
            FROM {parquet(files)} r
            SEMI JOIN (SELECT DISTINCT {POINT_KEY} FROM {parquet(files)}
                       WHERE file = '{self.plan.digest}' AND NOT lost) USING ({POINT_KEY})
            JOIN origins o ON r.file = o.file AND epoch_us(r.received) = o.moment
            WHERE NOT lost""")
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE tops AS
            SELECT {POINT_KEY}, max(version) AS top, after FROM told JOIN (
                SELECT {POINT_KEY}, max(version) FILTER (standing IN ({replay.STANDS}, {replay.LEAVING})) AS before,
                       max(version) FILTER (standing = {replay.STANDS}) AS after
                FROM told GROUP BY ALL HAVING after IS DISTINCT FROM before) USING ({POINT_KEY}) GROUP BY ALL""")
        table = db.sql(f"""
            SELECT {POINT_KEY}, value, power_of_ten, quality, top + 1 AS version
            FROM told JOIN tops USING ({POINT_KEY}) WHERE version = after AND standing = {replay.STANDS}
            UNION ALL SELECT {POINT_KEY}, NULL, 0, NULL, top + 1 FROM tops WHERE after IS NULL
            ORDER BY usage_point, channel, unit, start, seconds, value""").to_arrow_table()
        # Several readings may stand for one interval, so intervals are counted, not rows.
        ((ceased, restored),) = db.execute("SELECT count(*), count(after) FROM tops").fetchall()
        self.counts.update(ceased=ceased, restored=restored)
        self._met(table["usage_point"].to_numpy())
        for code in table["quality"].unique().drop_null().to_pylist():
            self.codes.setdefault(code, len(self.codes))
        if not origin:
            return table
        return _with_origin(table, origin)

    def _met(self, usage_points: Int32s) -> None:
        self.usage_points = np.union1d(self.usage_points, usage_points).astype(np.int32)

    def _send_again(self) -> list[str]:
        """The later files that may have confirmed what is withdrawn: such a reading was counted, not stored again."""
        own = {row.name for row in self.plan.leaving}
        others = {row.name: row.digest for row in self.plan.rows if row.kind == FILE}
        told: dict[int, tuple[str, str]] = {}
        again: dict[str, None] = {}
        for name, result in self.store.registry.results_after(self.plan.leaving[0].number):
            if name in own:
                for series in result.series:
                    first, last = told.get(series.usage_point, (series.first, series.last))
                    told[series.usage_point] = min(first, series.first), max(last, series.last)
            elif name not in self.plan.left and (result.already_stored or result.notes.get("not_better")):
                meets = any(
                    s.usage_point in told
                    and s.first <= told[s.usage_point][1]
                    and s.last >= told[s.usage_point][0]
                    for s in result.series
                )
                if meets and name in others:
                    again[others[name]] = None
        return [*again]


def _with_origin(table: pa.Table, origin: dict[str, pa.Scalar]) -> pa.Table:
    columns = {
        **{name: table[name] for name in table.column_names},
        "lost": pa.array(np.zeros(len(table), bool)),
        **{name: pa.repeat(value, len(table)) for name, value in origin.items()},
    }
    return pa.table({name: columns[name] for name in points.SCHEMA.names}).cast(points.SCHEMA)
