"""The hours of a month: every elapsed hour once, channels apart, nothing filled in, days with 23 and 25 hours right."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.faces.charts.heatmap import State
from meterkeep.faces.portal.hours import flows, others
from meterkeep.faces.portal.months import Month, last_months

ZONE = ZoneInfo("America/Los_Angeles")
LATER = datetime(2027, 1, 1, tzinfo=UTC)
SCHEMA = pa.schema(
    [
        ("channel", pa.string()),
        ("start", pa.timestamp("s", "UTC")),
        ("seconds", pa.int32()),
        ("value", pa.int64()),
        ("power_of_ten", pa.int8()),
        ("unit", pa.string()),
        ("quality", pa.string()),
        ("n_present", pa.int32()),
        ("n_expected", pa.int32()),
    ]
)


def row(start, value, channel="delivered", quality="actual", power=0, present=1, unit="Wh", seconds=3600):
    names = SCHEMA.names
    return dict(zip(names, (channel, start, seconds, value, power, unit, quality, present, 1), strict=True))


def table(*rows):
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def month_of(rows, month="2026-10", until=LATER):
    return flows(table(*rows), Month.parse(month), ZONE, until=until)


@pytest.mark.parametrize(
    ("month", "hours"), [("2026-10", 744), ("2026-03", 743), ("2026-11", 721), ("2024-02", 696)]
)
def test_a_month_has_the_hours_that_passed_in_it(month, hours):
    start = datetime.combine(Month.parse(month).start, datetime.min.time(), ZONE)
    (flow,) = month_of([row(start, 1)], month)
    assert len(flow.hours) == hours
    assert len({hour.start.astimezone(UTC) for hour in flow.hours}) == hours


def test_the_hour_that_the_clock_shows_twice_is_two_lines_and_one_cell_between_them():
    first = datetime(
        2026, 11, 1, 8, tzinfo=UTC
    )  # 1 a.m. daylight time, and an hour later 1 a.m. standard time
    (flow,) = month_of([row(first, 100), row(first + timedelta(hours=1), 300)], "2026-11")
    day = dict(flow.of_days())[first.date()]
    assert len(day) == 25 and flow.total == 400
    assert flow.grid().values[0, 1] == 200


def test_the_hour_that_the_clock_skips_has_no_cell():
    (flow,) = month_of([row(datetime(2026, 3, 9, tzinfo=UTC), 1)], "2026-03")
    assert flow.grid().state[7, 2] == State.OUTSIDE and flow.grid().state[7, 3] == State.MISSING


def test_what_came_and_what_went_are_never_added_up():
    start = datetime(2026, 10, 5, 19, tzinfo=UTC)
    came, went = month_of([row(start, 700, "received"), row(start, 20)])
    assert (came.channel, came.total, went.channel, went.total) == ("delivered", 20, "received", 700)


def test_several_meters_add_up_within_a_channel_whatever_their_power_of_ten():
    start = datetime(2026, 10, 5, 19, tzinfo=UTC)
    (flow,) = month_of([row(start, 2, power=3), row(start, 500), row(start, 7, power=-1)])
    assert flow.shown(flow.total) == Decimal("2.5007") and flow.power == -1


@pytest.mark.parametrize(
    ("quality", "present", "state"),
    [("actual", 1, State.ACTUAL), ("unknown", 1, State.ACTUAL), ("estimated", 1, State.ESTIMATED),
     ("edited", 1, State.ESTIMATED), ("actual", 0, State.MISSING)],
)  # fmt: skip
def test_an_hour_says_how_well_it_is_known(quality, present, state):
    start = datetime(2026, 10, 5, 19, tzinfo=UTC)
    (flow,) = month_of([row(start, 5, quality=quality, present=present)])
    assert next(hour for hour in flow.hours if hour.start == start).state == state


def test_a_missing_hour_is_no_zero():
    (flow,) = month_of([row(datetime(2026, 10, 5, 19, tzinfo=UTC), 5)])
    assert flow.missing == 743 and sum(hour.value is None for hour in flow.hours) == 743


def test_hours_to_come_are_not_missing():
    start = datetime(2026, 10, 1, 7, tzinfo=UTC)
    (flow,) = month_of([row(start, 5)], until=start + timedelta(hours=2))
    assert len(flow.hours) == 2 and flow.missing == 1


@given(
    st.lists(st.tuples(st.integers(0, 743), st.integers(0, 5000), st.sampled_from(["delivered", "received"])))
)
@settings(max_examples=25, deadline=None)
def test_totals_are_those_of_the_rows(readings):
    first = datetime(2026, 10, 1, 7, tzinfo=UTC)
    rows = [row(first + timedelta(hours=hour), value, channel) for hour, value, channel in readings]
    totals = {flow.channel: flow.total for flow in month_of(rows)} if rows else {}
    for channel in ("delivered", "received"):
        expected = sum(value for _, value, one in readings if one == channel)
        assert totals.get(channel, 0) == expected


def test_a_reading_of_a_day_or_of_a_register_is_counted_but_not_drawn():
    start = datetime(2026, 10, 5, 7, tzinfo=UTC)
    met = table(row(start, 5), row(start, 24_000, seconds=86_400), row(start, 99, "register"))
    (flow,) = flows(met, Month.parse("2026-10"), ZONE, until=LATER)
    assert flow.total == 5 and others(met) == 2


def test_no_rows_no_flows():
    assert month_of([]) == []


def test_months_follow_each_other_across_years():
    month = Month.parse("2026-12")
    assert (
        str(month.next()) == "2027-01" and str(month.next().previous()) == "2026-12" and len(month.days) == 31
    )
    assert [str(one) for one in last_months(Month.parse("2026-02"), 3)] == ["2026-02", "2026-01", "2025-12"]


@pytest.mark.parametrize(
    "text", ["2026", "2026-13", "today", "2026-1-1", "", "0001-01", "1899-12", "2900-01", "9999-12"]
)
def test_what_is_no_month_is_refused_with_a_way_to_write_it(text):
    with pytest.raises(BadInput, match="no month") as caught:
        Month.parse(text)
    assert "2026-03" in caught.value.next


@pytest.mark.parametrize("text", ["1900-01", "2899-12"])
def test_the_first_and_the_last_month_have_neighbours(text):
    month = Month.parse(text)
    assert month.previous() < month < month.next()
