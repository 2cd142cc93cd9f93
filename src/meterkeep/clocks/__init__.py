"""When things are due: civil and business days, roll rules, holidays, the provider's own closures."""

from meterkeep.clocks.calendars import NamedCalendar, calendar_named
from meterkeep.clocks.closures import Closure
from meterkeep.clocks.deadlines import Calendar, Period, due, due_dates, parse_period
from meterkeep.clocks.tallies import days_left, elapsed, overdue_by

__all__ = [
    "Calendar",
    "Closure",
    "NamedCalendar",
    "Period",
    "calendar_named",
    "days_left",
    "due",
    "due_dates",
    "elapsed",
    "overdue_by",
    "parse_period",
]
