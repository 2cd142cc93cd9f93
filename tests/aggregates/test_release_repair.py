"""The repair of release plans: as few figures as can be, beside everything that is out; held against trying everything."""

from __future__ import annotations

import math
import random
import signal
from datetime import date
from itertools import combinations, count

import pytest

from meterkeep.aggregates import PastRow, Rule
from meterkeep.aggregates.history.candidates import Candidate
from meterkeep.aggregates.history.findings import audit_rows
from meterkeep.aggregates.repair import releases
from meterkeep.aggregates.repair.releases import Repairing
from meterkeep.aggregates.repair.search import shared
from meterkeep.aggregates.repair.weights import Weights, pattern
from meterkeep.errors import BadInput, Refused
from meterkeep.faces.cli.release.searching import Searching, stopped_by_hand

RULE = Rule.parse("3/70")
JANUARY, FEBRUARY = (date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 2, 1), date(2026, 3, 1))
BOTH = (date(2026, 1, 1), date(2026, 3, 1))
PERIODS = (JANUARY, FEBRUARY, BOTH)


def figure(members, period, used, release=""):
    import numpy as np

    loads = [sum(used[who][month] for month in (0, 1) if month in months(period)) for who in members]
    return PastRow(
        release, "energy", "value", period, np.array(members, np.uint64), sum(loads),
        label=(",".join(map(str, members)),), loads=np.array(loads, np.int64),
    )  # fmt: skip


def months(period):
    return {JANUARY: {0}, FEBRUARY: {1}, BOTH: {0, 1}}[period]


def drawn(seed):
    """Two past figures and seven that may go out, of ten customers in two months, in one of them or both."""
    rng = random.Random(seed)
    used = [(rng.randint(1, 9), rng.randint(1, 9)) for _ in range(10)]

    def one(release=""):
        members = sorted(rng.sample(range(10), rng.randint(3, 9)))
        return figure(members, rng.choice(PERIODS), used, release)

    rows = [row for row in (one() for _ in range(7)) if RULE.allows_share(int(row.loads.max()), row.value)]
    return [one("R1")], rows


def holds(past, rows):
    audit = audit_rows([*past, *rows], RULE, new=range(len(past), len(past) + len(rows)), measure="value")
    return not audit.attacks and audit.exhaustive


def fewest(past, rows, cost):
    """The least cost of figures without which nothing is left to be derived; None if the past gives somebody away."""
    kept = [
        left for size in range(len(rows) + 1) for left in combinations(range(len(rows)), size)
        if holds(past, [rows[at] for at in left])
    ]  # fmt: skip
    return min((sum(cost[at] for at in range(len(rows)) if at not in left) for left in kept), default=None)


def repaired(past, rows, cost, **options):
    candidates = [Candidate(at, row, (0, row.value), cost[at]) for at, row in enumerate(rows)]
    return Repairing(**options)(past, candidates, RULE, measure="value", aside=(), groups=1)


@pytest.mark.parametrize("seed", range(30))
def test_no_cheaper_figures_would_do_over_months_and_the_past(seed):
    past, rows = drawn(seed)
    cost = [random.Random(seed + at).randint(1, 3) for at in range(len(rows))]
    least = fewest(past, rows, cost)
    found = repaired(past, rows, cost, left=lambda: 60.0)
    if not holds(past, []):
        assert len(found.stuck) == len(rows)
        return
    gone = {each.place for each in found.blocked}
    assert holds(past, [row for at, row in enumerate(rows) if at not in gone])
    assert sum(cost[at] for at in gone) == found.price == least
    assert found.lower <= least


@pytest.mark.parametrize("seed", range(30, 60))
def test_without_time_nothing_needless_is_withheld_and_each_attack_needs_nothing_else_withheld(seed):
    past, rows = drawn(seed)
    found = repaired(past, rows, [1] * len(rows))
    gone = {each.place for each in found.blocked}
    names = {row.label: at for at, row in enumerate(rows)}
    for each in found.blocked:
        used = {names.get(each.rows[at].label) for at in each.attack.rows if not each.rows[at].release}
        assert used & gone == {each.place}
        if holds(past, []):
            assert not holds(past, [row for at, row in enumerate(rows) if at not in gone - {each.place}])


