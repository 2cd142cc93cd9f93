"""Months, quarters and years in one plan: the same arithmetic over all of them."""

from __future__ import annotations

from datetime import date
from itertools import product

import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, plan
from meterkeep.aggregates.history.findings import audit_bounds, audit_rows
from meterkeep.aggregates.planning import span
from meterkeep.aggregates.reasons import against_attack
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


def moved_in():
    """All of January; February, March and the quarter of zip a, where somebody moved in in March. In zip b one of twenty used 40 of 230 kWh
    of January, which is left when the quarter of a, less its other months, is taken off January's total."""
    uses = [(f"a{n}", "a", at, 10) for n in range(30) for at in (0, 1, 2)] + [("new", "a", 2, 10)]
    uses += [(f"b{n}", "b", at, 10 if n or at else 40) for n in range(20) for at in (0, 1, 2)]
    customer, area, at, value = zip(*uses, strict=True)
    columns = {"customer": customer, "zip": area, "month": [MONTHS[one] for one in at], "value": value}
    return pa.table(columns | {"quarter": ["2026-Q1"] * len(uses)})


def of_plan(rule, totals, keys):
    found = plan(
        moved_in(),
        by=("zip", "month", "quarter"),
        rule=Rule.parse(rule),
        key=b"a synthetic key for tests",
        period=("month", "quarter"),
        totals=totals,
    )
    rows = {row.label: row for row in found.figures}
    return found, [rows[tuple(key.split())] for key in keys]


LEVELS = [("zip", "quarter"), ("month", "quarter")]
TOLD = [
    "month=2026-01 quarter=2026-Q1",
    "month=2026-02 quarter=2026-Q1 zip=a",
    "month=2026-03 quarter=2026-Q1 zip=a",
    "quarter=2026-Q1 zip=a",
]


def test_who_moved_in_later_hides_nobody_in_the_months_before():
    """Everybody knows that who moved in in March used nothing in January."""
    _, rows = of_plan("15/15", LEVELS, TOLD)
    (attack, *_others) = audit_bounds(rows, Rule.parse("15/15"), new=range(4))
    assert (attack.kind, attack.bound, attack.used) == ("share", 230, 40)
    reason = against_attack(attack, rows, Rule.parse("15/15"))
    assert reason.left.value == 230 and reason.left.customers == 20 and reason.left.plain
    assert "leaves at most 230" in reason.why


def test_a_plan_with_a_newcomer_publishes_no_such_four():
    found, rows = of_plan("15/15", LEVELS, TOLD)
    out = {row.label for row in found.released}
    assert len(out) > 5 and not {row.label for row in rows} <= out


def test_a_year_so_far_less_its_months_and_a_quarter_is_about_who_left_alone():
    """Nobody knows what anybody used in April, but all know what they used in the quarter; so the rest of the year is nothing, and no crowd."""
    half = planned(
        {"a": [7, 7, 7, 8, 8, 8], "b": [9] * 6}, rule=Rule.parse("5/40"), totals=[("zip", "quarter")]
    )
    keys = ["month=2026-01 quarter=2026-Q1 zip=a", "month=2026-02 quarter=2026-Q1 zip=a"]
    keys += [
        "month=2026-03 quarter=2026-Q1 zip=a",
        "quarter=2026-Q2 zip=a",
        "month=2026-04 quarter=2026-Q2 zip=b",
    ]
    months = {row.label: row for row in half.figures}
    year = planned({"a": [7] * 6}, by=("zip", "year"), period="year", rule=Rule.parse("5/40")).figures
    rows = [*(months[tuple(key.split())] for key in keys), *year]
    found = audit_rows(rows, Rule.parse("5/40"), new=[5], measure="value").attacks
    assert [(attack.kind, attack.customers) for attack in found if attack.kind == "count"] == [("count", 1)]
