"""The repair against brute force: what it publishes is safe, and nothing safe withholds fewer."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from aggregates.leaf_tables import audited, drawn, fewest

from meterkeep.aggregates.audit.tight import least_total
from meterkeep.aggregates.repair.hitting import Cuts, greedily
from meterkeep.aggregates.repair.question import Question
from meterkeep.aggregates.repair.search import repair
from meterkeep.aggregates.rule import Rule
from meterkeep.aggregates.tables.protect import protect


def judged(seed, rule, **options):
    leaves, used = drawn(random.Random(seed))
    found = protect(leaves, rule, **options)
    public = [each.cell.leaves for each in found.cells if each.status == "published"]
    return found, public, used


def optimum(found, used, rule):
    units = Counter(each.cell.leaves for each in found.cells if each.status != "primary")
    return fewest(dict(units), used, rule)


RULES = [Rule(3, 600_000, strict=True), Rule(4, 500_000, strict=False), Rule(2, 1_000_000, strict=False)]


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_what_is_published_is_safe_and_no_fewer_cells_would_do(seed, rule):
    found, public, used = judged(seed, rule)
    assert audited(list(set(public)), used, rule)
    assert (found.gap, found.exhaustive) == (0, True)
    assert found.count("secondary") == optimum(found, used, rule)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_hundred_tables_are_repaired_at_least_cost(rule):
    for seed in range(100, 200):
        found, public, used = judged(seed, rule)
        assert audited(list(set(public)), used, rule)
        assert found.count("secondary") == optimum(found, used, rule)


@pytest.mark.parametrize("seed", range(6))
def test_without_time_the_result_is_safe_all_the_same(seed):
    rule = RULES[0]
    found, public, used = judged(seed, rule, left=lambda: 0.0)
    assert audited(list(set(public)), used, rule)
    assert found.exhaustive and 0 <= found.gap < 1
    assert all(each.why for each in found.cells if each.status != "published")


@pytest.mark.parametrize("looks", [1, 2, 3, 5, 8, 13, 21, 34, 55])
def test_wherever_time_runs_out_what_is_published_is_safe(looks):
    """Time runs out after so many looks at the clock."""
    rule = RULES[0]
    for seed in range(3):
        clock = iter(range(looks, 0, -1))
        found, public, used = judged(seed, rule, left=lambda clock=clock: float(next(clock, 0)))
        assert audited(list(set(public)), used, rule)
        assert found.exhaustive


def test_what_nobody_has_looked_at_is_published_where_nobody_is_in_common():
    rows, weight = [(0, 1), (1, 2), (2, 3), (4, 5)], [5] * 6
    found = repair(question(rows, weight), left=lambda: 0.0)
    assert found.withheld == {1} and found.proven and not found.blocked
    assert repair(question(rows, weight)).withheld == frozenset()


def question(rows, weight, cost=None, k=3):
    values = tuple(10 * sum(weight[atom] for atom in row) for row in rows)
    return Question(
        rows=tuple(rows), values=values, weight=tuple(weight), largest=(10,) * len(weight),
        totals=tuple(10 * each for each in weight), rule=Rule(k, 1_000_000, strict=False),
        cost=dict.fromkeys(range(len(rows)), 1) if cost is None else cost,
    )  # fmt: skip


def test_the_cheapest_of_two_that_give_one_away():
    found = repair(question([(0, 1), (1,)], [1, 5], cost={0: 3, 1: 2}))
    assert (found.withheld, found.price, found.lower, found.gap) == (frozenset({1}), 2, 2, 0.0)
    assert found.blocked[1].customers == 1


def test_what_is_out_already_is_never_withheld():
    found = repair(question([(0, 1), (1,)], [1, 5], cost={0: 9}))
    assert found.withheld == {0}


def test_where_only_past_figures_give_one_away_nothing_helps():
    found = repair(question([(0, 1), (1,), (2,)], [1, 5, 5], cost={2: 1}))
    (conflict,) = found.conflicts
    assert (conflict.rows, conflict.customers) == ({0, 1}, 1)


def test_a_search_that_is_cut_short_counts_as_an_attack(monkeypatch):
    from meterkeep.aggregates.repair import attacks

    rows, weight = [(0, 1), (1, 2), (2, 3), (0, 3)], [2, 2, 2, 2]
    assert repair(question(rows, weight, k=3)).withheld == frozenset()
    monkeypatch.setattr(attacks, "NODES", 0)
    assert repair(question(rows, weight, k=3)).withheld


def test_hitting_sets_are_cheapest():
    cuts = Cuts(dict.fromkeys(range(6), 1))
    for cut in ({0, 1}, {1, 2}, {2, 0}, {3, 4}, {3, 5}, {3, 4, 5}):
        cuts.add(frozenset(cut))
    hit = cuts.cheapest(seconds=5, left=lambda: 9.0)
    assert (len(hit.rows), hit.lower) == (3, 3)
    assert frozenset({3, 4, 5}) not in cuts.cuts  # what hits {3, 4} hits it, too


@pytest.mark.parametrize("seconds", [1e-9, 1e-6, 1e-4, 1e-3, 1e-2])
def test_a_hitting_set_that_is_cut_short_hits_all_the_same(seconds):
    rng = random.Random(5)
    cuts = Cuts(dict.fromkeys(range(60), 1))
    for _ in range(150):
        cuts.add(frozenset(rng.sample(range(60), rng.randint(3, 6))))
    hit = cuts.cheapest(seconds=seconds, left=lambda: 9.0)
    assert all(hit.rows & cut for cut in cuts.cuts)
    assert 0 < hit.lower <= len(hit.rows)


def test_greed_leaves_out_what_others_make_needless():
    assert greedily([frozenset({0, 1}), frozenset({1, 2})], dict.fromkeys(range(3), 1)) == {1}


@pytest.mark.parametrize(
    ("largest", "rule", "least"),
    [(15, Rule(1, 150_000, strict=True), 101), (15, Rule(1, 150_000, strict=False), 100), (0, Rule(1, 150_000, strict=True), 0)],
)  # fmt: skip
def test_the_least_total_that_a_customer_may_be_part_of(largest, rule, least):
    assert least_total(largest, rule) == least
    if largest:
        assert rule.allows_share(largest, least) and not rule.allows_share(largest, least - 1)
