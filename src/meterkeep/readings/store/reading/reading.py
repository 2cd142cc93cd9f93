"""Reading by interval: exactly what lies inside the spans, as it is or in sums over hours, civil days or civil months."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput
from meterkeep.readings.model import SUMMABLE, Int64s
from meterkeep.readings.quality import classify
from meterkeep.readings.store.intake.summary import CLASSES
from meterkeep.readings.store.rows.civil import DAY, civil_periods, months_of
from meterkeep.readings.store.rows.spans import Spans
from meterkeep.readings.store.tables.snapshot import BUCKETS, Snapshot, Visible, current_days, current_points

FIXED: Final = {"PT15M": 900, "PT1H": 3600}
CIVIL: Final = frozenset({"P1D", "P1M"})

MOST_NAMED = 200
"""Up to this many usage points a query names them, so that Parquet pages without them are skipped."""

COLUMNS: Final = {
    "holder": pa.int64(),
    "usage_point": pa.int32(),
    "channel": pa.string(),
    "start": pa.timestamp("s", "UTC"),
    "seconds": pa.int32(),
    "value": pa.int64(),
    "power_of_ten": pa.int32(),
    "unit": pa.string(),
    "quality": pa.string(),
    "n_present": pa.int32(),
    "n_expected": pa.int32(),
    "interval_seconds": pa.int32(),
    **{f"n_{name}": pa.int32() for name in CLASSES},
}

SUMMED: Final = ", ".join(f"'{channel.value}'" for channel in sorted(SUMMABLE))
POWERS: Final = "[" + ", ".join(f"{10**n}::HUGEINT" for n in range(31)) + "]"
CLASS: Final = {name: f"class = {number}" for number, name in enumerate(CLASSES)}
AS_IT_IS: Final = ", ".join(
    [
        "1 AS n_present, 1 AS n_expected, seconds AS interval_seconds",
        *(f"({is_it})::INT AS n_{name}" for name, is_it in CLASS.items()),
    ]
)
LASTS: Final = "greatest(seconds, 1)"
"""A file may give an amount and no duration: a second, so that it can be counted."""

ORDER: Final = [(name, "ascending") for name in ("usage_point", "channel", "start")]


class Reading:
    """One question to one snapshot. db: a cursor of its own."""

    def __init__(
        self, db: duckdb.DuckDBPyConnection, snapshot: Snapshot, spans: Spans, *, zone: ZoneInfo, offset: int
    ) -> None:
        self.db, self.spans, self.zone, self.offset = db, spans, zone, offset
        self.usage_points = spans.usage_points()
        self.snapshot = snapshot.of(self.usage_points)
        self.first, self.end = (int(spans.start.min()), int(spans.end.max())) if len(spans) else (0, 0)
        db.register("spans", spans.table())
        db.register("classes", _class_table(snapshot))

    def readings(self, channels: Collection[str]) -> pa.Table:
        """Every current reading that lies wholly inside a span, as it was stored."""
        sources = self._sources(channels)
        if not sources:
            return _table([])
        rows = self.db.sql(f"SELECT *, {AS_IT_IS} FROM ({sources})").to_arrow_table()
        return _table([rows]).sort_by([*ORDER, ("seconds", "ascending")])

    def sums(self, channels: Collection[str], interval: str) -> pa.Table:
        """Sums of what may be summed and lies wholly inside one period; all other readings as they are.

        Where readings of different lengths overlap, the shorter ones count and the longer one is left out. n_present and
        n_expected count intervals of the shortest length, interval_seconds: those there, and those that the spans cover of
        the period. n_actual, n_edited, n_unknown, n_estimated and n_missing say of what class they are, the absent ones missing.
        """
        return _table(self._summed(channels, interval)).sort_by(ORDER)

    def only_sums(self, channels: Collection[str], interval: str) -> pa.Table:
        """The sums alone, without the readings that go into none."""
        return _table(self._summed(channels, interval)[:1])

    def _summed(self, channels: Collection[str], interval: str) -> list[pa.Table]:
        sources = self._sources(channels)
        if not sources:
            return []
        self.db.execute(f"CREATE OR REPLACE TEMP TABLE met AS {self._with_period(sources, interval)}")
        sums = self.db.sql(self._sums_sql()).to_arrow_table()
        rest = self.db.sql(f"SELECT *, {AS_IT_IS} FROM met WHERE NOT summed").to_arrow_table()
        self.db.execute("DROP TABLE met")
        return [sums, rest]

    def _sources(self, channels: Collection[str]) -> str:
        """SQL: holder, usage_point, channel, unit, power_of_ten, seconds, start, value, class, grid; "" without files."""
        chosen = self.chosen(channels)
        parts = []
        if files := self.day_files():
            parts.append(self._day_readings(current_days(files), chosen))
        if files := self.point_files():
            parts.append(f"""
                SELECT usage_point, channel, unit, power_of_ten, seconds, epoch_us(start) // 1000000 AS start,
                       value, quality, 1 AS grid
                FROM ({current_points(files)}) WHERE {chosen}""")
        if not parts:
            return ""
        return f"""
            SELECT s.holder, r.* EXCLUDE (quality), coalesce(c.class, {CLASSES.index(classify(""))}) AS class
            FROM ({" UNION ALL ".join(parts)}) r
            JOIN spans s ON r.usage_point = s.usage_point
                AND r.start >= s.span_start AND r.start + greatest(r.seconds, 1) <= s.span_end
            LEFT JOIN classes c ON r.quality = c.code"""

    def _day_readings(self, rows: str, chosen: str) -> str:
        first, last = ((instant + self.offset) // DAY for instant in (self.first, self.end))
        return f"""
            SELECT usage_point, channel, unit, power_of_ten, seconds, midnight + (i - 1) * seconds AS start,
                   value, quality, 0 AS grid
            FROM (SELECT usage_point, channel, unit, power_of_ten, interval_seconds AS seconds,
                         {self.midnight()} AS midnight, unnest(values) AS value, unnest(quality) AS quality,
                         generate_subscripts(values, 1) AS i
                  FROM ({rows})
                  WHERE {chosen} AND day BETWEEN DATE '1970-01-01' + {first} AND DATE '1970-01-01' + {last})
            WHERE value IS NOT NULL"""

    def day_files(self, months: Collection[int] | None = None) -> list[Visible]:
        """Those that may hold something for the spans, in these months if some are given."""
        buckets = set((self.usage_points % BUCKETS).tolist())
        return self.snapshot.day_files(self._months().tolist() if months is None else months, buckets)

    def point_files(self) -> list[Visible]:
        return self.snapshot.point_files(set((1970 + self._months() // 12).tolist()))

    def _months(self) -> Int64s:
        return np.unique(
            months_of(np.arange((self.first + self.offset) // DAY, (self.end + self.offset) // DAY + 1))
        )

    def chosen(self, channels: Collection[str]) -> str:
        names = ", ".join(f"'{channel}'" for channel in channels)
        which = "SELECT usage_point FROM spans"
        if len(self.usage_points) <= MOST_NAMED:
            which = ", ".join(str(u) for u in self.usage_points.tolist())
        return f"channel IN ({names}) AND usage_point IN ({which})"

    def midnight(self) -> str:
        return f"(day - DATE '1970-01-01')::BIGINT * {DAY} - {self.offset}"

    def _with_period(self, sources: str, interval: str) -> str:
        """Adds the period in which a reading starts, and whether it is summed; leaves out what finer readings overlap."""
        if interval in FIXED:
            length = FIXED[interval]
            period = f"(r.start + {self.offset}) // {length} * {length} - {self.offset}"
            placed = (
                f"SELECT r.*, {period} AS period_start, {period} + {length} AS period_end FROM readings r"
            )
        else:
            boundaries = civil_periods(interval, self.zone, self.first, self.end)
            self.db.register("periods", _by_standard_day(boundaries, self.offset))
            placed = f"""
                SELECT r.*, period_start, period_end FROM readings r
                JOIN periods p ON (r.start + {self.offset}) // {DAY} = p.standard_day
                    AND r.start >= period_start AND r.start < period_end"""
        return f"""
            WITH readings AS MATERIALIZED ({sources}),
            mixed AS (SELECT holder, usage_point, channel, unit FROM readings WHERE channel IN ({SUMMED})
                      GROUP BY ALL HAVING count(DISTINCT seconds * 2 + grid) > 1),
            several AS (SELECT * FROM readings SEMI JOIN mixed USING (holder, usage_point, channel, unit)),
            hidden AS (SELECT DISTINCT b.holder, b.usage_point, b.channel, b.unit, b.start, b.seconds FROM several b
                       JOIN several a USING (holder, usage_point, channel, unit)
                       WHERE a.seconds * 2 + a.grid < b.seconds * 2 + b.grid
                         AND a.start < b.start + b.seconds AND a.start + a.seconds > b.start)
            SELECT p.*, channel IN ({SUMMED}) AND start + seconds <= period_end AS summed
            FROM ({placed}) p ANTI JOIN hidden USING (holder, usage_point, channel, unit, start, seconds)"""

    def _sums_sql(self) -> str:
        key = "holder, usage_point, channel, unit"
        by_class = ", ".join(f"sum({LASTS}) FILTER ({is_it}) AS {name}" for name, is_it in CLASS.items())
        again = ", ".join(f"sum({name}) AS {name}" for name in CLASSES)
        counts = ", ".join(f"coalesce({name}, 0) // finest AS n_{name}" for name in CLASSES)
        return f"""
            WITH parts AS (
                SELECT {key}, period_start, period_end, power_of_ten, sum(value) AS value, sum({LASTS}) AS covered,
                       min({LASTS}) AS finest, max(class) AS class, {by_class}
                FROM met WHERE summed GROUP BY ALL),
            scaled AS (SELECT *, min(power_of_ten) OVER (PARTITION BY {key}) AS low FROM parts),
            summed AS (
                SELECT {key}, period_start, period_end, low AS power_of_ten,
                       sum(value * {POWERS}[power_of_ten - low + 1])::BIGINT AS value,
                       sum(covered) AS covered, min(finest) AS finest, max(class) AS class, {again}
                FROM scaled GROUP BY ALL),
            widths AS (
                SELECT holder, usage_point, period_start,
                       sum(least(span_end, period_end) - greatest(span_start, period_start)) AS width
                FROM (SELECT DISTINCT holder, usage_point, period_start, period_end FROM summed)
                JOIN spans USING (holder, usage_point)
                WHERE span_start < period_end AND span_end > period_start GROUP BY ALL)
            SELECT * REPLACE (n_missing + greatest(n_expected - n_present, 0) AS n_missing) FROM (
            SELECT {key}, period_start AS start, period_end - period_start AS seconds, value, power_of_ten, class,
                   covered // finest AS n_present, width // finest AS n_expected, finest AS interval_seconds, {counts}
            FROM summed JOIN widths USING (holder, usage_point, period_start))"""


def _by_standard_day(boundaries: Int64s, offset: int) -> pa.Table:
    """The periods between these boundaries, each beside every standard day that it meets: a reading's own day finds the
    one or two that may be its, which is ten times as fast as searching all of them in order.
    """
    start, end = boundaries[:-1], boundaries[1:]
    first, last = (start + offset) // DAY, (end - 1 + offset) // DAY
    count = last - first + 1
    period = np.repeat(np.arange(len(start)), count)
    day = np.arange(len(period)) - np.repeat(np.cumsum(count) - count, count) + first[period]
    return pa.table({"standard_day": day, "period_start": start[period], "period_end": end[period]})


def check_interval(interval: str | None) -> None:
    if interval is not None and interval not in FIXED and interval not in CIVIL:
        raise BadInput(
            f"There is no interval {interval!r}.", next=f"Use one of {', '.join([*FIXED, *sorted(CIVIL)])}."
        )


def _class_table(snapshot: Snapshot) -> pa.Table:
    codes = sorted(snapshot.codes())
    classes = [CLASSES.index(classify(code)) for code in codes]
    return pa.table({"code": pa.array(codes, pa.string()), "class": pa.array(classes, pa.int8())})


def _table(parts: list[pa.Table]) -> pa.Table:
    """The parts one after the other, as COLUMNS says; the class's number becomes its name."""
    named = []
    for part in parts:
        names = pa.DictionaryArray.from_arrays(
            part["class"].combine_chunks().cast(pa.int8()), pa.array(CLASSES)
        )
        named.append(part.append_column("quality", pc.cast(names, pa.string())).select([*COLUMNS]))
    schema = pa.schema(list(COLUMNS.items()))
    return pa.concat_tables([part.cast(schema) for part in named]) if named else schema.empty_table()
