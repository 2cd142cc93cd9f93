"""T2 of large parts, on small systems that are treated as large: against brute force, and where time runs out."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from aggregates.test_bounds import agrees, drawn, known_of

from meterkeep.aggregates.audit import bounds
from meterkeep.aggregates.audit.bounds import audit_shares, least_total
from meterkeep.aggregates.audit.rounds import Rounds, solve
from meterkeep.aggregates.rule import Rule


@pytest.fixture
def everything_large(monkeypatch):
    monkeypatch.setattr(bounds, "MANY", 0)


@pytest.mark.usefixtures("everything_large")
@pytest.mark.parametrize("seed", range(6))
def test_many_at_once_are_told_as_brute_force_tells_them(seed):
    rng = random.Random(100 + seed)
    assert all(agrees(*drawn(rng))[0] for _ in range(30))


@pytest.mark.slow
@pytest.mark.usefixtures("everything_large")
def test_many_at_once_are_told_as_brute_force_tells_ten_thousand():
    rng = random.Random(3)
    assert all(agrees(*drawn(rng))[0] for _ in range(10_000))


def test_a_reason_near_by_is_not_looked_for_without_end(monkeypatch):
    """Neither reasons near by nor programs of their own: what has no witness after the rounds is a leak that nothing explains."""
    rows, used = [(0, 1), (0, 2), (1, 2)], [50, 50, 50]
    rule = Rule.parse("2/40")
    exact = audit_shares(*known_of(rows, used), rule)
    for name, value in (("MANY", 0), ("NEARBY", ()), ("ALONE", 0)):
        monkeypatch.setattr(bounds, name, value)
    told = audit_shares(*known_of(rows, used), rule)
    assert [leak.atom for leak in told] == [leak.atom for leak in exact] == [0, 1, 2]


def test_one_point_gives_many_what_they_need_and_holds_in_fractions():
    columns, values = [(0, 1, 2), (2, 3, 4), (1, 4)], [90, 60, 30]
    amounts = Rounds(columns, values, 5).spread(dict.fromkeys(range(5), 20))
    assert sum(amount >= 20 for amount in amounts.values()) >= 3
    assert [sum(amounts.get(place, 0) for place in row) for row in columns] == values


def test_a_basis_is_read_back_in_fractions():
    assert solve([(0, 1), (0, 2), (1, 2)], [1, 1, 1]) == dict.fromkeys(range(3), Fraction(1, 2))
    assert solve([(0, 1), (0, 2), (1, 2)], [1, 1, 4]) == {0: Fraction(-1), 1: Fraction(2), 2: Fraction(2)}


@pytest.mark.parametrize("text", ["15/15", "15/15<=", "2/33", "1/100"])
def test_the_least_total_is_enough_and_one_less_is_not(text):
    rule = Rule.parse(text)
    for largest in (1, 2, 14, 15, 997, 10**12):
        least = least_total(largest, rule)
        assert rule.allows_share(largest, least) and not rule.allows_share(largest, least - 1)
