"""Rules that differ by class of customer: each class on both sides of its own number, in one table and beside the past."""

import random
from dataclasses import replace

import pyarrow as pa
import pytest

from meterkeep.aggregates import PastRow, Rule
from meterkeep.aggregates.checker import Row, smallest_derivable_group
from meterkeep.aggregates.conditions import classes
from meterkeep.aggregates.conditions.classes import plan_by_class
from meterkeep.aggregates.loads import _hashed
from meterkeep.aggregates.seals import seal_of
from meterkeep.errors import BadInput

KEY = b"a synthetic key for tests"
RULE = Rule.parse("5/40<=, residential=20")
BY = ("zip", "customer_class", "month")


def rows(kind, area, count, *, value=100, first=0):
    return [(f"{kind} {area} {n}", area, kind, value) for n in range(first, first + count)]


def table(*groups):
    customer, area, kind, value = zip(*(row for group in groups for row in group), strict=True)
    return pa.table(
        {
            "customer": customer,
            "zip": area,
            "customer_class": kind,
            "month": ["2026-01"] * len(customer),
            "value": value,
        }
    )


def planned(*groups, **options):
    return plan_by_class(table(*groups), **{"by": BY, "rule": RULE, "key": KEY} | options)


def codes(plan):
    return {(cell.keys[0], cell.keys[1]): cell.code for cell in plan.cells}


def test_each_class_has_its_own_number():
    plan = planned(
        rows("residential", "a", 20), rows("residential", "b", 19), rows("shop", "a", 5), rows("shop", "b", 4)
    )
    assert codes(plan) == {
        ("a", "residential"): None,
        ("b", "residential"): "count",
        ("a", "shop"): None,
        ("b", "shop"): "count",
    }
    assert "at least 20" in plan.withheld[0].why and "at least 5" in plan.withheld[1].why
    assert plan.smallest_group == 5


def test_each_class_has_its_own_share_and_one_may_have_none():
    home, shop = ("home", "a", "residential", 10_000), ("mill", "a", "shop", 267)
    plan = planned([home], rows("residential", "a", 19), [shop], rows("shop", "a", 4))
    assert codes(plan) == {("a", "residential"): None, ("a", "shop"): "share"}
    assert plan.worst_share_ppm == 840_336, "a share without a limit is told all the same"
    assert codes(planned([("mill", "a", "shop", 266)], rows("shop", "a", 4)))["a", "shop"] is None


@pytest.mark.parametrize(("homes", "code"), [(20, None), (19, "count")])
def test_a_total_over_classes_has_enough_of_each(homes, code):
    plan = planned(rows("residential", "a", homes), rows("shop", "a", 30), by=("zip", "month"))
    assert [cell.code for cell in plan.cells] == [code]


@pytest.mark.parametrize(("homes", "code"), [(0, None), (1, "count")])
def test_taken_together_a_group_with_one_home_meets_the_rule_of_homes(homes, code):
    rule = Rule.parse("3/100<=, residential=5")
    plan = planned(
        rows("residential", "a", homes), rows("shop", "a", 4 - homes), rule=rule, by=("zip", "month"), mixed="together"
    )  # fmt: skip
    assert [cell.code for cell in plan.cells] == [code]
    five = planned(
        rows("residential", "a", 1), rows("shop", "a", 4), rule=rule, by=("zip", "month"), mixed="together"
    )
    assert five.published


def test_a_total_that_would_reveal_a_withheld_class_stays_in():
    totals = {"totals": [("month",)]}
    homes = [rows("residential", "a", 30), rows("residential", "b", 19)]
    assert planned(*homes, **totals).cells[-1].code == "reveals_withheld"
    assert planned(*homes, rows("residential", "c", 1), **totals).cells[-1].status == "published"


@pytest.mark.parametrize(("left", "code"), [(5, None), (4, "overlaps_past_release")])
def test_the_past_is_audited_by_the_class_that_its_figures_name(left, code):
    first = planned(rows("shop", "a", 30))
    past = [PastRow.from_bytes(row.to_bytes()) for row in first.rows("R1")]
    coarse = planned(rows("shop", "a", 30 + left), by=("customer_class", "month"), past=past)
    assert [cell.code for cell in coarse.cells] == [code]


@pytest.mark.parametrize(("left", "code"), [(4, "overlaps_past_release"), (0, None)])
def test_who_has_left_since_is_protected_though_nothing_says_their_class(left, code):
    """The same closed period again, less those who left: the difference is theirs."""
    past = planned(rows("shop", "a", 30), by=("zip", "month")).rows("R1")
    again = planned(rows("shop", "a", 30 - left), by=("month",), past=past)
    assert [cell.code for cell in again.cells] == [code]


def without_classes(row):
    return replace(row, classes=())


def test_the_count_of_classes_is_sealed_and_rows_without_it_keep_their_digest():
    (row,) = planned(rows("shop", "a", 30), by=("zip", "month")).rows("R1")
    others = (row, without_classes(row), replace(row, classes=(("residential", 30),)))
    assert len({seal_of([one], salt=b"").rows_sha256 for one in others}) == 3


