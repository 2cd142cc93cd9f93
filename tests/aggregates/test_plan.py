"""What one table by itself decides, on both sides of each number."""

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.aggregates import Rule, certificate, plan
from meterkeep.aggregates.planning import month
from meterkeep.errors import BadInput

KEY = b"a synthetic key for tests"


def codes(plan):
    return {cell.keys[0]: cell.code for cell in plan.cells}


def test_fifteen_customers_may_be_published_and_fourteen_not(planned, even):
    plan = planned(even(1, 15, "92101") + even(16, 29, "92102"))
    assert codes(plan) == {"92101": None, "92102": "count"}
    assert plan.withheld[0].why == "14 customers; the rule asks for at least 15 (CEA-03/4.1)."


def test_a_share_just_below_15_percent_may_be_published_and_15_percent_not(planned, even):
    below = [("big", "92101", 1499), *even(1, 85, "92101", 100), ("last", "92101", 1)]
    at = [("big", "92102", 1500), *even(1, 85, "92102", 100)]
    plan = planned(below + at)
    assert codes(plan) == {"92101": None, "92102": "share"}
    assert plan.withheld[0].why == (
        "The largest customer has 15 % of the total; the rule asks for less than 15 % (CEA-03/4.1)."
    )


def test_a_rule_that_allows_equality_publishes_exactly_15_percent(planned, even):
    rows = [("big", "92101", 1500), *even(1, 85)]
    assert planned(rows, rule=Rule.parse("15/15<=")).published
    assert planned([*rows, ("big", "92101", 1)], rule=Rule.parse("15/15<=")).withheld


def test_the_rows_of_one_customer_count_once_and_add_up_to_one_share(planned, even):
    accounts = [("big", "92101", 600), ("big", "92101", 600), ("big", "92101", 600)]
    assert planned(even(1, 12) + accounts).withheld[0].code == "count"
    assert planned(even(1, 100) + accounts).withheld[0].code == "share"
    assert planned(even(1, 100) + accounts[:2]).published[0].customers == 101


def test_fifteen_customers_of_whom_one_used_nothing_are_too_few(planned, even):
    plan = planned([*even(1, 14), ("none", "92101", 0)])
    assert plan.withheld[0].code == "few_contributors"
    assert "Only 14 of its 15 customers" in plan.withheld[0].why
    assert planned([*even(1, 15), ("none", "92101", 0)]).published[0].customers == 16


def test_a_zero_total_and_a_negative_value_are_never_safe(planned, even):
    assert planned(even(1, 20, value=0)).withheld[0].code == "zero_total"
    assert planned([*even(1, 40), ("export", "92101", -1)]).withheld[0].code == "negative_value"
    assert planned(even(1, 20, value=-5)).withheld[0].code == "negative_value"


def test_a_row_below_zero_counts_even_where_the_customer_has_more_above(planned, even):
    assert planned([*even(1, 20), ("c1", "92101", -30)]).withheld[0].code == "negative_value"


def test_large_values_are_added_exactly_or_not_at_all(planned, even):
    most = 2**62 // 20
    assert planned(even(1, 20, value=most)).published[0].value == 20 * most
    with pytest.raises(BadInput, match="too large"):
        planned(even(1, 20, value=most + 1))


def test_the_public_gets_neither_number_nor_reason_of_a_withheld_cell(planned, even):
    table = planned(even(1, 15, "92101") + even(16, 29, "92102")).table()
    assert table.to_pylist() == [
        {"zip": "92101", "month": "2026-01", "customers": 15, "value": 1500, "status": "published"},
        {"zip": "92102", "month": "2026-01", "customers": None, "value": None, "status": "withheld"},
    ]


def test_the_finding_is_one_sentence(planned, even):
    plan = planned(
        even(1, 15, "92101") + even(16, 29, "92102") + [("big", "92103", 9), *even(30, 50, "92103", 1)]
    )
    assert plan.finding == (
        "1 of 3 figures may be published under 15/15; 2 withheld (1 with too few customers, 1 where one customer is too large)."
    )
    assert planned(even(1, 15)).finding == "1 of 1 figures may be published under 15/15."


def test_the_order_of_the_rows_changes_nothing(planned, even):
    rows = [*even(1, 15, "92101"), *even(16, 40, "92102"), *even(41, 50, "92103"), ("c1", "92102", 7)]
    shuffled = random.Random(1).sample(rows, len(rows))
    one, other = planned(rows), planned(shuffled)
    assert one.cells == other.cells
    assert [row.to_bytes() for row in one.rows("r")] == [row.to_bytes() for row in other.rows("r")]


def test_the_computed_facts_are_those_of_the_smallest_group_and_the_largest_share(planned, even):
    facts = planned(
        [*even(1, 20, "92101"), ("big", "92101", 300), *even(22, 40, "92102"), ("none", "92102", 0)]
    ).facts()
    assert facts == {
        "aggregate.customers": 19,
        "aggregate.largest_share_ppm": 130_434,
        "aggregate.largest_share_ppm_up": 130_435,
        "aggregate.traceable": False,
        "aggregate.size_reveals": False,
        "aggregate.class_reveals": False,
        "aggregate.similarly_situated": False,
        "aggregate.one_area": True,
        "aggregate.identifiers_removed": True,
        "aggregate.nature_reveals": False,
        "aggregate.habits_deducible": False,
    }


