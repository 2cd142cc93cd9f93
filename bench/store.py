"""The interval store beside the least that could be done: the same readings written by pyarrow as plain long rows,
unchecked and unmerged, and summed by DuckDB over months of standard time.
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measure import cpu_seconds, wall_seconds

from meterkeep.readings.model import Block, Channel, Int32s, Series
from meterkeep.readings.store import Store

CUSTOMERS = 2_000
FILES = 4
FIRST = int(datetime(2025, 1, 1, 8, tzinfo=UTC).timestamp())
HOURS = 395 * 24
AT_ONCE = 20
PORTAL_CUSTOMERS = 1_000
PORTAL_FIRST = int(datetime(2020, 1, 1, 8, tzinfo=UTC).timestamp())
MONTH = 30 * 86_400
MONTHS = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(13)]


def main() -> None:
    numbers = np.random.default_rng(1).permutation(10_000_000)[:CUSTOMERS].astype(np.int32)
    with tempfile.TemporaryDirectory() as folder:
        store, long = (
            Store.create(Path(folder) / "store", zone="America/Los_Angeles"),
            Path(folder) / "long.parquet",
        )
        readings = CUSTOMERS * HOURS
        floor = cpu_seconds(lambda: _write_long(long, numbers), runs=1)
        ours = cpu_seconds(lambda: _take_in(store, numbers), runs=1)
        for name, seconds in (("plain long rows", floor), ("intake", ours)):
            print(
                f"{name:<34} {readings / seconds / 1e6:6.1f} M readings/CPU s  {seconds / floor:5.1f} × plain"
            )
        size = sum(path.stat().st_size for path in store.folder.rglob("*.parquet"))
        print(
            f"{size / readings:.2f} bytes a reading, plain {long.stat().st_size / readings:.2f}; {_peak()} MB at most"
        )
        one, everyone = _holdings(numbers[-1:]), _holdings(numbers)
        for interval in (None, "PT1H", "P1D", "P1M"):
            _say(
                f"one customer, 13 months, {interval or 'as stored'}",
                partial(store.read, one, interval=interval),
            )
        floor, ours = (
            cpu_seconds(lambda: _sum_long(long)),
            cpu_seconds(lambda: store.monthly(everyone, MONTHS)),
        )
        print(
            f"months of {CUSTOMERS:,} customers: {ours:.2f} CPU s, {ours / floor:.1f} × plain long rows; {_peak()} MB at most"
        )
    _portal()


def _say(what: str, work: Callable[[], object]) -> None:
    """Wall clock is what a customer waits; where others use the machine as well, CPU time says more."""
    print(f"{what:<34} {wall_seconds(work) * 1000:6.0f} ms, CPU {cpu_seconds(work, runs=5) * 1000:.0f} ms")


def _portal() -> None:
    """60 months of one customer in a store that had an intake each month, before and after they are compacted."""
    numbers = np.random.default_rng(2).permutation(10_000_000)[:PORTAL_CUSTOMERS].astype(np.int32)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "store", zone="America/Los_Angeles")
        for month in range(60):
            _one_month(store, numbers, month)
        one = _span(numbers[:1], PORTAL_FIRST, PORTAL_FIRST + 60 * MONTH)
        for name in ("before", "after"):
            for interval in ("PT1H", "P1D", "P1M"):
                _say(
                    f"60 months, {interval:<4} {name} compaction", partial(store.read, one, interval=interval)
                )
            if name == "before":
                taken = cpu_seconds(lambda: store.compact(as_of=date(2030, 1, 1)), runs=1)
                readings = 60 * 720 * PORTAL_CUSTOMERS
                print(f"compaction {readings / taken / 1e6:28.1f} M readings/CPU s")


def _one_month(store: Store, numbers: Int32s, month: int) -> None:
    """Sent in two files: 20 days, then 30, of which the ten last are new and one hour of the others is corrected."""
    series = [Series(i, (), Channel.DELIVERED, "Wh") for i in range(len(numbers))]
    for part, hours in enumerate((480, 720)):
        received = datetime(2020 + month // 12, month % 12 + 1, 27 + part, tzinfo=UTC)
        with store.intake(digest=f"{month * 2 + part:064d}", received=received, policy="") as intake:
            size = len(numbers) * hours
            start = PORTAL_FIRST + month * MONTH + 3600 * np.arange(hours)
            value = np.random.default_rng(month).lognormal(6.5, 0.6, len(numbers) * 720).astype(np.int64)
            value = value.reshape(-1, 720)[:, :hours].copy()
            value[:, 100] += part
            block = Block(
                series=np.repeat(np.arange(len(numbers)), hours).astype(np.int32),
                start=np.tile(start, len(numbers)),
                duration=np.full(size, 3600, np.int32),
                value=value.reshape(-1),
                quality=None,
                record=np.arange(1, size + 1),
            )
            intake.add(block, series=series, usage_points=numbers, qualities=[])
            intake.commit()


def _take_in(store: Store, numbers: Int32s) -> None:
    for number, usage_points in enumerate(np.split(numbers, FILES)):
        series = [Series(i, (), Channel.DELIVERED, "Wh") for i in range(len(usage_points))]
        with store.intake(
            digest=f"{number:064d}", received=datetime(2026, 2, 1, tzinfo=UTC), policy=""
        ) as intake:
            for block in _blocks(len(usage_points)):
                intake.add(block, series=series, usage_points=usage_points, qualities=[])
            intake.commit()


def _blocks(customers: int) -> Iterator[Block]:
    noise = np.random.default_rng(1).lognormal(6.5, 0.6, AT_ONCE * HOURS).astype(np.int64)
    for first in range(0, customers, AT_ONCE):
        these = np.arange(first, min(first + AT_ONCE, customers))
        size = len(these) * HOURS
        yield Block(
            series=np.repeat(these, HOURS).astype(np.int32),
            start=np.tile(FIRST + 3600 * np.arange(HOURS), len(these)),
            duration=np.full(size, 3600, np.int32),
            value=np.roll(noise, first)[:size],
            quality=None,
            record=np.arange(1, size + 1),
        )


def _write_long(path: Path, numbers: Int32s) -> None:
    schema = pa.schema([("usage_point", pa.int32()), ("start", pa.int64()), ("value", pa.int64())])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for block in _blocks(len(numbers)):
            columns = [numbers[block.series], block.start, block.value]
            writer.write_table(pa.table(columns, schema=schema))


def _sum_long(path: Path) -> None:
    month = "date_trunc('month', make_timestamp((start - 28800) * 1000000))"
    duckdb.sql(
        f"SELECT usage_point, {month}, sum(value) FROM read_parquet('{path}') GROUP BY ALL"
    ).to_arrow_table()


def _holdings(usage_points: Int32s) -> pa.Table:
    return _span(usage_points, FIRST, FIRST + HOURS * 3600)


def _span(usage_points: Int32s, start: int, end: int) -> pa.Table:
    size = len(usage_points)
    return pa.table({"usage_point": usage_points, "start": np.full(size, start), "end": np.full(size, end)})


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
