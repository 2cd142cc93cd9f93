"""Business days of a state, with the closures a provider adds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import holidays

SATURDAY = 5


@dataclass(frozen=True)
class StateCalendar:
    """subdivision: a US state such as CA, whose public holidays are free days; closures: the provider's own."""

    subdivision: str
    closures: frozenset[date] = field(default_factory=frozenset)

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self._holidays and day not in self.closures

    @cached_property
    def _holidays(self) -> holidays.HolidayBase:
        return holidays.country_holidays("US", subdiv=self.subdivision)
