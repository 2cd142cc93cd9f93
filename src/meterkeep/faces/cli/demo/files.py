"""The demonstration's world as files: one customers file and a year of meter files, written one at a time."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from meterkeep.faces.cli.demo.cast import Cast, cast
from meterkeep.faces.cli.demo.population import COLUMNS, Population, draw, meter_number, source_id
from meterkeep.faces.cli.demo.usage import ESTIMATED, HOUR, MISSING, Clock, Usage, month_of_usage
from meterkeep.readings.formats.writing.cmep import write_cmep
from meterkeep.readings.formats.writing.green_button import write_greenbutton
from meterkeep.readings.formats.writing.outgoing import Outgoing
from meterkeep.readings.formats.writing.wide_csv import write_wide_csv
from meterkeep.readings.model import Channel

MONTHS = 13
_POINTS_IN_A_FILE = 5_000
_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_ESPI, _CMEP = ("", "espi:8", ""), ("cmep:R0", "cmep:E0", "")
"""The formats' codes of ACTUAL, ESTIMATED and MISSING; a missing hour is left out."""


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
        """One feed for each usage point, of the whole year."""
        points = self.population.green_button
        if not points:
            return
        months = [self.usage(points, Clock.of(month, self.zone)) for month in self.months]
        for row, point in enumerate(points):
            path = folder / f"green-button-{point:07d}.xml"
            told = source_id(point)
            year = [
                _outgoing(told, channel, months, row, marks=_ESPI)
                for channel in (Channel.DELIVERED, Channel.RECEIVED)
                if any(month.of(channel)[row].any() for month in months)
            ]
            with path.open("wb") as file:
                count = write_greenbutton(
                    file,
                    year,
                    customer=str(uuid.uuid5(_NAMESPACE, told)),
                    namespace=_NAMESPACE,
                    made=_made(months[-1]),
                    zone=self.zone,
                    title="Synthetic usage, Coastal Example Energy",
                )
            yield MeterFile(path, "greenbutton", count)

    def _cmep(self, folder: Path, clock: Clock) -> Iterator[MeterFile]:
        points = self.population.cmep
        if not points:
            return
        path, usage = folder / f"cmep-{clock.month:%Y-%m}.csv", self.usage(points, clock)
        meters = (
            _outgoing(meter_number(self.population, point), Channel.DELIVERED, [usage], row, marks=_CMEP)
            for row, point in enumerate(points)
        )
        with path.open("wb") as file:
            count = write_cmep(
                file, meters, sender="CEX", receiver="METERKEEP", made=_made(usage), zone=self.zone
            )
        yield MeterFile(path, "cmep", count)

    def _wide(self, folder: Path, clock: Clock) -> Iterator[MeterFile]:
        everyone = self.population.wide
        for start in range(everyone.start, everyone.stop, _POINTS_IN_A_FILE):
            points = range(start, min(start + _POINTS_IN_A_FILE, everyone.stop))
            path = folder / f"usage-{clock.month:%Y-%m}-{start:07d}.csv"
            usage = self.usage(points, clock)
            with path.open("wb") as file:
                count = self._write_wide(file, usage, Channel.DELIVERED, np.arange(len(points)))
                with_panels = np.flatnonzero(usage.received.any(axis=1))
                count += self._write_wide(file, usage, Channel.RECEIVED, with_panels)
            yield MeterFile(path, "csv-wide", count)

    def _write_wide(self, file: BinaryIO, usage: Usage, channel: Channel, rows: npt.NDArray[np.intp]) -> int:
        quality = usage.quality[rows]
        return write_wide_csv(
            file,
            [source_id(usage.points.start + row) for row in rows.tolist()],
            usage.clock.start,
            usage.of(channel)[rows],
            seconds=HOUR,
            zone=self.zone,
            channel=channel,
            present=quality != MISSING,
            estimated=quality == ESTIMATED,
            header=channel is Channel.DELIVERED,
        )


def _outgoing(
    told: str, channel: Channel, months: Sequence[Usage], row: int, *, marks: tuple[str, ...]
) -> Outgoing:
    """One usage point's months on end, without the hours that are missing; marks: the format's code for each quality."""
    quality = np.concatenate([month.quality[row] for month in months])
    present = quality != MISSING
    return Outgoing(
        usage_point=told,
        channel=channel,
        unit="Wh",
        seconds=HOUR,
        start=np.concatenate([month.clock.start for month in months])[present],
        value=np.concatenate([month.of(channel)[row] for month in months])[present],
        quality=tuple(marks[each] for each in quality[present].tolist()),
    )


def _made(last: Usage) -> datetime:
    """A file is made when its last hour is over."""
    return datetime.fromtimestamp(int(last.clock.start[-1]) + HOUR, UTC)
