"""The gate for one more figure says what the whole audit says."""

import random
from dataclasses import replace

import numpy as np
import pytest

from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.history.gate import Gate
from meterkeep.aggregates.history.unknowns import system_of, unknowns
from meterkeep.aggregates.loads import Period
from meterkeep.aggregates.planning import month
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import Rule

JANUARY: Period = month("2026-01")


def row(members, period=JANUARY):
    members = np.array(sorted(members), np.uint64)
    return PastRow("R", "energy", "kWh", period, members, 10 * len(members), loads=np.full(len(members), 10))


@pytest.mark.parametrize("seed", range(12))
def test_it_allows_a_figure_exactly_where_the_audit_finds_nothing(seed):
    rng, seen = random.Random(seed), set()
    for _ in range(15):
        rows = [row(rng.sample(range(12), rng.randint(6, 11))) for _ in range(8)]
        k, out = rng.randint(2, 5), [0]
        gate = Gate(rows, Rule(k, 1_000_000, strict=False), out=1)
        for number in range(1, len(rows)):
            some = [rows[at] for at in (*out, number)]
            truth = audit_counts(system_of(unknowns(some), rows=len(some)), k=k)
            answer = gate(number)
            assert answer.sure and answer.allowed == truth.holds
            assert answer.customers == min((leak.customers for leak in truth.leaks), default=None)
            seen.add(answer.allowed)
            if answer.allowed:
                gate.add(number)
                out.append(number)
    assert seen == {True, False}


def test_the_same_figure_again_is_allowed():
    gate = Gate([row(range(40)), row(range(40)), row(range(39))], Rule(15, 150_000, strict=True), out=1)
    assert [gate(number).allowed for number in range(3)] == [True, True, False]
    assert gate(2).customers == 1


@pytest.mark.parametrize("seed", range(12))
def test_beside_figures_that_leak_already_it_says_what_the_audit_of_all_says(seed):
    """Whatever is out, and added whether it was allowed or not; customers are in several months."""
    rng, seen = random.Random(100 + seed), set()
    months = [month("2026-01"), month("2026-02"), (month("2026-01")[0], month("2026-02")[1])]
    for _ in range(12):
        rows = [row(rng.sample(range(10), rng.randint(3, 9)), rng.choice(months)) for _ in range(8)]
        k, out = rng.randint(2, 5), rng.randint(0, 4)
        gate = Gate(rows, Rule(k, 1_000_000, strict=False), out=out)
        for number in range(out, len(rows)):
            truth = lightest_of_all(rows, [*range(number), number], k)
            answer = gate(number)
            assert answer.sure and answer.customers == truth and answer.allowed == (truth is None)
            seen.add(truth)
            gate.add(number)
    assert len(seen) > 2


def lightest_of_all(rows, numbers, k):
    """What the whole audit says of these rows, with months cut as they are for all rows."""
    system = system_of(unknowns(rows), rows=len(rows))
    some = replace(system, rows=tuple(system.rows[at] for at in numbers))
    found = audit_counts(some, k=k)
    assert found.exhaustive
    return min((leak.customers for leak in found.leaks), default=None)
