"""Plans of one month are audited part by part: the same figures withheld as by auditing the whole each time."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from aggregates.test_release_repair import BOTH, FEBRUARY, JANUARY, RULE, drawn, figure, holds

from meterkeep.aggregates.audit.pulse import Late, steady
from meterkeep.aggregates.history.candidates import Candidate
from meterkeep.aggregates.history.findings import Audit, audit_rows
from meterkeep.aggregates.register import FORGOTTEN, PastRow
from meterkeep.aggregates.repair import releases
from meterkeep.aggregates.repair.plain import plain_watch
from meterkeep.aggregates.repair.releases import Repairing


def town(seed):
    """Two past figures and twelve that may go out, all of January, some of the same customers."""
    rng = random.Random(seed)
    used = [(rng.randint(0, 9), 1) for _ in range(12)]
    rows = [figure(sorted(rng.sample(range(12), rng.randint(3, 11))), JANUARY, used) for _ in range(13)]
    rows = [row for row in rows if RULE.allows_share(int(row.loads.max()), row.value)]
    return rows[:2], [*rows[2:], rows[-1]]


def repaired(past, rows):
    given = [Candidate(at, row, (at,)) for at, row in enumerate(rows)]
    found = Repairing(lambda: math.inf)(past, given, RULE, measure="value", aside=(), groups=1)
    gone = {each.place for each in (*found.blocked, *found.stuck)}
    return found, [row for at, row in enumerate(rows) if at not in gone]


@pytest.mark.parametrize("seed", range(10))
def test_part_by_part_withholds_as_little_as_the_audit_of_the_whole(seed, monkeypatch):
    past, rows = town(seed)
    assert plain_watch([*past, *rows], (), RULE, {}, pulse=steady) is not None
    quick, out = repaired(past, rows)
    monkeypatch.setattr(releases, "plain_watch", lambda *_rows, **_options: None)
    whole, _ = repaired(past, rows)
    assert (quick.price, quick.lower, bool(quick.stuck)) == (whole.price, whole.lower, bool(whole.stuck))
    assert quick.price == quick.lower and bool(quick.audit.attacks) == bool(quick.stuck)
    if not quick.stuck:
        assert holds(past, out)


def test_its_attacks_are_those_of_the_whole():
    """Whether there is any, for each set of figures; and each names only public rows."""
    seen = set()
    for seed in range(20):
        past, rows = town(seed)
        everything = [*past, *rows]
        watch = plain_watch(everything, (), RULE, {}, pulse=steady)
        for _ in range(4):
            public = sorted(random.Random(seed).sample(range(len(everything)), 5))
            audit = audit_rows([everything[at] for at in public], RULE, new=range(5), measure="value")
            met = watch.show(public)
            assert bool(met) == bool(audit.attacks)
            assert all(attack is not None and named <= set(public) for named, attack in met)
            seen.add(bool(met))
    assert seen == {True, False}


def test_several_months_or_what_is_not_known_exactly_take_the_audit_of_the_whole():
    past, rows = drawn(1)
    used = [(5, 5)] * 10
    january = figure(range(5), JANUARY, used)
    forgotten = PastRow(
        "R", "energy", "value", JANUARY, january.members, 25, loads=np.full(5, FORGOTTEN, np.int64)
    )
    for some in (
        [*past, *rows],
        [january, figure(range(9), FEBRUARY, used)],
        [forgotten],
    ):
        assert plain_watch(some, (), RULE, {}, pulse=steady) is None
    assert plain_watch([figure(range(9), BOTH, used)], (), RULE, {}, pulse=steady) is not None


def test_half_of_a_change_is_nothing_to_go_on_from():
    def late():
        raise Late

    past, rows = town(3)
    watch = plain_watch([*past, *rows], (), RULE, {}, pulse=late)
    for _ in range(2):
        with pytest.raises(Late):
            watch.show(range(len(past) + len(rows)))


def test_the_audit_of_the_whole_has_the_last_word(monkeypatch):
    """Were a part taken for safe that is not, the search is done again without parts."""
    past, rows = town(1)

    class Blind:
        def show(self, public):
            return []

    truth, _ = repaired(past, rows)
    monkeypatch.setattr(releases, "plain_watch", lambda *_rows, **_options: Blind())
    found, _ = repaired(past, rows)
    assert truth.price and found.price == truth.price and isinstance(found.audit, Audit)
    assert not found.audit.attacks
