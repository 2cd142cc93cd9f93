"""The rows of the store as they are, for checks: a bounded number of positions at a time, every usage point in one piece."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.store.intake.intake import microseconds
from meterkeep.readings.store.rows.civil import DAY, months_of
from meterkeep.readings.store.rows.spans import Spans
from meterkeep.readings.store.steady import steady
from meterkeep.readings.store.store import Store
from meterkeep.readings.store.tables.snapshot import (
    BUCKETS,
    Snapshot,
    current_days,
    current_points,
    parquet,
)

MOST_CELLS: Final = 3_000_000
"""Positions of day rows that are given at once."""

DAYS: Final = pa.schema(
    [
        ("usage_point", pa.int32()),
        ("channel", pa.string()),
        ("unit", pa.string()),
        ("interval_seconds", pa.int32()),
        ("day", pa.date32()),
        ("power_of_ten", pa.int8()),
        ("values", pa.list_(pa.int64())),
        ("quality", pa.list_(pa.string())),
        ("received", pa.int64()),
    ]
)
POINTS: Final = pa.schema(
    [
        ("usage_point", pa.int32()),
        ("channel", pa.string()),
        ("unit", pa.string()),
        ("start", pa.int64()),
        ("seconds", pa.int32()),
        ("value", pa.int64()),
        ("power_of_ten", pa.int8()),
        ("quality", pa.string()),
        ("lost", pa.bool_()),
        ("received", pa.int64()),
    ]
)


class Rows(NamedTuple):
    """days and points: rows that stand, and points that lost their place, as DAYS and POINTS say; instants in epoch seconds.
    spans: usage_point, start and end of what was asked for of these usage points.
    """

    days: pa.Table
    points: pa.Table
    spans: pa.Table


def rows_in_batches(store: Store, holdings: pa.Table, *, known: datetime | None = None) -> Iterator[Rows]:
    """Rows that may hold readings of the holdings, which `Store.read` describes; whoever asks leaves out what lies outside.

    Every usage point of the holdings comes exactly once, in no particular order. known: as the store was then.
    """
    spans = Spans.of(holdings)
    for bucket in range(BUCKETS):
        ours = spans[spans.usage_point % BUCKETS == bucket]
        if len(ours):
            source = _Bucket(store, ours, bucket, known)
            for low, high in source.pieces():
                yield source.rows(low, high)


class _Bucket:
    """The usage points of one partition. Spans: of these alone."""

    def __init__(self, store: Store, spans: Spans, bucket: int, known: datetime | None) -> None:
        self._store, self._spans, self._bucket, self._known = store, spans, bucket, known
        self._usage_points = spans.usage_points()
        first, end = int(spans.start.min()), int(spans.end.max())
        days = np.arange((first + store.offset) // DAY, (end - 1 + store.offset) // DAY + 1)
        self._months = np.unique(months_of(days)).tolist()
        self._days = f"day BETWEEN DATE '1970-01-01' + {days[0]} AND DATE '1970-01-01' + {days[-1]}"
        self._time = f"epoch_us(start) // 1000000 BETWEEN {first} AND {end - 1}"

    def pieces(self) -> list[tuple[int, int]]:
        """The first and the last usage point of pieces with at most MOST_CELLS positions, one usage point at least."""
        schema = pa.schema([("usage_point", pa.int32()), ("cells", pa.int64())])
        columns = f"usage_point, sum({DAY} // interval_seconds) AS cells"
        sizes = self._asked(lambda snapshot: self._day_rows(snapshot, columns, "TRUE GROUP BY ALL"), schema)
        cells = np.zeros(len(self._usage_points), np.int64)
        held = sizes.filter(pc.is_in(sizes["usage_point"], value_set=pa.array(self._usage_points)))
        cells[np.searchsorted(self._usage_points, held["usage_point"].to_numpy())] = held["cells"].to_numpy()
        piece = np.cumsum(cells) // MOST_CELLS
        return [
            (int(part[0]), int(part[-1]))
            for part in np.split(self._usage_points, np.flatnonzero(np.diff(piece)) + 1)
        ]

    def rows(self, low: int, high: int) -> Rows:
        own = f"usage_point BETWEEN {low} AND {high}"
        names = ", ".join(name for name in DAYS.names if name != "received")
        columns = f"{names}, epoch_us(received) // 1000000 AS received"
        days = self._asked(lambda snapshot: self._day_rows(snapshot, columns, own), DAYS)
        points = self._asked(lambda snapshot: self._point_rows(snapshot, own), POINTS)
        spans = self._spans[(self._spans.usage_point >= low) & (self._spans.usage_point <= high)]
        asked = pa.array(spans.usage_points())
        return Rows(
            days.filter(pc.is_in(days["usage_point"], value_set=asked)),
            points.filter(pc.is_in(points["usage_point"], value_set=asked)),
            pa.table({"usage_point": spans.usage_point, "start": spans.start, "end": spans.end}),
        )

    def _day_rows(self, snapshot: Snapshot, columns: str, where: str) -> str:
        files = snapshot.day_files(self._months, [self._bucket])
        return (
            f"SELECT {columns} FROM ({current_days(files)}) WHERE {self._days} AND {where}" if files else ""
        )

    def _point_rows(self, snapshot: Snapshot, own: str) -> str:
        years = {1970 + month // 12 for month in self._months}
        columns = """usage_point, channel, unit, epoch_us(start) // 1000000 AS start, seconds, value, power_of_ten, quality,
                     lost, epoch_us(received) // 1000000 AS received"""
        where = f"usage_point % {BUCKETS} = {self._bucket} AND {own} AND {self._time} AND value IS NOT NULL"
        parts = []
        if files := snapshot.point_files(years):
            parts.append(f"SELECT {columns} FROM ({current_points(files)}) WHERE {where}")
        # What lost its place lies in the files of the past once a year has been compacted.
        if files := snapshot.point_files(years, history=True):
            parts.append(f"SELECT {columns} FROM {parquet(files)} WHERE lost AND {where}")
        return " UNION ALL ".join(parts)

    def _asked(self, query: Callable[[Snapshot], str], schema: pa.Schema) -> pa.Table:
        return steady(self._store, lambda: self._ask(query, schema))

    def _ask(self, query: Callable[[Snapshot], str], schema: pa.Schema) -> pa.Table:
        snapshot = self._store.snapshot()
        if self._known is not None:
            snapshot = snapshot.as_known(microseconds(self._known))
        text = query(snapshot.of(self._usage_points))
        if not text:
            return schema.empty_table()
        with self._store.cursor() as db:
            return db.sql(text).to_arrow_table().select(schema.names).cast(schema)
