"""Totals for civil months in bulk: day totals, and list sums only for the days that a month or a span cuts apart."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from meterkeep.readings.model import SUMMABLE, Int64s
from meterkeep.readings.quality import classify
from meterkeep.readings.store.civil import DAY, civil_periods, month_of
from meterkeep.readings.store.reading import POWERS, Reading
from meterkeep.readings.store.snapshot import current_days, current_points

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


def monthly(reading: Reading, months: Collection[date]) -> pa.Table:
    """reading: with spans inside the months asked for. months: their first days."""
    schema = pa.schema(list(COLUMNS.items()))
    channels = sorted(SUMMABLE)
    if not len(reading.spans) or not (reading.day_files() or reading.point_files()):
        return schema.empty_table()
    _register_windows(reading)
    slow = _usage_points_to_unravel(reading, channels)
    parts = [_unravelled(reading, slow, channels)] if len(slow) else []
    if reading.day_files():
        reading.db.register("slow", pa.table({"usage_point": slow}))
        parts.append(reading.db.sql(_totals_sql(reading, channels)).to_arrow_table())
    table = pa.concat_tables(
        [schema.empty_table(), *(part.select([*COLUMNS]).cast(schema) for part in parts)]
    )
    asked = pa.array(np.isin(table["month"].to_numpy(), np.array([*months], "M8[D]")))
    return table.filter(asked).sort_by(ORDER)


def _register_windows(reading: Reading) -> None:
    """`windows`: what the spans have of each civil month. `edges`: the standard days of which a window has a part."""
    boundaries = civil_periods("P1M", reading.zone, reading.first, reading.end)
    windows, period = reading.spans.clipped(boundaries)
    month = month_of(boundaries[:-1], reading.zone)[period]
    columns = {"month": month, **{name: windows.table()[name] for name in windows.table().column_names}}
    reading.db.register("windows", pa.table(columns))
    at_start, at_end = (_cut_days(instants, reading.offset) for instants in (windows.start, windows.end))
    once = at_end != at_start
    row = np.concatenate([np.flatnonzero(at_start >= 0), np.flatnonzero((at_end >= 0) & once)])
    day = np.concatenate([at_start[at_start >= 0], at_end[(at_end >= 0) & once]])
    edges = (
        pa.table(columns)
        .take(pa.array(row))
        .append_column("day", pa.array(day.astype(np.int32)).cast(pa.date32()))
    )
    reading.db.register("edges", edges)


def _cut_days(instants: Int64s, offset: int) -> Int64s:
    """The standard day that each instant cuts apart, -1 where it lies between two."""
    day, second = np.divmod(instants + offset, DAY)
    return np.where(second > 0, day, -1)


def _usage_points_to_unravel(reading: Reading, channels: Collection[str]) -> Int64s:
    """Those with readings that may overlap: of several lengths, or points. Their day totals cannot simply be added."""
    chosen, queries = reading.chosen(channels), []
    if days := reading.day_files():
        queries.append(f"""
            SELECT usage_point FROM ({current_days(days)}) WHERE {chosen}
            GROUP BY usage_point, channel, unit HAVING min(interval_seconds) < max(interval_seconds)""")
    if points := reading.point_files():
        queries.append(f"SELECT usage_point FROM ({current_points(points)}) WHERE {chosen}")
    found = reading.db.sql(" UNION ".join(queries)).to_arrow_table()
    return np.unique(found["usage_point"].to_numpy())


def _unravelled(reading: Reading, usage_points: Int64s, channels: Collection[str]) -> pa.Table:
    inside = np.isin(reading.spans.usage_point, usage_points)
    sums = Reading(
        reading.db.cursor(), reading.snapshot, reading.spans[inside], zone=reading.zone, offset=reading.offset
    ).only_sums(channels, "P1M")
    month = month_of(sums["start"].cast(pa.int64()).to_numpy(), reading.zone)
    present = sums["n_present"].to_numpy()
    return (
        sums.rename_columns({"value": "total", "n_present": "intervals", "n_estimated": "estimated"})
        .append_column("month", _first_days(month))
        .append_column("missing", pa.array(np.maximum(sums["n_expected"].to_numpy() - present, 0)))
    )


def _first_days(month: Int64s) -> pa.Array:
    return pa.array(month.astype("M8[M]").astype("M8[D]"))


def _totals_sql(reading: Reading, channels: Collection[str]) -> str:
    return f"""
        WITH days AS (SELECT *, {reading.midnight()} AS midnight FROM ({current_days(reading.day_files())})
                      WHERE {reading.chosen(channels)} AND usage_point NOT IN (SELECT usage_point FROM slow)),
        parts AS (
            SELECT {KEY}, power_of_ten, interval_seconds, sum(total) AS total,
                   sum({DAY} // interval_seconds - missing) AS intervals, sum(estimated) AS estimated
            FROM days JOIN windows w USING (usage_point)
            WHERE month = (year(day) - 1970) * 12 + month(day) - 1
              AND midnight >= span_start AND midnight + {DAY} <= span_end GROUP BY ALL
            UNION ALL
            SELECT {KEY}, power_of_ten, interval_seconds, sum(list_sum(part)), sum(list_count(part)),
                   sum({_estimated(reading)})
            FROM ({_edge_days()}) GROUP BY ALL),
        scaled AS (SELECT *, min(power_of_ten) OVER (PARTITION BY usage_point, channel, unit) AS low FROM parts),
        widths AS (SELECT holder, usage_point, month, sum(span_end - span_start) AS width FROM windows GROUP BY ALL)
        SELECT {KEY.replace("month", "DATE '1970-01-01' + to_months(month::INT) AS month")},
               sum(total * {POWERS}[power_of_ten - low + 1])::BIGINT AS total, low AS power_of_ten,
               sum(intervals) AS intervals, any_value(width) // any_value(interval_seconds) - sum(intervals) AS missing,
               sum(estimated) AS estimated
        FROM scaled JOIN widths USING (holder, usage_point, month)
        GROUP BY {KEY}, low HAVING sum(intervals) > 0"""


def _edge_days() -> str:
    """The days of `edges`; part, codes: what of their lists lies inside the window."""
    first = "greatest(span_start - midnight + interval_seconds - 1, 0) // interval_seconds + 1"
    last = f"least(span_end - midnight, {DAY}) // interval_seconds"
    return f"""
        SELECT d.*, e.* EXCLUDE (usage_point, day), list_slice(values, {first}, {last}) AS part,
               list_slice(quality, {first}, {last}) AS codes
        FROM days d JOIN edges e USING (usage_point, day)"""


def _estimated(reading: Reading) -> str:
    codes = [code for code in sorted(reading.snapshot.codes()) if classify(code) == "estimated"]
    if not codes:
        return "0"
    quoted = ", ".join("'" + code.replace("'", "''") + "'" for code in codes)
    return f"coalesce(len(list_filter(codes, lambda code: code IN ({quoted}))), 0)"
