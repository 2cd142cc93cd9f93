"""The demonstration's world as files: one customers file and a year of meter files, written one at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from meterkeep.faces.cli.demo.cast import Cast, cast
from meterkeep.faces.cli.demo.layouts import write_cmep, write_green_button, write_wide_csv
from meterkeep.faces.cli.demo.population import COLUMNS, Population, draw, meter_number
from meterkeep.faces.cli.demo.usage import Clock, Usage, month_of_usage

MONTHS = 13
_POINTS_IN_A_FILE = 5_000


class MeterFile(NamedTuple):
    """readings: those with a value, over all channels."""

    path: Path
    format: str
    readings: int


class World:
    """Coastal Example Energy as of a day: 13 whole months of hourly readings end with the last full month before it."""

    def __init__(
        self, *, customers: int = 2_000, seed: int = 1, until: date, zone: str = "America/Los_Angeles"
    ) -> None:
        self.seed, self.until, self.zone = seed, until, zone
        self._customers = customers

    @cached_property
    def months(self) -> tuple[date, ...]:
        last = self.until.year * 12 + self.until.month - 2
        return tuple(date(m // 12, m % 12 + 1, 1) for m in range(last - MONTHS + 1, last + 1))

    @cached_property
    def population(self) -> Population:
        return draw(
            customers=self._customers, seed=self.seed, first=self.months[0], last=self.until.replace(day=1)
        )

    @cached_property
    def cast(self) -> Cast:
        return cast(months=self.months, on=self.until)

    def customers_csv(self, path: Path) -> Path:
        """In the columns of `customers import`; customer 0 carries the canary's identity."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.population.rows())
        return path

    def files(self, folder: Path) -> Iterator[MeterFile]:
        """Writes each file when it is asked for, so that one can be taken in and deleted before the next is made."""
        yield from self._green_button(folder)
        for month in self.months:
            clock = Clock.of(month, self.zone)
            yield from self._cmep(folder, clock)
            yield from self._wide(folder, clock)

    @property
    def file_count(self) -> int:
        """How many meter files there will be."""
        wide = -(-len(self.population.wide) // _POINTS_IN_A_FILE)
        return len(self.population.green_button) + len(self.months) * (wide + bool(self.population.cmep))

    def usage(self, points: range, clock: Clock) -> Usage:
        return month_of_usage(self.population, points, clock, seed=self.seed)

    def _green_button(self, folder: Path) -> Iterator[MeterFile]:
        points = self.population.green_button
        if not points:
            return
        months = [self.usage(points, Clock.of(month, self.zone)) for month in self.months]
        for row, point in enumerate(points):
            path = folder / f"green-button-{point:07d}.xml"
            yield MeterFile(path, "greenbutton", write_green_button(path, months, row))

    def _cmep(self, folder: Path, clock: Clock) -> Iterator[MeterFile]:
        points = self.population.cmep
        if not points:
            return
        path = folder / f"cmep-{clock.month:%Y-%m}.csv"
        meters = [meter_number(self.population, point) for point in points]
        yield MeterFile(
            path, "cmep", write_cmep(path, self.usage(points, clock), meters=meters, zone=self.zone)
        )

    def _wide(self, folder: Path, clock: Clock) -> Iterator[MeterFile]:
        everyone = self.population.wide
        for start in range(everyone.start, everyone.stop, _POINTS_IN_A_FILE):
            points = range(start, min(start + _POINTS_IN_A_FILE, everyone.stop))
            path = folder / f"usage-{clock.month:%Y-%m}-{start:07d}.csv"
            yield MeterFile(path, "csv-wide", write_wide_csv(path, self.usage(points, clock)))
