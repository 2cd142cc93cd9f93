"""A real Spark cluster says what DuckDB says, to the last watt-hour, also when half of it dies."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from meterkeep.readings.engines.duck import Duck

from . import cluster, town
from .asking import everything, reading_of

pytestmark = pytest.mark.slow
USAGE_POINTS = 300
ENOUGH = 15
"""So many tasks has the executor begun before it is killed: it holds parts of the answer by then."""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return town.build(tmp_path_factory.mktemp("town") / "store", usage_points=USAGE_POINTS)


@pytest.fixture(scope="module")
def told(store):
    """By DuckDB, as the driver tells it."""
    everyone, answers = town.holdings(USAGE_POINTS), {}
    for interval, known in (("P1M", None), ("P1D", town.KNOWN)):
        with reading_of(store, everyone, known) as reading:
            answers[interval] = everything(Duck(reading.db), reading, interval=interval)
    answers["monthly"] = store.monthly(everyone, town.MONTHS).to_pylist()
    return json.loads(json.dumps(answers, default=str))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    try:
        with cluster.running(tmp_path_factory.mktemp("cluster")) as started:
            yield started
    except cluster.Missing as lack:
        pytest.fail(str(lack))


def answered(driver):
    lines = [line for line in driver.stdout if line.strip()]
    assert driver.wait() == 0
    return json.loads(lines[-1])


def test_two_workers_say_what_duckdb_says(running, store, told):
    """Months as they stand, days as they were known before corrections; everything that is asked of either."""
    assert told["P1M"]["totals"] and told["P1D"]["shape"] and told["monthly"]
    assert answered(cluster.driver(running, store.folder, USAGE_POINTS, "P1M", "P1D")) == told


def test_the_quick_ways_to_the_inputs_are_quick_on_spark_too(running, tmp_path):
    """Each says what DuckDB says the long way; the answers are two for a month and two for two, beside the long way's."""
    store = town.build_even(tmp_path / "even", usage_points=USAGE_POINTS)
    answers = answered(cluster.driver(running, store.folder, USAGE_POINTS, "quick"))
    for noted, looked, long in answers:
        assert noted == looked == long and long


def test_a_release_is_planned_alike_by_the_setting_of_its_home(running, tmp_path):
    """The demonstration's home, through the gate: first as it is, then with two more lines in its settings."""
    home, spec = tmp_path / "home", tmp_path / "spec.toml"
    until = datetime.now(UTC).date().replace(day=1)
    first = (until - timedelta(days=45)).replace(day=1)
    spec.write_text(
        f'title = "Synthetic"\nby = ["zip", "month"]\npurpose = "reporting"\nfrom = "{first:%Y-%m}"\nuntil = "{until:%Y-%m}"\n'
    )
    cluster.meterkeep(home, "demo", "--no-serve", "--customers", 150)
    here = planned(home, spec)
    with (home / "home.toml").open("a") as settings:
        settings.write(f'engine = "spark"\nspark_remote = "{running.remote}"\n')
    begun = running.tasks_begun(1)
    assert planned(home, spec) == here and here["cells"]
    assert running.tasks_begun(1) > begun


def planned(home, spec):
    plan = json.loads(cluster.meterkeep(home, "release", "plan", spec, "--by", "analyst", "--json"))
    return {name: plan[name] for name in ("cells",)}


def test_a_worker_is_killed_half_way_and_the_answer_is_the_same(running, store, told):
    begun = running.tasks_begun(2)
    driver = cluster.driver(running, store.folder, USAGE_POINTS, "P1M")
    cluster.wait_for(lambda: running.tasks_begun(2) >= begun + ENOUGH, "the second worker to be at work")
    running.kill_worker(2)
    assert driver.poll() is None
    assert answered(driver) == {"P1M": told["P1M"]}
    assert running.processes["worker2"].wait() != 0
