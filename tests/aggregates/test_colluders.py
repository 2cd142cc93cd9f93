"""Customers who put together what they know: any of them, against any other customer. All synthetic."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule
from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.system import of_members
from meterkeep.aggregates.checker import Row, smallest_derivable_group
from meterkeep.aggregates.conditions.classes import plan_by_class
from meterkeep.aggregates.conditions.colluders import besides_colluders, holds
from meterkeep.aggregates.history.forgetting import forget

RULES = (Rule.parse("2/15"), Rule.parse("2/30<="), Rule.parse("2/50"), Rule(2, 1_000_000, strict=False))


def no_colluders_can_tell(loads, rule, colluders):
    """By trying every customer and every set of others."""
    return all(
        rule.allows_share(loads[who], sum(loads) - sum(loads[at] for at in some))
        for who in range(len(loads))
        if loads[who]
        for size in range(colluders + 1)
        for some in combinations([at for at in range(len(loads)) if at != who], size)
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_largest_beside_the_next_largest_is_the_worst_case(seed):
    rng, seen = random.Random(seed), []
    for _ in range(100):
        loads = [rng.choice((0, 5, 8, 9, 10, 11, 30)) for _ in range(rng.randint(1, 7))]
        rule, colluders = rng.choice(RULES), rng.randint(0, 3)
        seen.append(holds(np.array(loads), rule, colluders))
        assert seen[-1] == no_colluders_can_tell(loads, rule, colluders), (loads, rule, colluders)
    assert min(seen.count(True), seen.count(False)) > 10


@pytest.mark.parametrize("seed", range(5))
def test_what_passes_with_so_many_more_leaves_enough_without_any_colluders(seed):
    """The colluders' own loads are rows of one customer each; who is left in anything derived beside these is enough."""
    rng, passed = random.Random(seed), 0
    for _ in range(60):
        rows = [rng.sample(range(7), rng.randint(3, 7)) for _ in range(rng.randint(1, 3))]
        system, _ = of_members([np.array(sorted(row), np.uint64) for row in rows])
        rule = Rule(2, 1_000_000, strict=False)
        if audit_counts(system, k=rule.beside(1).minimum_customers).leaks:
            continue
        passed += 1
        for colluder in {who for row in rows for who in row}:
            left = [Row(frozenset((who,) for who in row if who != colluder), 0) for row in rows]
            assert smallest_derivable_group(left, below=rule.minimum_customers) is None
    assert passed > 10


def test_every_class_has_so_many_more():
    assert str(Rule.parse("15/15<=, residential=100").beside(2)) == "17/15<=, residential=102"


def with_two_large():
    """150, 100, 100 and 17 times 41: 14.3 % of the total, and 17.7 % of what is left without two of them."""
    return [(f"c{n}", "92101", load) for n, load in enumerate((150, 100, 100, *[41] * 17))]


def as_table(rows, **more):
    customer, _, _ = zip(*rows, strict=True)
    return pa.table({"customer": customer, **more})


@pytest.mark.parametrize(("colluders", "code"), [(0, None), (1, "close_estimate"), (2, "close_estimate")])
def test_a_figure_may_pass_its_rule_and_not_beside_colluders(planned, rule, colluders, code):
    plan = planned(with_two_large())
    found = besides_colluders(plan, as_table(with_two_large()), rule=rule, colluders=colluders)
    assert [cell.code for cell in found.cells] == [code]
    assert len(found.released) == len(found.published)


def test_why_says_who_is_left_out_of_the_share(planned, rule):
    (cell,) = besides_colluders(
        planned(with_two_large()), as_table([("", "", 0)]), rule=rule, colluders=2
    ).cells
    assert cell.why == (
        "Without the next 2 largest customers, who may work together, the largest has at least 15 % of what is left."
    )


def test_whom_the_recipient_knows_counts_for_nothing(planned, rule):
    """Without the two that are known anyhow, one colluder of 41 leaves the first 18 %; all others together are even enough."""
    plan = planned(with_two_large())
    (row,) = plan.rows("R1")
    by_load = row.members[np.argsort(row.loads)]
    table = as_table(with_two_large())
    (cell,) = besides_colluders(plan, table, rule=rule, colluders=1, known_to=by_load[-3:].tolist()).cells
    assert cell.code is None
    (cell,) = besides_colluders(plan, table, rule=rule, colluders=1, known_to=by_load[-3:-1].tolist()).cells
    assert cell.code == "close_estimate"


def test_a_load_that_is_forgotten_cannot_be_judged(planned, rule, even):
    plan = planned(even(1, 30))
    assert besides_colluders(plan, as_table(even(1, 30)), rule=rule, colluders=2).published
    (left,) = forget(plan.rows("R1"), [int(plan.released[0].members[0])])
    known = replace(plan, released=(left,))
    assert not besides_colluders(known, as_table(even(1, 30)), rule=rule, colluders=2).published


def test_each_class_is_asked_by_itself_where_classes_are_read_apart():
    """The largest home has 14.3 % of what homes used, and 15.9 % without the next; of all together it has less than 8 %."""
    rule = Rule.parse("15/15, commercial=15/20")
    loads = [140, 100, *[41] * 18, *[60] * 20]
    kinds = ["residential"] * 20 + ["commercial"] * 20
    table = pa.table(
        {
            "customer": range(40),
            "zip": ["92101"] * 40,
            "month": ["2026-01"] * 40,
            "customer_class": kinds,
            "value": loads,
        }
    )
    plan = plan_by_class(table, by=("zip", "month"), rule=rule)
    assert plan.published
    codes = {
        mixed: [
            cell.code for cell in besides_colluders(plan, table, rule=rule, colluders=1, mixed=mixed).cells
        ]
        for mixed in ("apart", "together")
    }
    assert codes == {"apart": ["close_estimate"], "together": [None]}
