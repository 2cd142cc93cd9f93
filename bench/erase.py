"""One customer of 50,000 destroyed, by bytes, beside the same bucket rewritten by hand: one DuckDB statement that copies what is
left of it to a new file, with no lock, tombstone, registry, vacuum or proof.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from measure import cpu_seconds

from meterkeep.readings.model import Block, Channel, Series
from meterkeep.readings.store import Store

CUSTOMERS = 50_000
AT_ONCE = 500
DAYS = 30
FIRST = int(datetime(2025, 3, 1, 8, tzinfo=UTC).timestamp())
AT = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    for seconds in (3600, 900):
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), seconds)


def _measure(folder: Path, seconds: int) -> None:
    store = Store.create(folder / "store", zone="America/Los_Angeles")
    _take_in(store, seconds)
    files = [store.days.folder / part.path for part in store.days.parts() if "bucket=7/" in part.path]
    numbers = iter(range(7, CUSTOMERS, 16))
    floor = cpu_seconds(lambda: _by_hand(files, folder / "left.parquet", next(numbers)))
    ours = cpu_seconds(lambda: _erase(store, next(numbers)))
    readings = CUSTOMERS * DAYS * 86_400 // seconds
    size = sum(path.stat().st_size for path in store.folder.rglob("*.parquet"))
    print(f"{readings / 1e6:.0f} M readings of {seconds // 60} minutes, {size / readings:.2f} bytes each")
    print(
        f"one customer of {CUSTOMERS:,}: {ours:.2f} CPU s, by hand {floor:.2f}: {ours / floor:.1f} × by hand"
    )


def _erase(store: Store, number: int) -> None:
    span = pa.table({"usage_point": pa.array([number], pa.int32()), "start": [0], "end": [2**33]})
    assert not store.erase(span, at=AT).findings


def _by_hand(files: list[Path], target: Path, number: int) -> None:
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        for path in files:
            rows = f"FROM read_parquet('{path}', hive_partitioning = false) WHERE usage_point != {number}"
            db.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def _take_in(store: Store, seconds: int) -> None:
    """In one file, whose readings vary like a load profile does: noise about a level."""
    series = [Series(i, (), Channel.DELIVERED, "Wh") for i in range(CUSTOMERS)]
    usage_points = np.arange(CUSTOMERS, dtype=np.int32)
    length = DAYS * 86_400 // seconds
    noise = np.random.default_rng(1).lognormal(6.5, 0.6, AT_ONCE * length).astype(np.int64)
    with store.intake(digest="0" * 64, received=datetime(2025, 4, 1, tzinfo=UTC), policy="") as intake:
        for first in range(0, CUSTOMERS, AT_ONCE):
            block = Block(
                series=np.repeat(np.arange(first, first + AT_ONCE), length).astype(np.int32),
                start=np.tile(FIRST + seconds * np.arange(length), AT_ONCE),
                duration=np.full(len(noise), seconds, np.int32),
                value=np.roll(noise, first),
                quality=None,
                record=np.arange(len(noise)) + 1,
            )
            intake.add(block, series=series, usage_points=usage_points, qualities=[])
        intake.commit()


if __name__ == "__main__":
    main()
