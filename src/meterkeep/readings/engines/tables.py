"""The tables that every engine is given, and what of them stands. Nothing else here knows versions or history."""

from __future__ import annotations

from functools import cache
from typing import Final

import ibis
from ibis.expr.types import Table

DAYS: Final = ibis.table(
    {
        "usage_point": "int32",
        "channel": "string",
        "unit": "string",
        "interval_seconds": "int32",
        "day": "date",
        "power_of_ten": "int8",
        "values": "array<int64>",
        "total": "int64",
        "quality": "array<string>",
        "estimated": "int16",
        "missing": "int16",
        "received": "int64",
        "version": "int32",
        "revision": "boolean",
        "known": "int64",
    },
    name="days",
)
"""Day rows of the files that a snapshot names. received: microseconds since 1970; revision: whether the row's file may hold
later versions of rows in others; known: only if the row was received by then is it meant, null where it always is.
"""

POINTS: Final = ibis.table(
    {
        "usage_point": "int32",
        "channel": "string",
        "unit": "string",
        "start": "int64",
        "seconds": "int32",
        "value": "int64",
        "power_of_ten": "int8",
        "quality": "string",
        "lost": "boolean",
        "received": "int64",
        "version": "int32",
        "revision": "boolean",
        "known": "int64",
    },
    name="points",
)
"""Points, likewise. start: epoch seconds."""

SPANS: Final = ibis.table(
    {"holder": "int64", "usage_point": "int32", "span_start": "int64", "span_end": "int64"}, name="spans"
)
"""Who is asked about: half-open, in epoch seconds, none of a holder and usage point overlapping or touching another."""

PERIODS: Final = ibis.table(
    {"period": "int64", "period_start": "int64", "period_end": "int64"}, name="periods"
)
"""Civil months (counted from January 1970) or civil days (counted from 1 January 1970) that follow each other."""

SLOW: Final = ibis.table({"usage_point": "int32"}, name="slow")
"""Usage points whose readings may overlap each other, so that day totals cannot simply be added."""

DAY_KEY: Final = ("usage_point", "channel", "unit", "interval_seconds", "day")
POINT_KEY: Final = ("usage_point", "channel", "unit", "start", "seconds")


@cache
def standing_days(*, corrected: bool) -> Table:
    """The day rows without the superseded ones. corrected: whether there are revisions among the files."""
    told = _told(DAYS)
    return _newest(told, told.filter(told.revision), DAY_KEY) if corrected else told


@cache
def standing_points(*, corrected: bool) -> Table:
    """The points that stand: superseded, lost and emptied ones left out."""
    told = _told(POINTS)
    told = told.filter(~told.lost)
    if not corrected:
        return told
    newest = _newest(told, told.filter(told.revision), POINT_KEY)
    return newest.filter(newest.value.notnull())


def _told(table: Table) -> Table:
    """What had been told by the moment that is asked about."""
    return table.filter(table.known.isnull() | (table.received <= table.known))


def _newest(rows: Table, revisions: Table, key: tuple[str, ...]) -> Table:
    """Rows that have no revision are the newest of their key: most keys are never revised, so they are not compared."""
    newest = revisions.group_by(key).agg(newest=revisions.version.max())
    joined = rows.left_join(newest, list(key))
    return joined.filter(joined.newest.isnull() | (joined.version == joined.newest)).select(rows.columns)
