"""Load shapes: whole or not at all, each slot by the rule, the sum beside the past, and the membership game. Synthetic."""

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, certificate, plan
from meterkeep.aggregates.conditions.closeness import row_error_ppm
from meterkeep.aggregates.shapes.game import Limits
from meterkeep.aggregates.shapes.planning import MOST_SLOTS, plan_shapes
from meterkeep.errors import BadInput

KEY = b"a synthetic key for tests"
ANY = Limits(worst_ppm=1_000_000, mean_ppm=1_000_000)
SOME = Limits(worst_ppm=500_000, mean_ppm=150_000)
SLOTS = ("03", "12", "19")


def people(count, area="a", *, seed=1, first=0):
    """(customer, zip) → a value for each slot."""
    chance = np.random.default_rng(seed)
    return {
        (f"{area}{n}", area): chance.integers(80, 120, len(SLOTS)).tolist()
        for n in range(first, first + count)
    }


def shaped(series, **options):
    rows = [
        (who, area, slot, value)
        for (who, area), values in series.items()
        for slot, value in zip(SLOTS, values, strict=False)
    ]
    customer, area, slot, value = zip(*rows, strict=True)
    table = pa.table(
        {"customer": customer, "zip": area, "month": ["2026-01"] * len(rows), "hour": slot, "value": value}
    )
    asked = {"by": ("zip", "month"), "slot": "hour", "rule": Rule.parse("5/40"), "limits": ANY, "key": KEY}
    return plan_shapes(table, **asked | options)


def codes(plan):
    return {cell.keys: cell.code for cell in plan.cells}


def test_a_shape_has_a_figure_for_each_slot_and_its_sum_is_in_the_register_too():
    series = people(6)
    plan = shaped(series)
    assert codes(plan) == {("a", "2026-01", slot): None for slot in SLOTS}
    assert [cell.value for cell in plan.cells] == np.array(list(series.values())).sum(axis=0).tolist()
    assert [row.measure for row in plan.rows("R1")] == ["value", "value@03", "value@12", "value@19"]
    assert plan.by == ("zip", "month", "hour")
    assert certificate(plan)["proof"] == "exhaustive"


@pytest.mark.parametrize(("peak", "code"), [(266, None), (267, "share")])
def test_the_share_is_tested_in_every_slot(peak, code):
    """Four who use 100 in each slot, and one whose whole is small enough, but not one of its hours."""
    series = {(f"c{n}", "a"): [100, 100, 100] for n in range(4)} | {("big", "a"): [peak, 1, 1]}
    assert {cell.code for cell in shaped(series).cells} == {code}


def test_one_slot_without_use_keeps_the_whole_shape_in():
    series = {who: [0, *values[1:]] for who, values in people(6).items()}
    plan = shaped(series)
    assert {cell.code for cell in plan.cells} == {"zero_total"} and not plan.released
    assert plan.cells[0].why.startswith("In 03: ")


@pytest.mark.parametrize(("count", "code"), [(5, None), (4, "count")])
def test_the_floor_of_the_resolution_is_the_minimum(count, code):
    assert {cell.code for cell in shaped(people(count), rule=Rule.parse("2/60"), floor=5).cells} == {code}


@pytest.mark.parametrize(("own", "code"), [(0, None), (4, "overlaps_past_release")])
def test_the_floor_is_for_shapes_and_totals_that_are_out_meet_the_rule(own, code):
    """A total of six is out, where shapes take ten. Sixteen go out beside it as a shape, and not fourteen beside a shape of ten."""
    series = people(16)
    few = dict([*series.items()][:6])
    past = [
        row
        for row in shaped(few, rule=Rule.parse("2/60"), by=("month",)).rows("R1")
        if row.measure == "value"
    ]
    asked = {"rule": Rule.parse("2/60"), "floor": 10}
    assert {cell.code for cell in shaped(series, past=past, **asked).cells} == {None}
    shapes = shaped(dict([*series.items()][own : 10 + own]), by=("month",), **asked).rows("R2")
    fine = dict([*series.items()][: 16 if own else 10])
    assert {cell.code for cell in shaped(fine, past=shapes, **asked).cells} == {code}


def test_customers_who_lack_a_slot_are_not_counted_and_it_is_said():
    series = people(6) | {("late", "a"): [90, 90]}
    plan = shaped(series)
    assert (plan.incomplete, {cell.customers for cell in plan.cells}) == (1, {6})


