"""Every check on both sides of its bounds, and what it must leave alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from readings.checks.series import DAY, HOUR, Made, household, seen

from meterkeep.readings.checks import CHECKS, FIGURES, Limits

FIRST = date(2026, 6, 1)
WEEK = [100, 200, 300, 500] * 6 * 7


def made(days=14):
    return Made(FIRST, days)


def only(flags, check):
    return [flag for flag in flags if flag["check"] == check]


def test_plain_readings_raise_nothing():
    assert made().regular(1, WEEK * 2).check() == []


def test_a_gap_is_told_with_its_length_and_its_neighbours_are_not():
    m = made().regular(1, [*WEEK[:30], None, None, *WEEK[32:], *WEEK])
    (flag,) = m.check()
    assert (flag["check"], flag["found"], flag["limit"], flag["count"]) == ("gap", 2 * HOUR, 0, 2)
    assert (flag["start"].timestamp(), flag["end"].timestamp()) == (m.at(0, 30), m.at(0, 32))


def test_what_comes_before_the_first_reading_is_no_gap():
    assert made().regular(1, [None] * 50 + WEEK + WEEK[: 168 - 50]).check() == []


def test_a_gap_at_the_beginning_of_the_period_is_one_if_there_were_readings_before():
    m = made().regular(1, [*WEEK, *[None] * 5, *WEEK[5:]])
    assert seen(m.check(7), "check", "count") == [("gap", 5)]


def test_a_gap_outside_what_may_be_seen_is_none():
    m = made().regular(1, [*WEEK[:30], None, *WEEK[31:], *WEEK])
    spans = pa.table(
        {"usage_point": pa.array([1, 1], pa.int32()), "start": [0, m.at(0, 40)], "end": [m.at(0, 30), 2**40]}
    )
    assert m.check(spans=spans) == []


@pytest.mark.parametrize(("missing", "told"), [(72, []), (73, ["ends_early"])])
def test_an_early_end(missing, told):
    m = made().regular(1, (WEEK * 2)[: 14 * 24 - missing])
    assert [flag["check"] for flag in m.check()] == told


@pytest.mark.parametrize(("value", "told"), [(10_000, []), (10_001, [(10_001, 10_000, 1)])])
def test_a_spike_is_above_the_floor(value, told):
    values = [*WEEK, *WEEK]
    values[200] = value
    assert seen(made().regular(1, values).check(7), "found", "limit", "count") == told


@pytest.mark.parametrize(("value", "told"), [(20_000, []), (20_001, [(20_001, 20_000, 2)])])
def test_a_spike_is_above_its_own_history(value, told):
    values = [v * 10 for v in [*WEEK, *WEEK]]
    values[200:202] = [value, value]
    assert seen(made().regular(1, values).check(7), "found", "limit", "count") == told


def test_spikes_are_judged_only_with_days_enough():
    values = [*WEEK[:-25], *WEEK[:24]]
    values[100] = 90_000
    assert only(made(8).regular(1, values).check(), "spike") == []
    assert len(only(made(8).regular(1, [*values, 100]).check(), "spike")) == 1


def test_a_spike_keeps_the_power_of_ten_of_its_stream():
    values = [*WEEK, *WEEK]
    values[200] = 11
    (flag,) = (
        made()
        .regular(1, [v // 100 for v in values[:200]] + [11_0] + [v // 100 for v in values[201:]], power=2)
        .check(7)
    )
    assert (flag["found"], flag["limit"], flag["power_of_ten"]) == (110, 100, 2)


@pytest.mark.parametrize(("hours", "told"), [(167, []), (168, [("zero_run", 168, 168)])])
def test_a_long_run_of_zero(hours, told):
    values = [*WEEK[:24], *[0] * hours, *WEEK, *WEEK][: 14 * 24]
    assert seen(made().regular(1, values).check(), "check", "found", "count") == told


def test_a_missing_reading_ends_a_run():
    values = [*[0] * 100, None, *[0] * 100, *WEEK][: 14 * 24]
    assert only(made().regular(1, values).check(), "zero_run") == []


def test_no_panels_are_no_finding():
    assert made().regular(1, [0] * 336, channel="received").check() == []


@pytest.mark.parametrize(("hours", "told"), [(71, []), (72, [(72, 72)])])
def test_a_long_run_of_one_amount(hours, told):
    values = [*WEEK[:100], *[731] * hours, *WEEK, *WEEK][: 14 * 24]
    flags = made().regular(1, [v + i % 2 * 7 if i < 100 else v for i, v in enumerate(values)]).check()
    assert seen(only(flags, "constant_run"), "found", "count") == told


def test_an_amount_of_a_few_steps_of_the_meter_may_stay():
    assert made().regular(1, [900, 1000] * 2 + [500] * 332).check() == []


def test_below_zero_on_a_channel_that_goes_one_way():
    values = [*WEEK, *WEEK]
    values[10:13] = [-5, -9, -1]
    (flag,) = made().regular(1, values).check()
    assert (flag["check"], flag["found"], flag["limit"], flag["count"]) == ("negative", -9, 0, 3)
    assert made().regular(1, values, channel="net").check() == []


def test_below_zero_at_the_very_end():
    values = [*WEEK, *WEEK[:-1], -4]
    assert seen(made().regular(1, values).check(), "check", "found") == [("negative", -4)]


def test_a_billing_period_below_zero():
    m = made().regular(1, WEEK * 2)
    m.point(1, m.at(0), -5, seconds=10 * DAY, channel="received", unit="therm")
    assert seen(m.check(), "check", "found", "channel") == [("negative", -5, "received")]


def test_another_length_than_usual():
    m = made().regular(1, WEEK + [None] * 24 + WEEK[24:])
    quarter = [v // 4 for v in WEEK[:24] for _ in range(4)]
    m.regular(1, [None] * 96 * 7 + quarter, seconds=900)
    (flag,) = m.check()
    assert (flag["check"], flag["found"], flag["limit"], flag["count"]) == ("interval_size", 900, 3600, 96)


def test_the_same_time_told_in_two_lengths():
    m = made().regular(1, WEEK * 2).regular(1, [25] * 8, seconds=900)
    flags = m.check()
    assert {flag["check"] for flag in flags} == {"interval_size", "overlap"}
    (flag,) = only(flags, "overlap")
    assert (flag["found"], flag["start"].timestamp()) == (2 * HOUR, m.at(0))


@pytest.mark.parametrize(("ahead", "told"), [(300, []), (301, [("future", 301)])])
def test_a_reading_from_the_future(ahead, told):
    m = made().regular(1, WEEK * 2, received=None)
    for row in m.rows:
        row["received"] = m.at(14) - ahead
    assert seen(m.check(), "check", "found") == told


def test_readings_off_the_grid():
    m = made().regular(1, WEEK * 2)
    for i in range(3):
        m.point(2, m.at(1, i) + 120, 5, seconds=HOUR, channel="delivered")
    (flag,) = only(m.check(end=2), "off_grid")
    assert (flag["usage_point"], flag["found"], flag["count"]) == (2, 120, 3)


@pytest.mark.parametrize(("night", "told"), [(11, []), (12, [("night_solar", 12 * 2, 2)])])
def test_sun_by_night(night, told):
    day = [0] * 8 + [70] * 8 + [0] * 8
    bad = [night, *day[1:]]
    flags = made(4).regular(1, [*day, *bad, *bad, *day], channel="received").check()
    assert seen(flags, "check", "found", "count") == told


@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.parametrize("first", [date(2026, 1, 26), date(2026, 6, 1), date(2026, 9, 25)])
def test_a_clock_that_is_an_hour_off(hours, first):
    """Also where the clocks change meanwhile: people move with them."""
    rng = np.random.default_rng(7)
    values, _ = household("shop", first, 56, rng)
    assert only(Made(first, 56).regular(1, values.tolist()).check(35), "clock_shift") == []
    wrong = values.copy()
    wrong[35 * 24 :] = np.roll(values, hours)[35 * 24 :]
    flags = only(Made(first, 56).regular(1, wrong.tolist()).check(35), "clock_shift")
    assert flags
    assert {flag["found"] for flag in flags} == {hours * HOUR}


def registers(step, *, days=10, value=24 * 275):
    """A register that counts what the intervals say, but the last day `step` more."""
    m = made().regular(1, WEEK * 2)
    for day in range(days + 1):
        m.point(1, m.at(day), 1000 + day * value + (step if day == days else 0))
    return m


@pytest.mark.parametrize(
    ("step", "told"), [(0, []), (1000, []), (-1000, []), (1001, ["register_sum"]), (-1001, ["register_sum"])]
)
def test_intervals_and_register(step, told):
    assert [flag["check"] for flag in registers(step).check()] == told


def test_a_register_says_what_it_counted_and_what_the_intervals_say():
    (flag,) = registers(2000).check()
    assert (flag["found"], flag["limit"], flag["count"], flag["channel"]) == (6600, 8600, 24, "register")


def test_a_register_that_goes_back_is_not_compared():
    assert seen(registers(-70_000).check(), "check", "found", "limit") == [
        ("register_back", -3000 + 0, 60_400)
    ]


def test_an_exchanged_meter_is_not_compared():
    m = registers(5000)
    known = np.array([1]), np.array([m.at(10)])
    assert m.check(exchanges=known) == []
    assert len(m.check(exchanges=(np.array([1]), np.array([m.at(9)])))) == 1


def test_a_gap_keeps_a_register_from_being_compared():
    m = registers(5000)
    m.rows[9]["values"][3] = None
    assert [flag["check"] for flag in m.check()] == ["gap"]


def test_two_registers_read_at_once_are_not_compared():
    m = registers(5000)
    m.point(1, m.at(10), 5)
    assert m.check() == []


@pytest.mark.parametrize(("more", "told"), [(0, []), (1000, []), (1001, ["billing_sum"])])
def test_intervals_and_billing_period(more, told):
    m = made().regular(1, WEEK * 2)
    m.point(1, m.at(1), 10 * 24 * 275 + more, seconds=10 * DAY, channel="delivered")
    assert [flag["check"] for flag in m.check()] == told


@pytest.mark.parametrize(("demand", "told"), [(1961, []), (1960, [("demand_energy", 1960, 2000)])])
def test_demand_is_no_less_than_mean_power(demand, told):
    m = made().regular(1, [500] * 4, seconds=900)
    m.regular(1, [demand] + [5000] * 3, seconds=900, channel="demand", unit="W")
    assert seen(only(m.check(), "demand_energy"), "check", "found", "limit") == told


@pytest.mark.parametrize(("lost", "told"), [(3, []), (4, [("conflict", 4, 3)])])
def test_contradicted_readings(lost, told):
    m = made().regular(1, WEEK * 2)
    for i in range(lost):
        m.point(1, m.at(0, i), 1, seconds=HOUR, channel="delivered", lost=True)
    assert seen(m.check(), "check", "found", "limit") == told


@pytest.mark.parametrize(("guessed", "told"), [(67, []), (68, [("estimated_share", 68, 67)])])
def test_the_share_of_estimates(guessed, told):
    codes = ["csv:estimated" if i % 3 == 0 and i < guessed * 3 else "" for i in range(336)]
    assert seen(made().regular(1, WEEK * 2, codes=codes).check(), "check", "found", "limit") == told


@pytest.mark.parametrize(("hours", "told"), [(167, 0), (168, 1)])
def test_a_long_run_of_estimates(hours, told):
    codes = ["csv:estimated"] * hours + [""] * (336 - hours)
    assert len(only(made().regular(1, WEEK * 2, codes=codes).check(), "estimated_run")) == told


def test_other_figures_are_gone_by():
    values = [*WEEK[:24], *[0] * 30, *WEEK, *WEEK][: 14 * 24]
    assert seen(made().regular(1, values).check(limits=Limits(zero_hours=30)), "check") == [("zero_run",)]


def test_every_figure_is_explained_and_used_by_a_check_that_says_what_it_finds():
    assert set(FIGURES) == set(Limits.__slots__)
    used = {figure for check in CHECKS for figure in check.figures}
    assert used == set(FIGURES)
    assert all(check.says.endswith(".") and check.practice for check in CHECKS)
