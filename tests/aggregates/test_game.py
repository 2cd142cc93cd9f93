"""The membership game: who is like the others is hidden among them, who is not is told."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from meterkeep.aggregates.shapes.game import Limits, Outcome, leverages, play

CHANCE = np.random.default_rng


def alike(customers, slots, seed=1):
    return CHANCE(seed).integers(800, 1200, (customers, slots))


def test_customers_who_are_alike_are_hidden_by_their_number():
    told = [play(alike(n, 4)).mean_ppm for n in (25, 100, 400)]
    assert told == sorted(told, reverse=True)
    assert told[1] == pytest.approx(1e6 * math.sqrt(4 / 100) / math.sqrt(2 * math.pi), rel=0.1), (
        "d² is slots / n"
    )


def test_one_who_is_unlike_the_others_is_told_in_any_crowd():
    series = alike(300, 4)
    hidden = play(series)
    series[7] = [9_000, 0, 0, 9_000]
    told = play(series)
    limits = Limits(worst_ppm=300_000, mean_ppm=100_000)
    assert hidden.within(limits) and not told.within(limits)
    assert told.worst_ppm == 1_000_000


@pytest.mark.parametrize(("worst", "mean", "passes"), [(5, 3, True), (6, 3, False), (5, 4, False)])
def test_both_limits_hold_on_both_sides(worst, mean, passes):
    assert Outcome(10, 2, worst, mean).within(Limits(worst_ppm=5, mean_ppm=3)) is passes


def test_whoever_uses_exactly_what_all_others_use_cannot_be_told():
    assert play(np.full((20, 24), 3)) == Outcome(20, 24, 0, 0)


def test_who_alone_differs_from_customers_who_are_all_the_same_is_told_for_certain():
    series = np.full((20, 4), 3)
    series[0, 1] += 1
    assert play(series).worst_ppm == 1_000_000


@pytest.mark.parametrize("customers", [0, 1, 2])
def test_two_hide_nobody(customers):
    assert play(np.full((customers, 4), 3)).worst_ppm == 1_000_000


def test_more_slots_than_customers_tell_everybody():
    assert play(alike(10, 12)).mean_ppm == 1_000_000


def test_large_numbers_are_exact():
    huge = alike(30, 3) * 2**40
    assert play(huge) == play(alike(30, 3))


@settings(max_examples=40, deadline=None)
@given(arrays(np.int64, st.tuples(st.integers(3, 8), st.integers(1, 4)), elements=st.integers(0, 9)))
def test_leverages_are_what_an_inverse_in_floating_point_gives(series):
    apart = series - series.mean(axis=0)
    expected = np.einsum("ij,jk,ik->i", apart, np.linalg.pinv(apart.T @ apart), apart)
    found = [Fraction(*each) for each in zip(*leverages(series), strict=True)]
    assert np.allclose([float(each) for each in found], expected, atol=1e-8)
    assert sum(found) == np.linalg.matrix_rank(apart)


def test_an_attacker_who_really_plays_wins_no_more_often_than_is_said():
    """Drawn many times: the target and others, or somebody else in their place; the attacker sets the best threshold on the best
    direction. Synthetic, seeded."""
    chance, customers = CHANCE(3), 60
    people = alike(customers, 3)
    target = people[0]
    others = people[1:]
    said = play(people)
    direction = np.linalg.solve(np.cov(others.T), target - others.mean(axis=0))
    draws = chance.integers(0, len(others), (40_000, customers))
    worlds = others[draws].sum(axis=1) @ direction
    inside = worlds[:20_000] - others[draws[:20_000, 0]] @ direction + target @ direction
    cuts = np.quantile(worlds, np.linspace(0.01, 0.99, 99))
    advantage = max((inside > cut).mean() - (worlds[20_000:] > cut).mean() for cut in cuts)
    assert 1e6 * advantage <= said.worst_ppm + 15_000, "what 20,000 draws may be off by"
