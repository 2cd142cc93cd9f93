"""The p %-rule: how closely the second largest customer of a figure can tell what the largest used.

Who knows their own load and the total knows that the largest used at most the total less their own, which is off by what all the
others used together. A figure passes where that is at least p % of the largest. Source: Handbook on Statistical Disclosure Control,
the p %-rule (with no prior knowledge). 15/15 passes it for every p up to 466; 4/50 does not: of 50, 49, ½ and ½ the second knows the
first to 2 %.
"""

from __future__ import annotations

import numpy as np

from meterkeep.aggregates.conditions.withholding import Place, place_of, published_rows, withheld_too
from meterkeep.aggregates.loads import Int64s
from meterkeep.aggregates.reasons import Reason
from meterkeep.aggregates.register import FORGOTTEN, PastRow, loads_of
from meterkeep.aggregates.release import ReleasePlan
from meterkeep.aggregates.rule import MILLION, percent


def error_ppm(loads: Int64s) -> int | None:
    """What the second largest customer is off by at least when they estimate the largest, in parts per million of the largest,
    rounded down; None where nobody used anything. loads: one for each customer, none below zero."""
    ordered: list[int] = np.sort(loads)[::-1].tolist()
    if not ordered or ordered[0] <= 0:
        return None
    return MILLION * sum(ordered[2:]) // ordered[0]


def row_error_ppm(row: PastRow) -> int | None:
    """Of a figure as the register keeps it; None too where a load is forgotten or below zero, which nobody can judge."""
    loads = loads_of(row)
    if np.any(loads == FORGOTTEN) or np.any(loads < 0):
        return None
    owners, at = np.unique(row.members, return_inverse=True)
    merged = np.zeros(len(owners), np.int64)
    np.add.at(merged, at, loads)
    return error_ppm(merged)


def second_opinion(plan: ReleasePlan, *, at_least_ppm: int) -> ReleasePlan:
    """The plan without the figures in which the second largest knows the largest more closely than that."""
    reasons: dict[Place, Reason] = {}
    for cell, row in published_rows(plan):
        error = row_error_ppm(row)
        if error is None or error < at_least_ppm:
            reasons[place_of(cell)] = _too_close(error, at_least_ppm)
    return withheld_too(plan, reasons)


def _too_close(error: int | None, at_least_ppm: int) -> Reason:
    if error is None:
        return Reason("close_estimate", "How closely customers can tell of each other cannot be computed.")
    return Reason(
        "close_estimate",
        f"The second largest customer knows what the largest used to within {percent(error)} %; "
        f"the p %-rule asks for at least {percent(at_least_ppm)} %.",
    )