def test_who_is_unlike_the_others_keeps_the_shape_in_and_a_group_of_like_ones_goes_out():
    alike = people(150)
    assert {cell.code for cell in shaped(alike, limits=SOME).cells} == {None}
    unlike = alike | {("night shift", "a"): [400, 0, 0]}
    plan = shaped(unlike, limits=SOME)
    assert {cell.code for cell in plan.cells} == {"membership"} and not plan.released
    assert "unlike the others" in plan.cells[0].why


def test_too_few_who_are_alike_tell_too_much_on_average():
    plan = shaped(people(12), limits=SOME)
    assert {cell.code for cell in plan.cells} == {"membership"} and "On average" in plan.cells[0].why


def test_customers_that_the_recipient_knows_hide_nobody_in_the_game():
    (hidden,) = shaped(people(40)).games.values()
    own = [f"a{n}" for n in range(30)]
    (told,) = shaped(people(40), known_to=own).games.values()
    assert (told.customers, hidden.customers) == (10, 40) and told.mean_ppm > hidden.mean_ppm


def test_what_the_figures_reveal_is_computed_once_the_game_is_played():
    facts = shaped(people(6)).facts()
    assert (facts["aggregate.nature_reveals"], facts["aggregate.habits_deducible"]) == (False, False)
    assert shaped(people(4)).facts() == {}


@pytest.mark.parametrize(("left", "code"), [(0, None), (4, "overlaps_past_release")])
def test_the_sum_of_a_shape_is_audited_beside_totals_that_are_out(left, code):
    """A monthly total, and a shape of the same ZIP under another grouping from which four are missing."""
    series = people(20)
    whole = pa.table({
        "customer": [who for who, _ in series], "kind": ["x"] * 20, "month": ["2026-01"] * 20,
        "value": [sum(values) for values in series.values()],
    })  # fmt: skip
    past = plan(whole, by=("kind", "month"), rule=Rule.parse("5/40"), key=KEY).rows("R1")
    fewer = dict([*series.items()][left:])
    assert {cell.code for cell in shaped(fewer, past=past).cells} == {code}


def test_a_shape_that_is_out_goes_out_again_as_it_was():
    first = shaped(people(6))
    past = first.rows("R1")
    assert shaped(people(6), past=past).published
    assert not shaped(people(7), past=past).published, "the same cell with one more"


def test_a_shape_that_is_too_fine_is_refused():
    slots = [f"{n:02}" for n in range(MOST_SLOTS + 1)]
    table = pa.table(
        {
            "customer": ["a"] * len(slots),
            "month": ["2026-01"] * len(slots),
            "hour": slots,
            "value": [1] * len(slots),
        }
    )
    with pytest.raises(BadInput, match="too fine"):
        plan_shapes(table, by=("month",), slot="hour", rule=Rule.parse("5/40"), limits=ANY, key=KEY)


def test_the_slot_is_no_dimension():
    with pytest.raises(BadInput, match="no dimension"):
        shaped(people(6), by=("zip", "month", "hour"))


def test_the_error_of_an_estimate_is_that_of_the_second_largest():
    (row, *_) = shaped({("a1", "a"): [50, 50, 50], ("a2", "a"): [49, 49, 49], **{(f"b{n}", "a"): [1, 1, 1] for n in range(3)}}, rule=Rule.parse("4/50")).rows("R1")  # fmt: skip
    assert row_error_ppm(row) == 60_000


@pytest.mark.parametrize(("p", "code"), [(60_000, None), (60_001, "close_estimate")])
def test_the_p_percent_rule_is_asked_in_every_slot(p, code):
    series = {
        ("a1", "a"): [50, 9, 9],
        ("a2", "a"): [49, 9, 9],
        **{(f"b{n}", "a"): [1, 9, 9] for n in range(3)},
    }
    assert {cell.code for cell in shaped(series, rule=Rule.parse("4/50"), p_ppm=p).cells} == {code}


@pytest.mark.parametrize(("colluders", "code"), [(0, None), (1, "close_estimate")])
def test_colluders_are_thought_of_in_every_slot(colluders, code):
    """In the first slot one has 50 of 102, and of 53 without the next; in the others all have the same."""
    series = {
        ("a1", "a"): [50, 9, 9],
        ("a2", "a"): [49, 9, 9],
        **{(f"b{n}", "a"): [1, 9, 9] for n in range(3)},
    }
    found = shaped(series, rule=Rule.parse("4/50"), colluders=colluders)
    assert {cell.code for cell in found.cells} == {code}
