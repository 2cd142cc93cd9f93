"""What an intake reads of the store is what it may meet there: the rows of its days, however full the month is."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from meterkeep.readings.store.intake.writing import Writing
from meterkeep.readings.store.tables.snapshot import BUCKETS

HOUR, DAY = 3600, 86_400
FEBRUARY = 1_738_396_800  # 2025-02-01 08:00 UTC, midnight in Los Angeles
METERS = range(5, 5 + 40 * BUCKETS, BUCKETS)


@pytest.fixture
def read_by_intakes(monkeypatch):
    """How many stored day rows each intake has looked at, as the engine counts them."""
    counts = []
    real_write, real_days = Writing.write, Writing._write_days

    def write(self, *arguments):
        counts.append(0)
        real_write(self, *arguments)

    def write_days(self, db, partition, readings):
        files = self.snapshot.day_files([partition // BUCKETS], [partition % BUCKETS])
        if files and len(readings):
            query = f"EXPLAIN (ANALYZE, FORMAT json) {self._stored_days(files, readings)}"
            ((_, plan),) = db.sql(query).fetchall()
            counts[-1] += sum(scanned(json.loads(plan)["operator"]))
        real_days(self, db, partition, readings)

    monkeypatch.setattr(Writing, "write", write)
    monkeypatch.setattr(Writing, "_write_days", write_days)
    return counts


def scanned(operators):
    for operator in operators:
        if operator.get("extra_info", {}).get("Function") == "READ_PARQUET":
            yield operator["rows_scanned"]
        yield from scanned(operator.get("children", []))


def day_of(kit, number, *, value=1, name=None):
    series = [(meter, "delivered", "Wh", 0) for meter in METERS]
    first = FEBRUARY + number * DAY
    rows = [kit.Row(at, first + HOUR * i, HOUR, value) for at in range(len(series)) for i in range(24)]
    return kit.File(name or f"day {number}", series, rows, datetime(2026, 1, 1 + number, tzinfo=UTC))


def test_the_tenth_day_of_a_month_reads_as_little_as_the_second(store, kit, read_by_intakes):
    for number in range(10):
        kit.take_in(store, day_of(kit, number))
    assert read_by_intakes == [0] * 10


def test_a_day_that_comes_again_reads_that_day_alone(store, kit, read_by_intakes):
    for number in range(4):
        kit.take_in(store, day_of(kit, number))
    again = kit.take_in(store, day_of(kit, 2, value=7, name="corrected"))
    assert again.conflicts == 24 * len(METERS)
    last = kit.take_in(store, day_of(kit, 2, value=7, name="and once more"))
    assert (last.stored, last.already_stored) == (0, 24 * len(METERS))
    assert read_by_intakes[:4] == [0] * 4
    day = len(METERS)
    assert read_by_intakes[4] == day
    assert read_by_intakes[5] == 3 * day, "both versions, and the newer one once more to see which is newest"
