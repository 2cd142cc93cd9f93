"""Deciding: `decide` with its whole explanation beside Cedar on the same facts; a million customers; the proofs of a pack.

Three kinds of requests, none repeated on purpose: the packs' own cases with up to three facts changed; facts drawn at random
near every clause, all known; the same with up to a third unknown. `cold` begins with nothing compiled or kept, `warm` after
as many other requests of the kind, as a service that has run for a while.
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
BESIDE_CEDAR = 10_000
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
    near, known, unknown = _near_cases(largest), _disclosures(pack, unknown=0), _disclosures(pack, unknown=15)
    _say_speed("cases, facts changed", pack, near)
    _say_speed("anything, all known", pack, known)
    _say_speed("anything, some unknown", pack, unknown)
    _say_beside_cedar("cases, facts changed", pack, near, complete=False)
    _say_beside_cedar("anything, all known", pack, known, complete=True)
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


def _disclosures(pack: Any, *, unknown: int) -> Iterator[Request]:
    for facts in vectors(pack, ON, "disclose", seed=2, unknown=unknown):
        yield "disclose", {name: value for name, value in facts.items() if name not in pack.provider}


def _decide_all(pack: Any, requests: Sequence[Request]) -> None:
    for action, facts in requests:
        decide(pack, action=action, facts=facts, on=ON)


def _say_speed(title: str, pack: Any, drawn: Iterator[Request]) -> None:
    others, requests = list(islice(drawn, DECISIONS)), list(islice(drawn, DECISIONS))
    pack.compiled.clear()
    cold = cpu_seconds(lambda: _decide_all(pack, others), runs=1)
    warm = cpu_seconds(lambda: _decide_all(pack, requests), runs=1)
    took = sorted([_microseconds(pack, request) for request in list(islice(drawn, DECISIONS))])
    half, most = took[len(took) // 2], took[len(took) * 99 // 100]
    print(
        f"{title:<24} cold {DECISIONS / cold:8,.0f}/CPU s   warm {DECISIONS / warm:8,.0f}/CPU s   p50 {half:5.1f} µs   p99 {most:6.1f} µs"
    )


def _microseconds(pack: Any, request: Request) -> float:
    action, facts = request
    began = time.thread_time_ns()
    decide(pack, action=action, facts=facts, on=ON)
    return (time.thread_time_ns() - began) / 1_000


def _say_beside_cedar(title: str, pack: Any, drawn: Iterator[Request], *, complete: bool) -> None:
    """The same pack and facts. Cedar has its policies, its schema and the requests read before, ours is warm."""
    disclosures = (request for request in drawn if request[0] == "disclose")
    _decide_all(pack, list(islice(disclosures, DECISIONS)))
    requests = list(islice(disclosures, BESIDE_CEDAR))
    exported = export(pack, ON, actions=["disclose"], complete=complete)
    schema = cedarpy.Schema.from_str(exported.schema)
    policies = cedarpy.PolicySet.from_str(exported.policies)
    entities = cedarpy.Entities.from_json_str("[]", schema)
    asked = [exported.request(action, facts) for action, facts in requests]
    cedar = cpu_seconds(lambda: cedarpy.is_authorized_batch(asked, policies, entities, schema), runs=1)
    ours = cpu_seconds(lambda: _decide_all(pack, requests), runs=1)
    print(
        f"{title:<24} warm {len(asked) / ours:8,.0f}/CPU s   Cedar {len(asked) / cedar:7,.0f}/CPU s, {len(exported.written)}"
        f" policies   {cedar / ours:5.1f} × Cedar"
    )


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
    many = bulk.decide_many(pack, action="disclose", common=OFFER, each=each, on=ON)
    spent = cpu_seconds(lambda: bulk.decide_many(pack, action="disclose", common=OFFER, each=each, on=ON))
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in many.counts.items())
    print(f"{'a million customers':<24} {spent:10.2f} CPU s   {counts}")


def _say_proofs(largest: str) -> None:
    spent = cpu_seconds(lambda: prove(largest, on=ON), runs=1)
    print(f"{'prove and enumerate':<24} {spent:10.2f} CPU s")
