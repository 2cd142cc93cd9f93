"""How long it has been and how long it still is, on both sides of the day."""

from datetime import date

import pytest

from meterkeep.clocks import calendar_named, days_left, due, elapsed, overdue_by
from meterkeep.errors import BadInput

CALIFORNIA = calendar_named("US-CA")
FRIDAY = date(2025, 3, 28)


def test_seven_days_have_run_on_the_seventh_day_and_not_before():
    told = date(2026, 1, 5)
    assert [elapsed(told, date(2026, 1, day)) for day in (5, 11, 12)] == [0, 6, 7]


def test_business_days_and_closures_are_counted_as_the_period_counts_them():
    assert elapsed(FRIDAY, date(2025, 4, 1)) == 4
    assert elapsed(FRIDAY, date(2025, 4, 1), calendar=CALIFORNIA) == 1
    assert elapsed(FRIDAY, date(2025, 4, 1), closures={date(2025, 3, 31)}) == 3
    end = due(FRIDAY, "10 business days", calendar=CALIFORNIA)
    assert elapsed(FRIDAY, end, calendar=CALIFORNIA) == 10


def test_a_clock_that_has_not_begun_is_not_read():
    with pytest.raises(BadInput):
        elapsed(FRIDAY, date(2025, 3, 27))


@pytest.mark.parametrize(("on", "left", "over"), [(9, 3, 0), (12, 0, 0), (13, 0, 1)])
def test_days_left_and_days_overdue(on, left, over):
    end = date(2026, 1, 12)
    assert (days_left(end, date(2026, 1, on)), overdue_by(end, date(2026, 1, on))) == (left, over)
