"""Standard days, in which readings are stored, and civil days and months, in which people see them.

A *standard day* has 86,400 seconds at the zone's standard offset, all year. A *civil* day begins when the clocks of the
zone say midnight, so it has 23 or 25 hours when they change.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from meterkeep.errors import BadInput
from meterkeep.readings.model import Int64s

DAY = 86_400
EPOCH = date(1970, 1, 1)
LAST_DAY = (date(2200, 1, 1) - EPOCH).days
"""Readings lie between 1970 and 2199; what lies outside is a unit mistaken by its sender."""


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f"There is no time zone {name!r}.", next="Use a name such as America/Los_Angeles."
        ) from None


def standard_offset(zone: tzinfo, *, year: int = 2024) -> int:
    """Seconds east of UTC that the zone keeps outside daylight saving time."""
    noon = datetime(year, 1, 1, 12, tzinfo=zone)
    offset, saving = noon.utcoffset(), noon.dst()
    assert offset is not None, "a named zone has an offset"  # noqa: S101
    return int((offset - (saving or timedelta())).total_seconds())


def midnight(day: date, zone: tzinfo) -> int:
    """The instant, in epoch seconds, at which the civil day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def civil_date(instant: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(instant, tz=UTC).astimezone(zone).date()


def first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def civil_periods(interval: str, zone: tzinfo, first: int, end: int) -> Int64s:
    """The boundaries of the civil days ("P1D") or months ("P1M") that cover [first, end), in epoch seconds, ascending."""
    day = civil_date(first, zone)
    if interval == "P1M":
        day = day.replace(day=1)
    boundaries = [midnight(day, zone)]
    while boundaries[-1] < end:
        day = first_of_next_month(day) if interval == "P1M" else day + timedelta(days=1)
        boundaries.append(midnight(day, zone))
    return np.array(boundaries, np.int64)


def months_of(days: Int64s) -> Int64s:
    """The month (counted from January 1970) of each day (counted from 1 January 1970)."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)


def month_of(instants: Int64s, zone: tzinfo) -> Int64s:
    """The civil month (counted from January 1970) of each instant; few different ones are expected."""
    distinct, at = np.unique(instants, return_inverse=True)
    months = [(d.year - 1970) * 12 + d.month - 1 for d in (civil_date(int(i), zone) for i in distinct)]
    return np.array(months, np.int64)[at]


def month_name(month: int) -> str:
    return f"{1970 + month // 12:04d}-{month % 12 + 1:02d}"


def days_cut_by_months(zone: tzinfo, offset: int, first_day: int, last_day: int) -> set[int]:
    """The standard days, of those from first to last, inside which a civil month begins."""
    boundaries = civil_periods("P1M", zone, first_day * DAY - offset, (last_day + 1) * DAY - offset)
    return {int(b + offset) // DAY for b in boundaries if (b + offset) % DAY}
