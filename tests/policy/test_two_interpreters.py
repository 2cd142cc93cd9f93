"""Two interpreters that agree: `decide`, made of masks and kept answers, and the plain one of `plain.py`, on random facts.

Whole decisions are compared: outcome, clauses and their order, missing facts, duties and their days, advice, interpretations.
"""

import random
from datetime import date

import pytest
from policy.plain import plain_decide

from meterkeep.policy import decide, load_pack, pack_ids
from meterkeep.policy.assurance.cases import read_cases
from meterkeep.policy.deciding import engine, exact, masks
from meterkeep.policy.language.vocabulary import vocabulary

FACTS = vocabulary().facts
DAYS = (date(2019, 7, 1), date(2020, 3, 2), date(2026, 1, 5), date(2031, 5, 2))
NUMBERS = (-1, 0, 6, 7, 14, 15, 99, 100, 149_999, 150_000, 150_001, 299_999, 10**20)
HIDDEN = (0, 0, 0.1, 0.3, 0.6)  # shares of the facts that are left unknown


def a_value(chance, fact):
    if fact.type == "int":
        return chance.choice((*NUMBERS, chance.randrange(400_000)))
    return chance.choice((True, False) if fact.type == "bool" else fact.values)


def vectors(pack, action, chance, count):
    """Half of them anywhere, half of them near a case of the pack, so that permits are met as well."""
    used = sorted(
        {
            one.fact
            for clause in pack.clauses
            if action in clause.actions
            for one in clause.when + clause.unless
        }
    )
    cases = [case.facts for case in read_cases(pack.id) if case.action == action]
    for number in range(count):
        hidden = chance.choice(HIDDEN)
        if cases and number % 2:
            facts = dict(chance.choice(cases))
            names = chance.sample(used, min(len(used), chance.randrange(5)))
        else:
            facts, names = {}, [*used, chance.choice(sorted(FACTS))]
        facts |= {name: a_value(chance, FACTS[name]) for name in names}
        yield {
            name: value
            for name, value in facts.items()
            if chance.random() >= hidden and (not name.startswith("provider.") or chance.random() < 0.05)
        }


def agree(provider, action, *, count, seed):
    pack, chance = load_pack(provider), random.Random(f"{provider} {action} {seed}")
    for on in DAYS:
        for facts in vectors(pack, action, chance, count):
            plain = plain_decide(pack, action=action, facts=facts, on=on)
            assert decide(pack, action=action, facts=facts, on=on) == plain, (on, facts)
            shuffled = chance.sample(sorted(facts), len(facts))
            again = decide(pack, action=action, facts={name: facts[name] for name in shuffled}, on=on)
            assert again == plain


@pytest.mark.parametrize("action", vocabulary().actions)
@pytest.mark.parametrize("provider", pack_ids())
def test_both_decide_alike(provider, action):
    agree(provider, action, count=30, seed=1)


@pytest.mark.parametrize("provider", pack_ids())
def test_both_decide_alike_when_little_may_be_kept(provider, monkeypatch):
    for room in (masks, exact):
        monkeypatch.setattr(room, "KEPT", 2)
    monkeypatch.setattr(engine, "MOST_DAYS", 1)
    load_pack(provider).compiled.clear()
    agree(provider, "disclose", count=30, seed=2)


@pytest.mark.slow
@pytest.mark.parametrize("action", vocabulary().actions)
@pytest.mark.parametrize("provider", pack_ids())
def test_both_decide_alike_on_many_more(provider, action):
    for seed in range(10, 20):
        agree(provider, action, count=150, seed=seed)


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(masks, "KEPT", 50)
    pack, chance = load_pack("cea"), random.Random(3)
    pack.compiled.clear()
    for facts in vectors(pack, "disclose", chance, 300):
        for day in range(1, 29):
            decide(pack, action="disclose", facts=facts, on=date(2026, 1, day))
    days = [entry for entry in pack.compiled.values() if isinstance(entry, engine.Day)]
    assert len(days) <= engine.MOST_DAYS
    assert all(len(day._made) <= 50 and len(day._refused) <= 50 for day in days)
