"""Due dates on both sides of weekends, holidays, closures and month ends."""

from datetime import date

import pytest

from meterkeep.clocks import due
from meterkeep.clocks.calendars import StateCalendar
from meterkeep.errors import BadInput

CALIFORNIA = StateCalendar("CA")


@pytest.mark.parametrize(
    ("start", "within", "end"),
    [
        (date(2026, 1, 5), "7 days", date(2026, 1, 12)),
        (date(2026, 1, 5), "1 day", date(2026, 1, 6)),
        (date(2026, 1, 5), "2 weeks", date(2026, 1, 19)),
        (date(2026, 1, 31), "1 month", date(2026, 2, 28)),
        (date(2024, 2, 29), "1 year", date(2025, 2, 28)),
        (date(2026, 12, 15), "1 month", date(2027, 1, 15)),
    ],
)
def test_calendar_periods_run_through_everything(start, within, end):
    assert due(start, within) == end


def test_business_days_skip_weekends_and_cesar_chavez_day():
    assert due(date(2025, 3, 28), "1 business day", calendar=CALIFORNIA) == date(2025, 4, 1)
    assert due(date(2025, 3, 26), "2 business days", calendar=CALIFORNIA) == date(2025, 3, 28)


def test_a_providers_closure_is_no_business_day_but_a_statutory_period_runs_on():
    closed = StateCalendar("CA", frozenset({date(2026, 1, 6)}))
    assert due(date(2026, 1, 5), "1 business day", calendar=closed) == date(2026, 1, 7)
    assert due(date(2026, 1, 5), "1 day", calendar=closed) == date(2026, 1, 6)


@pytest.mark.parametrize(
    ("roll", "end"),
    [("none", date(2026, 1, 10)), ("next", date(2026, 1, 12)), ("previous", date(2026, 1, 9))],
)
def test_an_end_on_a_saturday_rolls_as_the_rule_says(roll, end):
    assert due(date(2026, 1, 3), "7 days", calendar=CALIFORNIA, roll=roll) == end


@pytest.mark.parametrize("within", ["soon", "7", "-1 days", "1.5 days", "3 business days"])
def test_what_is_no_period_or_lacks_its_calendar_is_bad_input(within):
    with pytest.raises(BadInput):
        due(date(2026, 1, 5), within)
