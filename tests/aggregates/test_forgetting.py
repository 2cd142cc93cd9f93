"""Forgetting what destroyed customers used never lets more go out than before."""

from __future__ import annotations

import random
from datetime import date

import numpy as np

from meterkeep.aggregates.checker import Row, smallest_derivable_group
from meterkeep.aggregates.history.changes import Usual, changes
from meterkeep.aggregates.history.conflicts import conflicts
from meterkeep.aggregates.history.crossing import tightened
from meterkeep.aggregates.history.findings import audit_rows
from meterkeep.aggregates.history.forgetting import forget
from meterkeep.aggregates.history.unknowns import unknowns
from meterkeep.aggregates.reasons import against_change
from meterkeep.aggregates.register import PastRow, loads_of
from meterkeep.aggregates.rule import Rule

EDGES = [date(2026, month, 1) for month in range(1, 6)]
SPANS = [(0, 1), (1, 2), (2, 3), (0, 3), (0, 3), (0, 2), (1, 3), (1, 4), (0, 4)]


def row(used, members, span, release="T-1", measure="value", **more):
    loads = [sum(used[who][span[0] : span[1]]) for who in members]
    return PastRow(
        release=release, family="energy", measure=measure, period=(EDGES[span[0]], EDGES[span[1]]),
        members=np.array(members, np.uint64), value=sum(loads), loads=np.array(loads, np.int64), **more,
    )  # fmt: skip


def absent_in_january():
    """Customer 4 moved in in February: whoever knows that takes nothing of January for theirs."""
    used = {who: [100, 100, 100, 0] for who in range(5)} | {4: [0, 100, 100, 0]}
    return used, [row(used, range(5), (0, 3)), row(used, range(5), (1, 2)), row(used, range(5), (2, 3))]


def test_that_somebody_used_nothing_in_a_month_outlives_what_they_used():
    _, rows = absent_in_january()
    kept = list(forget(rows, [4]))
    assert [loads_of(each)[4] for each in kept] == [-1, -1, -1]
    assert [each.absent for each in kept] == [(((EDGES[0], EDGES[1]), (4,)),), (), ()]
    assert [PastRow.from_bytes(each.to_bytes()).absent for each in kept] == [each.absent for each in kept]
    assert unknowns(kept).used.sum() == unknowns(rows).used.sum() == 14
    again = list(forget(kept, [4, 3]))
    assert again[0].absent == kept[0].absent, "a mark outlives the next customer who goes"


def test_a_group_that_is_too_small_without_an_absent_customer_stays_too_small():
    """The five had 400 in February and March, so four had all of January's."""
    _, rows = absent_in_january()
    rule = Rule(5, 1_000_000, strict=False)
    before, after = (audit_rows(each, rule, new=[], measure="bill") for each in (rows, forget_4(rows)))
    assert {each.customers for each in before.attacks} == {each.customers for each in after.attacks} == {4}


def forget_4(rows):
    return list(forget(rows, [4]))


def test_a_change_from_the_period_before_is_not_hidden_by_what_was_forgotten():
    used = {who: [100, 100, 0, 0] for who in range(9)} | {9: [900, 0, 0, 0]}
    past, new = row(used, range(10), (0, 1)), row(used, range(9), (1, 2), release="")
    for each in (past, *forget_9(past)):
        (change,) = changes([new], [each], minimum=5, usual=Usual())
        assert change.telling
        why = against_change(new, change, Rule.parse("5/40"))
        assert ("not known any more" in why.why) == (each is not past) == (why.came is None)


def forget_9(past):
    return list(forget([past], [9]))


def test_no_audit_of_a_small_history_is_more_permissive_after_forgetting():
    """And whoever can be told by brute force to be in too small a group is told by the audit after forgetting, too."""
    told = 0
    for seed in range(400):
        rng = random.Random(seed)
        used = {who: [rng.choice((0, 10, 50, 90)) for _ in range(4)] for who in range(7)}
        rows = [
            row(used, sorted(rng.sample(range(7), rng.randint(2, 7))), rng.choice(SPANS), measure=measure)
            for measure in rng.choices(("value", "bill"), k=rng.randint(2, 5))
        ]
        rule, new = Rule(3, rng.choice((500_000, 1_000_000)), strict=False), [len(rows) - 1]
        kept = list(forget(rows, rng.sample(range(7), rng.randint(1, 3))))
        before, after = (audit_rows(each, rule, new=new, measure=rows[-1].measure) for each in (rows, kept))
        counts = [
            [each.customers for each in found.attacks if each.kind == "count"] for found in (before, after)
        ]
        assert min(counts[1], default=9) <= min(counts[0], default=9), seed
        assert after.attacks or not [each for each in before.attacks if each.rows & set(new)], seed
        left = brute(rows, used)
        if left is not None:
            told += 1
            assert counts[1] and min(counts[1]) <= left, seed
    assert told > 20


def brute(rows, used):
    """Unknowns that are known to be nothing are in no sum."""
    nothing = absent(rows)
    return smallest_derivable_group(
        [
            Row(
                frozenset(
                    (int(who), slot)
                    for who in each.members
                    for slot in range(EDGES.index(each.period[0]), EDGES.index(each.period[1]))
                    if (int(who), slot) not in nothing
                ),
                each.value,
            )
            for each in rows
        ],
        below=3,
    )  # fmt: skip


def absent(rows):
    """Whose loads in some period are nothing: the plainest way to know it, with no subtraction."""
    return {
        (int(who), slot)
        for each in rows
        for who, load in zip(each.members, each.loads, strict=True)
        for slot in range(EDGES.index(each.period[0]), EDGES.index(each.period[1]))
        if load == 0
    }


def test_overlapping_periods_tell_that_nothing_was_used_in_what_they_share():
    rows = [
        row({1: [10, 0, 10, 0]}, [1], span) for span in ((0, 2), (1, 3), (0, 3))
    ]  # fmt: skip
    assert unknowns(rows).most.tolist() == [10, 0, 10]


def test_what_overlapping_periods_leave_is_what_brute_force_finds():
    rng = random.Random(4)
    for _ in range(60):
        true = [rng.randint(0, 3) for _ in range(3)]
        spans = rng.sample([(0, 2), (1, 2), (0, 3), (0, 1)], 3)
        loads = {span: sum(true[span[0] : sum(span)]) for span in spans}
        fits = [
            (a, b, c)
            for a in range(11) for b in range(11) for c in range(11)
            if all(sum((a, b, c)[first : first + many]) == load for (first, many), load in loads.items())
        ]  # fmt: skip
        left = tightened(
            np.full((1, 3), 10),
            np.zeros((1, 3), bool),
            {span: np.array([load]) for span, load in loads.items()},
        )
        assert left.tolist() == [[max(each[at] for each in fits) for at in range(3)]]


def test_a_cell_is_the_same_under_other_columns_for_the_time():
    used = {who: [10, 10, 10, 0] for who in range(9)}
    past = row(used, range(8), (0, 1), label=("month=2026-01", "zip=a"))
    new = row(used, range(9), (0, 1), label=("month=2026-01", "quarter=2026-Q1", "zip=a"))
    other = row(used, range(9), (0, 1), label=("month=2026-01", "quarter=2026-Q1", "zip=b"))
    assert list(conflicts([new, other], [past], republish="refuse")) == [0]
