"""Business days by the name of a calendar: civil, US (federal), US-CA, US-OK, US-IN. What each keeps is data, in calendars.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput

NAMED = Path(__file__).with_name("calendars.toml")
FRIDAY, SATURDAY = 4, 5
OBSERVED = " (observed)"


@dataclass(frozen=True)
class NamedCalendar:
    """title: what one counts by it, in words. open: listed holidays on which offices work.

    saturday: the holidays that move to Friday when they fall on a Saturday; None for all of them.
    """

    name: str
    title: str
    cite: str = ""
    says: str = ""
    state: str | None = None
    open: tuple[str, ...] = ()
    saturday: tuple[str, ...] | None = None

    def is_business_day(self, day: date) -> bool:
        return self.name == "civil" or (day.weekday() < SATURDAY and day not in _holidays(self, day.year))

    def is_kept(self, holiday: str, day: date) -> bool:
        """Whether offices are shut for what the library calls a holiday on that day."""
        name = holiday.removesuffix(OBSERVED)
        moved = holiday.endswith(OBSERVED) and day.weekday() == FRIDAY
        return name not in self.open and not (moved and name not in (self.saturday or (name,)))


@cache
def calendar_named(name: str) -> NamedCalendar:
    """Raises BadInput where there is no calendar of that name."""
    table = tomllib.loads(NAMED.read_text(encoding="utf-8"))
    if name not in table:
        raise BadInput(
            f"There is no calendar named {name!r}.", next="The calendars are " + ", ".join(table) + "."
        )
    entry: dict[str, Any] = table[name]
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    return NamedCalendar(name, **{**entry, **lists})


@cache
def _holidays(calendar: NamedCalendar, year: int) -> frozenset[date]:
    return frozenset(day for name, day in _listed(calendar.state, year) if calendar.is_kept(name, day))


def _listed(state: str | None, year: int) -> Iterator[tuple[str, date]]:
    """Every holiday of the year by its name; the library joins those of one day by a semicolon."""
    import holidays

    for day, names in holidays.country_holidays("US", subdiv=state, years=year).items():
        yield from ((name, day) for name in names.split("; "))
