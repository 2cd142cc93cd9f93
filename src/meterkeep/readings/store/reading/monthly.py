"""Totals for civil months in bulk: day totals, and list sums only for the days that a month or a span cuts apart."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.engines.setting import DUCKDB, HERE, EngineSetting
from meterkeep.readings.model import SUMMABLE, Int64s
from meterkeep.readings.quality import classify
from meterkeep.readings.store.reading.reading import MOST_NAMED, POWERS, Reading
from meterkeep.readings.store.rows.civil import DAY, civil_periods, month_of, months_of
from meterkeep.readings.store.tables.snapshot import Visible, current_days, current_points

COLUMNS: Final = {
    "holder": pa.int64(),
    "usage_point": pa.int32(),
    "channel": pa.string(),
    "month": pa.date32(),
    "total": pa.int64(),
    "power_of_ten": pa.int32(),
    "unit": pa.string(),
    "intervals": pa.int64(),
    "missing": pa.int64(),
    "estimated": pa.int64(),
}
ORDER: Final = [(name, "ascending") for name in ("usage_point", "channel", "month", "unit", "holder")]
KEY: Final = "holder, usage_point, channel, unit, month"
FIGURES: Final = ("power_of_ten", "interval_seconds", "total", "intervals", "estimated")
SUMMED: Final = sorted(SUMMABLE)
STANDARD_MONTH: Final = "(year(day) - 1970) * 12 + month(day) - 1"
"""A standard day that lies wholly in a civil month lies in the month that its own date names."""
TOTALS: Final = f"""sum(total) AS total, sum({DAY} // interval_seconds - missing) AS intervals,
               sum(estimated) AS estimated"""


def monthly(reading: Reading, months: Collection[date], *, engine: EngineSetting = HERE) -> pa.Table:
    """reading: with spans inside the months asked for. months: their first days."""
    schema = pa.schema(list(COLUMNS.items()))
    if not len(reading.spans):
        return schema.empty_table()
    table = _added_up(reading, engine) if engine.name != DUCKDB else _summed(reading)
    table = table.select([*COLUMNS]).cast(schema)
    asked = pa.array(np.isin(table["month"].to_numpy(), np.array([*months], "M8[D]")))
    return table.filter(asked).sort_by(ORDER)


def _added_up(reading: Reading, engine: EngineSetting) -> pa.Table:
    """By another engine."""
    from meterkeep.readings.engines.bulk import Bulk

    with engine.opened(reading.db) as opened:
        totals = opened.ask(Bulk(opened, reading, interval="P1M").add_up())
    month = totals["period"].to_numpy().astype("M8[M]").astype("M8[D]")
    return totals.append_column("month", pa.array(month))


def _summed(reading: Reading) -> pa.Table:
    schema = pa.schema(list(COLUMNS.items()))
    parts = _parts(reading)
    slow = np.union1d(_of_several_lengths(parts), _with_points(reading))
    reading.db.register("parts", parts.filter(pa.array(~np.isin(parts["usage_point"].to_numpy(), slow))))
    tables = [reading.db.sql(_totals_sql()).to_arrow_table()]
    if len(slow):
        tables.append(_unravelled(reading, slow))
    return pa.concat_tables([part.select([*COLUMNS]).cast(schema) for part in tables])


def _parts(reading: Reading) -> pa.Table:
    """Sums by holder, usage point, channel, unit, month, power of ten and interval length, several rows for a key: from
    the totals of the days that lie wholly in a month, and from the lists of the days that are cut apart.
    """
    periods, windows = _windows(reading)
    partial = windows.filter(pc.invert(windows["whole"]))
    cuts, edges = _edges(periods, reading.offset), _edges(partial, reading.offset)
    for name, table in {
        "whole": windows.filter(windows["whole"]),
        "partial": partial,
        "cuts": cuts,
        "edges": edges,
    }.items():
        reading.db.register(name, table)
    queries = []
    if files := reading.day_files():
        queries.append(_whole_months_sql(reading, files, cuts["day"]))
    if files := _files(reading, _months(cuts["day"])):
        queries.append(_cut_months_sql(reading, files, cuts["day"]))
    if files := _files(reading, partial["month"]):
        queries.append(_partial_months_sql(reading, files))
    if files := _files(reading, _months(edges["day"])):
        queries.append(_cut_days_sql(reading, files, edges["day"], "edges"))
    if not queries:
        return pa.table({name: pa.array([], pa.int64()) for name in (*KEY.split(", "), *FIGURES)})
    # One after the other: each reads thousands of files.
    return pa.concat_tables([reading.db.sql(query).to_arrow_table() for query in queries])


def _windows(reading: Reading) -> tuple[pa.Table, pa.Table]:
    """The civil months, and what the spans have of each: part of it, or the whole."""
    boundaries = civil_periods("P1M", reading.zone, reading.first, reading.end)
    months = month_of(boundaries[:-1], reading.zone)
    periods = pa.table({"month": months, "span_start": boundaries[:-1], "span_end": boundaries[1:]})
    windows, period = reading.spans.clipped(boundaries)
    whole = (windows.start == boundaries[period]) & (windows.end == boundaries[period + 1])
    table = windows.table().append_column("month", pa.array(months[period]))
    return periods, table.append_column("whole", pa.array(whole))


def _edges(windows: pa.Table, offset: int) -> pa.Table:
    """The standard days of which a month, or a window, has a part only: each beside what has it."""
    at_start, at_end = (_cut_days(windows[name].to_numpy(), offset) for name in ("span_start", "span_end"))
    starts, ends = np.flatnonzero(at_start >= 0), np.flatnonzero((at_end >= 0) & (at_end != at_start))
    day = np.concatenate([at_start[starts], at_end[ends]]).astype(np.int32)
    return windows.take(pa.array(np.append(starts, ends))).append_column(
        "day", pa.array(day).cast(pa.date32())
    )


def _files(reading: Reading, months: pa.ChunkedArray) -> list[Visible]:
    return reading.day_files(months.unique().to_pylist())


def _months(days: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([months_of(days.cast(pa.int32()).to_numpy())])


def _cut_days(instants: Int64s, offset: int) -> Int64s:
    """The standard day that each instant cuts apart, -1 where it lies between two."""
    day, second = np.divmod(instants + offset, DAY)
    return np.where(second > 0, day, -1)


def _of_several_lengths(parts: pa.Table) -> Int64s:
    """The usage points whose readings may overlap each other, so that day totals cannot simply be added."""
    lengths = parts.group_by(["usage_point", "channel", "unit"]).aggregate(
        [("interval_seconds", "count_distinct")]
    )
    several = lengths.filter(pc.greater(lengths["interval_seconds_count_distinct"], 1))
    return np.unique(several["usage_point"].to_numpy())


def _with_points(reading: Reading) -> Int64s:
    """The usage points with readings off the grid, which may overlap those on it."""
    files = reading.point_files()
    if not files:
        return np.zeros(0, np.int64)
    query = f"SELECT DISTINCT usage_point FROM ({current_points(files)}) WHERE {reading.chosen(SUMMED)}"
    return np.unique(reading.db.sql(query).to_arrow_table()["usage_point"].to_numpy())


def _unravelled(reading: Reading, usage_points: Int64s) -> pa.Table:
    """The same, reading by reading."""
    inside = np.isin(reading.spans.usage_point, usage_points)
    sums = Reading(
        reading.db.cursor(), reading.snapshot, reading.spans[inside], zone=reading.zone, offset=reading.offset
    ).only_sums(SUMMED, "P1M")
    month = month_of(sums["start"].cast(pa.int64()).to_numpy(), reading.zone)
    missing = np.maximum(sums["n_expected"].to_numpy() - sums["n_present"].to_numpy(), 0)
    return (
        sums.rename_columns({"value": "total", "n_present": "intervals", "n_estimated": "estimated"})
        .append_column("month", pa.array(month.astype("M8[M]").astype("M8[D]")))
        .append_column("missing", pa.array(missing))
    )


def _whole_months_sql(reading: Reading, files: list[Visible], cuts: pa.ChunkedArray) -> str:
    """Most of the work, so it adds up before it asks whose the sums are."""
    return f"""
        SELECT {KEY}, power_of_ten, interval_seconds, total, intervals, estimated
        FROM (SELECT usage_point, channel, unit, power_of_ten, interval_seconds, {STANDARD_MONTH} AS month, {TOTALS}
              FROM ({current_days(files)})
              WHERE {reading.chosen(SUMMED)} AND day NOT IN ({_dates(cuts)}) GROUP BY ALL)
        JOIN whole USING (usage_point, month)"""


def _cut_months_sql(reading: Reading, files: list[Visible], cuts: pa.ChunkedArray) -> str:
    """The days left out there. Joining their lists with the few months keeps them out of a hash table."""
    return f"""
        SELECT {KEY}, power_of_ten, interval_seconds, total, intervals, estimated
        FROM ({_cut_days_sql(reading, files, cuts, "cuts", key="usage_point, channel, unit, month", by="day")})
        JOIN whole USING (usage_point, month)"""


def _partial_months_sql(reading: Reading, files: list[Visible]) -> str:
    return f"""
        SELECT {KEY}, power_of_ten, interval_seconds, {TOTALS}
        FROM (SELECT *, {reading.midnight()} AS midnight, {STANDARD_MONTH} AS month
              FROM ({current_days(files)}) WHERE {reading.chosen(SUMMED)})
        JOIN partial USING (usage_point, month)
        WHERE midnight >= span_start AND midnight + {DAY} <= span_end GROUP BY ALL"""


def _cut_days_sql(
    reading: Reading,
    files: list[Visible],
    days: pa.ChunkedArray,
    pieces: str,
    *,
    key: str = KEY,
    by: str = "usage_point, day",
) -> str:
    """pieces: `cuts` or `edges`, joined by those columns."""
    first = "greatest(span_start - midnight + interval_seconds - 1, 0) // interval_seconds + 1"
    last = f"least(span_end - midnight, {DAY}) // interval_seconds"
    # Named days let DuckDB skip the row groups of all others.
    these = f"day IN ({_dates(days)})" if len(days.unique()) <= MOST_NAMED else "TRUE"
    return f"""
        SELECT {key}, power_of_ten, interval_seconds, sum(list_sum(part)) AS total,
               sum(list_count(part)) AS intervals, sum({_estimated(reading)}) AS estimated
        FROM (SELECT {key}, power_of_ten, interval_seconds, list_slice(values, {first}, {last}) AS part,
                     list_slice(quality, {first}, {last}) AS codes
              FROM (SELECT *, {reading.midnight()} AS midnight
                    FROM ({current_days(files)}) WHERE {these} AND {reading.chosen(SUMMED)})
              JOIN {pieces} USING ({by}))
        GROUP BY ALL"""


def _dates(days: pa.ChunkedArray) -> str:
    numbers = days.unique().cast(pa.int32()).to_pylist()
    return ", ".join(f"DATE '1970-01-01' + {day}" for day in numbers or [-1])


def _totals_sql() -> str:
    """From `parts`, `whole` and `partial`: one row for each key, at the finest power of ten of the stream."""
    return f"""
        WITH scaled AS (SELECT *, min(power_of_ten) OVER (PARTITION BY usage_point, channel, unit) AS low FROM parts),
        widths AS (SELECT holder, usage_point, month, sum(span_end - span_start) AS width
                   FROM (FROM whole UNION ALL FROM partial) GROUP BY ALL)
        SELECT {KEY.replace("month", "DATE '1970-01-01' + to_months(month::INT) AS month")},
               sum(total * {POWERS}[power_of_ten - low + 1])::BIGINT AS total, low AS power_of_ten,
               sum(intervals) AS intervals, any_value(width) // any_value(interval_seconds) - sum(intervals) AS missing,
               sum(estimated) AS estimated
        FROM scaled JOIN widths USING (holder, usage_point, month)
        GROUP BY {KEY}, low HAVING sum(intervals) > 0"""


def _estimated(reading: Reading) -> str:
    codes = [code for code in sorted(reading.snapshot.codes()) if classify(code) == "estimated"]
    if not codes:
        return "0"
    quoted = ", ".join("'" + code.replace("'", "''") + "'" for code in codes)
    return f"coalesce(len(list_filter(codes, lambda code: code IN ({quoted}))), 0)"
