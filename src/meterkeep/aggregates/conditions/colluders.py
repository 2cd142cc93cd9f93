"""Some customers who put together what they know: a figure has to protect the others from any `colluders` of those in it.

Two tests. *Count*: whatever can be derived is about as many customers more (`Rule.beside`). Who takes their own loads off it is left
with a sum about as many customers as the rule asks for, whoever they are and however many figures it took; that is proven by the audit.
*Share*: in every published figure the largest customer has no more than the rule's share of what is left when the largest of all
others are taken off (`besides_colluders`). That is the worst case: any other customer, beside any others, has less of what is left.
The test of shares looks at each figure by itself, not at what follows from several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from meterkeep.aggregates.conditions.classes import CLASS, Mixed
from meterkeep.aggregates.conditions.withholding import Place, place_of, published_rows, withheld_too
from meterkeep.aggregates.loads import Int64s, UInt64s
from meterkeep.aggregates.reasons import Reason
from meterkeep.aggregates.register import FORGOTTEN, PastRow, loads_of
from meterkeep.aggregates.release import ReleasePlan
from meterkeep.aggregates.rule import Rule, percent

Question = tuple[Rule, UInt64s]
"""A rule, and the customers whom it does not protect in the figures it is asked of: these are known, or of other classes."""


def besides_colluders(
    plan: ReleasePlan,
    table: pa.Table,
    *,
    rule: Rule,
    colluders: int,
    known_to: Sequence[int] = (),
    mixed: Mixed = "apart",
) -> ReleasePlan:
    """The plan without the figures in which some of the customers could tell too closely what another used.

    table: of which the plan was made, with anonymous numbers for customers, and their classes where the rule has any.
    known_to: customers whose loads the recipient knows anyhow.
    """
    known = np.array(known_to, dtype=np.uint64)
    questions = list(_questions(table, rule, known, mixed))
    reasons: dict[Place, Reason] = {}
    for cell, row in published_rows(plan):
        found = next((its for its, others in questions if not _holds(row, its, others, colluders)), None)
        if found is not None:
            reasons[place_of(cell)] = _told(found, colluders)
    return withheld_too(plan, reasons)


def holds(loads: Int64s, rule: Rule, colluders: int) -> bool:
    """Whether the largest customer is small enough in what is left without the next `colluders`. loads: one for each customer,
    none below zero. Of nobody, or where nobody used anything, there is nothing to tell."""
    ordered: list[int] = np.sort(loads)[::-1].tolist()
    if not ordered or ordered[0] <= 0:
        return True
    return rule.allows_share(ordered[0], sum(ordered) - sum(ordered[1 : colluders + 1]))


def _holds(row: PastRow, rule: Rule, others: UInt64s, colluders: int) -> bool:
    kept = ~np.isin(row.members, others)
    loads = loads_of(row)[kept]
    if np.any(loads == FORGOTTEN) or np.any(loads < 0):
        return False
    owners, at = np.unique(row.members[kept], return_inverse=True)
    merged = np.zeros(len(owners), np.int64)
    np.add.at(merged, at, loads)
    return holds(merged, rule, colluders)


def _questions(table: pa.Table, rule: Rule, known: UInt64s, mixed: str) -> Iterator[Question]:
    """Each class by itself, where classes are read apart; colluders of other classes are known as these are."""
    if not rule.classes or mixed == "together":
        yield replace(rule, classes=()), known
        return
    customers = table["customer"].to_numpy().astype(np.uint64)
    classes = table[CLASS].cast(pa.string()).to_numpy(zero_copy_only=False).astype(str)
    of: dict[Rule, list[str]] = {}
    for name in sorted(set(classes.tolist())):
        of.setdefault(rule.for_class(name), []).append(name)
    for its, names in of.items():
        yield its, np.union1d(known, _without(customers, classes, names))


def _without(customers: UInt64s, classes: np.ndarray, names: Iterable[str]) -> UInt64s:
    """The customers who are of none of these classes."""
    mine = np.isin(classes, list(names))
    found: UInt64s = np.setdiff1d(customers[~mine], customers[mine])
    return found


def _told(rule: Rule, colluders: int) -> Reason:
    limit = f"{'at least' if rule.strict else 'more than'} {percent(rule.share_ppm)} %"
    who = "the next largest customer" if colluders == 1 else f"the next {colluders} largest customers"
    return Reason(
        "close_estimate", f"Without {who}, who may work together, the largest has {limit} of what is left."
    )
