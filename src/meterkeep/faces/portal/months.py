"""Civil months, as the period picker offers them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.utils.formats import date_format

from meterkeep.errors import BadInput

FIRST, LAST = date(1900, 1, 1), date(2900, 1, 1)
"""No meter was read before, and the calendar has room on both sides for whoever steps a month further."""


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """start: its first day."""

    start: date

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.replace(day=1))

    @classmethod
    def parse(cls, text: str) -> Self:
        try:
            start = date.fromisoformat(f"{text}-01")
        except ValueError:
            start = date.min
        if not FIRST <= start < LAST:
            raise BadInput("This is no month.", where="month", next="Write it as 2026-03.")
        return cls(start)

    @property
    def end(self) -> date:
        """The first day of the next month: periods are half-open."""
        return (self.start + timedelta(days=31)).replace(day=1)

    @property
    def days(self) -> list[date]:
        return [self.start + timedelta(days=day) for day in range((self.end - self.start).days)]

    def previous(self) -> Month:
        return Month.of(self.start - timedelta(days=1))

    def next(self) -> Month:
        return Month(self.end)

    @property
    def name(self) -> str:
        return date_format(self.start, "F Y")

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}"


def last_months(until: Month, count: int) -> list[Month]:
    """The newest first."""
    months = [until]
    while len(months) < count:
        months.append(months[-1].previous())
    return months
