"""How much of what was asked for is there, and how good it is: what travels beside every extract.

Whoever receives readings has to know what is missing from them before computing anything. Counts are of intervals of a
stream's shortest length. An interval that several readings tell of counts once: where lengths overlap, the shorter ones,
as in the store's sums.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.model import Channel, Int64s

KEEPERS: Final = ("customer", "holder")
CLASSES: Final = ("actual", "estimated", "edited", "unknown")
COUNTS: Final = (
    "n_expected",
    "n_present",
    "n_actual",
    "n_estimated",
    "n_edited",
    "n_unknown",
    "n_missing",
    "n_destroyed",
)
COLUMNS: Final = {
    "usage_point": pa.int32(),
    "channel": pa.string(),
    "unit": pa.string(),
    "interval_seconds": pa.int32(),
    "first": pa.timestamp("s", "UTC"),
    "last": pa.timestamp("s", "UTC"),
    **dict.fromkeys(COUNTS, pa.int64()),
    "seconds_destroyed": pa.int64(),
}
METADATA: Final = b"meterkeep.coverage"


def coverage(
    table: pa.Table,
    *,
    holdings: pa.Table | None = None,
    destroyed: pa.Table | None = None,
    zone: ZoneInfo | None = None,
) -> pa.Table:
    """One row for each usage point, channel and unit, as COLUMNS says; a `customer` or `holder` keeps rows apart.

    table: as `Store.read` or `Store.monthly` gives it. holdings: usage_point, start, end (epoch seconds, half-open) of what
    was asked for; with them, stretches without a row are missing too, and a usage point without readings has a row
    whose channel is null. destroyed: the pieces of the holdings that were destroyed on purpose, as `Store.destroyed` gives
    them: what is not there for that reason is not missing. zone: of the months of totals that are in part destroyed. The
    six classes add up to n_expected. Of a register nobody knows how many readings there should be, so n_expected, n_missing
    and n_destroyed are null; of monthly totals, the classes that they do not carry.
    """
    keepers = [name for name in KEEPERS if name in table.column_names]
    key = [*keepers, "usage_point"]
    if "intervals" in table.column_names:
        return _ordered(_of_totals(table, key, holdings, destroyed, zone), keepers)
    rows = table.append_column("counts", pa.array(_counted(table, keepers)))
    with duckdb.connect() as db:
        db.register("rows", rows)
        db.register("held", _held(table, holdings, key))
        db.register("gone", _held(table, destroyed, key))
        found = db.sql(_summary_sql(key, bounded=holdings is not None)).to_arrow_table()
    return _ordered(found, keepers)


def with_coverage(table: pa.Table, summary: pa.Table) -> pa.Table:
    """The table with the summary as JSON in its metadata, which Parquet and Arrow files keep and no digest counts."""
    text = json.dumps(_as_texts(summary).to_pylist(), separators=(",", ":"))
    return table.replace_schema_metadata({**(table.schema.metadata or {}), METADATA: text.encode()})


def coverage_in(table: pa.Table) -> pa.Table | None:
    """The summary that `with_coverage` has put into a table, or None."""
    text = (table.schema.metadata or {}).get(METADATA)
    if text is None:
        return None
    rows = json.loads(text)
    keepers = [(name, pa.string()) for name in KEEPERS if rows and name in rows[0]]
    plain = {name: pa.string() if pa.types.is_timestamp(kind) else kind for name, kind in COLUMNS.items()}
    found = pa.Table.from_pylist(rows, pa.schema([*keepers, *plain.items()]))
    return _ordered(found, [name for name, _ in keepers])


def _counted(table: pa.Table, keepers: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which rows count: not those that a shorter one overlaps, nor another one of the same interval."""
    stream = _streams(table, [*keepers, "usage_point", "channel", "unit"])
    start = table["start"].cast(pa.int64()).to_numpy()
    seconds = table["seconds"].to_numpy().astype(np.int64)
    # Each stream has a stretch of the number line of its own, so that one search serves all of them.
    place = stream << 34 | start
    counts = np.zeros(len(table), np.bool_)
    for length in np.unique(seconds).tolist():
        rows = np.flatnonzero(seconds == length)
        _, once = np.unique(place[rows], return_index=True)
        rows, finer = rows[once], seconds < length
        counts[rows[~_overlapped(place[rows], length, place[finer], seconds[finer])]] = True
    return counts


