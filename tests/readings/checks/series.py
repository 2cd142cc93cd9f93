"""Synthetic series for the checks: rows as the store holds them, and households that do nothing wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from meterkeep.readings.checks import Limits, Window, check
from meterkeep.readings.store.reading.raw import DAYS, POINTS

ZONE = ZoneInfo("America/Los_Angeles")
OFFSET = -8 * 3600
DAY, HOUR = 86_400, 3600
EPOCH = date(1970, 1, 1)


def instant(day: date, *, zone: ZoneInfo = ZONE) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


class Made:
    """Rows of made-up usage points from the standard day `first` on."""

    def __init__(self, first: date, days: int) -> None:
        self.first, self.days = first, days
        self.rows: list[dict] = []
        self.spots: list[dict] = []
        self.base = (first - EPOCH).days * DAY - OFFSET

    def at(self, day: int, hour: float = 0) -> int:
        """The instant of an hour of standard time."""
        return int(self.base + day * DAY + hour * HOUR)

    def regular(
        self,
        usage_point,
        values,
        *,
        channel="delivered",
        unit="Wh",
        seconds=HOUR,
        power=0,
        codes=None,
        received=None,
    ):
        """values: one for each interval, None where there is none, from midnight of the first day on. codes: of each."""
        per_day = DAY // seconds
        values = list(values)
        for day in range(-(-len(values) // per_day)):
            part = values[day * per_day : (day + 1) * per_day]
            if all(v is None for v in part):
                continue
            part += [None] * (per_day - len(part))
            code = codes[day * per_day : (day + 1) * per_day] if codes else None
            self.rows.append(
                {
                    "usage_point": usage_point, "channel": channel, "unit": unit, "interval_seconds": seconds,
                    "day": (self.first - EPOCH).days + day, "power_of_ten": power,
                    "values": [None if v is None else int(v) for v in part],
                    "quality": code if code and any(code) else None,
                    "received": received or self.base + (self.days + 1) * DAY,
                }
            )  # fmt: skip
        return self

    def point(
        self,
        usage_point,
        start,
        value,
        *,
        seconds=0,
        channel="register",
        unit="Wh",
        power=0,
        quality=None,
        lost=False,
        received=None,
    ):
        self.spots.append(
            {
                "usage_point": usage_point, "channel": channel, "unit": unit, "start": start, "seconds": seconds,
                "value": value, "power_of_ten": power, "quality": quality, "lost": lost,
                "received": received or self.base + (self.days + 1) * DAY,
            }
        )  # fmt: skip
        return self

    def tables(self):
        return pa.Table.from_pylist(self.rows, DAYS), pa.Table.from_pylist(self.spots, POINTS)

    def spans(self):
        points = sorted({row["usage_point"] for row in [*self.rows, *self.spots]})
        return pa.table(
            {
                "usage_point": pa.array(points, pa.int32()),
                "start": pa.array([0] * len(points), pa.int64()),
                "end": pa.array([2**40] * len(points), pa.int64()),
            }
        )

    def window(self, start: int, end: int | None = None) -> Window:
        """From the day `start` to the day `end`, days of standard time counted from the first."""
        last = self.at(self.days if end is None else end)
        return Window(first=self.base, start=self.at(start), end=last, until=last, offset=OFFSET)

    def check(self, start: int = 0, *, end=None, spans=None, limits=None, exchanges=None):
        days, points = self.tables()
        spans = self.spans() if spans is None else spans
        table = check(
            days,
            points,
            spans,
            window=self.window(start, end),
            zone=ZONE,
            limits=limits or Limits(),
            exchanges=exchanges,
        )
        return table.to_pylist()


def seen(flags, *columns):
    return [tuple(flag[name] for name in columns) for flag in flags]


KINDS = ("home", "heating", "solar", "vacation", "car", "coarse", "shop", "fridge")


def household(kind: str, first: date, days: int, rng: np.random.Generator, seconds: int = HOUR):
    """Delivered and received amounts of a synthetic household that does nothing wrong, by interval of standard time."""
    n = days * DAY // seconds
    base = (first - EPOCH).days * DAY - OFFSET
    instants = [datetime.fromtimestamp(base + i * seconds, UTC).astimezone(ZONE) for i in range(n)]
    hour = np.array([t.hour + t.minute / 60 for t in instants])
    weekend = np.array([t.weekday() >= 5 for t in instants])
    day = np.arange(n) * seconds // DAY
    part = seconds / HOUR
    late = rng.normal(0, 0.7)
    shape = 250 + 500 * _peak(hour, 7.5 + late, 1.5) * ~weekend + 350 * _peak(hour, 11 + late, 3) * weekend
    shape = shape + 1300 * _peak(hour, 19 + late, 2.2)
    noise = rng.lognormal(0, 0.5, n)
    warm = np.repeat(rng.normal(0, 1, days // 5 + 1).cumsum(), 5)[:days]
    given = np.zeros(n)
    if kind == "heating":
        cold = np.clip(8 - 3 * warm, 0, 30)
        shape = shape + 120 * cold[day] * (1 + 0.5 * _peak(hour, 6, 2))
    if kind == "vacation":
        there = rng.random(days // 4 + 1) < 0.15
        shape = np.where(there[np.minimum(day // 4, len(there) - 1)], shape, 45)
    if kind == "car":
        charged = rng.random(days + 1) < 0.4
        shape = shape + np.where(charged[day] & (hour < 4), 7000, 0)
    if kind == "shop":
        shape = 800 + 6000 * ((hour >= 8) & (hour < 18) & ~weekend)
        noise = rng.lognormal(0, 0.12, n)
    if kind == "fridge":
        shape = np.full(n, 60.0)
        noise = rng.lognormal(0, 0.2, n)
    values = shape * noise * part
    if kind == "solar":
        sun = (np.arange(n) * seconds % DAY) / HOUR
        made = 4200 * np.clip(np.cos((sun - 12.2) / 6.2 * np.pi / 2), 0, None) * (abs(sun - 12.2) < 6.2)
        made = made * np.clip(rng.beta(4, 1.5, days + 1)[day] * rng.lognormal(0, 0.1, n), 0, 1.2) * part
        values, given = np.clip(values - made, 0, None), np.clip(made - values, 0, None)
    step = 100 if kind == "coarse" else 10 if rng.random() < 0.3 else 1
    return (values // step * step).astype(np.int64), given.astype(np.int64)


def _peak(hour, at, width):
    away = np.abs(hour - at)
    return np.exp(-(np.minimum(away, 24 - away) ** 2) / (2 * width**2))
