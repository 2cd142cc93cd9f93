"""Protecting tables side by side with τ-ARGUS modular, and the audit of two overlapping runs over a million customers.

The tables are synthetic: zip→county→total × rate→class→total, log-normal kWh per rate, few large and many small zip codes.
The peer is `pytauargus`, where it is installed (METERKEEP_PEER_PYTHON names a Python that has it); its result is audited, too.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from meterkeep.aggregates.audit.bounds import Known, audit_shares
from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.system import System, of_members
from meterkeep.aggregates.rule import Rule
from meterkeep.aggregates.tables.cells import Cell, cells_of
from meterkeep.aggregates.tables.dimensions import Dimension
from meterkeep.aggregates.tables.leaves import Leaves, read_leaves
from meterkeep.aggregates.tables.protect import protect

RULE = Rule.parse("15/15")
DIMENSIONS = (Dimension(("zip", "county")), Dimension(("rate", "class")))
TABLES = {"992 cells": (12_000, 24, 6, 24, 7, 5.0), "10,000 cells": (120_000, 80, 19, 80, 19, 120.0)}
HERE = Path(__file__).resolve().parent


def customers(
    count: int, zips: int, rates: int, *, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Zip code, rate and kWh of each customer."""
    rng = np.random.default_rng(seed)
    zip_share, rate_share = 1 / np.arange(1, zips + 1), 1 / np.arange(1, rates + 1) ** 1.6
    zip_ = rng.choice(zips, count, p=zip_share / zip_share.sum())
    rate = rng.choice(rates, count, p=rate_share / rate_share.sum())
    middle, spread = rng.normal(6, 1.2, rates), rng.uniform(0.3, 0.8, rates)
    return zip_, rate, np.exp(rng.normal(middle[rate], spread[rate])).astype(np.int64) + 1


def write_table(folder: Path, count: int, zips: int, counties: int, rates: int, classes: int) -> Path:
    zip_, rate, kwh = customers(count, zips, rates)
    leaves: dict[tuple[int, int], list[int]] = {}
    with (folder / "micro.csv").open("w", newline="") as file:
        micro = csv.writer(file)
        micro.writerow(("zip", "rate", "kwh"))
        for z, r, used in zip(zip_.tolist(), rate.tolist(), kwh.tolist(), strict=True):
            micro.writerow((f"Z{z:03d}", f"R{r:03d}", used))
            leaves.setdefault((z, r), []).append(used)
    for name, letter, parts, wholes in (("zip", "Z", zips, counties), ("rate", "R", rates, classes)):
        lines = [
            line
            for whole in range(wholes)
            for line in (
                f"{'CK'[letter == 'R']}{whole:03d}",
                *(f"@{letter}{part:03d}" for part in range(whole, parts, wholes)),
            )
        ]
        (folder / f"{name}.hrc").write_text("\n".join(lines) + "\n")
    with (folder / "leaf.csv").open("w", newline="") as file:
        leaf = csv.writer(file)
        leaf.writerow(("zip", "county", "rate", "class", "n", "kwh", "mx"))
        for (z, r), used in sorted(leaves.items()):
            names = (f"Z{z:03d}", f"C{z % counties:03d}", f"R{r:03d}", f"K{r % classes:03d}")
            leaf.writerow((*names, len(used), sum(used), max(used)))
    return folder / "leaf.csv"


def leaks(leaves: Leaves, public: list[Cell]) -> tuple[int, int, int]:
    """Groups under the rule, the smallest of them, and customers bounded too closely."""
    rows = list({cell.leaves: cell for cell in public}.values())
    system = System(tuple(np.array(cell.leaves) for cell in rows), np.array(leaves.customers))
    known = Known(np.array([cell.value for cell in rows]), np.array(leaves.largest), np.array(leaves.values))
    groups = audit_counts(system, k=RULE.minimum_customers).leaks
    return (
        len(groups),
        min((leak.customers for leak in groups), default=0),
        len(audit_shares(system, known, RULE)),
    )


def ours(leaves: Leaves, seconds: float) -> None:
    began = time.process_time()
    found = protect(leaves, RULE, left=lambda: began + seconds - time.process_time())
    taken = time.process_time() - began
    public = [each.cell for each in found.cells if each.status == "published"]
    print(
        f"  meterkeep   {found.count('primary'):6,} primary {found.count('secondary'):6,} more  gap {found.gap:6.1%}  "
        f"{taken:6.1f} s  leaks {leaks(leaves, public)}",
        flush=True,
    )


