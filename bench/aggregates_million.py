"""The audit of two overlapping runs over a million customers: T1 and T2 to their end, and the gate asked figure by figure.

Synthetic: zip→county→total and districts that overlap zip codes, each × rate→class→total; log-normal kWh per rate. A second run
after 250 customers opted out and 300 changed their rate. Published is what meets 15/15 by itself, so the audit finds leaks;
the gate lets out only what is safe beside all before. CUSTOMERS=100000 makes it smaller.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator

import numpy as np

from meterkeep.aggregates.audit.bounds import Known, audit_shares
from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.system import of_members
from meterkeep.aggregates.history.gate import Gate
from meterkeep.aggregates.planning import month
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import Rule

CUSTOMERS = int(os.environ.get("CUSTOMERS", "1000000"))
OFFERS = int(os.environ.get("OFFERS", "15000"))
BAND = 1_000
GATE_SECONDS = float(os.environ.get("GATE_SECONDS", "240"))
"""Processor seconds after which no more figures are offered: an order of chance of so leaky figures is slow towards its end."""
ZIPS, COUNTIES, DISTRICTS, RATES, CLASSES = 540, 54, 64, 48, 9
RULE = Rule.parse("15/15")


def people(count: int) -> tuple[np.ndarray, ...]:
    """Zip code, district, rate and kWh of each customer; one in five lives in the district next to the zip's own."""
    rng = np.random.default_rng(1)
    zip_share, rate_share = 1 / np.arange(1, ZIPS + 1) ** 0.9, 1 / np.arange(1, RATES + 1) ** 1.6
    zip_ = rng.choice(ZIPS, count, p=zip_share / zip_share.sum())
    rate = rng.choice(RATES, count, p=rate_share / rate_share.sum())
    district = (zip_ * DISTRICTS // ZIPS + (rng.random(count) < 0.2)) % DISTRICTS
    middle, spread = rng.normal(6, 1.2, RATES), rng.uniform(0.3, 0.8, RATES)
    return zip_, district, rate, np.exp(rng.normal(middle[rate], spread[rate])).astype(np.int64) + 1


def published(count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Members of each cell that meets the rule by itself, in two runs, each once; and what everybody used."""
    zip_, district, rate, kwh = people(count)
    rng = np.random.default_rng(2)
    found = [*cells(np.arange(count), zip_, district, rate, kwh)]
    stay = np.ones(count, bool)
    stay[rng.choice(count, 250, replace=False)] = False
    rate = rate.copy()
    rate[rng.choice(count, 300, replace=False)] = rng.integers(0, RATES, 300)
    found += cells(np.flatnonzero(stay), zip_, district, rate, kwh)
    return list({part.tobytes(): part for part in found}.values()), kwh


def cells(
    members: np.ndarray, zip_: np.ndarray, district: np.ndarray, rate: np.ndarray, kwh: np.ndarray
) -> Iterator[np.ndarray]:
    nowhere = np.zeros(len(rate), np.int64)
    for area in (zip_, zip_ % COUNTIES, district, nowhere):
        for kind in (rate, rate % CLASSES, nowhere):
            code = (area * 1_000 + kind)[members]
            order = np.argsort(code, kind="stable")
            for part in np.split(members[order], np.flatnonzero(np.diff(code[order])) + 1):
                if len(part) >= RULE.minimum_customers and RULE.allows_share(
                    int(kwh[part].max()), int(kwh[part].sum())
                ):
                    yield part.astype(np.uint64)


def audit(members: list[np.ndarray]) -> None:
    began = time.process_time()
    system, _atom = of_members(members)
    atoms = time.process_time() - began
    found = audit_counts(system, k=RULE.minimum_customers)
    took = time.process_time() - began
    light = int((system.weight < RULE.minimum_customers).sum())
    alone = sum(leak.customers == 1 for leak in found.leaks)
    print(
        f"  {CUSTOMERS:,} customers, {len(members):,} cells, {len(system.weight):,} atoms ({light:,} light)\n"
        f"  T1 {took:.1f} s (limit 15, goal 10), of which atoms {atoms:.1f} s; rank {found.rank:,}, light part {found.light:,}; "
        f"{len(found.leaks):,} leaks, {alone:,} of one customer; {'exhaustive' if found.exhaustive else 'bounded'}; "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB at most (limit 4)",
        flush=True,
    )


def shares(members: list[np.ndarray], kwh: np.ndarray) -> None:
    """How many largest customers of an atom are bounded too closely, and of how many of them the bound could not be told."""
    began = time.process_time()
    system, atom = of_members(members)
    used = kwh[np.unique(np.concatenate(members)).astype(int)]
    largest, totals = (np.zeros(len(system.weight), np.int64) for _ in range(2))
    np.maximum.at(largest, atom, used)
    np.add.at(totals, atom, used)
    values = np.array([int(kwh[part.astype(int)].sum()) for part in members])
    found = audit_shares(system, Known(values, largest, totals), RULE)
    untold = sum(leak.bound is None for leak in found)
    print(
        f"  T2 {time.process_time() - began:.1f} s (limit 120, goal 60); {len(found):,} of {len(largest):,} bounded too closely, "
        f"{untold:,} of them without a bound in fractions; "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB at most",
        flush=True,
    )


def gate(members: list[np.ndarray], kwh: np.ndarray) -> None:
    """Figures in an order of chance, of which those that are safe go out."""
    order = np.random.default_rng(3).permutation(len(members))[:OFFERS].tolist()
    rows = [
        PastRow("R", "energy", "kWh", month("2026-01"), members[at], 0, loads=kwh[members[at].astype(int)])
        for at in order
    ]
    began = time.process_time()
    asked = Gate(rows, RULE, out=0)
    print(f"  gate ready in {time.process_time() - began:.1f} s", flush=True)
    took, out, unsure, start = [], 0, 0, time.process_time()
    for number in range(len(rows)):
        if time.process_time() - start > GATE_SECONDS:
            print(f"  ended after {GATE_SECONDS:.0f} s, with {number:,} asked", flush=True)
            break
        began = time.process_time()
        answer = asked(number)
        took.append(time.process_time() - began)
        unsure += not answer.sure
        if answer.allowed:
            asked.add(number)
            out += 1
        if (number + 1) % BAND == 0 or number + 1 == len(rows):
            last = np.sort(took[-BAND:]) * 1_000
            print(
                f"  {number + 1:6,} asked, {out:6,} out, {unsure} undecided; of the last {len(last):,} median "
                f"{last[len(last) // 2]:.2f} ms, p99 {last[len(last) * 99 // 100]:.0f} ms",
                flush=True,
            )
    print(f"  of all {len(took):,} asked median {np.median(took) * 1_000:.2f} ms (limit 1)", flush=True)


def main() -> None:
    print("  (processor seconds)")
    members, kwh = published(CUSTOMERS)
    audit(members)
    shares(members, kwh)
    gate(members, kwh)
