"""Deciding: `decide` with its whole explanation beside Cedar on the same facts; a million customers; the proofs of a pack.

Three kinds of requests, none repeated on purpose: the packs' own cases with up to three facts changed; facts drawn at random
near every clause, all known; the same with up to a third unknown. Caches are cold when a measurement begins.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any

import cedarpy
import numpy as np
import pyarrow as pa
from measure import cpu_seconds

from meterkeep.policy import bulk, decide, load_pack, pack_ids
from meterkeep.policy.assurance.cases import read_cases
from meterkeep.policy.assurance.cedar.exported import export
from meterkeep.policy.assurance.cedar.vectors import vectors
from meterkeep.policy.assurance.prove import prove
from meterkeep.policy.language.vocabulary import vocabulary

ON = date(2026, 1, 5)
DECISIONS = 20_000
BESIDE_CEDAR = 4_000
CUSTOMERS = 1_000_000
Request = tuple[str, dict[str, Any]]
OFFER = {
    "data.kind": "covered", "purpose.class": "secondary", "purpose.name": "energy_products", "channel": "secure",
    "recipient.kind": "authorised_third_party", "use.sale": False, "use.third_party_solicitation": False,
    "order.explicit": False, "authorization.written": True, "authorization.names_recipient": True,
    "authorization.covers_elements": True, "authorization.incentive": False,
}  # fmt: skip


def main() -> None:
    packs = {name: load_pack(name) for name in pack_ids()}
    largest = max(packs, key=lambda name: sum(clause.deciding for clause in packs[name].clauses))
    pack = packs[largest]
    print(f"the largest pack is {largest}")
    _say_speed("cases, facts changed", pack, list(islice(_near_cases(largest), DECISIONS)))
    _say_speed("anything, all known", pack, _disclosures(pack, unknown=0))
    _say_speed("anything, some unknown", pack, _disclosures(pack, unknown=15))
    _say_beside_cedar(pack)
    _say_million()
    _say_proofs(largest)


def _near_cases(name: str) -> Iterator[Request]:
    known, chance = vocabulary().facts, random.Random(1)
    cases = read_cases(name)
    while True:
        case = chance.choice(cases)
        facts = dict(case.facts)
        for fact in chance.sample(sorted(facts), min(len(facts), chance.randrange(4))):
            kind = known[fact]
            facts[fact] = (
                chance.randrange(200_000)
                if kind.type == "int"
                else chance.choice(sorted(kind.domain, key=str))
            )
        yield case.action, facts


def _disclosures(pack: Any, *, unknown: int) -> list[Request]:
    drawn = vectors(pack, ON, "disclose", seed=2, unknown=unknown)
    ours = ({name: value for name, value in facts.items() if name not in pack.provider} for facts in drawn)
    return [("disclose", facts) for facts in islice(ours, DECISIONS)]


def _decide_all(pack: Any, requests: Sequence[Request]) -> None:
    pack.compiled.clear()
    for action, facts in requests:
        decide(pack, action=action, facts=facts, on=ON)


def _say_speed(title: str, pack: Any, requests: Sequence[Request]) -> None:
    spent = cpu_seconds(lambda: _decide_all(pack, requests))
    pack.compiled.clear()
    took = []
    for action, facts in requests:
        began = time.thread_time_ns()
        decide(pack, action=action, facts=facts, on=ON)
        took.append((time.thread_time_ns() - began) / 1_000)
    took.sort()
    half, most = took[len(took) // 2], took[len(took) * 99 // 100]
    print(f"{title:<24} {len(requests) / spent:10,.0f}/CPU s   p50 {half:5.1f} µs   p99 {most:6.1f} µs")


def _say_beside_cedar(pack: Any) -> None:
    """The same facts, all known, which is the leaner export; Cedar has its policies, schema and requests parsed before."""
    requests = _disclosures(pack, unknown=0)[:BESIDE_CEDAR]
    exported = export(pack, ON, actions=["disclose"], complete=True)
    schema = cedarpy.Schema.from_str(exported.schema)
    policies, entities = (
        cedarpy.PolicySet.from_str(exported.policies),
        cedarpy.Entities.from_json_str("[]", schema),
    )
    asked = [exported.request(action, facts) for action, facts in requests]
    cedar = cpu_seconds(lambda: cedarpy.is_authorized_batch(asked, policies, entities, schema), runs=2)
    ours = cpu_seconds(lambda: _decide_all(pack, requests))
    print(f"{'Cedar, same facts':<24} {len(asked) / cedar:10,.0f}/CPU s   {len(exported.written)} policies")
    print(f"{'decide, same facts':<24} {len(asked) / ours:10,.0f}/CPU s   {cedar / ours:6.1f} × Cedar")


def _say_million() -> None:
    chance = np.random.default_rng(3)

    def yes(share: float) -> pa.Array:
        return pa.array(chance.random(CUSTOMERS) < share, mask=chance.random(CUSTOMERS) < 0.05)

    each = pa.table(
        {
            "authorization.given": yes(0.7),
            "authorization.in_period": yes(0.9),
            "authorization.cancelled": yes(0.1),
            "authorization.names_purpose": yes(0.9),
            "authorization.separate": yes(0.99),
            "customer.under_13": yes(0.01),
            "legal.notice_days": pa.array(chance.integers(0, 30, CUSTOMERS)),
        }
    )
    pack = load_pack("cea")
    spent = cpu_seconds(lambda: bulk.decide_many(pack, action="disclose", common=OFFER, each=each, on=ON))
    print(f"{'a million customers':<24} {spent:10.2f} CPU s")


def _say_proofs(largest: str) -> None:
    spent = cpu_seconds(lambda: prove(largest, on=ON), runs=1)
    print(f"{'prove and enumerate':<24} {spent:10.2f} CPU s")
