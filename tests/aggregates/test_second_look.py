"""What is published is looked at a second time by code that shares nothing with the audit."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, plan
from meterkeep.aggregates import second_look as looking
from meterkeep.aggregates.checker import Row, smallest_derivable_group
from meterkeep.aggregates.dense_rows import TooLarge
from meterkeep.aggregates.history.forgetting import forget
from meterkeep.aggregates.register import FORGOTTEN, PastRow
from meterkeep.aggregates.second_look import laxest, second_look

JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
RULE = Rule.parse("5/40")


def row(members, loads=None, period=JANUARY, release="", parts=(), measure="value"):
    loads = [100] * len(members) if loads is None else loads
    return PastRow(
        release=release, family="energy", measure=measure, period=period, members=np.array(members, np.uint64),
        value=int(sum(loads)), parts=np.array(parts, np.uint64), loads=np.array(loads, np.int64),
    )  # fmt: skip


def test_what_meets_the_rule_agrees():
    look = second_look([row(range(10))], [row(range(10, 20))], RULE)
    assert look.found == () and look.said["verdict"] == "agrees"
    assert (look.said["figures"], look.said["parts"]) == (1, 1), "the past figure has nothing to do with it"


@pytest.mark.parametrize(("left", "found"), [(5, False), (4, True)])
def test_a_difference_from_the_past_is_found(left, found):
    look = second_look([row(range(20 - left))], [row(range(20), release="T-1")], RULE)
    assert bool(look.found) is found


def test_a_customer_who_is_bounded_too_closely_is_found():
    uneven = [10, 10, 10, 10, 300]
    assert "bounded more closely" in second_look([row(range(5), uneven)], [], RULE).found[0]
    assert second_look([row(range(5), [60, 60, 60, 60, 60])], [], RULE).found == ()


@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_brute_force_finds(seed):
    rng = random.Random(seed)
    for _ in range(10):
        rows = [row(sorted(rng.sample(range(9), rng.randint(1, 9)))) for _ in range(rng.randint(1, 4))]
        known = smallest_derivable_group(
            [Row(frozenset((int(who),) for who in each.members), each.value) for each in rows], below=4
        )
        look = second_look(rows, [], Rule(4, 1_000_000, strict=False))
        assert bool(look.found) == (known is not None)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_plan_lets_out_stands(seed):
    rng = random.Random(seed)
    keys = list(product(("a", "b", "c"), ("x", "y")))
    who = [(at, *rng.choice(keys), rng.randint(50, 150)) for at in range(150)]
    table = pa.table({
        "customer": pa.array([at for at, *_ in who], pa.int64()), "zip": [z for _, z, _, _ in who],
        "kind": [k for _, _, k, _ in who], "month": ["2026-01"] * 150, "value": [v for *_, v in who],
    })  # fmt: skip
    found = plan(
        table,
        by=("zip", "kind", "month"),
        rule=RULE,
        totals=[("zip", "month"), ("kind", "month"), ("month",)],
    )
    look = second_look(found.rows("T-1"), [], RULE)
    assert look.found == () and look.said["verdict"] == "agrees" and found.released


def test_what_is_too_large_is_said_and_never_counted_as_checked(monkeypatch):
    monkeypatch.setattr(looking, "WORK", 0)
    look = second_look([row(range(10))], [], RULE)
    assert look.said["too_large"] == [1] and look.said["verdict"] == "partly"
    assert look.found == ()


def test_what_was_found_before_it_got_too_large_counts(monkeypatch):
    def ends(*_args, **_more):
        raise TooLarge

    monkeypatch.setattr(looking, "unwitnessed", ends)
    look = second_look([row(range(4))], [], RULE)
    assert "a group of 4" in look.found[0] and look.said["too_large"] == [1]


def test_customers_in_several_places_leave_a_small_group_open():
    """Three customers have a premise in each of two figures: four others in each are too few for sure, seven with them are not."""
    here, there = row(range(7), parts=[0] * 7), row(range(4, 11), parts=[1] * 3 + [0] * 4)
    both = row([0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10], parts=[0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0])
    look = second_look([here, there, both], [], RULE)
    assert look.found == () and look.said["verdict"] == "partly"
    assert (look.said["open_groups"], look.said["not_bounded"]) == (1, 0)
    fewer = second_look([here, there, both], [], Rule.parse("4/40"))
    assert fewer.said["open_groups"] == 0


def test_forgotten_loads_count_customers_and_bound_nobody():
    (left,) = forget([row(range(6))], [0])
    assert second_look([left], [], RULE).found == ()
    assert second_look([left], [row(range(1, 6), release="T-1")], RULE).found


def test_another_measure_of_the_family_counts_customers_together():
    bill = row(range(1, 20), measure="bill", release="T-1")
    assert second_look([row(range(20))], [bill], RULE).found


def test_where_classes_have_rules_of_their_own_the_laxest_is_asked_for():
    assert laxest(Rule.parse("15/15, residential=100")) == Rule(15, 1_000_000, strict=False)
    assert laxest(Rule.parse("15/15")) == Rule.parse("15/15")


@pytest.mark.parametrize(("measure", "found"), [("received", False), ("net", True), ("delivered@07", True)])
def test_only_what_tells_about_the_measure_is_put_beside_it(measure, found):
    past = [row(range(20), release="T-1", measure=measure)]
    assert bool(second_look([row(range(19), measure="delivered")], past, RULE).found) is found


QUARTER, FEBRUARY = (date(2026, 1, 1), date(2026, 4, 1)), (date(2026, 2, 1), date(2026, 3, 1))


def test_shares_over_several_months_are_bounded_too():
    """In January and February everybody has 100; of what the quarter leaves for March, one has nearly all."""
    rest = [700, 10, 10, 10, 10, 10]
    quarter = row(range(6), [200 + each for each in rest], QUARTER)
    months = [row(range(6), period=JANUARY), row(range(6), period=FEBRUARY)]
    look = second_look([quarter, *months], [], RULE)
    assert "bounded more closely" in look.found[0]
    even = second_look([row(range(6), [300] * 6, QUARTER), *months], [], RULE)
    assert even.found == () and even.said["verdict"] == "agrees" and even.said["not_bounded"] == 0


def test_who_was_absent_hides_nobody_in_the_second_look():
    """Of the quarter's January only four have something, and customer 0 half of it."""
    loads = {0: 300, 1: 100, 2: 100, 3: 100, 4: 0, 5: 0}
    quarter = row(range(6), [each + 200 for each in loads.values()], QUARTER)
    later = (date(2026, 2, 1), date(2026, 4, 1))
    rows = [quarter, row(range(6), [200] * 6, later)]
    for each in (rows, list(forget(rows, [4, 5]))):
        assert any("bounded more closely" in found for found in second_look(each, [], RULE).found)


