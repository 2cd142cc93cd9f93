"""Which days are business days: each state's own, and what the list of holidays has that the law has not."""

from datetime import date, timedelta

import pytest
from clocks.oracle import is_californian_business_day

from meterkeep.clocks import calendar_named
from meterkeep.errors import BadInput

CALIFORNIA = calendar_named("US-CA")


def test_california_is_its_government_code_on_every_day_of_twenty_years():
    days = (date(2015, 1, 1) + timedelta(days=number) for number in range(365 * 20 + 5))
    wrong = [day for day in days if CALIFORNIA.is_business_day(day) != is_californian_business_day(day)]
    assert wrong == []


@pytest.mark.parametrize(
    ("day", "open_", "why"),
    [
        (date(2025, 3, 31), False, "Cesar Chavez Day, a Monday"),
        (date(2013, 4, 1), False, "Cesar Chavez Day on a Sunday is kept on Monday"),
        (date(2018, 3, 30), True, "on a Saturday it does not move to Friday"),
        (date(2027, 12, 24), True, "nor does Christmas in California"),
        (date(2023, 11, 10), False, "but Veterans Day does"),
        (date(2023, 2, 15), True, "Susan B. Anthony Day is a day of remembrance; offices are open"),
        (date(2028, 10, 17), True, "on Diwali too"),
    ],
)
def test_californias_own_rules(day, open_, why):
    assert CALIFORNIA.is_business_day(day) == open_, why


@pytest.mark.parametrize(
    ("name", "day", "open_"),
    [
        ("US", date(2025, 3, 31), True),
        ("US", date(2027, 12, 24), False),
        ("US", date(2025, 10, 13), False),
        ("US-OK", date(2025, 3, 31), True),
        ("US-OK", date(2025, 11, 28), False),
        ("US-OK", date(2027, 6, 18), False),
        ("US-IN", date(2025, 4, 18), False),
        ("US-IN", date(2025, 2, 17), True),
        ("US-IN", date(2025, 11, 4), True),
        ("civil", date(2025, 12, 25), True),
        ("civil", date(2025, 12, 27), True),
    ],
)
def test_the_other_calendars_keep_their_own_days(name, day, open_):
    assert calendar_named(name).is_business_day(day) == open_


def test_an_unknown_calendar_names_the_known_ones():
    with pytest.raises(BadInput) as caught:
        calendar_named("US-XX")
    assert "US-OK" in caught.value.next