def _overlapped(place: Int64s, length: int, finer: Int64s, seconds: Int64s) -> npt.NDArray[np.bool_]:
    """Whether an interval of those from `place` on meets one of the finer ones."""
    if not len(finer) or not length:
        return np.zeros(len(place), np.bool_)
    order = np.argsort(finer, kind="stable")
    start = finer[order]
    reach = np.maximum.accumulate(start + seconds[order])
    before = np.searchsorted(start, place + length, side="left")
    met: npt.NDArray[np.bool_] = (before > 0) & (reach[np.maximum(before - 1, 0)] > place)
    return met


def _streams(table: pa.Table, key: Sequence[str]) -> Int64s:
    """A number for each stream, the same for equal keys."""
    number = np.zeros(len(table), np.int64)
    for name in key:
        codes = table[name].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
        _, number = np.unique(number * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)
    return number


def _held(table: pa.Table, holdings: pa.Table | None, key: Sequence[str]) -> pa.Table:
    """How many seconds these are of each usage point."""
    if holdings is None:
        return table.select(key).slice(0, 0).append_column("width", pa.array([], pa.int64()))
    width = pc.subtract(holdings["end"].cast(pa.int64()), holdings["start"].cast(pa.int64()))
    held = holdings.select(key).append_column("width", width)
    return held.group_by(key).aggregate([("width", "sum")]).rename_columns([*key, "width"])


def _summary_sql(key: Sequence[str], *, bounded: bool) -> str:
    """From `rows` and `held`. Seconds are added up first, since a stream may have several lengths."""
    keys = ", ".join(key)
    added = ", ".join(
        f"coalesce(sum(n_{name}::BIGINT * greatest(interval_seconds, 1)) FILTER (counts), 0) AS {name}"
        for name in (*CLASSES, "expected", "present")
    )
    counted = ", ".join(f"({name} // finest)::BIGINT AS n_{name}" for name in (*CLASSES, "present"))
    good = " + ".join(f"n_{name}" for name in CLASSES)
    expected = "coalesce(held.width, expected)" if bounded else "expected"
    return f"""
        WITH streams AS (
            SELECT {keys}, channel, unit, greatest(min(interval_seconds), 1) AS finest, {added},
                   min(start) AS first, max(start) AS last,
                   channel <> '{Channel.REGISTER}' AND min(interval_seconds) > 0 AS regular
            FROM rows GROUP BY {keys}, channel, unit),
        counted AS (
            SELECT {keys}, channel, unit, first, last, {counted}, coalesce(gone.width, 0) AS seconds_destroyed,
                   CASE WHEN regular THEN finest END AS interval_seconds,
                   CASE WHEN regular THEN ({expected} // finest)::BIGINT END AS due
            FROM streams {"FULL" if bounded else "LEFT"} JOIN held USING ({keys}) LEFT JOIN gone USING ({keys})),
        absent AS (
            SELECT *, CASE WHEN due IS NOT NULL THEN greatest(due - ({good}), 0) END AS lacking
            FROM (SELECT * REPLACE ({", ".join(f"coalesce(n_{name}, 0) AS n_{name}" for name in (*CLASSES, "present"))})
                  FROM counted)),
        apart AS (
            SELECT * EXCLUDE (due), CASE WHEN lacking IS NOT NULL THEN least(lacking, {_BURIED}) END AS n_destroyed
            FROM absent)
        SELECT * EXCLUDE (lacking), lacking + {good} AS n_expected, lacking - n_destroyed AS n_missing
        FROM apart"""  # noqa: S608


