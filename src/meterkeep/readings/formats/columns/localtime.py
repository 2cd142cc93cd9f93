"""Local clock stamps to UTC, as columns. The two local days a year that have 23 or 25 hours are the point of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput
from meterkeep.readings.model import Int64s

DAY = 86_400


class _Rules(NamedTuple):
    """A zone's clock: when the next offset applies, as UTC instants and as local stamps, these read for the first and
    for the second of twin hours."""

    instants: Int64s
    first: Int64s
    second: Int64s
    offsets: Int64s


def named_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            f"There is no time zone named {name!r}.",
            next="Name one of the IANA zones, as in America/Los_Angeles.",
        ) from error


def _offset(zone: ZoneInfo, instant: int) -> int:
    shift = datetime.fromtimestamp(instant, UTC).astimezone(zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second between two instants at which the zone's offset differs from that of the earlier one."""
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


@lru_cache(maxsize=64)
def _rules(zone: ZoneInfo, first_year: int, last_year: int) -> _Rules:
    days = range(_year(first_year), _year(last_year + 1) + DAY, DAY)
    steps = [
        (_change(zone, day, day + DAY), day) for day in days if _offset(zone, day) != _offset(zone, day + DAY)
    ]
    before = [_offset(zone, instant - 1) for instant, _ in steps]
    after = [_offset(zone, instant) for instant, _ in steps]
    changes = [(instant, old, new) for (instant, _), old, new in zip(steps, before, after, strict=True)]
    return _Rules(
        np.array([instant for instant, _, _ in changes], np.int64),
        np.array([instant + max(old, new) for instant, old, new in changes], np.int64),
        np.array([instant + min(old, new) for instant, old, new in changes], np.int64),
        np.array([_offset(zone, days[0]), *after], np.int64),
    )


def _year(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())


def _rules_for(local: Int64s, zone: ZoneInfo) -> _Rules:
    low, high = int(local.min()), int(local.max())
    return _rules(zone, datetime.fromtimestamp(low, UTC).year - 1, datetime.fromtimestamp(high, UTC).year + 1)


def to_utc(local: Int64s, zone: ZoneInfo, *, second: npt.NDArray[np.bool_] | bool = False) -> Int64s:
    """Seconds of the local clock (counted as if it were UTC) to UTC epoch seconds.

    second: where an autumn stamp occurs twice, take the second. A spring stamp that does not occur is read by the
    offset before the change, so that the end of the interval before the gap is right ("02:00" is 03:00).
    """
    if not len(local):
        return local
    rules = _rules_for(local, zone)
    first = rules.offsets[np.searchsorted(rules.first, local, side="right")]
    later = rules.offsets[np.searchsorted(rules.second, local, side="right")]
    ambiguous = first > later
    return local - np.where(ambiguous & second, later, first)


def to_local(instants: Int64s, zone: ZoneInfo) -> Int64s:
    """UTC epoch seconds to seconds of the local clock, counted as if it were UTC."""
    if not len(instants):
        return instants
    rules = _rules_for(instants, zone)
    return instants + rules.offsets[np.searchsorted(rules.instants, instants, side="right")]


def twins(local: Int64s, zone: ZoneInfo) -> npt.NDArray[np.bool_]:
    """Which local stamps occur twice."""
    if not len(local):
        return np.zeros(0, np.bool_)
    rules = _rules_for(local, zone)
    first = rules.offsets[np.searchsorted(rules.first, local, side="right")]
    later = rules.offsets[np.searchsorted(rules.second, local, side="right")]
    twice: npt.NDArray[np.bool_] = first > later
    return twice


def second_of_twins(local: Int64s, ambiguous: npt.NDArray[np.bool_], group: Int64s) -> npt.NDArray[np.bool_]:
    """Of stamps that occur twice, those of the second pass: within a group (a record, a day of a meter), in the order of
    the file or newest first, a stamp that does not rise above the ones before it comes after the clock was set back.

    group: numbers that never fall, so that each group is a run of rows.
    """
    second = np.zeros(len(local), np.bool_)
    for each in np.unique(group[ambiguous]):
        whole = np.arange(*np.searchsorted(group, [each, each + 1]))
        newest_first = local[whole[-1]] < local[whole[0]]
        rows = whole[ambiguous[whole]][:: -1 if newest_first else 1]
        second[rows[1:]] = np.maximum.accumulate(local[rows])[:-1] >= local[rows[1:]]
    return second


class CivilDay(NamedTuple):
    """A local day. start: UTC epoch seconds; seconds: its length; a change of the clock spans the local seconds of the
    day from `gap_from` to `gap_to`: in spring they do not occur, in autumn they occur twice. Both are 0 on other days.
    """

    start: int
    seconds: int
    gap_from: int = 0
    gap_to: int = 0


def civil_day(midnight: int, zone: ZoneInfo) -> CivilDay:
    """midnight: the start of the day on the local clock, counted as if it were UTC."""
    edges = np.array([midnight, midnight + DAY], np.int64)
    start, end = (int(edge) for edge in to_utc(edges, zone))
    rules = _rules_for(edges, zone)
    for first, second in zip(rules.first, rules.second, strict=True):
        if midnight <= second < midnight + DAY:
            return CivilDay(start, end - start, int(second) - midnight, int(first) - midnight)
    return CivilDay(start, end - start)
