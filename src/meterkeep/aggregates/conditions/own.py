"""Rules by which the recipient's own account counts: a building's owner among its customers, whatever share they have.

The plan looks at the others, whom the recipient does not know, and asks for one fewer of them. Here each figure is asked for the whole
number, of which one may be the recipient's own; a figure without them needs as many others. Several accounts of their own count as one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from meterkeep.aggregates.conditions.withholding import Place, place_of, published_rows, withheld_too
from meterkeep.aggregates.reasons import Reason
from meterkeep.aggregates.register import PastRow, loads_of
from meterkeep.aggregates.release import ReleasePlan


def own_counted(plan: ReleasePlan, *, known_to: Sequence[int], customers: int, cite: str) -> ReleasePlan:
    """The plan without the figures that have fewer than so many customers who used something, one of the recipient's own among
    them. known_to: the recipient's own."""
    known = np.array(known_to, dtype=np.uint64)
    reasons: dict[Place, Reason] = {}
    for cell, row in published_rows(plan):
        others, own = _used(row, known)
        if others + own < customers:
            reasons[place_of(cell)] = Reason(
                "count",
                f"{others} customers and {'one' if own else 'none'} of the recipient's own; the rule asks for at least {customers} together ({cite}).",
            )
    return withheld_too(plan, reasons)


def _used(row: PastRow, known: np.ndarray) -> tuple[int, int]:
    """How many others used something, and whether one of the recipient's own did."""
    used = np.unique(row.members[loads_of(row) != 0])
    own = np.isin(used, known)
    return int((~own).sum()), int(own.any())