def test_what_cannot_be_computed_is_absent_from_the_facts(planned, even):
    assert planned(even(1, 3)).facts() == {}
    week = planned(even(1, 20), period=(month("2026-01")[0], month("2026-01")[0].replace(day=8))).facts()
    assert "aggregate.nature_reveals" not in week and "aggregate.habits_deducible" not in week
    table = pa.table(
        {
            "customer": [f"c{i}" for i in range(20)],
            "street": ["a"] * 20,
            "month": ["2026-01"] * 20,
            "value": [1] * 20,
        }
    )
    facts = plan(table, by=("street", "month"), rule=Rule.parse("15/15"), key=KEY).facts()
    assert "aggregate.identifiers_removed" not in facts and "aggregate.nature_reveals" not in facts


def test_the_certificate_says_what_was_audited_and_what_it_found(planned, even):
    done = certificate(planned(even(1, 20) + even(21, 30, "92102")))
    assert (done["rule"], done["clause"], done["published"], done["withheld"]) == (
        "15/15",
        "CEA-03/4.1",
        1,
        1,
    )
    assert (done["smallest_group"], done["worst_share_ppm"], done["rows_audited"]) == (20, 50_000, 0)


def test_months_come_as_dates_or_as_words(rule):
    table = pa.table(
        {
            "customer": [f"c{i}" for i in range(20)],
            "month": pa.array(["2025-12-01"] * 20).cast(pa.date32()),
            "value": [1] * 20,
        }
    )
    assert [str(day) for day in plan(table, by=("month",), rule=rule, key=KEY).cells[0].period] == [
        "2025-12-01",
        "2026-01-01",
    ]
    assert month("2026-01") == month("2026-01-01")


@pytest.mark.parametrize("name", ["", "January", "2026", "2026-13", "2026-01-02", "2026-01-01 00:00:00"])
def test_what_is_no_month_is_refused(name):
    with pytest.raises(BadInput, match="month"):
        month(name)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("value", pa.array([1.5, 2.0])),
        ("value", pa.array([1, None])),
        ("value", pa.array([2**63, 1], pa.uint64())),
        ("customer", pa.array(["a", None])),
        ("zip", pa.array(["92101", None])),
        ("zip", pa.array(["92101", None]).dictionary_encode()),
    ],
)
def test_a_table_that_is_not_whole_is_refused_with_its_column(rule, column, values):
    table = pa.table(
        {"customer": ["a", "b"], "zip": ["92101"] * 2, "month": ["2026-01"] * 2, "value": [1, 2]}
    )
    table = table.set_column(table.column_names.index(column), column, values)
    with pytest.raises(BadInput) as refused:
        plan(table, by=("zip", "month"), rule=rule, key=KEY)
    assert refused.value.where == f"column {column}" and refused.value.next


@pytest.mark.parametrize(
    "options",
    [
        {"by": ("zip", "street", "month")},
        {"by": ()},
        {"by": ("zip",)},
        {"by": ("zip", "zip", "month")},
        {"measure": "kwh"},
        {"key": None},
        {"key": b"short"},
        {"part": "premise"},
    ],
)
def test_a_question_that_is_not_whole_is_refused(planned, even, options):
    with pytest.raises(BadInput) as refused:
        planned(even(1, 20), **options)
    assert refused.value.next


def test_an_empty_table_publishes_nothing(rule):
    empty = pa.table(
        {
            "customer": pa.array([], pa.string()),
            "month": pa.array([], pa.string()),
            "value": pa.array([], pa.int64()),
        }
    )
    done = plan(empty, by=("month",), rule=rule, key=KEY)
    assert done.cells == () and done.facts() == {} and done.table().num_rows == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from("ab"), st.sampled_from("xy"), st.integers(-2, 9)),
        min_size=1,
        max_size=40,
    )
)
def test_every_cell_is_what_adding_up_by_hand_gives(rows):
    who, area, kind, value = zip(*rows, strict=True)
    table = pa.table(
        {"customer": who, "zip": area, "rate_class": kind, "month": ["2026-01"] * len(rows), "value": value}
    )
    rule = Rule.parse("3/50")
    done = plan(table, by=("rate_class", "zip", "month"), rule=rule)
    by_hand = {}
    for customer, zip_, klass, amount in rows:
        cell = by_hand.setdefault((klass, zip_, "2026-01"), {})
        cell[customer] = cell.get(customer, 0) + amount
    negative = {(klass, zip_, "2026-01") for _, zip_, klass, amount in rows if amount < 0}
    assert [cell.keys for cell in done.cells] == sorted(by_hand)
    for cell in done.cells:
        loads = by_hand[cell.keys].values()
        total, safe = sum(loads), cell.keys not in negative and sum(load > 0 for load in loads) >= 3
        assert (cell.customers, cell.value, cell.largest) == (len(loads), total, max(loads))
        assert (cell.status == "published") == (safe and 2 * max(loads) < total)
