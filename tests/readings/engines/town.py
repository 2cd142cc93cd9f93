"""A synthetic town in a store: hourly and quarter-hourly readings over the spring clock change, gaps, estimates,
corrections, a withdrawn file, readings off the grid, lengths that overlap, powers of ten that differ.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from readings.store.conftest import File, Row, take_in

from meterkeep.readings.model import Block, Channel, Series
from meterkeep.readings.store import Store

ZONE = "America/Los_Angeles"
FIRST = int(datetime(2025, 2, 20, 8, tzinfo=UTC).timestamp())
DAYS = 45
KNOWN = datetime(2026, 1, 1, 12, tzinfo=UTC)
MONTHS = [date(2025, month, 1) for month in (2, 3, 4)]


def build(folder: Path, *, usage_points: int) -> Store:
    store = Store.create(folder, zone=ZONE)
    _regular(store, usage_points, seconds=3600, first=0, digest=1)
    _regular(store, usage_points, seconds=900, first=1, digest=2)
    odd = [
        Row(0, FIRST + 3600 * hour, 3600, 7 * hour, "espi:8" if hour % 3 else "espi:0") for hour in range(200)
    ]
    odd += [Row(1, FIRST + 86_400 * 5 + 900 * slot, 900, slot) for slot in range(300)]
    odd += [Row(2, FIRST + 777 + 5400 * slot, 5400, 1_000 + slot) for slot in range(90)]
    odd += [Row(3, FIRST + 86_400 * 28 * month, 86_400 * 28, 2**40 + month) for month in range(2)]
    series = [
        (0, "delivered", "Wh", 0),
        (2, "delivered", "Wh", -2),
        (4, "delivered", "Wh", 1),
        (6, "delivered", "Wh", 0),
    ]
    take_in(store, File("odd", series, odd, datetime(2026, 1, 2, tzinfo=UTC)), block_size=10_000)
    bad = [Row(0, FIRST + 3600 * hour, 3600, 999_999) for hour in range(300, 400)]
    wrong = File("bad", [(8, "delivered", "Wh", 0)], bad, datetime(2026, 1, 3, tzinfo=UTC))
    take_in(store, wrong, block_size=10_000)
    store.compact(as_of=date(2025, 4, 1))
    later = [Row(0, FIRST + 3600 * hour, 3600, 5) for hour in range(0, 900, 7)]
    take_in(store, File("later", [(10, "delivered", "Wh", 3)], later, datetime(2026, 1, 4, tzinfo=UTC)))
    store.withdraw(wrong.digest, received=datetime(2026, 1, 5, tzinfo=UTC))
    return store


def build_even(folder: Path, *, usage_points: int) -> Store:
    """Hourly readings at one power of ten, some of them not there, some corrected, and those of one usage point withdrawn."""
    store = Store.create(folder, zone=ZONE)
    _regular(store, usage_points, seconds=3600, first=0, digest=1)
    _regular(store, usage_points, seconds=3600, first=1, digest=2)
    gone = [Row(0, FIRST + 3600 * hour, 3600, 7) for hour in range(900)]
    wrong = File("gone", [(usage_points, "delivered", "Wh", 0)], gone, datetime(2026, 1, 2, tzinfo=UTC))
    take_in(store, wrong, block_size=10_000)
    later = [Row(0, FIRST + 3600 * hour, 3600, 5) for hour in range(0, 900, 7)]
    take_in(store, File("later", [(4, "delivered", "Wh", 0)], later, datetime(2026, 1, 4, tzinfo=UTC)))
    store.withdraw(wrong.digest, received=datetime(2026, 1, 5, tzinfo=UTC))
    return store


def whole_months(usage_points: int, months: int) -> tuple[pa.Table, pa.Table]:
    """Holdings of everybody from March on, and their cells."""
    numbers = np.arange(usage_points + 1)
    first, end = (
        int(datetime(2025, month, 1, tzinfo=ZoneInfo(ZONE)).timestamp()) for month in (3, 3 + months)
    )
    told = {"usage_point": pa.array(numbers, pa.int32()), "start": np.full(len(numbers), first)}
    told |= {"end": np.full(len(numbers), end), "holder": numbers // 2}
    holders = range(usage_points // 2)
    return pa.table(told), pa.table({"holder": [*holders], "zip": [f"9200{each % 7}" for each in holders]})


def _regular(store: Store, usage_points: int, *, seconds: int, first: int, digest: int) -> None:
    """Every second usage point, from the first; one in a hundred readings is not there."""
    numbers = np.arange(first, usage_points, 2, dtype=np.int32)
    chance = np.random.default_rng(digest)
    each = DAYS * 86_400 // seconds
    there = np.flatnonzero(chance.random(len(numbers) * each) > 0.01)
    block = Block(
        series=(there // each).astype(np.int32),
        start=FIRST + seconds * (there % each),
        duration=np.full(len(there), seconds, np.int32),
        value=chance.integers(-50, 5_000, len(there)),
        quality=None,
        record=np.arange(1, len(there) + 1),
    )
    series = [Series(i, (), Channel.DELIVERED, "Wh") for i in range(len(numbers))]
    received = datetime(2026, 1, 1, tzinfo=UTC)
    with store.intake(digest=f"{digest:064d}", received=received, policy="") as intake:
        intake.add(block, series=series, usage_points=numbers, qualities=[])
        intake.commit()


def holdings(usage_points: int) -> pa.Table:
    """Two usage points to a customer; one in three moves in or out at some moment of the month."""
    numbers = np.arange(usage_points)
    end = FIRST + DAYS * 86_400
    return pa.table(
        {
            "usage_point": pa.array(numbers, pa.int32()),
            "start": np.where(numbers % 3 == 1, FIRST + 5_000 * (numbers % 200), FIRST - 86_400),
            "end": np.where(numbers % 3 == 2, end - 7_777 * (numbers % 100), end),
            "holder": numbers // 2,
        }
    )
