"""Every question to one engine, so that two engines can be compared."""

from __future__ import annotations

from contextlib import nullcontext

import pyarrow as pa
import pytest

from meterkeep.readings.engines import quickly
from meterkeep.readings.engines.bulk import Bulk
from meterkeep.readings.engines.duck import Duck
from meterkeep.readings.store.rows.spans import Spans

EARLIEST, LATEST = 1_733_000_000, 1_764_500_000
"""Instants around the synthetic files: a question of days has a year of them, not two centuries."""


def everything(engine, reading, *, interval: str) -> dict[str, list[tuple]]:
    """Question → its rows in order."""
    bulk = Bulk(engine, reading, interval=interval)
    totals = bulk.add_up()
    holders = sorted({int(holder) for holder in reading.spans.holder})
    cells = pa.table(
        {
            "holder": pa.array(holders, pa.int64()),
            "zip": pa.array(["92001" if holder % 2 else "" for holder in holders], pa.string()),
            "customer_class": pa.array(["residential"] * len(holders), pa.string()),
        }
    )
    of = {"measure": "delivered", "unit": "Wh"}
    answers = {
        "totals": engine.ask(totals),
        "inputs": bulk.inputs(cells, **of),
        "report": bulk.report(),
        "shape": bulk.shape(cells, **of),
    }
    return {name: in_order(table) for name, table in answers.items()}


def three_ways(
    store, holdings, cells, interval, known=None, *, opened=lambda reading: nullcontext(Duck(reading.db))
):
    """Inputs of a 15/15 rule: by the notes in the names of the files, by a look at every row, and the long way, each in
    order. None where a way stands aside; the first looks at every row where the notes say nothing.

    opened: gives the engine for a reading; the long way is DuckDB's.
    """
    answers = []
    for looking in (False, True):
        with reading_of(store, holdings, known) as reading, pytest.MonkeyPatch.context() as patch:
            if looking:
                patch.setattr(quickly, "noted", lambda _: None)
            with opened(reading) as engine:
                bulk = Bulk(engine, reading, interval=interval)
                engine.give("cells", cells)
                answers.append(bulk._quick_inputs(["zip"], "delivered", "Wh"))
    with reading_of(store, holdings, known) as reading:
        bulk = Bulk(Duck(reading.db), reading, interval=interval)
        bulk.add_up()
        answers.append(bulk.inputs(cells, measure="delivered", unit="Wh"))
    return [None if each is None else in_order(each.select(answers[-1].column_names)) for each in answers]


def in_order(table: pa.Table) -> list[tuple]:
    rows = (tuple(zip(table.column_names, row.values(), strict=True)) for row in table.to_pylist())
    return sorted(rows, key=repr)


def reading_of(store, holdings, known=None):
    """As `Store` asks itself; with the files as a compaction has left them."""
    store.snapshot(fresh=True)
    return store._reading(Spans.of(holdings), known)
