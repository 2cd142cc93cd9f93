"""Several series of one file may tell of one usage point and channel: they add up, unless they say the same twice."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from meterkeep.errors import BadInput

HOUR = 3600
FEBRUARY = 1_738_396_800  # 2025-02-01 08:00 UTC, midnight in Los Angeles


def told(
    kit, *series, name="file", channel="delivered", quality=(), powers=(), meters=(), day=1, length=HOUR
):
    """A file about usage point 5; each series gives its values from midnight on."""
    rows = [
        kit.Row(number, FEBRUARY + length * i, length, value, quality[number] if quality else "")
        for number, values in enumerate(series)
        for i, value in enumerate(values)
    ]
    streams = [(5, channel, "Wh", power) for power in powers or [0] * len(series)]
    return kit.File(name, streams, rows, datetime(2026, 1, day, tzinfo=UTC), meters)


def values(store, kit, **how):
    return store.read(kit.holdings((5, 0, 2**40)), **how)["value"].to_pylist()


def counts(result):
    return result.stored, result.duplicate, result.already_stored, result.conflicts


def test_periods_of_a_tariff_add_up_and_each_reports_its_own_sum(store, kit):
    result = kit.take_in(store, told(kit, [5, 1, 1], [5, 6, 1]))
    assert counts(result) == (6, 0, 0, 0)
    assert [(s.records, s.sum) for s in result.series] == [(3, "7"), (3, "12")]
    assert result.notes == {"series_added": 3}
    assert values(store, kit) == [10, 7, 2]
    assert store.monthly(kit.holdings((5, 0, 2**40)), [date(2025, 2, 1)])["total"].to_pylist() == [19]


def test_the_same_periods_in_another_file_are_already_stored(store, kit):
    kit.take_in(store, told(kit, [5, 1, 1], [5, 6, 1], name="a"))
    assert counts(kit.take_in(store, told(kit, [5, 1, 1, 2], [5, 6, 1, 3], name="b"))) == (2, 0, 6, 0)
    assert counts(kit.take_in(store, told(kit, [10, 7, 2, 5], name="summed"))) == (0, 0, 4, 0)
    assert values(store, kit) == [10, 7, 2, 5]


def test_a_file_whose_sum_differs_is_a_new_version_and_the_old_one_stays_known(store, kit):
    kit.take_in(store, told(kit, [5, 1], [5, 6], name="a"))
    changed = kit.take_in(store, told(kit, [5, 1], [5, 7], name="b", day=2))
    assert counts(changed) == (2, 0, 2, 1)
    assert values(store, kit) == [10, 8]
    assert values(store, kit, known=datetime(2026, 1, 1, tzinfo=UTC)) == [10, 7]


def test_what_a_series_says_twice_is_found_within_the_series(store, kit):
    rows = [kit.Row(s, FEBRUARY, HOUR, v) for s, v in ((0, 5), (1, 5), (0, 5), (1, 6), (1, 6))]
    file = kit.File("file", [(5, "delivered", "Wh", 0)] * 2, rows)
    result = kit.take_in(store, file)
    assert counts(result) == (3, 2, 0, 1)
    assert [s.sum for s in result.series] == ["5", "11"]
    assert values(store, kit) == [11]


@pytest.mark.parametrize(
    ("series", "powers", "meters", "repeated"),
    [
        ([[0, 1, 2], [0, 1, 2]], (), (), True),
        ([[0, 0, 2], [0, 0, 2]], (), (), True),
        ([[0, 1, 2], [0, 10, 20]], (1, 0), (), True),
        ([[1, 2], [1, 2]], (), (), False),
        ([[0, 0, 0], [0, 0, 0]], (), (), False),
        ([[0, 1, 2], [0, 2, 1]], (), (), False),
        ([[0, 1, 2], [0, 1, 2, 3]], (), (), False),
        ([[0, 1, 2], [0, 1, 2]], (), ("a", "b"), False),
    ],
)
def test_a_series_that_repeats_another_one_wholly_counts_once(store, kit, series, powers, meters, repeated):
    result = kit.take_in(store, told(kit, *series, powers=powers, meters=meters))
    size = len(series[1])
    assert result.notes.get("series_repeated", 0) == repeated
    assert result.duplicate == (size if repeated else 0)
    assert (result.series[1].sum == "0") == (repeated or not any(series[1]))
    table = store.read(kit.holdings((5, 0, 2**40)), interval="P1D").to_pylist()
    amounts = [sum(one) * 10**power for one, power in zip(series, powers or (0, 0), strict=True)]
    assert sum(r["value"] * 10 ** r["power_of_ten"] for r in table) == (
        amounts[0] if repeated else sum(amounts)
    )


def test_a_series_that_is_given_three_times_counts_once(store, kit):
    result = kit.take_in(store, told(kit, [1, 2, 3], [1, 2, 3], [1, 2, 3]))
    assert (counts(result), result.notes) == ((3, 6, 0, 0), {"series_repeated": 2})
    assert values(store, kit) == [1, 2, 3]


def test_one_meter_is_one_part_however_many_series_it_has(store, kit):
    result = kit.take_in(store, told(kit, [1, 2], [10, 30], powers=(1, 0), meters=("a", "a")))
    assert counts(result) == (3, 1, 0, 1)
    assert values(store, kit) == [10, 30]


def test_two_meters_of_one_usage_point_add_up_at_their_own_powers_of_ten(store, kit):
    result = kit.take_in(store, told(kit, [1, 2], [5, 6], powers=(0, -1), meters=("a", "b")))
    assert counts(result) == (4, 0, 0, 0)
    assert [s.sum for s in result.series] == ["3", "1.1"]
    assert values(store, kit) == [15, 26]


def test_a_sum_is_as_good_as_the_worst_that_went_into_it(store, kit):
    kit.take_in(store, told(kit, [1], [2], [3], quality=("espi:8", "espi:0", "")))
    assert store.read(kit.holdings((5, 0, 2**40)))["quality"].to_pylist() == ["estimated"]


@pytest.mark.parametrize("length", [28 * 24 * HOUR, 5400])
def test_readings_off_the_grid_add_up_too(store, kit, length):
    first = kit.take_in(store, told(kit, [70], [30], name="a", length=length, quality=("espi:0", "espi:8")))
    assert (counts(first), first.notes) == ((2, 0, 0, 0), {"series_added": 1})
    assert store.read(kit.holdings((5, 0, 2**40)))["quality"].to_pylist() == ["estimated"]
    again = kit.take_in(store, told(kit, [60], [40], name="b", length=length, quality=("espi:8", "espi:0")))
    assert (counts(again), values(store, kit)) == ((0, 0, 2, 0), [100])
    other = kit.take_in(store, told(kit, [60], [41], name="c", length=length))
    assert (counts(other), values(store, kit)) == ((2, 0, 0, 1), [101])


@pytest.mark.parametrize("channel", ["register", "demand", "other"])
def test_what_must_not_be_added_is_kept_side_by_side(store, kit, channel):
    first = kit.take_in(store, told(kit, [5, 8], [7, 8], name="a", channel=channel))
    assert (counts(first), first.notes) == ((4, 0, 0, 0), {})
    assert sorted(values(store, kit)) == [5, 7, 8, 8]
    assert counts(kit.take_in(store, told(kit, [7, 8], [5, 8], name="b", channel=channel))) == (0, 0, 4, 0)
    changed = kit.take_in(store, told(kit, [5], [9], name="c", channel=channel, day=2))
    assert counts(changed) == (1, 0, 1, 1)
    assert sorted(values(store, kit)) == [5, 8, 8, 9]
    assert sorted(values(store, kit, known=datetime(2026, 1, 1, tzinfo=UTC))) == [5, 7, 8, 8]


def test_one_register_of_two_does_not_push_the_other_out_with_a_better_quality(store, kit):
    kit.take_in(store, told(kit, [5], [7], name="a", channel="register", quality=("espi:8", "espi:8")))
    alone = kit.take_in(store, told(kit, [5], name="b", channel="register", quality=("espi:0",)))
    assert (counts(alone), values(store, kit)) == ((0, 0, 1, 0), [5, 7])
    both = kit.take_in(store, told(kit, [5], [7], name="c", channel="register", quality=("espi:0", "espi:8")))
    assert (counts(both), both.notes, values(store, kit)) == ((1, 0, 1, 0), {"requalified": 1}, [5, 7])


@pytest.mark.parametrize("length", [HOUR, 5400])
@pytest.mark.parametrize(("second", "stored"), [(2**51, True), (2**51 + 1, False)])
def test_a_sum_beyond_what_a_value_may_be_refuses_the_file(store, kit, length, second, stored):
    file = told(kit, [2**51], [second], length=length)
    if stored:
        assert kit.take_in(store, file).stored == 2
        assert values(store, kit) == [2**52]
    else:
        with pytest.raises(BadInput, match="add up to more"):
            kit.take_in(store, file)
    assert store.has_file(file.digest) == stored


def test_the_parts_of_a_day_are_worked_on_together(store, kit, monkeypatch):
    monkeypatch.setattr("meterkeep.readings.store.rows.days.MOST_CELLS", 24)
    monkeypatch.setattr("meterkeep.readings.store.rows.runs.MOST_IN_MEMORY", 50)
    ones, twos = [1] * (24 * 20), [i % 7 for i in range(24 * 20)]
    result = kit.take_in(store, told(kit, ones, twos, twos))
    assert (counts(result), result.notes) == (
        (960, 480, 0, 0),
        {"series_added": 480, "series_repeated": 1},
    )
    assert values(store, kit) == [1 + i % 7 for i in range(24 * 20)]
