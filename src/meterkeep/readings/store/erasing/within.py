"""What of the time that somebody held a usage point was destroyed: nothing is missing there, and nothing is to be expected."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from meterkeep.readings.store.erasing.acts import Tombstones
from meterkeep.readings.store.rows.spans import Spans

_ROWS = """
    SELECT row, h.usage_point, greatest(h.start, t.start) AS start, least(h."end", t."end") AS "end"
    FROM held h JOIN {table} t ON {own} h.start < t."end" AND t.start < h."end"
"""


def destroyed_within(tombstones: Tombstones, holdings: pa.Table) -> pa.Table:
    """The pieces of these holdings that were destroyed, with all their columns: usage_point, start, end (epoch seconds,
    half-open) and whatever else; pieces of one holding neither overlap nor touch.
    """
    held = holdings.select(["usage_point", "start", "end"])
    held = held.append_column("row", pa.array(np.arange(len(holdings)), pa.int64()))
    with duckdb.connect() as db:
        db.register("held", held)
        db.register("named", _spans(tombstones.usage_points.spans))
        db.register("everyone", _spans(tombstones.periods.spans))
        found = db.sql(
            _ROWS.format(table="named", own="h.usage_point = t.usage_point AND")
            + " UNION ALL "
            + _ROWS.format(table="everyone", own="")
        ).to_arrow_table()
    pieces = Spans.of(found.rename_columns(["holder", "usage_point", "start", "end"]))
    whose = holdings.take(pa.array(pieces.holder))
    for name, column in (("start", pieces.start), ("end", pieces.end)):
        at = whose.column_names.index(name)
        whose = whose.set_column(at, name, pa.array(column))
    return whose


def _spans(spans: Spans) -> pa.Table:
    return pa.table({"usage_point": spans.usage_point, "start": spans.start, "end": spans.end})
