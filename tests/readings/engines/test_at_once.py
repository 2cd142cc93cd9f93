"""The quick way to the inputs of a 15/15 rule says what the long way says, and stands aside where it cannot."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from meterkeep.readings.engines.at_once import kind_of, power_of
from meterkeep.readings.store import Store

from .asking import three_ways

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


def ways(kit, store, start, end, interval="P1M", known=None):
    """By the notes in the files' names, by a look at every row, and the long way; None where a way stands aside."""
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
    return three_ways(store, holdings, CELLS, interval, known)


@pytest.mark.parametrize("interval", ["P1M", "P1D"])
@pytest.mark.parametrize(("start", "end"), [("07-01", "08-01"), ("06-01", "09-01"), ("08-01", "09-01")])
def test_all_ways_say_the_same(kit, store, start, end, interval):
    noted, looked, long = ways(kit, store, start, end, interval)
    assert noted == looked == long and long


def test_a_span_that_ends_within_a_month_takes_the_long_way(kit, store):
    noted, looked, long = ways(kit, store, "07-01", "07-15")
    assert noted is None and looked is None and len(long) == 1


def odd_file(kit, store, power, seconds, usage_point=2):
    begin = kit.instant("2025-07-20 00:00", ZONE)
    rows = [kit.Row(0, begin + seconds * slot, seconds, 5) for slot in range(10)]
    received = datetime(2026, 1, 5, tzinfo=UTC)
    kit.take_in(store, kit.File("odd", [(usage_point, "delivered", "Wh", power)], rows, received))


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize(
    ("power", "seconds", "usage_point", "is_quick"),
    [
        (1, 3600, 2, True),  # The store keeps a day at one power, the finest that was told.
        (-1, 3600, 2, False),
        (0, 900, 2, False),
        (
            1,
            3600,
            18,
            True,
        ),  # Nobody's, in the same bucket: in one file with those asked for, once it is compacted.
        (0, 900, 18, True),
    ],
)
def test_one_odd_day_among_the_files_is_not_overlooked(
    kit, store, power, seconds, usage_point, is_quick, compacted
):
    odd_file(kit, store, power, seconds, usage_point)
    if compacted:
        store.compact(as_of=date(2025, 10, 1))
    noted, looked, long = ways(kit, store, "07-01", "08-01")
    assert noted == looked == (long if is_quick else None) and long


def test_a_moment_before_the_odd_day_was_known_is_answered_too(kit, store):
    odd_file(kit, store, -1, 3600)
    store.compact(as_of=date(2025, 10, 1))
    noted, looked, long = ways(kit, store, "07-01", "08-01", known=datetime(2026, 1, 4, 12, tzinfo=UTC))
    assert noted == looked == long and long
    assert ways(kit, store, "07-01", "08-01")[0] is None


@pytest.mark.parametrize("power", [-15, -1, 0, 3, 15])
def test_a_kind_has_its_power(power):
    assert power_of(kind_of(power, 86_400)) == power


@pytest.mark.parametrize("interval", ["P1M", "P1D"])
def test_a_home_that_changes_hands_between_months_is_of_each_in_their_own(kit, store, interval):
    """Both spans begin and end with a month; neither customer has anything of the other's."""
    june, july, august = (kit.instant(f"2025-{month} 00:00", ZONE) for month in ("06-01", "07-01", "08-01"))
    holdings = pa.table(
        {
            "usage_point": pa.array([1, 1, 2], pa.int32()),
            "start": [june, july, june],
            "end": [july, august, july],
            "holder": [0, 1, 2],
        }
    )
    noted, looked, long = three_ways(store, holdings, CELLS, interval)
    assert noted == looked == long and long
