"""The quick way to the inputs of a 15/15 rule says what the long way says, and stands aside where it cannot."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from meterkeep.readings.engines.at_once import kind_of, power_of
from meterkeep.readings.engines.bulk import Bulk
from meterkeep.readings.engines.duck import Duck
from meterkeep.readings.store import Store

from .asking import in_order, reading_of

ZONE = "America/Los_Angeles"
OF = {"measure": "delivered", "unit": "Wh"}
CELLS = pa.table({"holder": [0, 1, 2], "zip": ["92001", "92001", None]})


@pytest.fixture
def store(tmp_path, kit):
    """Three usage points, hourly, from June into September; one of them also told of again, and one emptied in August."""
    store = Store.create(tmp_path / "s", zone=ZONE)
    begin = kit.instant("2025-06-28 00:00", ZONE)
    series = [(number, "delivered", "Wh", 0) for number in (1, 2, 3)]
    rows = [
        kit.Row(s, begin + 3600 * hour, 3600, 100 * s + hour % 24) for s in range(3) for hour in range(1_000)
    ]
    kit.take_in(store, kit.File("first", series, rows), block_size=5_000)
    again = [kit.Row(0, begin + 3600 * hour, 3600, 9) for hour in range(50, 120)]
    kit.take_in(store, kit.File("again", series[:1], again, datetime(2026, 1, 2, tzinfo=UTC)))
    august = kit.instant("2025-08-10 00:00", ZONE)
    late = [kit.Row(0, august + 3600 * hour, 3600, 1) for hour in range(24)]
    kit.take_in(store, kit.File("late", [(4, "delivered", "Wh", 0)], late, datetime(2026, 1, 3, tzinfo=UTC)))
    store.withdraw(kit.File("late", [], []).digest, received=datetime(2026, 1, 4, tzinfo=UTC))
    return store


def both_ways(kit, store, start, end, interval="P1M"):
    numbers = [1, 2, 3, 4]
    span = [kit.instant(f"2025-{day} 00:00", ZONE) for day in (start, end)]
    holdings = pa.table(
        {
            "usage_point": pa.array(numbers, pa.int32()),
            "start": [span[0]] * 4,
            "end": [span[1]] * 4,
            "holder": [0, 1, 1, 2],
        }
    )
    with reading_of(store, holdings) as reading:
        engine = Duck(reading.db)
        engine.give("cells", CELLS)
        quick = Bulk(engine, reading, interval=interval)._inputs_at_once(CELLS, **OF)
    with reading_of(store, holdings) as reading:
        bulk = Bulk(Duck(reading.db), reading, interval=interval)
        bulk.add_up()
        return quick, bulk.inputs(CELLS, **OF)


@pytest.mark.parametrize("interval", ["P1M", "P1D"])
@pytest.mark.parametrize(("start", "end"), [("07-01", "08-01"), ("06-01", "09-01"), ("08-01", "09-01")])
def test_both_ways_say_the_same(kit, store, start, end, interval):
    quick, long = both_ways(kit, store, start, end, interval)
    assert quick is not None and in_order(quick.select(long.column_names)) == in_order(long)


def test_a_span_that_ends_within_a_month_takes_the_long_way(kit, store):
    quick, long = both_ways(kit, store, "07-01", "07-15")
    assert quick is None and long.num_rows == 1


@pytest.mark.parametrize(("power", "seconds"), [(1, 3600), (0, 900)])
def test_other_powers_and_lengths_take_the_long_way(kit, store, power, seconds):
    begin = kit.instant("2025-07-20 00:00", ZONE)
    rows = [kit.Row(0, begin + seconds * slot, seconds, 5) for slot in range(10)]
    file = kit.File("odd", [(2, "delivered", "Wh", power)], rows, datetime(2026, 1, 5, tzinfo=UTC))
    kit.take_in(store, file)
    quick, long = both_ways(kit, store, "07-01", "08-01")
    if quick is not None:  # The store keeps a day at one power, the finest that was told.
        assert in_order(quick.select(long.column_names)) == in_order(long)
    assert seconds == 3600 or quick is None


@pytest.mark.parametrize("power", [-15, -1, 0, 3, 15])
def test_a_kind_has_its_power(power):
    assert power_of(kind_of(power, 86_400)) == power
