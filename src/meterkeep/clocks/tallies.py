"""How long it has been, and how long it still is: what a desk shows beside a due date."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from meterkeep.clocks.deadlines import NO_DAYS, Calendar
from meterkeep.errors import BadInput


def elapsed(
    start: date, on: date, *, calendar: Calendar | None = None, closures: Collection[date] = NO_DAYS
) -> int:
    """Days after `start` up to and with `on`: 0 on the day itself. With a calendar only its business days count.

    closures: of a staff clock; they do not count. So a period of N days has run where at least N have elapsed. Raises
    BadInput where `on` is before `start`.
    """
    if on < start:
        raise BadInput(f"On {on} the clock of {start} has not begun.", next="Ask as of a later day.")
    if calendar is None and not closures:
        return (on - start).days
    days = (start + timedelta(days=number) for number in range(1, (on - start).days + 1))
    return sum((calendar is None or calendar.is_business_day(day)) and day not in closures for day in days)


def days_left(end: date, on: date) -> int:
    """Calendar days until the due date: 0 on that day and ever after."""
    return max(0, (end - on).days)


def overdue_by(end: date, on: date) -> int:
    """Calendar days since the due date: 0 up to and on that day."""
    return max(0, (on - end).days)
