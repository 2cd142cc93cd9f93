"""Due dates on both sides of weekends, holidays, closures and month ends."""

from datetime import date

import pytest

from meterkeep.clocks import calendar_named, due, due_dates
from meterkeep.errors import BadInput

CALIFORNIA = calendar_named("US-CA")
MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("start", "within", "end"),
    [
        (MONDAY, "7 days", date(2026, 1, 12)),
        (MONDAY, "1 day", date(2026, 1, 6)),
        (MONDAY, "0 days", MONDAY),
        (MONDAY, "2 weeks", date(2026, 1, 19)),
        (date(2026, 1, 31), "1 month", date(2026, 2, 28)),
        (date(2024, 2, 29), "1 year", date(2025, 2, 28)),
        (date(2025, 2, 28), "1 year", date(2026, 2, 28)),
        (date(2026, 12, 15), "1 month", date(2027, 1, 15)),
        (date(2025, 3, 10), "12 months", date(2026, 3, 10)),
        (MONDAY, "24 hours", date(2026, 1, 6)),
        (MONDAY, "23 hours", MONDAY),
        (MONDAY, "47 hours", date(2026, 1, 6)),
    ],
)
def test_calendar_periods_run_through_everything(start, within, end):
    assert due(start, within) == end


def test_business_days_skip_weekends_and_cesar_chavez_day():
    assert due(date(2025, 3, 28), "1 business day", calendar=CALIFORNIA) == date(2025, 4, 1)
    assert due(date(2025, 3, 26), "2 business days", calendar=CALIFORNIA) == date(2025, 3, 28)
    assert due(date(2025, 3, 28), "1 business day", calendar=calendar_named("US-OK")) == date(2025, 3, 31)


@pytest.mark.parametrize(
    ("within", "statutory", "staff"),
    [
        ("1 business day", date(2026, 1, 6), date(2026, 1, 7)),
        ("1 day", date(2026, 1, 6), date(2026, 1, 7)),
        ("1 week", date(2026, 1, 12), date(2026, 1, 13)),
        ("1 month", date(2026, 2, 5), date(2026, 2, 6)),
    ],
)
def test_a_closure_does_not_count_for_the_staff_and_counts_for_the_law(within, statutory, staff):
    closures = {date(2026, 1, 6)}
    assert due(MONDAY, within, calendar=CALIFORNIA) == statutory
    assert due(MONDAY, within, calendar=CALIFORNIA, closures=closures) == staff


@pytest.mark.parametrize(
    ("roll", "end"),
    [("none", date(2026, 1, 10)), ("next", date(2026, 1, 12)), ("previous", date(2026, 1, 9))],
)
def test_an_end_on_a_saturday_rolls_as_the_rule_says(roll, end):
    assert due(date(2026, 1, 3), "7 days", calendar=CALIFORNIA, roll=roll) == end


def test_the_commissions_rule_moves_a_holiday_to_the_first_day_thereafter():
    assert due(date(2025, 3, 24), "7 days", calendar=CALIFORNIA, roll="next") == date(2025, 4, 1)
    assert due(date(2025, 3, 23), "7 days", calendar=CALIFORNIA, roll="next") == date(2025, 4, 1)
    assert due(date(2025, 3, 21), "7 days", calendar=CALIFORNIA, roll="next") == date(2025, 3, 28)


def test_nothing_rolls_onto_a_closure_or_before_the_start():
    friday = date(2026, 1, 9)
    assert due(
        date(2026, 1, 3), "7 days", calendar=CALIFORNIA, roll="next", closures={date(2026, 1, 12)}
    ) == date(2026, 1, 13)
    assert due(date(2026, 1, 3), "6 days", calendar=CALIFORNIA, roll="previous", closures={friday}) == date(
        2026, 1, 12
    )
    assert due(date(2026, 1, 10), "1 day", calendar=CALIFORNIA, roll="previous") == date(2026, 1, 10)


@pytest.mark.parametrize(
    ("within", "roll", "day"),
    [
        ("4 weeks", "none", date(2026, 5, 2)),
        ("4 weeks", "previous", date(2026, 5, 1)),
        ("1 month", "none", date(2026, 4, 30)),
        ("3 business days", "none", date(2026, 5, 27)),
    ],
)
def test_what_must_be_done_ahead_of_a_day_is_counted_backwards(within, roll, day):
    assert due(date(2026, 5, 30), within, calendar=CALIFORNIA, roll=roll, before=True) == day


def test_the_yearly_report_falls_on_the_last_of_april_and_a_day_sooner_in_a_leap_year():
    ends = [due(date(year, 12, 31), "120 days") for year in (2022, 2023, 2024)]
    assert ends == [date(2023, 4, 30), date(2024, 4, 29), date(2025, 4, 30)]
    assert due(date(2022, 12, 31), "120 days", calendar=CALIFORNIA, roll="next") == date(2023, 5, 1)


def test_what_recurs_is_counted_from_its_start_so_that_month_ends_do_not_drift():
    months = due_dates(date(2026, 1, 31), "1 month", 3)
    assert months == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    years = due_dates(date(2024, 2, 29), "1 year", 4)
    assert years == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]
    rolled = due_dates(date(2026, 1, 3), "12 months", 1, calendar=CALIFORNIA, roll="next")
    assert rolled == [date(2027, 1, 4)]


@pytest.mark.parametrize(
    "within", ["soon", "7", "-1 days", "1.5 days", "3 business days", "9999 years", "2 fortnights"]
)
def test_what_is_no_period_or_lacks_its_calendar_is_bad_input(within):
    with pytest.raises(BadInput):
        due(MONDAY, within)


def test_a_roll_that_is_none_is_bad_input():
    with pytest.raises(BadInput):
        due(MONDAY, "7 days", roll="modified following")
