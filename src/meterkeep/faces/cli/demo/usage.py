"""How the invented customers use energy: hourly readings of a month, as a matrix of usage points × hours.

Sizes are whole watt-hours. The same seed, population and group of usage points give the same readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from meterkeep.faces.cli.demo.population import INDUSTRIAL, Population
from meterkeep.readings.model import Channel

ACTUAL, ESTIMATED, MISSING = range(3)
HOUR = 3600

_WEEKDAY = np.array(
    [
        [4, 3, 3, 3, 3, 4, 6, 8, 7, 5, 5, 5, 5, 5, 5, 6, 8, 11, 13, 13, 12, 10, 8, 5],
        [3, 3, 3, 3, 3, 4, 5, 7, 10, 12, 13, 13, 13, 13, 13, 13, 12, 11, 9, 7, 5, 4, 3, 3],
        [9, 9, 9, 9, 9, 9, 10, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 10, 10, 10, 10, 9, 9],
    ],
    dtype=np.float32,
)
_WEEKEND = np.array(
    [
        [5, 4, 3, 3, 3, 3, 4, 6, 8, 9, 9, 9, 9, 8, 8, 8, 9, 11, 13, 13, 12, 11, 9, 6],
        [3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 7, 7, 7, 7, 6, 5, 4, 4, 3, 3, 3, 3, 3],
        [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
    ],
    dtype=np.float32,
)
_SEASON = np.array([0.28, 0.12, 0.04], dtype=np.float32)
"""By how much of its mean a class's use swings between spring and the peaks of winter and summer."""
_CAR_WH, _CAR_HOURS = 7_000, (23, 0, 1, 2)


@dataclass(frozen=True)
class Clock:
    """The hours of one civil month: start of each (UTC epoch seconds), hour and day of the month by the wall clock."""

    month: date
    start: npt.NDArray[np.int64]
    hour: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]

    @classmethod
    def of(cls, month: date, zone: str) -> Clock:
        """743 or 745 hours in the months in which the clock changes."""
        here = ZoneInfo(zone)
        begin, end = (_midnight(day, here) for day in (month, next_month(month)))
        start = np.arange(begin, end, HOUR)
        wall = [datetime.fromtimestamp(second, here) for second in start.tolist()]
        return cls(month, start, np.array([at.hour for at in wall]), np.array([at.day for at in wall]))

    @property
    def column(self) -> npt.NDArray[np.int64]:
        """Where each hour stands in its day: by the wall clock, and on the day of 25 hours by the hours that passed."""
        passed = np.arange(len(self.hour)) - np.searchsorted(self.day, self.day)
        column: npt.NDArray[np.int64] = np.maximum(self.hour, passed)
        return column

    @property
    def weekend(self) -> npt.NDArray[np.bool_]:
        return (self.month.weekday() + self.day - 1) % 7 >= 5

    @property
    def day_of_year(self) -> npt.NDArray[np.int64]:
        return self.month.timetuple().tm_yday + self.day - 1


@dataclass(frozen=True)
class Usage:
    """A month of the usage points `points`: Wh delivered to and received from each, with a quality for both.

    quality: ACTUAL, ESTIMATED or MISSING (the value is 0 then).
    """

    clock: Clock
    points: range
    delivered: npt.NDArray[np.int64]
    received: npt.NDArray[np.int64]
    quality: npt.NDArray[np.uint8]

    def of(self, channel: Channel) -> npt.NDArray[np.int64]:
        return self.received if channel is Channel.RECEIVED else self.delivered


def month_of_usage(population: Population, points: range, clock: Clock, *, seed: int) -> Usage:
    random = np.random.default_rng([seed, 2, clock.month.toordinal(), points.start])
    group = slice(points.start, points.stop)
    net = _load(population, group, clock, random)
    quality = _quality(net.shape, random)
    panels = population.solar_w[group]
    net -= _sun(clock, random) * panels[:, None].astype(np.float32)
    present = quality != MISSING
    delivered = np.rint(np.maximum(net, 0)).astype(np.int64) * present
    received = np.rint(np.maximum(-net, 0)).astype(np.int64) * present
    return Usage(clock, points, delivered, received, quality)


def _load(
    population: Population, group: slice, clock: Clock, random: np.random.Generator
) -> npt.NDArray[np.float32]:
    kind, shift = population.kind[group], population.shift[group]
    hour = (clock.hour[None, :] - np.where(kind == INDUSTRIAL, 0, shift)[:, None]) % 24
    shape = np.where(clock.weekend, _WEEKEND[kind[:, None], hour], _WEEKDAY[kind[:, None], hour])
    mean = (population.daily_wh[group] / 24 / _WEEKDAY.mean(axis=1)[kind]).astype(np.float32)
    # Two peaks a year: heating in January, cooling in July.
    swing = 1 + _SEASON[kind][:, None] * np.cos(4 * np.pi * clock.day_of_year / 365.25).astype(np.float32)
    day = random.gamma(30, 1 / 30, (len(kind), 32)).astype(np.float32)[:, clock.day]
    noise = 0.75 + 0.5 * random.random(shape.shape, dtype=np.float32)
    load: npt.NDArray[np.float32] = shape * mean[:, None] * swing * day * noise
    cars = np.flatnonzero(population.electric_car[group])
    nights = random.random((len(cars), 32))[:, clock.day] < 0.5
    load[cars] += _CAR_WH * (nights & np.isin(clock.hour, _CAR_HOURS))
    return load


def _sun(clock: Clock, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Share of the panels' peak in each hour: longer and higher in summer, dimmed on cloudy days."""
    summer = np.cos(2 * np.pi * (clock.day_of_year - 172) / 365.25)
    half_day, height = 6 + 1.2 * summer, 0.7 + 0.2 * summer
    arc = np.cos(np.pi / 2 * np.clip((clock.hour - 12.5) / half_day, -1, 1))
    clouds = random.choice([1.0, 0.85, 0.35], size=32, p=[0.6, 0.25, 0.15])[clock.day]
    share: npt.NDArray[np.float32] = (height * arc * clouds).astype(np.float32)
    return share


def _quality(shape: tuple[int, ...], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Mostly actual; one meter in fifty has some estimated hours in a month, one in two hundred some missing."""
    quality = np.zeros(shape, dtype=np.uint8)
    for mark, share in ((ESTIMATED, 0.02), (MISSING, 0.005)):
        for point in np.flatnonzero(random.random(shape[0]) < share):
            begin = random.integers(0, shape[1] - 6)
            quality[point, begin : begin + random.integers(1, 6)] = mark
    return quality


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).astimezone(UTC).timestamp())