HOMES = rows("residential", "b", 30)


@pytest.mark.parametrize(("left", "code"), [(4, "overlaps_past_release"), (5, None)])
def test_the_register_counts_classes_so_that_who_left_is_protected_as_what_they_were(left, code):
    """In the first area all were shops, of which five are enough; where the count is not kept they could be homes, of which it takes
    twenty. The total of today, taken off the figures of then, tells of those who left."""
    first = planned(rows("shop", "a", 30), HOMES, by=("zip", "month"))
    past = [PastRow.from_bytes(row.to_bytes()) for row in first.rows("R1")]
    assert [row.classes for row in past] == [(("shop", 30),), (("residential", 30),)]
    again = rows("shop", "a", 30 - left), HOMES
    assert [cell.code for cell in planned(*again, by=("month",), past=past).cells] == [code]
    uncounted = planned(*again, by=("month",), past=list(map(without_classes, past)))
    assert [cell.status for cell in uncounted.cells] == ["withheld"]


@pytest.mark.parametrize(("left", "code"), [(5, "overlaps_past_release"), (6, None)])
def test_who_left_was_of_one_of_the_classes_that_were_counted_and_of_no_other(left, code):
    """Farms and shops lived there, six and five of which are enough; nobody can have been a home."""
    rule = Rule.parse("5/40<=, residential=20, farm=6/40<=")
    farms = rows("farm", "a", 30)
    past = planned(rows("shop", "a", 30), farms, HOMES, by=("zip", "month"), rule=rule).rows("R1")
    assert past[0].classes == (("farm", 30), ("shop", 30))
    again = rows("shop", "a", 30 - left), farms, HOMES
    assert [cell.code for cell in planned(*again, by=("month",), past=past, rule=rule).cells] == [code]
    uncounted = planned(*again, by=("month",), past=list(map(without_classes, past)), rule=rule)
    assert [cell.status for cell in uncounted.cells] == ["withheld"]


@pytest.mark.parametrize(("shops", "code"), [(5, None), (6, "overlaps_past_release")])
def test_of_those_who_left_there_are_enough_for_the_strictest_class(shops, code):
    """Nineteen homes have left, and with them one shop or none: twenty people, or nineteen."""
    past = planned(rows("residential", "a", 39), rows("shop", "a", 6), by=("zip", "month")).rows("R1")
    fewer = planned(rows("residential", "a", 20), rows("shop", "a", shops), by=("month",), past=past)
    assert [cell.code for cell in fewer.cells] == [code]


def test_without_the_column_of_classes_it_is_refused():
    with pytest.raises(BadInput, match="differs by class"):
        plan_by_class(table(rows("shop", "a", 5)).drop_columns(["customer_class"]), by=("zip", "month"), rule=RULE, key=KEY)  # fmt: skip


def test_one_rule_for_all_is_the_plain_plan():
    from meterkeep.aggregates import plan

    data = table(rows("shop", "a", 20), rows("residential", "b", 10))
    options = {"by": BY, "rule": Rule.parse("15/15"), "key": KEY}
    assert plan_by_class(data, **options).cells == plan(data, **options).cells
    assert plan_by_class(data.slice(0, 0), by=BY, rule=RULE, key=KEY).cells == ()


def test_on_random_histories_nothing_below_a_class_own_number_follows():
    """The slow checker looks at every combination of published figures, of one class at a time: whoever is of another class
    may be known. Planned with the past forgotten, the same histories leak."""
    assert not any(leaks(seed, past_counts=True) for seed in range(25))
    assert sum(leaks(seed, past_counts=False) for seed in range(25)) > 5


def leaks(seed, *, past_counts):
    chance, past = random.Random(seed), []
    for number in range(3):
        people = [
            (f"c{n}", chance.choice("ab"), "residential" if n % 2 else "shop", 5 + n % 4) for n in range(18)
        ]
        by = chance.choice([BY, ("zip", "month"), ("customer_class", "month")])
        known = past if past_counts else []
        plan = plan_by_class(
            table(people), by=by, rule=Rule.parse("2/100<=, residential=4"), past=known, key=KEY, republish="audit"
        )  # fmt: skip
        past += plan.rows(f"R{number}")
    assert past, "a history without figures proves nothing"
    return any(
        smallest_derivable_group(of_class(past, odd), below=minimum) is not None
        for odd, minimum in ((1, 4), (0, 2))
    )


def of_class(past, odd):
    kept = set(_hashed([f"c{n}" for n in range(18) if n % 2 == odd], KEY).tolist())
    members = [frozenset(row.members.tolist()) & kept for row in past]
    return [Row(frozenset((one,) for one in each), 0) for each in members if each]


def test_classes_share_the_time(monkeypatch):
    given, plan = [], classes.plan

    def watched(*args, left, **options):
        given.append(left())
        return plan(*args, left=left, **options)

    monkeypatch.setattr(classes, "plan", watched)
    planned(rows("residential", "a", 20), rows("shop", "a", 5), left=lambda: 60.0)
    assert given == [30, 60]
