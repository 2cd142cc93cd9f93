"""Months, quarters and years in one plan: the same arithmetic over all of them."""

from __future__ import annotations

from datetime import date
from itertools import product

import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, plan
from meterkeep.aggregates.planning import span
from meterkeep.errors import BadInput

MONTHS = [f"2026-{at:02}" for at in range(1, 13)]


def table(people):
    """people: zip → how many in each month, from January on. Each uses 10 kWh a month."""
    rows = [
        (f"{area}{n}", area, month)
        for (area, counts), (at, month) in product(people.items(), enumerate(MONTHS))
        if at < len(counts)
        for n in range(counts[at])
    ]
    customer, area, month = zip(*rows, strict=True)
    return pa.table(
        {
            "customer": customer,
            "zip": area,
            "month": month,
            "quarter": [f"2026-Q{(int(one[-2:]) + 2) // 3}" for one in month],
            "year": ["2026"] * len(rows),
            "value": [10] * len(rows),
        }
    )


def planned(people, by=("zip", "month", "quarter"), **options):
    asked = {"rule": Rule.parse("15/15"), "key": b"a synthetic key for tests", "period": ("month", "quarter")}
    return plan(table(people), by=by, **asked | options)


def test_a_table_by_quarter_and_its_total():
    people = {"a": [20, 20, 20], "b": [30, 30, 30]}
    found = planned(people, by=("zip", "quarter"), period="quarter", totals=[("quarter",)])
    quarter = (date(2026, 1, 1), date(2026, 4, 1))
    assert [(cell.keys, cell.value, cell.period) for cell in found.published] == [
        (("a", "2026-Q1"), 600, quarter),
        (("b", "2026-Q1"), 900, quarter),
        (("Total", "2026-Q1"), 1500, quarter),
    ]


def test_a_quarter_s_total_less_its_months_gives_no_month_away():
    """March has 14 customers, too few; the quarter less January and February would be just these."""
    found = planned({"a": [20, 20, 14]}, totals=[("zip", "quarter")])
    codes = {cell.keys: cell.code for cell in found.cells}
    assert codes["a", "2026-03", "2026-Q1"] == "count"
    assert sorted(filter(None, codes.values())) == ["count", "reveals_withheld"]


def test_what_is_out_by_month_counts_when_the_quarter_is_asked_for():
    months = planned({"a": [20, 20, 14]}, by=("zip", "month"), period="month")
    past = months.rows("R1")
    assert len(past) == 2
    found = planned({"a": [20, 20, 14]}, by=("zip", "quarter"), period="quarter", past=past)
    assert [cell.code for cell in found.cells] == ["overlaps_past_release"]


def test_month_quarter_and_year_are_levels_of_one_plan():
    people = {"a": [20] * 12, "b": [30] * 12}
    levels = [("zip", "quarter", "year"), ("zip", "year"), ("year",)]
    found = planned(
        people, by=("zip", "month", "quarter", "year"), period=("month", "quarter", "year"), totals=levels
    )
    assert len(found.published) == 24 + 8 + 2 + 1 and found.found.exhaustive


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_periods_by_name(name, start, end):
    assert span(name) == (start, end)


@pytest.mark.parametrize("name", ["2026-Q5", "26", "2026-13", "Q1 2026"])
def test_other_names_are_no_periods(name):
    with pytest.raises(BadInput):
        span(name)


def test_a_year_of_which_only_a_quarter_is_there_says_that_the_rest_was_nothing():
    found = planned(
        {"a": [20] * 3}, by=("zip", "quarter", "year"), period=("quarter", "year"), totals=[("year",)]
    )
    assert {cell.keys: cell.code for cell in found.cells} == {
        ("a", "2026-Q1", "2026"): None,
        ("Total", "Total", "2026"): "reveals_withheld",
    }


def test_a_total_needs_a_period():
    with pytest.raises(BadInput):
        planned({"a": [20, 20, 20]}, totals=[("zip",)])
