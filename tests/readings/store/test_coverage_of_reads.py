"""What travels beside a read is the same at every interval."""

from __future__ import annotations

import pytest

from meterkeep.readings.coverage import coverage

CODES = {"": "actual", "csv:estimated": "estimated", "csv:edited": "edited", "csv:what": "unknown"}


@pytest.mark.parametrize("interval", [None, "PT15M", "PT1H", "P1D", "P1M"])
def test_whatever_the_interval_the_counts_are_the_same(store, kit, interval):
    first = kit.instant("2025-05-28 00:00", "America/Los_Angeles")
    there = {i: [*CODES][i % 5 % 4] for i in range(1000) if i % 7}
    rows = [kit.Row(0, first + i * 900, 900, 5, code) for i, code in there.items()]
    kit.take_in(store, kit.File("one", [(5, "delivered", "Wh", 0)], rows))
    spans = kit.holdings((5, first, first + 20 * 86_400))
    (row,) = coverage(store.read(spans, interval=interval), holdings=spans).to_pylist()
    for code, name in CODES.items():
        assert row[f"n_{name}"] == [*there.values()].count(code)
    assert (row["n_expected"], row["n_present"]) == (1920, len(there))
    assert row["n_missing"] == 1920 - len(there)
    assert row["interval_seconds"] == 900


def test_every_row_of_a_sum_says_of_what_class_its_intervals_are(store, kit):
    first = kit.instant("2025-05-28 00:00", "America/Los_Angeles")
    rows = [kit.Row(0, first + i * 900, 900, 5, [*CODES][i]) for i in range(3)]
    kit.take_in(store, kit.File("one", [(5, "delivered", "Wh", 0)], rows))
    (row,) = store.read(kit.holdings((5, first, first + 3600)), interval="PT1H").to_pylist()
    assert [row[f"n_{name}"] for name in ("actual", "estimated", "edited", "unknown", "missing")] == [
        1,
        1,
        1,
        0,
        1,
    ]
    assert (row["n_present"], row["n_expected"], row["interval_seconds"]) == (3, 4, 900)
