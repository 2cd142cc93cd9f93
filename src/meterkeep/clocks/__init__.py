"""When things are due: civil and business days, roll rules, holidays. `calendars` is imported only where it is needed."""

from meterkeep.clocks.deadlines import Calendar, due

__all__ = ["Calendar", "due"]
