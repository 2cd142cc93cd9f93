"""T3 against all corners of what is possible, in fractions, on small systems drawn at random and on cases to follow by hand."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from meterkeep.aggregates.audit.intervals import intervals
from meterkeep.aggregates.audit.programs import NOWHERE, Program
from meterkeep.aggregates.audit.system import of_members
from meterkeep.errors import BadInput

LOADS = (0, 0, 1, 2, 3, 5, 8, 13, 40, 100)
SHARES = (50_000, 150_000, 300_000, 1_000_000)
M = 1_000_000


def told(public, withheld, used, *, p_ppm=150_000, **options):
    rows = [*public, *withheld]
    system, _ = of_members([np.array(sorted(row), np.uint64) for row in rows])
    values = np.array([sum(used[who] for who in row) for row in rows])
    return intervals(system, values, published=len(public), p_ppm=p_ppm, **options)


def solved(matrix, values):
    """The only solution of matrix x = values, or None."""
    system = [[Fraction(n) for n in (*row, value)] for row, value in zip(matrix, values, strict=True)]
    width, done = len(matrix[0]), 0
    for column in range(width):
        pivot = next((i for i in range(done, len(system)) if system[i][column]), None)
        if pivot is None:
            return None
        system[done], system[pivot] = system[pivot], system[done]
        system[done] = [n / system[done][column] for n in system[done]]
        for i, row in enumerate(system):
            if i != done and row[column]:
                system[i] = [a - row[column] * b for a, b in zip(row, system[done], strict=True)]
        done += 1
    return None if any(row[-1] for row in system[done:]) else [row[-1] for row in system[:done]]


def corners(rows, values, people):
    """Every corner of what the people may have used, one amount for each of them."""
    for size in range(len(rows) + 1):
        for some in combinations(people, size):
            if size:
                found = solved([[int(who in row) for who in some] for row in rows], values)
            else:
                found = None if any(values) else []
            if found is not None and min(found, default=0) >= 0:
                yield dict(zip(some, found, strict=True))


def by_hand(public, cell, used, p_ppm):
    """The limits of the cell and whether they are far enough apart, by every corner."""
    people = sorted(set().union(*map(set, public)))
    values = [sum(used[who] for who in row) for row in public]
    amounts = [
        sum(corner.get(who, Fraction(0)) for who in cell) for corner in corners(public, values, people)
    ]
    lower, upper = min(amounts), None if set(cell) - set(people) else max(amounts)
    amount = sum(used[who] for who in cell)
    wide = upper is None or (upper > lower and (upper - lower) >= Fraction(p_ppm, M) * amount)
    return lower, upper, "ok" if wide and lower <= (1 - Fraction(p_ppm, 2 * M)) * amount else "too close"


def some(rng, people):
    return rng.sample(range(people), rng.randint(1, people))


def drawn(rng):
    people = rng.randint(2, 7)
    public = [some(rng, people) for _ in range(rng.randint(1, 5))]
    withheld = [some(rng, people) for _ in range(rng.randint(1, 3))]
    return public, withheld, [rng.choice(LOADS) for _ in range(people)], rng.choice(SHARES)


@pytest.mark.parametrize("seed", range(5))
def test_limits_and_verdict_are_those_of_all_corners(seed):
    rng, seen = random.Random(seed), []
    for _ in range(80):
        public, withheld, used, p_ppm = drawn(rng)
        found = told(public, withheld, used, p_ppm=p_ppm)
        assert all(each.exact for each in found)
        right = [by_hand(public, cell, used, p_ppm) for cell in withheld]
        assert [(each.lower, each.upper, each.verdict) for each in found] == right
        seen += (each.verdict for each in found)
    assert min(seen.count("ok"), seen.count("too close")) > 20


TABLE = [(0, 1), (2, 3), (0, 2), (1, 3)]
"""The margins of two rows and two columns, of which all four cells are withheld."""


def test_a_cell_of_a_two_way_table_lies_between_what_its_margins_leave():
    """Rows 100 and 60, columns 90 and 70: the first cell has 90 at most, and 100 less 70 at least."""
    used = [50, 50, 40, 20]
    first, *_ = told(TABLE, [(0,), (1,), (2,), (3,)], used)
    assert (first.lower, first.upper, first.verdict) == (30, 90, "ok")


def test_a_margin_just_above_its_only_large_cell_tells_it_too_closely():
    used = [1000, 5, 6, 2]
    first, *others = told(TABLE, [(0,), (1,), (2,), (3,)], used)
    assert (first.lower, first.upper, first.verdict) == (998, 1005, "too close")
    assert {each.verdict for each in others} == {"ok"}


@pytest.mark.parametrize(
    ("used", "limits", "p_ppm"),
    [([1000, 25, 25, 40], (960, 1025), 65_000), ([1000, 900, 900, 7], (993, 1900), 14_000)],
    ids=["6.5 % apart", "0.7 % below"],
)
def test_limits_just_far_enough_and_not_quite(used, limits, p_ppm):
    for asked, verdict in ((p_ppm, "ok"), (p_ppm + 1, "too close")):
        (first,) = told(TABLE, [(0,)], used, p_ppm=asked)
        assert (first.lower, first.upper, first.verdict) == (*limits, verdict)


def test_a_sum_that_follows_is_too_close_even_if_it_is_nothing():
    (nothing,) = told([(0, 1, 2), (2,)], [(0, 1)], [0, 0, 7])
    assert (nothing.lower, nothing.upper, nothing.verdict) == (0, 0, "too close")


def test_who_is_in_no_published_figure_may_have_used_anything():
    alone, beside = told([(0,)], [(1,), (0, 1)], [95, 5])
    assert (alone.lower, alone.upper, alone.verdict) == (0, None, "ok")
    assert (beside.lower, beside.upper, beside.verdict) == (95, None, "too close")


def test_without_exact_arithmetic_or_without_time_nothing_is_decided(monkeypatch):
    used, cells = [50, 50, 40, 20], [(0,), (1,)]
    assert {each.verdict for each in told(TABLE, cells, used)} == {"ok"}
    late = told(TABLE, cells, used, left=lambda: 0)
    assert {each.verdict for each in late} == {"undecided"}
    assert all(each.lower == 0 and each.upper == limit for each, limit in zip(late, (90, 70), strict=True))
    monkeypatch.setattr(Program, "most", lambda _self, _column: NOWHERE)
    monkeypatch.setattr(Program, "duals", lambda _self: iter(()))
    assert {each.verdict for each in told(TABLE, cells, used)} == {"undecided"}


def test_amounts_below_zero_cannot_be_decided():
    (one,) = told([(0, 1), (1,)], [(0,)], [5, -3])
    assert (one.upper, one.verdict) == (None, "undecided")


def test_the_same_comes_out_every_time_and_in_however_many_programs(monkeypatch):
    rng = random.Random(7)
    asked = [drawn(rng) for _ in range(40)]
    first, again = ([told(*each[:3], p_ppm=each[3]) for each in asked] for _ in range(2))
    monkeypatch.setattr("meterkeep.aggregates.audit.intervals.TOGETHER", 1)
    assert first == again == [told(*each[:3], p_ppm=each[3]) for each in asked]


@pytest.mark.parametrize("p_ppm", [0, -1, 1_000_001])
def test_a_distance_outside_0_to_100_percent_is_no_distance(p_ppm):
    with pytest.raises(BadInput, match="0 % and up to 100 %"):
        told([(0, 1)], [(0,)], [1, 2], p_ppm=p_ppm)
