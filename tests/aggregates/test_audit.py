"""What was released before decides too."""

from datetime import date

import pyarrow as pa
import pytest

from meterkeep.aggregates import PastRow, plan
from meterkeep.errors import BadInput

KEY = b"a synthetic key for tests"


def test_the_same_cell_again_may_be_published(planned, even):
    past = planned(even(1, 40)).rows("R1")
    again = planned(even(1, 40), past=past)
    assert again.published and again.audited == 1


def test_one_customer_less_is_withheld_and_the_past_release_named(planned, even):
    past = planned(even(1, 40)).rows("R1")
    cell = planned(even(1, 39), past=past).withheld[0]
    assert (cell.code, cell.releases) == ("overlaps_past_release", ("R1",))
    assert "39 of its 39 customers are also counted in a figure of release R1" in cell.why


def test_even_a_difference_of_many_customers_is_withheld_for_now(planned, even):
    past = planned(even(1, 80)).rows("R1")
    assert planned(even(1, 40), past=past).withheld[0].code == "overlaps_past_release"


def test_groups_without_a_common_customer_may_stand_beside_each_other(planned, even):
    past = planned(even(1, 40)).rows("R1")
    assert planned(even(41, 60), past=past).published


def test_every_release_in_conflict_is_named(planned, even):
    past = (
        planned(even(1, 20)).rows("R2") + planned(even(21, 40)).rows("R1") + planned(even(41, 60)).rows("R3")
    )
    assert planned(even(5, 30), past=past).withheld[0].releases == ("R1", "R2")


def test_a_closed_period_published_with_another_value_is_withheld(planned, even):
    past = planned(even(1, 40)).rows("R1")
    cell = planned([*even(1, 39), ("c40", "92101", 101)], past=past).withheld[0]
    assert (cell.code, cell.releases) == ("changed_value", ("R1",))
    assert "Release R1 gave another total" in cell.why


def test_two_measures_of_one_group_are_not_a_changed_value(planned, even):
    past = [
        PastRow(
            **{f: getattr(row, f) for f in ("release", "family", "period", "members", "value")},
            measure="dollars",
        )
        for row in planned(even(1, 40)).rows("R1")
    ]
    assert planned(even(1, 40, value=7), past=past).published
    assert planned(even(1, 39, value=7), past=past).withheld[0].code == "overlaps_past_release"


def test_another_family_of_measures_is_no_conflict(planned, even):
    past = planned(even(1, 40), family="water").rows("R1")
    plan = planned(even(1, 39), past=past)
    assert plan.published and plan.audited == 0


def test_periods_that_overlap_without_being_equal_conflict(planned, even):
    past = planned(even(1, 40), period=(date(2026, 1, 15), date(2026, 2, 15))).rows("R1")
    assert planned(even(1, 40), past=past).withheld[0].code == "overlaps_past_release"
    assert planned(even(41, 60), past=past).published


def test_a_period_that_ends_where_the_other_begins_does_not_overlap(planned, even):
    past = planned(even(1, 40), period=(date(2025, 12, 1), date(2026, 1, 1))).rows("R1")
    past += planned(even(1, 40), period=(date(2026, 2, 1), date(2026, 3, 1))).rows("R2")
    plan = planned(even(1, 40), past=past)
    assert plan.published and plan.audited == 0


def test_few_newcomers_between_two_months_are_a_caution(planned, even):
    december = planned(even(1, 40), period=(date(2025, 12, 1), date(2026, 1, 1))).rows("R1")
    assert planned(even(1, 40), past=december).small_changes == 0
    assert planned(even(1, 41), past=december).small_changes == 1
    assert planned(even(1, 54), past=december).small_changes == 1
    assert planned(even(1, 55), past=december).small_changes == 0
    assert planned(even(1, 54), past=december).published


def test_what_was_withheld_before_is_no_conflict(planned, even):
    rows = planned(even(1, 10)).rows("R1")
    assert rows == []
    assert planned(even(1, 40), past=rows).published


def test_two_premises_of_one_customer_are_two_atoms_if_the_table_tells_them_apart(rule):
    people = [f"c{i}" for i in range(40)]
    both = {
        "customer": [*people, "c0"],
        "zip": ["92101"] * 20 + ["92102"] * 21,
        "premise": [*(f"p{i}" for i in range(40)), "p40"],
        "month": ["2026-01"] * 41,
        "value": [10] * 41,
    }
    told, untold = (
        {"by": ("zip", "month"), "rule": rule, "key": KEY, "part": part} for part in ("premise", None)
    )
    assert len(plan(pa.table(both), **told).published) == 2
    assert len(plan(pa.table(both), **told, past=plan(pa.table(both), **told).rows("R1")).published) == 2
    assert len(plan(pa.table(both), **untold, past=plan(pa.table(both), **untold).rows("R1")).published) == 0


def test_members_are_anonymous_and_depend_on_the_key(planned, even):
    one, other = (planned(even(1, 40), key=key).rows("R1")[0].to_bytes() for key in (KEY, KEY[::-1]))
    assert one != other and b"c1" not in one


def test_customers_that_are_numbers_already_are_kept_as_they_are(rule):
    table = pa.table({"customer": list(range(100, 120)), "month": ["2026-01"] * 20, "value": [3] * 20})
    assert plan(table, by=("month",), rule=rule).rows("R1")[0].members.tolist() == list(range(100, 120))


def test_a_row_survives_being_written_and_read(planned, even):
    row = planned(even(1, 40)).rows("R1")[0]
    again = PastRow.from_bytes(row.to_bytes())
    assert again.to_bytes() == row.to_bytes()
    assert (again.period, again.value, again.status, again.members.tolist()) == (
        row.period,
        row.value,
        row.status,
        row.members.tolist(),
    )
    assert planned(even(1, 40), past=[again]).published


def test_a_row_of_two_hundred_customers_takes_less_than_two_kilobytes(planned, even):
    assert len(planned(even(1, 200)).rows("R1")[0].to_bytes()) < 2000


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b"",
        lambda b: b[:-1],
        lambda b: b[:-8],
        lambda b: b + b[-8:],
        lambda b: b[1:],
        lambda b: b.replace(b'"value"', b'"valve"'),
        lambda b: b.replace(b"2026-01-01", b"2026-01-00"),
    ],
)
def test_a_damaged_row_stops_the_audit(planned, even, damage):
    whole = planned(even(1, 40)).rows("R1")[0].to_bytes()
    with pytest.raises(BadInput, match="damaged"):
        PastRow.from_bytes(damage(whole))
