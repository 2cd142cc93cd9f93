"""Due dates: a date, a period in words, and what happens on a day the office is shut. The date of an event is day 0."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

from meterkeep.errors import BadInput

_PERIOD = re.compile(r"(\d{1,4}) (hour|day|business day|week|month|year)s?")
ROLLS = ("none", "next", "previous")
NO_DAYS: Collection[date] = frozenset()


class Calendar(Protocol):
    def is_business_day(self, day: date) -> bool: ...


@dataclass(frozen=True, slots=True)
class Period:
    """unit: hour, day, business day, week, month or year."""

    count: int
    unit: str


@lru_cache(maxsize=256)
def parse_period(words: str) -> Period:
    """`10 business days`. Raises BadInput where it is no number with a unit."""
    match = _PERIOD.fullmatch(words.strip())
    if match is None:
        raise BadInput(
            f"{words!r} is not a period.",
            next="Write a number and hours, days, business days, weeks, months or years.",
        )
    return Period(int(match[1]), match[2])


def due(
    start: date,
    within: str | Period,
    *,
    calendar: Calendar | None = None,
    roll: str = "none",
    closures: Collection[date] = NO_DAYS,
    before: bool = False,
) -> date:
    """The last day of a period that begins on the day after `start`; with `before`, the latest day that far ahead of it.

    - Days, weeks, months and years run through weekends and holidays and may then `roll` to the next or the previous
      business day of the calendar. `next` is the rule of the courts and of the California Commission (its Rule 1.15): a last
      day on which offices are shut moves to the first day thereafter.
    - Business days count only those of the calendar; the last one is never rolled.
    - A month or a year ends on the same day of the month, or on the month's last: one month after 31 January is 28 February.
    - Hours of an event of which only the day is known: the last day that is wholly sure to lie inside, 24 hours the next day.
    - `closures` are the provider's own days, and belong to a staff clock alone: they do not count, in calendar days
      either, and nothing rolls onto them; a closure more never makes a period shorter. A statutory clock is given none.

    The day is never before `start` (with `before`, never after it). Raises BadInput for what is no period, for a roll
    outside ROLLS, and where the calendar that they need is missing.
    """
    if roll not in ROLLS:
        raise BadInput(f"{roll!r} is no way to roll.", next="Write " + ", ".join(ROLLS) + ".")
    period = parse_period(within) if isinstance(within, str) else within
    step = -1 if before else 1
    try:
        if period.unit == "business day":
            return _business_days(start, period.count, step, _needed(calendar, period), closures)
        end = _paused(start, _civil(start, period, step), closures)
        return end if roll == "none" else _rolled(start, end, step, roll, _needed(calendar, period), closures)
    except (OverflowError, ValueError) as error:
        raise BadInput(f"{period.count} {period.unit}s from {start} is outside the calendar.") from error


def due_dates(
    start: date,
    every: str,
    count: int,
    *,
    calendar: Calendar | None = None,
    roll: str = "none",
    closures: Collection[date] = NO_DAYS,
) -> list[date]:
    """The next `count` due dates of what recurs. Each is counted from `start`, so that month ends do not drift."""
    one = parse_period(every)
    periods = (Period(one.count * number, one.unit) for number in range(1, count + 1))
    return [due(start, period, calendar=calendar, roll=roll, closures=closures) for period in periods]


def _needed(calendar: Calendar | None, period: Period) -> Calendar:
    if calendar is None:
        raise BadInput(f"{period.count} {period.unit}s need a calendar of business days.")
    return calendar


def _civil(start: date, period: Period, step: int) -> date:
    if period.unit in ("month", "year"):
        return _months(start, step * period.count * (12 if period.unit == "year" else 1))
    if period.unit == "hour":
        return start + timedelta(days=step * (period.count // 24))
    return start + timedelta(days=step * period.count * (7 if period.unit == "week" else 1))


def _months(start: date, count: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _paused(start: date, end: date, closures: Collection[date]) -> date:
    """As many days from start as end is, without the closures."""
    if not closures:
        return end
    step = 1 if end >= start else -1
    day, left = start, abs((end - start).days)
    while left:
        day += timedelta(days=step)
        left -= day not in closures
    return day


def _business_days(
    start: date, count: int, step: int, calendar: Calendar, closures: Collection[date]
) -> date:
    day = start
    while count:
        day += timedelta(days=step)
        count -= calendar.is_business_day(day) and day not in closures
    return day


def _rolled(
    start: date, end: date, step: int, roll: str, calendar: Calendar, closures: Collection[date]
) -> date:
    """Rolled over weekends and holidays, not past start; from a closure on towards the period's own end."""
    day = _open_day(end, 1 if roll == "next" else -1, calendar, NO_DAYS)
    day = min(day, start) if step < 0 else max(day, start)
    return _open_day(day, step, calendar, closures) if day in closures else day


def _open_day(day: date, step: int, calendar: Calendar, closures: Collection[date]) -> date:
    while day in closures or not calendar.is_business_day(day):
        day += timedelta(days=step)
    return day
