"""Due dates: a date, a period in words, and what happens on a day the office is shut. The date of an event is day 0."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Protocol

from meterkeep.errors import BadInput

_PERIOD = re.compile(r"(\d+) (business days?|days?|weeks?|months?|years?)")
ROLLS = ("none", "next", "previous")


class Calendar(Protocol):
    def is_business_day(self, day: date) -> bool: ...


def due(start: date, within: str, *, calendar: Calendar | None = None, roll: str = "none") -> date:
    """`7 days`, `10 business days`, `2 weeks`, `1 month`, `1 year` after start.

    Calendar periods run through weekends and holidays and may then `roll` to the next or previous business day;
    business days count only those of the calendar. A month or year ends on the same day of the month, or its last.
    Raises BadInput where the period or the roll is not one of these, or the calendar they need is missing.
    """
    match = _PERIOD.fullmatch(within.strip())
    if match is None or roll not in ROLLS:
        raise BadInput(
            f"{within!r} rolled {roll!r} is not a period.",
            next="Write a number and days, business days, weeks, months or years.",
        )
    count, unit = int(match[1]), match[2].rstrip("s")
    if unit == "business day":
        return _business_days(start, count, _needed(calendar, within))
    end = _civil(start, count, unit)
    return end if roll == "none" else _rolled(end, 1 if roll == "next" else -1, _needed(calendar, within))


def _needed(calendar: Calendar | None, within: str) -> Calendar:
    if calendar is None:
        raise BadInput(f"{within!r} needs a calendar of business days.")
    return calendar


def _civil(start: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        return start + timedelta(days=count * (7 if unit == "week" else 1))
    months = start.year * 12 + start.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _business_days(start: date, count: int, calendar: Calendar) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= calendar.is_business_day(day)
    return day


def _rolled(day: date, step: int, calendar: Calendar) -> date:
    while not calendar.is_business_day(day):
        day += timedelta(days=step)
    return day
