"""T2 of large parts, on small systems that are treated as large: against brute force, and where time runs out."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from aggregates.test_bounds import agrees, drawn, known_of

from meterkeep.aggregates.audit import bounds, many
from meterkeep.aggregates.audit.bounds import audit_shares
from meterkeep.aggregates.audit.reduction import Equation, Part
from meterkeep.aggregates.audit.rounds import Rounds, solve
from meterkeep.aggregates.audit.tight import least_total
from meterkeep.aggregates.rule import Rule


@pytest.fixture
def everything_large(monkeypatch):
    monkeypatch.setattr(bounds, "MANY", 0)
    monkeypatch.setattr(many, "FEW", 0)
    monkeypatch.setattr(many, "FEWER", 1)


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
    for module, name, value in ((bounds, "MANY", 0), (many, "NEARBY", ()), (many, "ALONE", 0)):
        monkeypatch.setattr(module, name, value)
    told = audit_shares(*known_of(rows, used), rule)
    assert [leak.atom for leak in told] == [leak.atom for leak in exact] == [0, 1, 2]


@pytest.mark.usefixtures("everything_large")
@pytest.mark.parametrize("seed", range(4))
def test_a_class_alone_is_told_as_brute_force_tells_it(monkeypatch, seed):
    """Without reasons near by and with no round before them, each class has a program of all equations to itself."""
    monkeypatch.setattr(many, "NEARBY", ())
    monkeypatch.setattr(many, "MOST_ROUNDS", 0)
    monkeypatch.setattr(many, "LAST_ROUNDS", 0)
    rng, bounded = random.Random(200 + seed), 0
    for _ in range(30):
        rows, used, rule = drawn(rng)
        assert agrees(rows, used, rule)[0]
        bounded += sum(leak.bound is not None for leak in audit_shares(*known_of(rows, used), rule))
    assert bounded > 10


def test_a_reason_is_looked_for_through_small_equations_first():
    """Everything is next to an equation of all classes, so that it comes last."""
    rows = [(0, 1), (1, 2), (2, 3), (3, 4), range(5)]
    part = Part([Equation(set(row), 10 * len(row), {at: 1}) for at, row in enumerate(rows)])
    order = list(many.Nearby(part, [each.value for each in part.equations]).closest(0))
    assert order[0] in (0, 4) and sorted(order) == list(range(5))
    assert [at for at in order if at != 4] == [0, 1, 2, 3]


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
