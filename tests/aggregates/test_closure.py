"""T1 against brute force, on small systems drawn at random and on cases that one can follow by hand."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from meterkeep.aggregates.audit import closure
from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.elimination import HALF, PRIME, rational
from meterkeep.aggregates.audit.system import System, numbered, of_members
from meterkeep.aggregates.checker import Row, smallest_derivable_group


def system_of(*rows):
    return of_members([np.array(sorted(row), np.uint64) for row in rows])[0]


def drawn(rng):
    """Up to seven rows over up to twelve kinds of customers, some of which are several customers."""
    kinds = rng.randint(3, 12)
    customers, after = {}, 0
    for kind in range(kinds):
        many = rng.choice([1, 1, 2, 3, 5])
        customers[kind] = range(after, after + many)
        after += many
    chosen = [rng.sample(range(kinds), rng.randint(1, kinds)) for _ in range(rng.randint(1, 7))]
    return [sorted(who for kind in row for who in customers[kind]) for row in chosen]


def lightest(rows, k):
    return smallest_derivable_group([Row(frozenset((who,) for who in row), 0) for row in rows], below=k)


@pytest.mark.parametrize("seed", range(20))
def test_the_lightest_group_is_that_of_brute_force(seed):
    rng = random.Random(seed)
    for _ in range(25):
        rows, k = drawn(rng), rng.randint(2, 6)
        found = audit_counts(system_of(*rows), k=k)
        assert found.exhaustive
        assert min((leak.customers for leak in found.leaks), default=None) == lightest(rows, k)


@pytest.mark.slow
def test_ten_thousand_systems_agree_with_brute_force():
    rng = random.Random(20_261_122)
    leaky = 0
    for _ in range(10_000):
        rows, k = drawn(rng), rng.randint(2, 6)
        truth = lightest(rows, k)
        found = audit_counts(system_of(*rows), k=k)
        assert found.exhaustive and min((leak.customers for leak in found.leaks), default=None) == truth
        leaky += truth is not None
    assert 4_000 < leaky < 8_000


@pytest.mark.parametrize("seed", range(5))
def test_a_leak_can_be_followed_by_hand(seed):
    """The combination that it gives, in exact fractions, is about its customers and nobody else."""
    rng = random.Random(seed)
    for _ in range(40):
        system = system_of(*drawn(rng))
        for leak in audit_counts(system, k=5).leaks:
            derived = system.combine(leak.combination)
            assert tuple(sorted(derived)) == leak.atoms
            assert system.customers(leak.atoms) == leak.customers < 5


def test_the_forty_less_the_thirty_nine():
    found = audit_counts(system_of(range(40), range(39)), k=15)
    (leak,) = found.leaks
    assert (leak.customers, abs(leak.combination[0]), leak.combination[0] + leak.combination[1]) == (1, 1, 0)
    assert (found.rank, found.exhaustive, found.holds) == (2, True, False)


def test_a_sum_of_two_withheld_cells_is_found():
    """A row of three cells of which one is published: the other two have 14 customers together."""
    withheld, published = range(14), range(14, 60)
    assert [leak.customers for leak in audit_counts(system_of(range(60), published), k=15).leaks] == [14]
    assert audit_counts(system_of(range(60), published), k=14).holds
    assert len(withheld) == 14


def test_three_rows_that_no_two_of_give_away():
    """a+b, b+c and a+c give 2a, each pair of them only groups of twenty."""
    a, b, c = range(10), range(10, 20), range(20, 30)
    rows = ([*a, *b], [*b, *c], [*a, *c])
    assert audit_counts(system_of(*rows[:2]), k=15).holds
    leaks = audit_counts(system_of(*rows), k=15).leaks
    assert {leak.customers for leak in leaks} == {10}
    assert all(len(leak.combination) == 3 for leak in leaks)


def test_an_identity_is_no_leak_and_costs_no_proof():
    found = audit_counts(system_of(range(30), range(15), range(15, 30)), k=15)
    assert (found.holds, found.rank) == (True, 2)


def test_nothing_released_derives_nothing():
    assert audit_counts(of_members([])[0], k=15).holds


def test_a_search_that_is_cut_short_proves_nothing():
    found = audit_counts(
        system_of([*range(10), *range(10, 20)], [*range(10, 20), *range(20, 30)], range(5)), k=15, nodes=1
    )
    assert not found.exhaustive and not found.holds


def test_arithmetic_that_cannot_be_told_in_small_fractions_proves_nothing(monkeypatch):
    monkeypatch.setattr(closure, "rational", lambda _value: None)
    assert not audit_counts(system_of(range(40), range(39)), k=15).exhaustive


def test_customers_of_the_same_rows_are_one_atom():
    system, atom = of_members([np.array([3, 5, 9], np.uint64), np.array([5, 9, 11], np.uint64)])
    assert atom.tolist() == [0, 1, 1, 2]
    assert [row.tolist() for row in system.rows] == [[0, 1], [1, 2]]
    assert system.weight.tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    "fraction", [Fraction(0), Fraction(1), Fraction(-1), Fraction(3, 7), Fraction(-HALF, HALF - 1)]
)
def test_fractions_come_back_from_the_prime(fraction):
    value = fraction.numerator * pow(fraction.denominator, -1, PRIME) % PRIME
    assert rational(value) == fraction


def test_a_large_fraction_is_not_mistaken_for_a_small_one():
    assert rational((HALF + 1) * pow(HALF + 3, -1, PRIME) % PRIME) is None


def test_weights_are_of_atoms():
    assert System((np.array([0, 1]),), np.array([4, 5])).customers([0, 1]) == 9


@pytest.mark.parametrize("seed", range(4))
def test_the_lightest_group_is_proven_without_listing_all(seed):
    rng, fewer = random.Random(1_000 + seed), 0
    for _ in range(40):
        rows, k = drawn(rng), rng.randint(3, 9)
        few, many = (audit_counts(system_of(*rows), k=k, more=more) for more in (0, 3_000))
        assert few.exhaustive and many.exhaustive and len(few.leaks) <= len(many.leaks)
        assert min((leak.customers for leak in few.leaks), default=None) == lightest(rows, k)
        fewer += len(few.leaks) < len(many.leaks)
    assert fewer


def test_every_single_atom_that_can_be_derived_is_listed():
    """Ten pairs of figures that differ by one customer each, beside their total: all ten are named, whatever else follows."""
    whole = [range(100 * at, 100 * at + 20) for at in range(10)]
    rows = [*whole, *(row[1:] for row in whole), [who for row in whole for who in row]]
    leaks = audit_counts(system_of(*rows), k=15, more=0).leaks
    assert [leak.customers for leak in leaks] == [1] * 10


@pytest.mark.parametrize("top", [1, 5, 300, 2**20, 2**64 - 1])
def test_places_among_distinct_numbers_are_those_of_a_sort(top):
    rng = np.random.default_rng(top % 1_000)
    values = np.concatenate([rng.integers(0, top, 80, np.uint64), rng.integers(0, 9, 40, np.uint64)])
    distinct, place = numbered(values)
    truth = np.unique(values, return_inverse=True)
    assert np.array_equal(distinct, truth[0]) and np.array_equal(place, truth[1])
