from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from meterkeep.faces.cli.demo.population import CANARY, CLASSES, COLUMNS, TOWNS, Population, draw

FIRST, LAST = date(2025, 10, 1), date(2026, 11, 1)


@pytest.fixture(scope="module")
def population() -> Population:
    return draw(customers=2_000, seed=1, first=FIRST, last=LAST)


def test_there_are_as_many_customers_as_asked_for_each_under_ids_of_their_own(population: Population) -> None:
    rows = list(population.rows())
    assert len(rows) == population.customers == 2_000
    for column in ("customer_id", "account_number", "service_account"):
        assert len({row[column] for row in rows}) == 2_000
    assert {tuple(sorted(row)) for row in rows} == {tuple(sorted(COLUMNS))}


def test_nothing_in_it_could_belong_to_anyone(population: Population) -> None:
    for row in population.rows():
        assert re.fullmatch(r"\d{3}-555-01\d\d", row["phone"])
        assert re.search(r"@example\.(com|org|net)$", row["email"])
        assert row["ssn"] == "" or row["ssn"].startswith("000-")
        assert (row["city"], row["zip"]) in {(city, zip_code) for city, zip_code, _ in TOWNS}


def test_a_usage_point_passes_from_one_customer_to_the_next_within_the_readings(
    population: Population,
) -> None:
    rows = list(population.rows())
    held = Counter(row["usage_point_source_id"] for row in rows)
    assert Counter(held.values()) == {1: 1_960, 2: 20}
    for after in rows[population.usage_points :]:
        before = rows[int(after["usage_point_source_id"][-7:])]
        assert before["end"] == after["start"]
        assert FIRST.isoformat() < after["start"] < LAST.isoformat()
        assert (before["zip"], before["meter_number"]) == (after["zip"], after["meter_number"])


def test_the_area_has_groups_of_every_size(population: Population) -> None:
    cells = Counter((row["zip"], row["customer_class"]) for row in population.rows())
    assert {kind for _, kind in cells} == set(CLASSES)
    assert any(count < 15 for count in cells.values())
    assert any(count > 100 for count in cells.values())
    assert {"yes", "no"} == {row["solar"] for row in population.rows()}


def test_customer_0_is_the_canary_a_home_with_panels_and_a_car(population: Population) -> None:
    row = next(population.rows())
    assert {field: row[field] for field in CANARY} == CANARY
    assert (row["customer_class"], row["solar"], row["rate_class"]) == ("residential", "yes", "RES-EV")
    others = [value for other in list(population.rows())[1:] for value in other.values()]
    assert not set(CANARY.values()) & set(others)


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    def people(seed: int) -> list[dict[str, str]]:
        return list(draw(customers=120, seed=seed, first=FIRST, last=LAST).rows())

    assert people(1) == people(1) != people(2)


@pytest.mark.parametrize("customers", [1, 2, 99, 100])
def test_small_worlds_work_too(customers: int) -> None:
    assert len(list(draw(customers=customers, seed=1, first=FIRST, last=LAST).rows())) == customers
