"""T3 beside a plan: how closely its published figures tell the withheld ones. Synthetic."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, certificate, plan
from meterkeep.aggregates.conditions.told import closely_told
from meterkeep.aggregates.release import Told

ALWAYS = 60.0


def told(plan, *, past=(), ppm=150_000, left=ALWAYS):
    return closely_told(plan, past, at_least_ppm=ppm, left=lambda: left)


@pytest.fixture
def two_small(planned, even):
    """Two areas of five, one of forty, and the total of all: each of the five is between 0 and 1,000 of their 1,000."""
    rows = [*even(1, 5, "a"), *even(11, 15, "b"), *even(21, 60, "c"), *even(61, 80, "d")]
    return planned(rows, totals=[("month",)])


def test_a_figure_that_nothing_tells_closely_is_ok(two_small):
    assert told(two_small).told.too_close == 0


USED = {("z1", "r1"): 1_000, ("z1", "r2"): 5, ("z2", "r1"): 6, ("z2", "r2"): 2}


def of_two_dimensions(**options):
    """One customer in each of four cells; the totals are 1,005 and 8, and 1,006 and 7."""
    table = pa.table(
        {
            "customer": [f"{zip_} {rate}" for zip_, rate in USED],
            "zip": [zip_ for zip_, _ in USED],
            "rate": [rate for _, rate in USED],
            "month": ["2026-01"] * 4,
            "value": list(USED.values()),
        }
    )
    rule = Rule(2, 1_000_000, strict=False)
    return plan(
        table, by=("zip", "rate", "month"), rule=rule, totals=[("zip", "month"), ("rate", "month")], **options
    )


@pytest.mark.parametrize(("ppm", "close"), [(4_000, 0), (4_001, 1), (150_000, 1)])
def test_totals_tell_the_large_one_closely(ppm, close):
    """The first is at most 1,005 and at least 1,005 less 7, which is 2 below it, half of 0.4 %; the others are anything up to 8."""
    done = of_two_dimensions(key=b"a synthetic key for tests")
    assert len(done.published) == 4 and len(done.withheld) == 4
    assert told(done, ppm=ppm).told == Told(ppm, 4 - close, close, 0)


def test_what_was_published_before_counts():
    done = of_two_dimensions(key=b"a synthetic key for tests")
    nothing_new = replace(done, released=())
    assert told(nothing_new).told == Told(150_000, 4, 0, 0)
    assert told(nothing_new, past=done.rows("R1")).told == Told(150_000, 3, 1, 0)


def test_without_time_nobody_knows(two_small):
    found = told(two_small, left=0.0).told
    assert found.too_close == 0 and found.ok + found.undecided == len(two_small.withheld)


def test_where_the_recipient_knows_somebody_nobody_knows(planned, even):
    rows = [*even(1, 5, "a"), *even(21, 60, "c")]
    found = told(planned(rows, totals=[("month",)], known_to=["c1"]))
    assert found.told.undecided == len(found.withheld) > 0


def test_it_stands_in_the_finding_and_the_certificate_only_if_asked_for(two_small):
    assert certificate(two_small)["told"] is None and "told to within" not in two_small.finding
    asked = told(two_small)
    assert "told to within 15 %" in asked.finding
    assert certificate(asked)["told"]["at_least_ppm"] == 150_000
