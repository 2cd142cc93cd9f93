"""What the demonstration writes, its readers read: every Wh, and every estimated or missing hour."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from meterkeep.faces.cli.demo.files import MeterFile, World
from meterkeep.faces.cli.demo.population import COLUMNS, meter_number, source_id
from meterkeep.faces.cli.demo.usage import Clock, Usage
from meterkeep.readings.formats import open_file
from meterkeep.readings.model import Channel

Sums = dict[tuple[str, Channel], int]


@pytest.fixture(scope="module")
def world() -> World:
    return World(customers=140, seed=3, until=date(2026, 11, 22))


@pytest.fixture(scope="module")
def files(world: World, tmp_path_factory: pytest.TempPathFactory) -> list[MeterFile]:
    return list(world.files(tmp_path_factory.mktemp("meters")))


@pytest.fixture(scope="module")
def months(world: World) -> list[Usage]:
    """Readings of each file's group, in the order in which the world makes them, by (month, first usage point)."""
    population = world.population
    return [
        world.usage(points, Clock.of(month, world.zone))
        for month in world.months
        for points in (population.green_button, population.cmep, population.wide)
    ]


def _read(file: MeterFile, world: World) -> tuple[Sums, int, Counter[str], set[int]]:
    meter_file = open_file(file.path, zone=world.zone)
    sums: Counter[int] = Counter()
    count, starts = 0, set()
    for block in meter_file.blocks():
        count += len(block)
        starts |= set(block.start.tolist())
        for ordinal in np.unique(block.series).tolist():
            sums[ordinal] += int(block.value[block.series == ordinal].sum())
    assert meter_file.format == file.format
    series = meter_file.series
    by_point = {
        (series[o].identifiers[-1], series[o].channel): total * 10 ** (3 + series[o].power_of_ten) // 1000
        for o, total in sums.items()
    }
    return by_point, count, meter_file.findings.rejected, starts


def test_thirteen_whole_months_end_before_the_day() -> None:
    months = World(customers=1, until=date(2026, 1, 1)).months
    assert (months[0], months[-1], len(months)) == (date(2024, 12, 1), date(2025, 12, 1), 13)
    assert World(customers=1, until=date(2026, 1, 31)).months == months
    assert World(customers=1, until=date(2026, 2, 1)).months[-1] == date(2026, 1, 1)


def test_every_watt_hour_that_was_made_is_read_under_its_usage_point(
    world: World, files: list[MeterFile], months: list[Usage]
) -> None:
    made: Counter[tuple[str, Channel]] = Counter()
    for usage in months:
        for row, point in enumerate(usage.points):
            name = (
                meter_number(world.population, point) if point in world.population.cmep else source_id(point)
            )
            made[name, Channel.DELIVERED] += int(usage.delivered[row].sum())
            made[name, Channel.RECEIVED] += int(usage.received[row].sum())
    read: Counter[tuple[str, Channel]] = Counter()
    for file in files:
        read.update(_read(file, world)[0])
    assert +read == +made


def test_each_file_holds_as_many_readings_as_it_is_said_to_and_nothing_is_rejected_but_missing_hours(
    world: World, files: list[MeterFile]
) -> None:
    for file in files:
        _, count, rejected, _ = _read(file, world)
        assert count == file.readings
        assert set(rejected) <= {"no_value"}


def test_the_hours_are_those_of_the_year_without_hole_or_repetition(
    world: World, files: list[MeterFile]
) -> None:
    clocks = [Clock.of(month, world.zone) for month in world.months]
    year = {second for clock in clocks for second in clock.start.tolist()}
    for kind in ("greenbutton", "cmep", "csv-wide"):
        assert set().union(*(_read(file, world)[3] for file in files if file.format == kind)) == year


def test_estimated_hours_are_marked_in_every_format(world: World, tmp_path: Path) -> None:
    world = World(customers=240, seed=1, until=world.until)
    marks: dict[str, set[str]] = {"greenbutton": set(), "cmep": set(), "csv-wide": set()}
    for file in world.files(tmp_path):
        meter_file = open_file(file.path, zone=world.zone)
        list(meter_file.blocks())
        marks[file.format] |= set(meter_file.qualities)
        file.path.unlink()
    assert "espi:8" in marks["greenbutton"]
    assert {"cmep:R0", "cmep:E0"} <= marks["cmep"]
    assert {"csv:actual", "csv:estimated"} <= marks["csv-wide"]


def test_files_are_made_one_at_a_time_and_may_be_deleted_at_once(world: World, tmp_path: Path) -> None:
    seen = 0
    for file in world.files(tmp_path):
        assert list(tmp_path.iterdir()) == [file.path]
        file.path.unlink()
        seen += 1
    assert seen == len(world.population.green_button) + 13 + 13


def test_the_customers_file_has_the_columns_and_the_people(world: World, tmp_path: Path) -> None:
    with world.customers_csv(tmp_path / "customers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert rows == list(world.population.rows())


def test_the_same_seed_writes_the_same_bytes(world: World, files: list[MeterFile], tmp_path: Path) -> None:
    again = World(customers=140, seed=3, until=world.until).files(tmp_path)
    for first, second in zip(files[-2:], list(again)[-2:], strict=True):
        assert first.path.read_bytes() == second.path.read_bytes()


def test_the_cast_is_told_of_people_and_months_that_exist(world: World) -> None:
    cast, references = world.cast, {row["customer_id"] for row in world.population.rows()}
    assert {each.reference for each in cast.authorizations} <= references
    assert {each.recipient for each in cast.authorizations} <= {party.id for party in cast.third_parties}
    assert [contractor.ceased_on is None for contractor in cast.contractors].count(False) == 1
    assert len(cast.contractors) == 3
    assert set(cast.past_release.months) < set(cast.next_release.months) == set(world.months)
    assert [person.id for person in cast.staff if not person.trained] == ["clerk"]
