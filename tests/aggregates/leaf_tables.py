"""Small synthetic tables for the tests of the repair, and the truth about them by trying everything."""

from __future__ import annotations

import random
from itertools import combinations, product

import numpy as np

from meterkeep.aggregates.audit.bounds import Known, audit_shares
from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.tables.dimensions import Dimension
from meterkeep.aggregates.tables.leaves import Leaves

LOADS = (1, 2, 3, 5, 8, 13, 20, 21)


def drawn(rng: random.Random, *, zips: int = 3, rates: int = 2) -> tuple[Leaves, list[list[int]]]:
    """A table of zip codes by rates, zip codes in two counties; and what the customers of each leaf used."""
    keys = [key for key in product(range(zips), range(rates)) if rng.random() < 0.85] or [(0, 0)]
    used = [[rng.choice(LOADS) for _ in range(rng.randint(1, 4))] for _ in keys]
    leaves = Leaves(
        dimensions=(Dimension(("zip", "county")), Dimension(("rate",))),
        names=(
            (tuple(f"z{zip_}" for zip_, _ in keys), tuple(f"c{zip_ % 2}" for zip_, _ in keys)),
            (tuple(f"r{rate}" for _, rate in keys),),
        ),
        customers=tuple(map(len, used)),
        values=tuple(map(sum, used)),
        largest=tuple(map(max, used)),
        places=0,
    )
    return leaves, used


def audited(members: list[tuple[int, ...]], used: list[list[int]], rule) -> bool:
    """Whether the audit, which other tests hold against brute force, finds nothing in sums over these leaves."""
    if not members:
        return True
    weight, totals, largest = (np.array([f(leaf) for leaf in used]) for f in (len, sum, max))
    system = System(tuple(np.array(row) for row in members), weight)
    known = Known(np.array([totals[list(row)].sum() for row in members]), largest, totals)
    return audit_counts(system, k=rule.minimum_customers).holds and not audit_shares(system, known, rule)


def fewest(units: dict[tuple[int, ...], int], used: list[list[int]], rule) -> int:
    """The least number of cells that have to be withheld; units: members → how many cells have them."""
    rows = list(units)
    choices = (some for size in range(len(rows) + 1) for some in combinations(rows, size))
    for some in sorted(choices, key=lambda some: sum(units[row] for row in some)):
        if audited([row for row in rows if row not in some], used, rule):
            return sum(units[row] for row in some)
    raise AssertionError("nothing published is safe")
