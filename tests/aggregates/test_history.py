"""The audit over months and premises, against brute force on small systems drawn at random and on cases to follow by hand."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from meterkeep.aggregates.checker import Row, smallest_derivable_group, tightest_share
from meterkeep.aggregates.history.findings import audit_rows, nearly_equal
from meterkeep.aggregates.history.slots import covered, slots, together
from meterkeep.aggregates.history.unknowns import system_of, unknowns
from meterkeep.aggregates.reasons import against_attack
from meterkeep.aggregates.register import PastRow, tells_about
from meterkeep.aggregates.rule import Rule
from meterkeep.aggregates.standing import audit_register

DAYS = [date(2026, at, 1) for at in range(1, 5)]
MONTHS = list(pairwise(DAYS))


def row(members, *, period=MONTHS[0], loads=None, release="R", measure="kWh"):
    """members: (owner, part) or owners."""
    pairs = sorted(one if isinstance(one, tuple) else (one, 0) for one in members)
    used = [(loads or {}).get(pair, 10) for pair in pairs]
    return PastRow(
        release=release,
        family="energy",
        measure=measure,
        period=period,
        members=np.array([owner for owner, _ in pairs], np.uint64),
        parts=np.array([part for _, part in pairs], np.uint64),
        loads=np.array(used, np.int64),
        value=sum(used),
    )


def drawn(rng, *, months, parts):
    """Rows over whole spans of months, what everybody used in each, and the rows that say so by month."""
    people = [(who, part) for who in range(rng.randint(2, 6)) for part in range(rng.randint(1, parts))]
    people = [(who, part + 1 if parts > 1 else 0) for who, part in people]
    used = {(*one, month): rng.choice((1, 2, 3, 8, 20)) for one in people for month in range(months)}
    rows, told = [], []
    for _ in range(rng.randint(1, 5)):
        first = rng.randrange(months)
        last = rng.randint(first, months - 1)
        members = rng.sample(people, rng.randint(1, len(people)))
        span = range(first, last + 1)
        loads = {one: sum(used[(*one, month)] for month in span) for one in members}
        rows.append(row(members, period=(DAYS[first], DAYS[last + 1]), loads=loads))
        told.append(Row(frozenset((*one, month) for one in members for month in span), sum(loads.values())))
    aside = [
        row(people, period=MONTHS[at], loads={one: used[(*one, at)] for one in people})
        for at in range(months)
    ]
    return rows, told, used, aside


def found(rows, rule, aside=()):
    attacks = [
        attack
        for numbers in together([each.period for each in rows])
        for attack in audit_rows(
            [rows[at] for at in numbers], rule, new=(), measure="kWh", aside=aside
        ).attacks
    ]
    return [attack for attack in attacks if attack.kind != "similar"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("months", "parts"), [(1, 1), (1, 2), (2, 1), (3, 1), (2, 2)])
def test_the_lightest_group_over_months_and_premises_is_that_of_brute_force(seed, months, parts):
    rng = random.Random(100 * seed + 10 * months + parts)
    for _ in range(12):
        rows, told, _used, aside = drawn(rng, months=months, parts=parts)
        k = rng.randint(2, 4)
        counts = [
            each.customers
            for each in found(rows, Rule(k, 1_000_000, strict=False), aside)
            if each.kind == "count"
        ]
        assert min(counts, default=None) == smallest_derivable_group(told, below=k)


@pytest.mark.parametrize("seed", range(8))
def test_the_tightest_bound_in_two_months_is_that_of_brute_force(seed):
    rng, leaky = random.Random(seed), 0
    for _ in range(12):
        rows, told, used, aside = drawn(rng, months=2, parts=1)
        if not any(each.period == (DAYS[0], DAYS[2]) for each in rows):
            continue
        rule = Rule(1, rng.choice((300_000, 400_000, 500_000, 700_000)), strict=rng.random() < 0.5)
        inside = {
            unknown: load for unknown, load in used.items() if any(unknown in each.members for each in told)
        }
        worst = tightest_share(told, inside) * 1_000_000
        truth = worst >= rule.share_ppm if rule.strict else worst > rule.share_ppm
        assert truth == any(each.kind == "share" for each in found(rows, rule, aside))
        leaky += truth
    assert leaky


@pytest.mark.parametrize("seed", range(4))
def test_the_tightest_bound_with_premises_is_never_tighter_than_found(seed):
    rng = random.Random(seed)
    for _ in range(10):
        rows, told, used, aside = drawn(rng, months=1, parts=2)
        rule = Rule(1, rng.choice((400_000, 700_000)), strict=True)
        inside = {
            unknown: load for unknown, load in used.items() if any(unknown in each.members for each in told)
        }
        truth = tightest_share(told, inside) * 1_000_000 >= rule.share_ppm
        assert truth == any(each.kind == "share" for each in found(rows, rule, aside))


def test_slots_are_the_shortest_periods_that_all_are_made_of():
    quarter, half = (DAYS[0], DAYS[3]), (date(2026, 1, 15), DAYS[2])
    cut = slots([quarter, half])
    assert [str(start) for start, _ in cut] == ["2026-01-01", "2026-01-15", "2026-03-01"]
    assert (covered(quarter, cut), covered(half, cut)) == (range(3), range(1, 2))
    assert slots([MONTHS[0], MONTHS[2]]) == [MONTHS[0], MONTHS[2]], "what no period covers is no slot"


def test_periods_hang_together_where_they_overlap():
    assert together([MONTHS[0], MONTHS[1], (date(2026, 2, 5), date(2026, 3, 5)), MONTHS[2]]) == [
        [0],
        [1, 2, 3],
    ]


def test_who_stands_in_two_months_counts_once():
    both = (DAYS[0], DAYS[2])
    twice = {(who, 0): 20 for who in range(20)}
    rows = [row(range(20), period=both, loads=twice), row(range(20)), row(range(20, 34), period=both)]
    system = system_of(unknowns(rows), rows=len(rows))
    assert system.customers(range(len(system.weight))) == 34
    assert sum(system.weight) == 54


def test_what_a_longer_period_leaves_for_a_month_is_known():
    year = row([1, 2], period=(DAYS[0], DAYS[2]), loads={(1, 0): 30, (2, 0): 9})
    known = unknowns([year, row([1, 2], loads={(1, 0): 30, (2, 0): 4})])
    assert sorted(zip(known.owner, known.slot, known.most, strict=True)) == [
        (0, 0, 30),
        (0, 1, 0),
        (1, 0, 4),
        (1, 1, 5),
    ]
    assert known.exact.all() and known.used.sum() == 3


def test_who_used_nothing_hides_nobody():
    rows = [row(range(40)), row(range(20), loads={(who, 0): 0 for who in range(6)})]
    kinds = {
        attack.customers for attack in found(rows, Rule(15, 150_000, strict=True)) if attack.kind == "count"
    }
    assert kinds == {14}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (MONTHS[0], MONTHS[0], False),
        (MONTHS[0], MONTHS[1], False),
        (MONTHS[0], (date(2026, 1, 31), date(2026, 2, 28)), True),
        (MONTHS[0], (DAYS[0], DAYS[3]), False),
        (MONTHS[0], (DAYS[0], date(2026, 3, 5)), False),
        (MONTHS[0], (DAYS[0], date(2026, 3, 3)), True),
    ],
)
def test_periods_that_nearly_coincide(one, other, alike):
    assert nearly_equal(one, other) == nearly_equal(other, one) == alike


def test_kilowatt_hours_and_their_bill_count_the_same_customers():
    rows = [row(range(40)), row(range(39), measure="dollars")]
    (attack,) = found(rows, Rule(15, 150_000, strict=True))
    assert (attack.kind, attack.customers, attack.rows) == ("count", 1, {0, 1})


def test_a_whole_register_is_audited_family_by_family():
    rows = [
        row(range(40), release="A"),
        row(range(39), release="B"),
        row(range(60), period=MONTHS[2], release="C"),
    ]
    told = audit_register(rows, rule=Rule(15, 150_000, strict=True))
    assert (told.rows, told.exhaustive, [leak.releases for leak in told.leaks]) == (
        3,
        True,
        [("A", "B")] * len(told.leaks),
    )
    assert told.leaks[0].customers == 1 and "1 customer" in told.leaks[0].says
    assert not audit_register(rows[1:], rule=Rule(15, 150_000, strict=True)).leaks


def test_energy_to_the_grid_tells_nothing_about_energy_from_it():
    rule = Rule(15, 150_000, strict=True)
    rows = [row(range(40), measure="delivered", release="A"), row(range(39), measure="received", release="B")]
    assert not audit_register(rows, rule=rule).leaks
    net = row(range(38), measure="net", release="C")
    assert {leak.releases for leak in audit_register([*rows, net], rule=rule).leaks} >= {
        ("A", "C"),
        ("B", "C"),
    }


@pytest.mark.parametrize(
    ("measure", "other", "tells"),
    [
        ("delivered", "received", False),
        ("received@07", "delivered", False),
        ("delivered@07", "delivered", True),
        ("net", "delivered", True),
        ("received", "net@08", True),
        ("kWh", "dollars", True),
    ],
)
def test_which_measures_tell_about_each_other(measure, other, tells):
    assert tells_about(measure, other) is tells_about(other, measure) is tells


def test_of_several_measures_there_is_no_sum():
    rule = Rule(15, 150_000, strict=True)
    rows = [row(range(40), release="A"), row(range(39), measure="dollars", release="")]
    (attack,) = found(rows, rule)
    reason = against_attack(attack, rows, rule)
    assert reason.left is None and reason.customers == 1 and "overlap" in reason.why
