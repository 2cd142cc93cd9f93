"""Corrected readings told by figures of other periods: a plan of two months, and sums drawn at random held against trying all amounts."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise, product

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, plan
from meterkeep.aggregates.history.contradictions import contradictions
from meterkeep.aggregates.register import FORGOTTEN, PastRow

DAYS = [date(2026, at, 1) for at in range(1, 5)]
BOTH = (DAYS[0], DAYS[2])
RULE = Rule(15, 150_000, strict=True)


def readings(**changed):
    """20 customers with 100 in each of two months, but for what is said of the first one; None: no reading."""
    said = [
        (f"c{who}", "91910", month, changed.get(name, 100) if who == 0 else 100)
        for who in range(20)
        for name, month in (("jan", "2026-01"), ("feb", "2026-02"))
    ]
    names = ("customer", "zip", "month", "value")
    return pa.table(
        dict(zip(names, zip(*(each for each in said if each[3] is not None), strict=True), strict=True))
    )


def planned(table, *, past=()):
    """A figure for both months."""
    return plan(table, by=("zip",), period=BOTH, rule=RULE, key=b"synthetic key 01", past=past)


def monthly(table, *, past=()):
    return plan(table, by=("zip", "month"), rule=RULE, key=b"synthetic key 01", past=past)


@pytest.mark.parametrize(
    "change", [{"jan": 163}, {"jan": 37}, {"jan": None}, {"feb": 101}, {"jan": 110, "feb": 95}]
)
def test_two_months_do_not_tell_a_correction_of_one(change):
    months = monthly(readings())
    assert [cell.status for cell in months.cells] == ["published"] * 2
    (cell,) = planned(readings(**change), past=months.rows("A")).cells
    assert (cell.status, cell.code) == ("withheld", "changed_value")
    assert cell.reason.releases == ("A",)


def test_two_months_of_the_same_readings_go_out():
    (cell,) = planned(readings(), past=monthly(readings()).rows("A")).cells
    assert (cell.status, cell.value) == ("published", 4000)


def test_the_months_do_not_tell_a_correction_of_their_sum():
    both = planned(readings()).rows("A")
    cells = monthly(readings(jan=163), past=both).cells
    assert {cell.code for cell in cells} == {"changed_value"}


def test_a_month_above_the_sum_that_is_out_is_a_correction_by_itself():
    cells = monthly(readings(jan=263), past=planned(readings()).rows("A")).cells
    assert [cell.code for cell in cells] == ["changed_value", None]


def row(loads, *, first, last, value=None):
    return PastRow(
        release="R",
        family="energy",
        measure="kWh",
        period=(DAYS[first], DAYS[last]),
        members=np.arange(len(loads), dtype=np.uint64),
        loads=np.array(loads, np.int64),
        value=sum(loads) if value is None else value,
    )


def test_of_forgotten_loads_the_totals_have_to_agree():
    past = [row([FORGOTTEN, 10], first=at, last=at + 1, value=30) for at in range(2)]
    assert set(contradictions([row([FORGOTTEN, 20], first=0, last=2, value=63)], past)) == {0}
    assert not contradictions([row([FORGOTTEN, 20], first=0, last=2, value=60)], past)


def test_loads_too_large_to_be_added_up_are_refused():
    huge = [row([2**62, 1], first=at, last=at + 1, value=2**62) for at in range(2)]
    assert set(contradictions([row([2**62, 2], first=0, last=2, value=2**62)], huge)) == {0}


@pytest.mark.parametrize("seed", range(4))
def test_what_is_refused_is_what_no_amounts_explain(seed):
    rng = random.Random(seed)
    refused = 0
    for _ in range(150):
        spans = rng.sample([(0, 1), (1, 2), (2, 3), (0, 2), (1, 3), (0, 3)], rng.randint(2, 4))
        loads = [[rng.randint(0, 3), rng.randint(0, 3)] for _ in spans]
        rows = [row(load, first=first, last=last) for load, (first, last) in zip(loads, spans, strict=True)]
        wrong = not all(fits(spans, [load[who] for load in loads]) for who in range(2))
        past_wrong = not all(fits(spans[1:], [load[who] for load in loads[1:]]) for who in range(2))
        if apart(spans) or past_wrong:
            continue
        refused += wrong
        assert bool(contradictions(rows[:1], rows[1:])) is wrong
    assert refused > 5


def fits(spans, loads):
    """Whether amounts of zero or more in three slots add up to each load over its span."""
    return any(
        all(sum(amounts[first:last]) == load for (first, last), load in zip(spans, loads, strict=True))
        for amounts in product(range(4), repeat=3)
    )


def apart(spans):
    return all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))