def peer(folder: Path, leaves: Leaves) -> None:
    python = os.environ.get("METERKEEP_PEER_PYTHON", sys.executable)
    run = subprocess.run(
        [python, str(HERE / "peers" / "tauargus.py"), str(folder)], capture_output=True, text=True
    )
    if run.returncode:
        print(f"  pytauargus  not measured: {run.stderr.strip().splitlines()[-1:]}")
        return
    said = json.loads(run.stdout[run.stdout.index('{"seconds"') :])
    status = {
        tuple(str(record[name]) for name in ("zip", "rate")): record["status"] for record in said["cells"]
    }
    public, primary, secondary = [], 0, 0
    for cell in cells_of(leaves):
        found = str(status.get(cell.keys, "?"))
        primary, secondary = primary + (found == "U"), secondary + (found == "M")
        public += [cell] if found == "S" else []
    print(
        f"  pytauargus  {primary:6,} primary {secondary:6,} more              {said['seconds']:6.1f} s  "
        f"leaks {leaks(leaves, public)}",
        flush=True,
    )


def two_runs(count: int) -> Iterator[np.ndarray]:
    """Members of the cells that meet the rule by themselves, in a run and in a second one after some have left or changed."""
    zip_, rate, kwh = customers(count, 400, 60)
    rng = np.random.default_rng(2)
    for again in (False, True):
        who = np.ones(count, bool)
        if again:
            who[rng.choice(count, 250, replace=False)] = False
            rate = rate.copy()
            rate[rng.choice(count, 300, replace=False)] = rng.integers(0, 60, 300)
        members = np.flatnonzero(who)
        for area in (zip_, zip_ % 58, zip_ // 7, np.zeros(count, int)):
            for kind in (rate, rate % 9, np.zeros(count, int)):
                code = (area * 1_000 + kind)[members]
                order = np.argsort(code, kind="stable")
                for part in np.split(members[order], np.flatnonzero(np.diff(code[order])) + 1):
                    if len(part) >= RULE.minimum_customers and RULE.allows_share(
                        int(kwh[part].max()), int(kwh[part].sum())
                    ):
                        yield part.astype(np.uint64)


def audit_of_two_runs(count: int = 1_000_000) -> None:
    _, _, kwh = customers(count, 400, 60)
    members = list({part.tobytes(): part for part in two_runs(count)}.values())
    began = time.process_time()
    system, atom = of_members(members)
    who = np.unique(np.concatenate(members)).astype(np.int64)
    largest, totals = np.zeros(len(system.weight), np.int64), np.zeros(len(system.weight), np.int64)
    np.maximum.at(largest, atom, kwh[who])
    np.add.at(totals, atom, kwh[who])
    known = Known(np.array([kwh[part.astype(np.int64)].sum() for part in members]), largest, totals)
    atoms = time.process_time() - began
    began = time.process_time()
    counted = audit_counts(system, k=RULE.minimum_customers)
    first = time.process_time() - began
    print(
        f"  {count:,} customers, {len(members):,} cells, {len(system.weight):,} atoms in {atoms:.1f} s; T1 {first:.1f} s, "
        f"{len(counted.leaks):,} leaks, {sum(leak.customers == 1 for leak in counted.leaks):,} of one customer, "
        f"{'exhaustive' if counted.exhaustive else 'bounded'}",
        flush=True,
    )
    began = time.process_time()
    bounded = audit_shares(system, known, RULE)
    print(f"  T2 {time.process_time() - began:.1f} s, {len(bounded):,} atoms bounded too closely", flush=True)


def main() -> None:
    print("  (processor seconds; leaks: groups under the rule, the smallest, customers bounded too closely)")
    for name, (*shape, seconds) in TABLES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = write_table(Path(folder), *shape)
            leaves = read_leaves(path, dimensions=DIMENSIONS, customers="n", value="kwh", largest="mx")
            print(f"  {name} ({len(leaves.values):,} leaves)", flush=True)
            ours(leaves, seconds)
            peer(Path(folder), leaves)
    audit_of_two_runs()