@pytest.mark.parametrize("few", [400, 0])
def test_whenever_time_is_up_what_goes_out_is_safe_or_nothing_is_planned(monkeypatch, few):
    """Each look at the clock is a step of it, so that time ends in the middle of audits, too."""
    monkeypatch.setattr(releases, "FEW", few)
    past, rows = drawn(2)
    assert holds(past, []) and not holds(past, rows)
    refused, safe = 0, set()
    for steps in range(0, 400, 7):
        clock = count(steps, -1)
        try:
            found = repaired(past, rows, [1] * len(rows), left=lambda clock=clock: float(next(clock)))
        except Refused as no:
            assert "Time was up" in no.message
            refused += 1
            continue
        gone = {each.place for each in found.blocked}
        assert holds(past, [row for at, row in enumerate(rows) if at not in gone])
        safe.add(len(gone))
    assert refused and min(safe) == fewest(past, rows, [1] * len(rows))


def test_time_is_shared_and_over_for_all_at_once():
    now = [60.0]
    first = shared(lambda: now[0], 3)
    assert first() == 20
    now[0] = 45.0
    assert first() == 5
    now[0] = 30.0
    assert first() == 0
    now[0] = -2.0
    assert first() == -2
    assert shared(lambda: now[0], 3)() == -2 and shared(lambda: math.inf, 3)() == math.inf


def test_what_is_never_withheld_stays_and_the_other_goes():
    used = [(2, 2)] * 8
    rows = [figure(range(8), JANUARY, used), figure(range(6), JANUARY, used)]
    for never in (0, 1):
        cost = [None if at == never else 5 for at in (0, 1)]
        assert [each.place for each in repaired([], rows, cost).blocked] == [1 - never]


def test_figures_that_must_all_stay_and_give_others_away_are_refused_by_name():
    used = [(2, 2)] * 8
    past, rows = [figure(range(8), JANUARY, used, "R7")], [figure(range(6), JANUARY, used)]
    with pytest.raises(Refused, match="release R7"):
        repaired(past, rows, [None])


def test_the_dear_one_stays():
    used = [(2, 2)] * 8
    rows = [figure(range(8), JANUARY, used), figure(range(6), JANUARY, used)]
    for dear in (0, 1):
        found = repaired([], rows, [9 if at == dear else 4 for at in (0, 1)], left=lambda: 9.0)
        assert ([each.place for each in found.blocked], found.price, found.lower) == ([1 - dear], 4, 4)


def test_weights_name_levels():
    levels = ("zip", "county")
    weights = Weights("value", never=[pattern("county=north", levels=levels, where="--never")],
                      rather=[pattern("zip=1, county=Total", levels=levels, where="--rather")])  # fmt: skip
    assert weights.cost({"county": "north"}, 5, 10) is None
    assert weights.cost({"zip": "1"}, 5, 10) == 5_000
    assert weights.cost({"zip": "2"}, 5, 10) == 50_000
    assert weights.cost({"zip": "2"}, 0, 0) == 10
    for wrong in ("north", "city=a", "zip=", "zip=1,zip=2"):
        with pytest.raises(BadInput, match="names no figures"):
            pattern(wrong, levels=levels, where="--never")


def test_a_plan_withholds_what_it_is_told_to_rather(planned, even):
    rows = [*even(1, 30, "92101"), *even(31, 39, "92102"), *even(40, 70, "92103")]
    options = {"totals": [("month",)]}
    keys = {
        name: [cell.keys[0] for cell in planned(rows, weights=weights, **options).withheld]
        for name, weights in {
            "plain": Weights(),
            "total stays": Weights(never=[{"zip": "Total"}]),
            "rather 92103": Weights(never=[{"zip": "Total"}], rather=[{"zip": "92103"}]),
        }.items()
    }
    assert keys["plain"] == ["92102", "Total"]
    assert keys["total stays"] in (["92101", "92102"], ["92102", "92103"])
    assert keys["rather 92103"] == ["92102", "92103"]


def test_ctrl_c_ends_the_time_at_once():
    with stopped_by_hand(Searching(60)) as searching:
        assert searching.left() > 0 and not searching.stopped
        signal.raise_signal(signal.SIGINT)
        assert searching.left() <= 0 and searching.stopped
