"""T2 against brute force in fractions, on small systems drawn at random and on cases that one can follow by hand."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from meterkeep.aggregates.audit.bounds import Known, audit_shares
from meterkeep.aggregates.audit.programs import NOWHERE, Program
from meterkeep.aggregates.audit.system import of_members
from meterkeep.aggregates.checker import Row, tightest_share
from meterkeep.aggregates.rule import Rule

LOADS = (0, 1, 2, 3, 5, 8, 13, 40, 100)
SHARES = (150_000, 250_000, 300_000, 400_000, 500_000, 1_000_000)


def known_of(rows, used):
    """The system of rows of customers who used so much each, and what its rows and atoms sum up to."""
    system, atom = of_members([np.array(sorted(row), np.uint64) for row in rows])
    customers = sorted(set().union(*map(set, rows)))
    largest = np.zeros(len(system.weight), np.int64)
    totals = largest.copy()
    for customer, at in zip(customers, atom.tolist(), strict=True):
        largest[at], totals[at] = max(largest[at], used[customer]), totals[at] + used[customer]
    values = np.array([sum(used[customer] for customer in row) for row in rows])
    return system, Known(values, largest, totals)


def drawn(rng):
    people = rng.randint(2, 7)
    rows = [rng.sample(range(people), rng.randint(1, people)) for _ in range(rng.randint(1, 5))]
    return (
        rows,
        [rng.choice(LOADS) for _ in range(people)],
        Rule(2, rng.choice(SHARES), strict=rng.random() < 0.5),
    )


def agrees(rows, used, rule):
    """Whether the audit finds a leak exactly where brute force does; and whether there is one."""
    system, known = known_of(rows, used)
    people = {who for row in rows for who in row}
    told = [
        Row(frozenset((who,) for who in row), int(value))
        for row, value in zip(rows, known.values, strict=True)
    ]
    worst = tightest_share(told, {(who,): used[who] for who in people}) * 1_000_000
    leaky = worst >= rule.share_ppm if rule.strict else worst > rule.share_ppm
    return leaky == bool(audit_shares(system, known, rule)), leaky


@pytest.mark.parametrize("seed", range(10))
def test_a_leak_is_found_exactly_where_brute_force_finds_one(seed):
    rng = random.Random(seed)
    assert all(agrees(*drawn(rng))[0] for _ in range(30))


@pytest.mark.slow
def test_ten_thousand_systems_agree_with_brute_force():
    rng = random.Random(20_261_122)
    seen = [agrees(*drawn(rng)) for _ in range(10_000)]
    assert all(agree for agree, _ in seen)
    assert 1_000 < sum(not leaky for _, leaky in seen) < 9_000


@pytest.mark.parametrize("seed", range(5))
def test_a_bound_can_be_followed_by_hand(seed):
    """The rows times their factors count the atom at least once and nobody less than nothing, and add up to the bound."""
    rng, followed = random.Random(seed), 0
    for _ in range(60):
        rows, used, rule = drawn(rng)
        system, known = known_of(rows, used)
        for leak in audit_shares(system, known, rule):
            if leak.bound is not None:
                counted = system.combine(leak.combination)
                assert counted[leak.atom] >= 1 and min(counted.values()) >= 0
                assert leak.bound == sum(
                    factor * int(known.values[row]) for row, factor in leak.combination.items()
                )
                followed += 1
    assert followed > 20


FIFTEEN = Rule(15, 150_000, strict=True)


@pytest.mark.parametrize(
    ("largest", "rule", "leaks"),
    [(149, FIFTEEN, 0), (150, FIFTEEN, 1), (150, Rule(15, 150_000, strict=False), 0), (151, Rule(15, 150_000, strict=False), 1)],
)  # fmt: skip
def test_one_figure_by_itself_is_the_share_rule(largest, rule, leaks):
    used = [largest, *[(1000 - largest) // 20] * 19]
    used.append(1000 - sum(used))
    assert len(audit_shares(*known_of([range(21)], used), rule)) == leaks


def test_what_two_withheld_cells_add_up_to_is_bounded_by_their_total():
    """A total less its published part leaves 200 for the customers withheld, of whom one used 60."""
    used = [60, *[7] * 20, *[50] * 40]
    (leak,) = audit_shares(*known_of([range(61), range(21, 61)], used), FIFTEEN)
    assert (leak.bound, leak.combination) == (Fraction(200), {0: Fraction(1), 1: Fraction(-1)})


def test_a_total_of_zero_tells_everything_but_nobody_used_anything():
    assert audit_shares(*known_of([range(20)], [0] * 20), FIFTEEN) == ()


def test_where_no_exact_solution_is_found_nobody_counts_as_safe(monkeypatch):
    rows, used = [range(40), range(20, 60), range(10, 50)], [10] * 60
    assert audit_shares(*known_of(rows, used), FIFTEEN) == ()
    used[0] = 60
    assert audit_shares(*known_of(rows, used), FIFTEEN) == ()
    monkeypatch.setattr(Program, "_exactly", lambda _self: NOWHERE)
    monkeypatch.setattr(Program, "_holds", lambda _self, _amounts, _over: False)
    assert audit_shares(*known_of(rows, used), FIFTEEN)