_BURIED: Final = "(seconds_destroyed + interval_seconds - 1) // interval_seconds"
"""SQL for the intervals that a destruction may have taken: one that it only touches goes too."""


def _of_totals(
    table: pa.Table,
    key: Sequence[str],
    holdings: pa.Table | None,
    destroyed: pa.Table | None,
    zone: ZoneInfo | None,
) -> pa.Table:
    """Of civil months: they say how many intervals are there, how many are not, and how many were estimated."""
    keys = ", ".join(key)
    with duckdb.connect() as db:
        db.register("totals", table)
        for name, spans in (("held", holdings), ("gone", destroyed)):
            db.register(name, _by_month(table, spans if zone else None, key, zone))
        return db.sql(f"""
            WITH months AS (
                SELECT t.*, coalesce(gone.width, 0) AS buried,
                       -- A month has so many intervals in so many seconds of the holding.
                       least(missing, ceil(coalesce(gone.width, 0) * (intervals + missing)
                                           / greatest(held.width, 1))::BIGINT) AS destroyed
                FROM totals t LEFT JOIN held USING ({keys}, month) LEFT JOIN gone USING ({keys}, month))
            SELECT {keys}, channel, unit, sum(intervals)::BIGINT AS n_present, sum(estimated)::BIGINT AS n_estimated,
                   (sum(intervals) + sum(missing))::BIGINT AS n_expected, sum(buried)::BIGINT AS seconds_destroyed,
                   coalesce(sum(destroyed), 0)::BIGINT AS n_destroyed,
                   (sum(missing) - coalesce(sum(destroyed), 0))::BIGINT AS n_missing,
                   min(month)::TIMESTAMP AS first, max(month)::TIMESTAMP AS last, NULL AS interval_seconds,
                   NULL AS n_actual, NULL AS n_edited, NULL AS n_unknown
            FROM months GROUP BY {keys}, channel, unit""").to_arrow_table()  # noqa: S608


def _by_month(table: pa.Table, spans: pa.Table | None, key: Sequence[str], zone: ZoneInfo | None) -> pa.Table:
    """How many seconds these are of each usage point and civil month of the table."""
    months = sorted(table["month"].unique().to_pylist())
    pieces = table.select([*key, "month"]).slice(0, 0).append_column("width", pa.array([], pa.int64()))
    if spans is None or zone is None or not months:
        return pieces
    found = []
    for month in months:
        first, end = _edges(month, zone)
        start = pc.max_element_wise(spans["start"].cast(pa.int64()), first)
        width = pc.subtract(pc.min_element_wise(spans["end"].cast(pa.int64()), end), start)
        some = spans.select(key).append_column("width", width).filter(pc.greater(width, 0))
        sums = some.group_by(key).aggregate([("width", "sum")]).rename_columns([*key, "width"])
        found.append(sums.append_column("month", pa.repeat(pa.scalar(month, pa.date32()), len(sums))))
    return pa.concat_tables(found)


def _edges(month: date, zone: ZoneInfo) -> tuple[int, int]:
    """The instants at which a civil month begins and ends. month: its first day."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    first, end = (datetime.combine(day, time(), zone) for day in (month, following))
    return int(first.timestamp()), int(end.timestamp())


def _ordered(found: pa.Table, keepers: Sequence[str]) -> pa.Table:
    schema = pa.schema([*((name, found.schema.field(name).type) for name in keepers), *COLUMNS.items()])
    names = [*keepers, "usage_point", "channel", "unit"]
    return found.select(schema.names).cast(schema).sort_by([(name, "ascending") for name in names])


def _as_texts(summary: pa.Table) -> pa.Table:
    """Instants as RFC 3339, for JSON."""
    for name in ("first", "last"):
        at = summary.column_names.index(name)
        summary = summary.set_column(at, name, pc.strftime(summary[name], "%Y-%m-%dT%H:%M:%SZ"))
    return summary
