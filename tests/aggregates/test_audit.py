"""What was released before decides too."""

import json
from datetime import date

import pyarrow as pa
import pytest

from meterkeep.aggregates import PastRow, Rule, plan
from meterkeep.aggregates.history.changes import Usual
from meterkeep.aggregates.history.forgetting import forget
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


def test_a_cell_that_is_out_does_not_come_again_with_other_members_unless_that_is_asked_for(planned, even):
    past = planned(even(1, 80)).rows("R1")
    assert planned(even(1, 40), past=past).withheld[0].code == "overlaps_past_release"
    assert planned(even(1, 40), past=past, republish="audit").published
    assert planned(even(1, 65), past=past, republish="audit").published
    cell = planned(even(1, 66), past=past, republish="audit").withheld[0]
    assert cell.releases == ("R1",) and "14 customers; the rule asks for at least 15" in cell.why


def test_another_cell_may_overlap_if_what_is_left_is_safe(planned, even):
    past = planned(even(1, 80)).rows("R1")
    assert planned(even(1, 65, "92109"), past=past).published
    cell = planned(even(1, 66, "92109"), past=past).withheld[0]
    assert cell.why == (
        "Beside release R1 it would tell about 14 customers: month=2026-01, zip=92101 in R1 (80) less month=2026-01, zip=92109 "
        "(66) leaves 14 customers; the rule asks for at least 15 (CEA-03/4.1)."
    )
    assert cell.reason.customers == 14 and [abs(term.factor) for term in cell.reason.terms] == [1, 1]


def test_what_is_left_of_a_past_figure_has_no_customer_too_large(planned, even):
    """The first eighty less sixty leave twenty, of whom one used 150 of 990."""
    rows = [*even(1, 60, value=50), *even(61, 79, value=44), ("big", "92101", 150)]
    past = planned(rows).rows("R1")
    again = [(who, "92109", value) for who, _zip, value in rows[:60]]
    cell = planned(again, past=past).withheld[0]
    assert cell.code == "overlaps_past_release" and "One customer has 15.2129 % of what is left" in cell.why
    smaller = [*rows[:79], ("big", "92101", 147)]
    assert planned(again, past=planned(smaller).rows("R1")).published


def test_customers_that_the_recipient_knows_hide_nobody(planned, even):
    own = [f"c{number}" for number in range(1, 7)]
    assert planned(even(1, 20)).published
    assert planned(even(1, 20), known_to=own).withheld[0].code == "count"
    assert planned(even(1, 21), known_to=own).published[0].customers == 21
    past = planned(even(1, 40)).rows("R1")
    assert planned(even(1, 25, "92109"), past=past).published
    assert (
        planned(even(1, 25, "92109"), past=past, known_to=["c40"]).withheld[0].code == "overlaps_past_release"
    )


def test_what_a_forgotten_customer_used_is_not_narrowed_down(planned, even):
    rows = planned(even(1, 80)).rows("R1")
    half = [(who, "92109", value) for who, _zip, value in even(1, 40)]
    gone = set(rows[0].members.tolist()) - set(planned(half).rows("R2")[0].members.tolist())
    kept = list(forget(rows, [min(gone)]))
    assert sorted(kept[0].loads.tolist()) == [-1] + [100] * 79
    assert planned(half, past=rows).published
    cell = planned(half, past=kept).withheld[0]
    assert cell.code == "overlaps_past_release" and "nobody can check how much" in cell.why
    assert planned(even(81, 120, "92109"), past=kept).published, (
        "nobody of them was beside the forgotten customer"
    )


def test_forgotten_customers_are_counted_as_before(planned, even):
    """Their data is destroyed, and only that they were counted is left: that is enough to refuse the total without one of them."""
    past = planned(even(1, 80)).rows("R1")
    kept = list(forget(past, past[0].members.tolist()))
    assert set(kept[0].loads.tolist()) == {-1} and kept[0].members.tolist() == past[0].members.tolist()
    cell = planned(even(1, 79, "92109"), past=kept).withheld[0]
    assert cell.code == "overlaps_past_release" and cell.releases == ("R1",)
    assert "1 customer;" in cell.why
    assert planned(even(1, 80), past=kept).published, "the same figure again tells nothing"


def test_past_figures_that_break_the_rule_already_stop_their_period(planned, even):
    lax = Rule.parse("3/50")
    past = planned(even(1, 40), rule=lax).rows("R1") + planned(even(1, 36, "92109"), rule=lax).rows("R2")
    cell = planned(even(41, 80, "92105"), past=past).withheld[0]
    assert (cell.code, cell.releases) == ("past_conflict", ("R1", "R2"))
    assert planned(even(41, 80, "92105"), past=past, period=(date(2026, 3, 1), date(2026, 4, 1))).published


