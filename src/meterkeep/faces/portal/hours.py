"""Readings as the gate hands them over, laid out as days and clock hours.

Integers throughout: values stay in the unit of the smallest power of ten met, and only the words shown divide them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from meterkeep.faces.charts.heatmap import Hours, State
from meterkeep.faces.portal.months import Month

HOUR = 3600
CHANNELS = ("delivered", "received", "net")
"""Those whose values are amounts, in the order in which they are shown."""

KILO = {"Wh": ("kWh", 3), "W": ("kW", 3)}
"""Units that people know by their thousands."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One elapsed hour. start: in the provider's zone; value: None where nothing is known; state: of `State`."""

    start: datetime
    value: int | None
    state: State


@dataclass(frozen=True)
class Flow:
    """One channel of a customer over one month: what came, or what went, never both added up.

    power: of ten, of the values in `unit`. hours: every elapsed hour of the month that is not in the future.
    """

    channel: str
    unit: str
    power: int
    month: Month
    hours: tuple[Hour, ...]
    present: int
    expected: int

    @property
    def total(self) -> int:
        return sum(hour.value for hour in self.hours if hour.value is not None)

    @property
    def estimated(self) -> int:
        return sum(hour.state == State.ESTIMATED for hour in self.hours)

    @property
    def missing(self) -> int:
        return sum(hour.state in (State.MISSING, State.PARTIAL) for hour in self.hours)

    def of_days(self) -> Iterator[tuple[date, list[Hour]]]:
        for day, hours in groupby(self.hours, key=lambda hour: hour.start.date()):
            yield day, list(hours)

    def shown(self, value: int) -> Decimal:
        """In the unit that people know."""
        _, kilo = KILO.get(self.unit, (self.unit, 0))
        return Decimal(value).scaleb(self.power - kilo)

    @property
    def shown_unit(self) -> str:
        return KILO.get(self.unit, (self.unit, 0))[0]

    def grid(self) -> Hours:
        """Days × 24. An hour that the clock shows twice (autumn) has the mean of the two; one that it skips has no cell."""
        days = self.month.days
        values, counts = np.zeros((len(days), 24), np.int64), np.zeros((len(days), 24), np.int64)
        state = np.full((len(days), 24), int(State.OUTSIDE), np.int8)
        for hour in self.hours:
            place = hour.start.day - 1, hour.start.hour
            state[place] = hour.state if state[place] == State.OUTSIDE else max(state[place], hour.state)
            values[place] += hour.value or 0
            counts[place] += 1
        return Hours(values // np.maximum(counts, 1), state)


def flows(table: pa.Table, month: Month, zone: ZoneInfo, *, until: datetime) -> list[Flow]:
    """The channels of an hourly table of `Grant.readings`, delivered first. until: the hours after it are the future.

    Several usage points of the customer are added up within their channel and unit. What is not an amount of one hour
    (registers, demand, readings of a whole day or more) is not among them; `others` counts it.
    """
    rows = [row for row in table.to_pylist() if _is_hour(row)]
    kinds = sorted({(row["channel"], row["unit"]) for row in rows}, key=_rank)
    clock = _hours_of(month, zone, until)
    return [
        _flow(kind, [row for row in rows if (row["channel"], row["unit"]) == kind], month, clock)
        for kind in kinds
    ]


def others(table: pa.Table) -> int:
    """How many readings of the table are no amounts of one hour."""
    return sum(not _is_hour(row) for row in table.to_pylist())


def _is_hour(row: dict[str, Any]) -> bool:
    return row["seconds"] == HOUR and row["channel"] in CHANNELS


def _rank(kind: tuple[str, str]) -> tuple[int, str, str]:
    channel, unit = kind
    return CHANNELS.index(channel), channel, unit


def _hours_of(month: Month, zone: ZoneInfo, until: datetime) -> list[datetime]:
    """Every elapsed hour of the civil month: 743 or 745 of them where the clock is changed."""
    midnight = datetime.combine(month.start, datetime.min.time(), zone).astimezone(UTC)
    end = min(datetime.combine(month.end, datetime.min.time(), zone).astimezone(UTC), until.astimezone(UTC))
    count = max(0, -(-int((end - midnight).total_seconds()) // 3600))
    return [(midnight + timedelta(hours=hour)).astimezone(zone) for hour in range(count)]


def _flow(kind: tuple[str, str], rows: list[dict[str, Any]], month: Month, clock: Iterable[datetime]) -> Flow:
    power = min(row["power_of_ten"] for row in rows)
    by_start: dict[datetime, list[dict[str, Any]]] = {}
    for row in rows:
        by_start.setdefault(_utc(row["start"]), []).append(row)
    hours = tuple(_hour(start, by_start.get(start.astimezone(UTC), []), power) for start in clock)
    channel, unit = kind
    present = sum(row["n_present"] for row in rows)
    expected = max(sum(row["n_expected"] for row in rows), present)
    return Flow(channel, unit, power, month, hours, present, expected)


def _hour(start: datetime, rows: list[dict[str, Any]], power: int) -> Hour:
    known = [row for row in rows if row["value"] is not None and row["n_present"]]
    if not known:
        return Hour(start, None, State.MISSING)
    value = sum(int(row["value"]) * 10 ** (row["power_of_ten"] - power) for row in known)
    return Hour(start, value, max(_state(row) for row in rows))


def _state(row: dict[str, Any]) -> State:
    if row["n_present"] < row["n_expected"]:
        return State.PARTIAL
    return State.ACTUAL if row["quality"] in ("actual", "unknown", "") else State.ESTIMATED


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
