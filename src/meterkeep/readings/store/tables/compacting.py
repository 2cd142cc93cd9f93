"""Closed months, and points of closed years, rewritten: what stands sorted in one file, what was superseded in another.

Nothing is dropped and no answer changes, as known now or then. A month is switched over in one commit of its table: before
it the old files are read, after it the new ones. A process killed at any moment leaves one or the other.
"""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

import duckdb
import msgspec
import pyarrow as pa

from meterkeep.readings.store.rows import days, points
from meterkeep.readings.store.rows.civil import DAY, days_cut_by_months, midnight
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.shelf import Shelf
from meterkeep.readings.store.tables.snapshot import Snapshot, Visible, parquet
from meterkeep.readings.store.tables.switching import Replacement, switch

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store
    from meterkeep.readings.store.tables.table import Table

DAY_KEY: Final = "usage_point, channel, unit, interval_seconds, day"
DAY_ORDER: Final = "usage_point, day, channel, unit, interval_seconds, version, received, file"
POINT_KEY: Final = "usage_point, channel, unit, start, seconds"
POINT_ORDER: Final = f"{POINT_KEY}, version, lost, value, received, file"


class Compacted(msgspec.Struct, frozen=True):
    """before, after: files of the months and years that were rewritten."""

    before: int
    after: int


def compact(store: Store, *, as_of: date) -> Compacted:
    """Each month, and each year's points, that had ended by then; those that are compact already are left alone."""
    months, years = ended(store.snapshot(fresh=True), as_of)
    done = [
        *(_switch(store, store.days, partial(_month, number)) for number in months),
        *(_switch(store, store.points, partial(_year, number)) for number in years),
    ]
    return Compacted(sum(one.before for one in done), sum(one.after for one in done))


def ended(snapshot: Snapshot, as_of: date) -> tuple[list[int], list[int]]:
    """The months of day rows, and the years of points, that had ended by then."""
    month = (as_of.year - 1970) * 12 + as_of.month - 1
    months = sorted({number for number, _ in snapshot.files.days if number < month})
    return months, sorted(number for number in snapshot.files.points if number < as_of.year)


def scattered(files: list[Visible]) -> bool:
    """Whether a compaction would rewrite them."""
    return any(not file.compacted for file in files)


Rewrite = Callable[["Store", Snapshot, duckdb.DuckDBPyConnection, Shelf], list[Visible]]


def _switch(store: Store, table: Table, rewrite: Rewrite) -> Compacted:
    """One month or year, while nobody else commits. rewrite: fills the shelf, and says which files that replaces."""

    def written(pending: Pending) -> Replacement:
        shelf = Shelf(pending, set())
        with store.cursor() as engine:
            replaced = {file.path for file in rewrite(store, store.snapshot(fresh=True), engine, shelf)}
        old = [part for part in table.parts() if f"{table.folder}/{part.path}" in replaced]
        return Replacement([*shelf.parts["days"], *shelf.parts["points"]], old)

    done = switch(store, table, written)
    return Compacted(len(done.old), len(done.new))


def _month(
    month: int, store: Store, snapshot: Snapshot, db: duckdb.DuckDBPyConnection, shelf: Shelf
) -> list[Visible]:
    first = date(1970 + month // 12, month % 12 + 1, 1)
    day = (midnight(first, store.zone) + store.offset) // DAY
    shelf.edges = days_cut_by_months(store.zone, store.offset, day - 1, day + 32)
    replaced = []
    for at, bucket in sorted(place for place in snapshot.files.days if place[0] == month):
        files = snapshot.day_files([at], [bucket], history=True)
        if not scattered(files):
            continue
        newest = f"SELECT {DAY_KEY}, max(version) AS newest FROM {parquet(files)} GROUP BY ALL"
        rows = f"SELECT r.*, newest FROM {parquet(files)} r JOIN ({newest}) USING ({DAY_KEY})"
        mark = _mark(snapshot, db, files)
        for kind, which in (("c", "version = newest"), ("h", "version < newest")):
            query = f"SELECT * EXCLUDE (newest) FROM ({rows}) WHERE {which} ORDER BY {DAY_ORDER}"
            shelf.put_compacted_days(month, bucket, f"{kind}-{mark}", _asked(db, query, days.SCHEMA))
        replaced += files
    return replaced


def _year(
    year: int, store: Store, snapshot: Snapshot, db: duckdb.DuckDBPyConnection, shelf: Shelf
) -> list[Visible]:
    """What stands apart from what is lost, superseded or emptied."""
    files = snapshot.point_files([year], history=True)
    if not scattered(files):
        return []
    newest = (
        f"SELECT {POINT_KEY}, max(version) FILTER (NOT lost) AS newest FROM {parquet(files)} GROUP BY ALL"
    )
    rows = f"SELECT r.*, newest FROM {parquet(files)} r JOIN ({newest}) USING ({POINT_KEY})"
    mark = _mark(snapshot, db, files)
    stands = "coalesce(NOT lost AND version = newest AND value IS NOT NULL, false)"
    for kind, which in (("c", stands), ("h", f"NOT {stands}")):
        query = f"SELECT * EXCLUDE (newest) FROM ({rows}) WHERE {which} ORDER BY {POINT_ORDER}"
        shelf.put_compacted_points(year, f"{kind}-{mark}", _asked(db, query, points.SCHEMA))
    return files


def _asked(db: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema) -> pa.Table:
    return db.sql(query).to_arrow_table().select(schema.names).cast(schema)


def _mark(snapshot: Snapshot, db: duckdb.DuckDBPyConnection, files: list[Visible]) -> str:
    """Through which intake the file goes, and the latest moment at which a row in it was received."""
    through = max(row.number for row in snapshot.intakes.values())
    ((latest,),) = db.execute(f"SELECT max(epoch_us(received)) FROM {parquet(files)}").fetchall()
    return f"{through}-{latest}"