def test_a_register_from_before_is_still_read(planned, even):
    """Rows without loads and labels: any other cell of the same period that overlaps in part is refused."""
    row = planned(even(1, 40)).rows("R1")[0]
    names = ("release", "family", "measure", "value", "status")
    head = {name: getattr(row, name) for name in names}
    head |= {"period": [str(day) for day in row.period], "count": 40}
    old = (
        b"meterkeep release row 1\n" + json.dumps(head).encode() + b"\n" + row.members.astype("<u8").tobytes()
    )
    past = [PastRow.from_bytes(old)]
    assert planned(even(1, 40), past=past).published
    assert planned(even(1, 20, "92109"), past=past).withheld[0].releases == ("R1",)
    assert planned(even(41, 60, "92109"), past=past).published
    with pytest.raises(BadInput, match="damaged"):
        PastRow.from_bytes(old[:-8])


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
    assert "Release R1 gave other values" in cell.why


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


def test_periods_that_nearly_coincide_are_taken_for_one(planned, even):
    past = planned(even(1, 40), period=(date(2026, 1, 15), date(2026, 2, 15))).rows("R1")
    assert planned(even(1, 40), past=past).published
    assert planned(even(1, 55), past=past).published
    for few in (even(1, 39), even(1, 54), even(2, 41)):
        cell = planned(few, past=past).withheld[0]
        assert (cell.code, cell.releases) == ("overlaps_past_release", ("R1",))
        assert "nearly the same" in cell.why


def test_a_year_less_its_other_months_is_a_month(planned, even):
    """Eleven months of forty customers, and the year of the same: the twelfth month is theirs, too, and safe. With one customer
    more in the year, that customer is all that is left of the year beside the months."""
    months = [(date(2025, at, 1), date(2025 + at // 12, at % 12 + 1, 1)) for at in range(1, 13)]
    year = (date(2025, 1, 1), date(2026, 1, 1))
    past = [row for at, one in enumerate(months) for row in planned(even(1, 40), period=one).rows(f"M{at}")]
    whole = even(1, 40, value=1200)
    assert planned(whole, period=year, past=past[:11]).published
    assert planned(whole, period=year, past=past).published
    cell = planned(even(1, 41, value=1200), period=year, past=past).withheld[0]
    assert cell.code == "overlaps_past_release" and cell.releases == tuple(
        sorted(f"M{at}" for at in range(12))
    )
    assert "1 customer" in cell.why


def test_a_period_that_ends_where_the_other_begins_does_not_overlap(planned, even):
    past = planned(even(1, 40), period=(date(2025, 12, 1), date(2026, 1, 1))).rows("R1")
    past += planned(even(1, 40), period=(date(2026, 2, 1), date(2026, 3, 1))).rows("R2")
    plan = planned(even(1, 40), past=past)
    assert plan.published and plan.audited == 0


def test_a_few_newcomers_are_a_caution_where_the_usual_change_hides_them(planned, even):
    december = planned(even(1, 40), period=(date(2025, 12, 1), date(2026, 1, 1))).rows("R1")
    assert planned(even(1, 40), past=december).small_changes == 0
    plan = planned(even(1, 41), past=december)
    assert (plan.small_changes, len(plan.published)) == (1, 1) and "1 figure differs" in plan.caution
    assert planned(even(1, 55), past=december).small_changes == 0


def test_a_few_newcomers_who_use_more_than_that_are_withheld(planned, even):
    december = planned(even(1, 40), period=(date(2025, 12, 1), date(2026, 1, 1))).rows("R1")
    cell = planned(even(1, 54), past=december).withheld[0]
    assert (cell.code, cell.releases) == ("small_change", ("R1",))
    assert cell.why.startswith(
        "14 customers came or left since the figure for 2025-12-01 to 2026-01-01, with 25.9259 %"
    )
    assert planned(even(1, 54), past=december, usual=Usual(floor_ppm=260_000)).published
    warmer = planned(even(1, 40, value=140), period=(date(2025, 12, 1), date(2026, 1, 1))).rows("R1")
    assert planned(even(1, 54), past=warmer).published, "everybody's use changed by more than that"
    leavers = planned(even(1, 54), period=(date(2026, 2, 1), date(2026, 3, 1))).rows("R2")
    assert planned(even(1, 40), past=leavers).withheld[0].code == "small_change"


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


def test_a_row_of_two_hundred_customers_takes_less_than_three_kilobytes(planned, even):
    assert len(planned(even(1, 200, value=2**30)).rows("R1")[0].to_bytes()) < 3000


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
