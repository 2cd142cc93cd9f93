"""A total beside its parts tells their difference, so that difference must be safe."""

import pytest

from meterkeep.aggregates import PastRow
from meterkeep.errors import BadInput

TOTALS = {"totals": [("month",)]}


def total(plan):
    return next(cell for cell in plan.cells if cell.keys == ("Total", "2026-01"))


def test_a_total_of_published_parts_goes_out(planned, even):
    plan = planned(even(1, 15, "92101") + even(16, 30, "92102"), **TOTALS)
    assert total(plan).status == "published" and total(plan).value == 3000
    assert [row.label for row in plan.rows("R1")] == [
        ("month=2026-01", "zip=92101"),
        ("month=2026-01", "zip=92102"),
        ("month=2026-01",),
    ]


def test_a_total_that_would_reveal_a_withheld_cell_stays_in(planned, even):
    plan = planned(even(1, 15, "92101") + even(16, 29, "92102"), **TOTALS)
    assert total(plan).code == "reveals_withheld"
    assert total(plan).why.endswith("14 customers; the rule asks for at least 15 (CEA-03/4.1).")


def test_a_total_over_two_withheld_cells_that_are_safe_together_goes_out(planned, even):
    plan = planned(even(1, 15, "92101") + even(16, 29, "92102") + even(30, 30, "92103"), **TOTALS)
    assert total(plan).status == "published"
    assert (plan.smallest_group, [row.value for row in plan.rows("R1")]) == (15, [1500, 3000])


def test_one_customer_less_in_the_withheld_cells_keeps_the_total_in(planned, even):
    plan = planned(even(1, 15, "92101") + even(16, 28, "92102") + even(29, 29, "92103"), **TOTALS)
    assert total(plan).code == "reveals_withheld"


def test_a_total_with_nothing_published_below_is_judged_as_a_cell(planned, even):
    plan = planned(even(1, 10, "92101") + even(11, 14, "92102"), **TOTALS)
    assert total(plan).code == "count"
    assert planned(even(1, 10, "92101") + even(11, 15, "92102"), **TOTALS).published == [
        total(planned(even(1, 10, "92101") + even(11, 15, "92102"), **TOTALS))
    ]


def test_what_a_total_told_stands_against_later_releases(planned, even):
    rows = even(1, 15, "92101") + even(16, 29, "92102") + even(30, 30, "92103")
    past = [PastRow.from_bytes(row.to_bytes()) for row in planned(rows, **TOTALS).rows("R1")]
    assert total(planned(rows, past=past, **TOTALS)).status == "published"
    merged = [(customer, "92109", value) for customer, area, value in rows if area == "92102"]
    assert planned([*merged, *even(31, 40, "92109")], past=past).withheld[0].releases == ("R1",)


def test_the_smallest_group_counts_what_follows_from_a_total(planned, even):
    plan = planned(even(1, 30, "92101") + even(31, 44, "92102") + even(45, 46, "92103"), **TOTALS)
    assert plan.smallest_group == 16


def test_totals_that_are_not_coarser_are_refused(planned, even):
    for totals in ([("zip", "month")], [("city", "month")], [("zip",)], [()], [("month",), ("zip", "month")]):
        with pytest.raises(BadInput):
            planned(even(1, 20), totals=totals)
