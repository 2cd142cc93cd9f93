from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from meterkeep.faces.cli.demo.population import CLASSES, INDUSTRIAL, RESIDENTIAL, TOWNS, Population, draw
from meterkeep.faces.cli.demo.usage import ACTUAL, ESTIMATED, MISSING, Clock, Usage, month_of_usage

ZONE = "America/Los_Angeles"


@pytest.fixture(scope="module")
def population() -> Population:
    return draw(customers=1_200, seed=1, first=date(2025, 10, 1), last=date(2026, 11, 1))


def _usage(population: Population, month: date) -> Usage:
    return month_of_usage(population, range(population.usage_points), Clock.of(month, ZONE), seed=1)


@pytest.mark.parametrize(
    ("month", "hours"), [((2026, 2), 672), ((2026, 3), 743), ((2025, 11), 721), ((2026, 7), 744)]
)
def test_a_month_has_the_hours_of_the_wall_clock(month: tuple[int, int], hours: int) -> None:
    clock = Clock.of(date(*month, 1), ZONE)
    assert len(clock.start) == hours
    assert set(np.diff(clock.start)) == {3600}


def test_on_the_long_day_one_o_clock_comes_twice_and_on_the_short_day_two_o_clock_never() -> None:
    autumn, spring = Clock.of(date(2025, 11, 1), ZONE), Clock.of(date(2026, 3, 1), ZONE)
    assert autumn.hour[autumn.day == 2].tolist()[:4] == [0, 1, 1, 2]
    assert spring.hour[spring.day == 8].tolist()[:3] == [0, 1, 3]


def test_one_month_ends_where_the_next_begins() -> None:
    october, november = Clock.of(date(2025, 10, 1), ZONE), Clock.of(date(2025, 11, 1), ZONE)
    assert october.start[-1] + 3600 == november.start[0]


def test_weekends_are_saturdays_and_sundays() -> None:
    clock = Clock.of(date(2026, 8, 1), ZONE)
    assert sorted(set(clock.day[clock.weekend].tolist())) == [1, 2, 8, 9, 15, 16, 22, 23, 29, 30]


def test_power_flows_one_way_at_a_time_and_out_only_where_there_are_panels(population: Population) -> None:
    usage = _usage(population, date(2026, 6, 1))
    assert not ((usage.delivered > 0) & (usage.received > 0)).any()
    assert (usage.delivered >= 0).all()
    assert (usage.received >= 0).all()
    assert (usage.received[population.solar_w == 0] == 0).all()
    noon, night = usage.clock.hour == 12, usage.clock.hour == 2
    assert usage.received[population.solar_w > 0][:, noon].mean() > 1_000
    assert usage.received[:, night].sum() == 0


def test_summer_days_give_more_sun_than_winter_days(population: Population) -> None:
    june, december = (_usage(population, date(2026, month, 1)).received for month in (6, 12))
    assert june.sum() > 1.5 * december.sum()


def test_firms_work_by_day_and_on_weekdays_and_homes_peak_in_the_evening(population: Population) -> None:
    usage = _usage(population, date(2026, 5, 1))
    by_class = [usage.delivered[population.kind == kind].sum(axis=0) for kind in range(len(CLASSES))]
    for firm in by_class[1:]:
        assert firm[~usage.clock.weekend].mean() > 1.1 * firm[usage.clock.weekend].mean()
    homes = by_class[RESIDENTIAL]
    assert homes[usage.clock.hour == 19].mean() > 1.5 * homes[usage.clock.hour == 4].mean()
    sizes = [usage.delivered[population.kind == kind].sum(axis=1).mean() for kind in range(len(CLASSES))]
    assert sizes == sorted(sizes)
    assert sizes[INDUSTRIAL] > 20 * sizes[RESIDENTIAL]


def test_a_few_intervals_are_estimated_or_missing_and_missing_ones_have_no_value(
    population: Population,
) -> None:
    usage = _usage(population, date(2026, 6, 1))
    counts = np.bincount(usage.quality.ravel(), minlength=3)
    assert counts[ACTUAL] > 0.99 * usage.quality.size
    assert counts[ESTIMATED] > 0
    assert counts[MISSING] > 0
    assert (
        usage.delivered[usage.quality == MISSING].sum() == usage.received[usage.quality == MISSING].sum() == 0
    )


def test_the_same_seed_gives_the_same_readings(population: Population) -> None:
    first, again = (_usage(population, date(2026, 4, 1)) for _ in range(2))
    assert (first.delivered == again.delivered).all()
    assert (first.quality == again.quality).all()
    other = month_of_usage(population, range(population.usage_points), first.clock, seed=2)
    assert (first.delivered != other.delivered).any()


def test_of_the_default_world_some_cells_may_be_published_and_others_fail_by_count_or_by_share() -> None:
    population = draw(customers=2_000, seed=1, first=date(2025, 10, 1), last=date(2026, 11, 1))
    for month in (date(2025, 10, 1), date(2026, 2, 1), date(2026, 7, 1)):
        totals = _usage(population, month).delivered.sum(axis=1)
        found = {"published": 0, "count": 0, "share": 0}
        for town in range(len(TOWNS)):
            for kind in range(len(CLASSES)):
                cell = totals[(population.town == town) & (population.kind == kind)]
                if len(cell):
                    few, dominated = len(cell) < 15, 100 * cell.max() >= 15 * cell.sum()
                    found["count" if few else "share" if dominated else "published"] += 1
        assert found["published"] >= 10
        assert found["count"] >= 5
        assert found["share"] >= 1
