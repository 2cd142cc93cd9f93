"""The inputs of a 15/15 rule for a month, beside the same question hand-written for DuckDB over the same files, and beside the
SQL that Ibis wrote, run as it is.

The hand-written query knows what is in the files: one power of ten, one length, no corrections, every customer the whole month.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from measure import cpu_seconds

from meterkeep.readings.engines import quickly
from meterkeep.readings.engines.bulk import Bulk
from meterkeep.readings.engines.duck import Duck
from meterkeep.readings.engines.sql import compiled
from meterkeep.readings.model import Block, Channel, Int32s, Series
from meterkeep.readings.store import Store
from meterkeep.readings.store.reading.reading import Reading
from meterkeep.readings.store.rows.spans import Spans
from meterkeep.readings.store.tables.snapshot import connect, parquet

CUSTOMERS = int(os.environ.get("ENGINES_CUSTOMERS", "50000"))
AT_ONCE, DAYS, AREAS, RUNS = 2_000, 33, 200, 15
FIRST = int(datetime(2025, 6, 30, 8, tzinfo=UTC).timestamp())
JULY = tuple(int(datetime(2025, month, 1, 7, tzinfo=UTC).timestamp()) for month in (7, 8))
OF = {"measure": "delivered", "unit": "Wh"}
CUT = "(DATE '2025-06-30', DATE '2025-07-31')"


def main() -> None:
    numbers = np.random.default_rng(1).permutation(10_000_000)[:CUSTOMERS].astype(np.int32)
    holders = np.arange(CUSTOMERS)
    cells = pa.table({"holder": holders, "zip": [f"{holder % AREAS:05d}" for holder in holders]})
    ends = (np.full(CUSTOMERS, end) for end in JULY)
    holdings = pa.table(
        dict(zip(("usage_point", "start", "end", "holder"), (numbers, *ends, holders), strict=True))
    )
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "store", zone="America/Los_Angeles")
        taken = cpu_seconds(lambda: _take_in(store, numbers), runs=1)
        size = sum(path.stat().st_size for path in store.folder.rglob("*.parquet"))
        readings = CUSTOMERS * DAYS * 24
        print(
            f"{CUSTOMERS:,} customers, {readings / 1e6:.0f} M hourly readings in {taken:.0f} CPU s, {size / readings:.2f} bytes each"
        )
        _compare(store, holdings, cells)


def _compare(store: Store, holdings: pa.Table, cells: pa.Table) -> None:
    """Each with a connection of its own, as a question has; in turns, so that other work disturbs all of them alike."""
    spans, answers, noted = Spans.of(holdings), {}, []

    def once(name: str, work: Callable[[Reading], pa.Table]) -> None:
        with closing(connect()) as db:
            reading = Reading(db, store.snapshot(), spans, zone=store.zone, offset=store.offset)
            answers[name] = work(reading)

    once("noted", lambda reading: _ours(Noting(reading.db, noted), reading, cells))
    ways: dict[str, Callable[[Reading], pa.Table]] = {
        "hand-written for DuckDB": lambda reading: _by_hand(reading, cells),
        "the text of Ibis, as it is": lambda reading: _as_it_is(reading, cells, noted[-1]),
        "Meterkeep, at once": lambda reading: _ours(Duck(reading.db), reading, cells),
        "Meterkeep, names without notes": lambda reading: _looking(reading, cells),
        "Meterkeep, the long way": lambda reading: _ours(Duck(reading.db), reading, cells, long=True),
    }
    spent = dict.fromkeys(ways, float("inf"))
    for _ in range(RUNS):
        for name, work in ways.items():
            spent[name] = min(spent[name], cpu_seconds(partial(once, name, work), runs=1))
    hand, text = list(spent.values())[:2]
    for name, seconds in spent.items():
        print(
            f"{name:<32} {seconds:6.3f} CPU s  {seconds / hand:5.2f} × hand-written  {seconds / text:5.2f} × its text"
        )
    months = cpu_seconds(lambda: store.monthly(holdings, [date(2025, 7, 1)]), runs=3)
    print(f"{'Store.monthly':<32} {months:6.3f} CPU s, customer by customer")
    assert len({str(_in_order(table)) for table in answers.values()}) == 1


def _in_order(answer: pa.Table) -> list[dict[str, object]]:
    names = ["zip", "customers", "total", "largest"]
    return answer.select(names).sort_by([("zip", "ascending")]).to_pylist()


def _ours(engine: Duck, reading: Reading, cells: pa.Table, *, long: bool = False) -> pa.Table:
    bulk = Bulk(engine, reading, interval="P1M")
    if long:
        bulk.add_up()
    return bulk.inputs(cells, **OF)


def _looking(reading: Reading, cells: pa.Table) -> pa.Table:
    """As in a store of an earlier version, or where some rows differ from the others: power of ten and length row by row."""
    noted, quickly.noted = quickly.noted, lambda _: None
    try:
        return _ours(Duck(reading.db), reading, cells)
    finally:
        quickly.noted = noted


class Noting(Duck):
    """Notes what is asked."""

    def __init__(self, db: duckdb.DuckDBPyConnection, noted: list[str]) -> None:
        super().__init__(db)
        self._noted = noted

    def ask(self, expression: object) -> pa.Table:
        self._noted.append(compiled(expression, "duckdb"))
        return super().ask(expression)


def _as_it_is(reading: Reading, cells: pa.Table, text: str) -> pa.Table:
    """The views and tables are made as Meterkeep makes them; the expression is neither built nor compiled."""
    engine = Duck(reading.db)
    bulk = Bulk(engine, reading, interval="P1M")
    for name, table in (("spans", reading.spans.table()), ("periods", bulk._periods.table), ("cells", cells)):
        engine.give(name, table)
    return reading.db.sql(text).to_arrow_table()


def _by_hand(reading: Reading, cells: pa.Table) -> pa.Table:
    reading.db.register("cells", cells)
    files = parquet(reading.day_files())
    delivered = f"FROM {files} WHERE channel = 'delivered' AND unit = 'Wh'"
    part = "CASE WHEN day = DATE '2025-06-30' THEN values[24:] ELSE values[:23] END"
    return reading.db.sql(f"""
        WITH told AS (
            SELECT usage_point, sum(total) AS total {delivered} AND day BETWEEN DATE '2025-07-01' AND DATE '2025-07-30'
            GROUP BY ALL UNION ALL
            SELECT usage_point, sum(list_sum({part})) {delivered} AND day IN {CUT} GROUP BY ALL),
        held AS (SELECT holder, sum(total) AS total FROM told JOIN spans USING (usage_point) GROUP BY ALL)
        SELECT zip, count(*) AS customers, sum(total)::DECIMAL(38, 0) AS total, max(total)::DECIMAL(38, 0) AS largest
        FROM held JOIN cells USING (holder) GROUP BY ALL""").to_arrow_table()


def _take_in(store: Store, numbers: Int32s) -> None:
    series = [Series(i, (), Channel.DELIVERED, "Wh") for i in range(len(numbers))]
    with store.intake(digest=f"{1:064d}", received=datetime(2026, 2, 1, tzinfo=UTC), policy="") as intake:
        for first in range(0, len(numbers), AT_ONCE):
            these = np.arange(first, min(first + AT_ONCE, len(numbers)))
            size = len(these) * DAYS * 24
            block = Block(
                series=np.repeat(these, DAYS * 24).astype(np.int32),
                start=np.tile(FIRST + 3600 * np.arange(DAYS * 24), len(these)),
                duration=np.full(size, 3600, np.int32),
                value=np.random.default_rng(first).lognormal(6.5, 0.6, size).astype(np.int64),
                quality=None,
                record=np.arange(1, size + 1),
            )
            intake.add(block, series=series, usage_points=numbers, qualities=[])
        intake.commit()


if __name__ == "__main__":
    main()