def test_what_is_unknown_less_what_is_known_is_still_unknown():
    """No figure counts March of customers 6 to 11, so nothing says a most of their February and March; it is not "nothing, less January"."""
    first, later = (date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 2, 1), date(2026, 4, 1))
    rows = [row(range(6), [200] * 6, later), row(range(12), [200] * 12, first), row(range(12))]
    look = second_look(rows, [], RULE)
    assert look.found == () and (look.said["open_bounds"], look.said["not_bounded"]) == (0, 6)


def test_a_bound_wide_enough_for_the_most_that_somebody_can_have_used_is_wide_enough():
    """Of January of customers 6 to 11 it is known only that it is at most their 200 of two months."""
    two = (date(2026, 1, 1), date(2026, 3, 1))
    look = second_look([row(range(12), [200] * 12, two), row(range(6))], [], RULE)
    assert look.found == () and look.said["verdict"] == "agrees"


def test_a_bound_too_narrow_for_the_most_alone_is_open_and_speaks_against_nothing():
    """Customer 6 used 900 in two months, and nobody can have used more than 2 000 in January of them: too narrow, were it all in January."""
    two = (date(2026, 1, 1), date(2026, 3, 1))
    loads = [*[200] * 6, 900, *[220] * 5]
    rows = [row(range(12), loads, two), row(range(6)), row(range(12), [*[100] * 6, *[200] * 6], JANUARY)]
    rows[2] = replace(rows[2], loads=np.array([*[100] * 6, *[FORGOTTEN] * 6]))
    look = second_look(rows, [], RULE)
    assert look.found == () and look.said["open_bounds"] > 0 and look.said["verdict"] == "partly"
