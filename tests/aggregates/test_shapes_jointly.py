"""What totals of other groups and all slots together tell of one slot: a shape goes out only where that is not too much. Synthetic."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from aggregates.test_shapes import ANY, KEY

from meterkeep.aggregates.audit.pulse import steady
from meterkeep.aggregates.checker import Row, tightest_share
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import Rule
from meterkeep.aggregates.shapes import jointly, planning
from meterkeep.aggregates.shapes.jointly import told_jointly
from meterkeep.aggregates.shapes.planning import plan_shapes

JANUARY, FEBRUARY, BOTH = (
    (date(2026, first, 1), date(2026, last, 1)) for first, last in ((1, 2), (2, 3), (1, 3))
)
NOBODY = np.empty(0, np.uint64)


def row(used, members, slot=None, period=JANUARY, release=""):
    """used: of each customer what they used in each slot."""
    loads = [used[who][slot] if slot is not None else sum(used[who]) for who in members]
    measure = "value" if slot is None else f"value@{slot}"
    said = {"label": (f"zip={release}",), "loads": np.array(loads)}
    return PastRow(release, "energy", measure, period, np.array(members, np.uint64), sum(loads), **said)


def shape(used, members, release=""):
    return [row(used, members, slot, release=release) for slot in (None, *range(len(used[0])))]


@pytest.mark.parametrize("seed", range(8))
def test_it_is_what_an_attacker_finds_at_every_corner_of_what_is_possible(seed):
    """A shape of some customers in two slots, and totals of others, beside the slow checker in fractions."""
    rng, seen = random.Random(seed), set()
    rule = Rule.parse("1/95")
    for _ in range(12):
        used = [(rng.choice((1, 2, 5, 9)), rng.choice((1, 2, 5, 9))) for _ in range(5)]
        totals = [sorted(rng.sample(range(5), rng.randint(3, 4))) for _ in range(2)]
        members = sorted(rng.sample(range(5), rng.randint(3, 4)))
        past = [row(used, each, release="R") for each in totals]
        told = any(told_jointly(shape(used, members), past, rule, NOBODY, pulse=steady))
        truth = corners(used, totals, members)
        assert told or truth < Fraction(95, 100)
        seen |= {(told, truth < Fraction(95, 100))}
    assert {(True, False), (False, True)} <= seen


def corners(used, totals, *shapes):
    """The largest part that anybody has, in a slot or both, of the most that they can have had."""
    rows = [
        Row(frozenset((who, slot) for who in each for slot in (0, 1)), sum(sum(used[who]) for who in each))
        for each in (*totals, *shapes)
    ]
    rows += [
        Row(frozenset((who, slot) for who in members), sum(used[who][slot] for who in members))
        for slot in (0, 1)
        for members in shapes
    ]
    return tightest_share(rows, {one: used[one[0]][one[1]] for each in rows for one in each.members})


TOWN = {0: (1, 40), 1: (10, 80), 2: (10, 40), 3: (40, 1), 4: (1, 40), 5: (5, 5)}
"""What six customers used in two slots. Out are the shape of 0, 1 and 3, and a total of 1, 3, 4 and 5; new is a shape of 0, 1, 4 and 5."""


def planned(past):
    rows = [(who, slot, TOWN[who][slot]) for who in (0, 1, 4, 5) for slot in (0, 1)]
    customer, slot, value = zip(*rows, strict=True)
    table = pa.table(
        {
            "customer": np.array(customer),
            "zip": ["a"] * len(rows),
            "month": ["2026-01"] * len(rows),
            "hour": [str(one) for one in slot],
            "value": value,
        }
    )
    asked = {"by": ("zip", "month"), "slot": "hour", "rule": Rule.parse("1/80"), "limits": ANY, "key": KEY}
    return plan_shapes(table, past=past, **asked)


def test_a_shape_that_is_safe_slot_by_slot_and_in_sum_is_withheld_where_all_together_tell_a_slot(monkeypatch):
    """Each slot by itself and all sums by themselves bound nobody to 80 %. An attacker who takes them together does: every corner of what
    is possible says so. Without looking at both together the shape goes out."""
    past = [*shape(TOWN, (0, 1, 3), release="R"), row(TOWN, (1, 3, 4, 5), release="S")]
    assert corners(TOWN, [(1, 3, 4, 5)], (0, 1, 4, 5), (0, 1, 3)) >= Fraction(80, 100)
    assert [(cell.code, cell.reason.releases) for cell in planned(past).cells] == [
        ("overlaps_past_release", ("R", "S"))
    ] * 2
    assert [cell.code for cell in planned([]).cells] == [None, None]
    monkeypatch.setattr(planning, "told_jointly", lambda *_rows, **_options: iter(()))
    assert [cell.code for cell in planned(past).cells] == [None, None]


@pytest.mark.parametrize(
    ("beside", "refused"),
    [
        ([(None, BOTH)], False),
        ([("other", JANUARY)], True),
        ([(0, FEBRUARY), (1, FEBRUARY), (None, BOTH)], False),
        ([(0, BOTH), (1, BOTH)], True),
    ],
)
def test_other_slots_of_the_same_time_are_not_told_and_longer_totals_are(beside, refused):
    used = dict.fromkeys(range(20), (10, 10))
    past = []
    for slot, period in beside:
        one = row(used, range(20), None if slot == "other" else slot, period, release="R")
        past.append(replace(one, measure="value@2026-01-01") if slot == "other" else one)
    told = [*told_jointly(shape(used, range(20)), past, Rule.parse("15/15"), NOBODY, pulse=steady)]
    assert (told == [frozenset(range(3))]) == refused


def test_too_much_to_be_looked_at_is_not_told(monkeypatch):
    used = dict.fromkeys(range(20), (10, 10))
    ask = shape(used, range(20)), [], Rule.parse("15/15"), NOBODY
    assert not [*told_jointly(*ask, pulse=steady)]
    monkeypatch.setattr(jointly, "MOST", 10)
    assert [*told_jointly(*ask, pulse=steady)] == [frozenset(range(3))]
