"""What a certificate says of public figures: the smallest group that can be derived, and the worst share of a bound."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from meterkeep.aggregates.audit.bounds import audit_part
from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.reduction import Part
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.repair.question import Question
from meterkeep.aggregates.rule import MILLION, Rule

NODES = 20_000


def smallest_group(parts: list[Part], question: Question, left: Callable[[], float]) -> int | None:
    """Customers of the smallest group that was found to be derivable; none is smaller unless a search was cut short. Without
    time left the rule's minimum, which was proven."""
    weights = [[sum(question.weight[atom] for atom in atoms) for atoms in part.classes] for part in parts]
    least = min(
        (sum(of[place] for place in row) for part, of in zip(parts, weights, strict=True) for row in part.columns),
        default=None,
    )  # fmt: skip
    for part, weight in zip(parts, weights, strict=True):
        if left() <= 0 and least is not None:
            return min(least, question.rule.minimum_customers)
        if least is not None and len(part.equations) > 1:
            system = System(tuple(np.array(row) for row in part.columns), np.array(weight))
            leaks = audit_counts(system, k=least, nodes=NODES).leaks
            least = min([least, *(leak.customers for leak in leaks)])
    return least


def worst_share(parts: list[Part], question: Question, left: Callable[[], float]) -> Fraction:
    """The largest ratio of what a customer used to the least upper bound that the public figures put on it; without time left
    the most that the rule allows, which was proven."""
    worst = max((_share(part, question) for part in parts), default=Fraction(0))
    if not worst:
        return worst
    at_most = Rule(1, min(-(-worst.numerator * MILLION // worst.denominator), MILLION), strict=False)
    for part in parts:
        if left() <= 0:
            return max(worst, Fraction(question.rule.share_ppm - question.rule.strict, MILLION))
        for tight in audit_part(part, question.largest, question.totals, at_most) if worst < 1 else ():
            largest = max(question.largest[atom] for atom in part.classes[tight.place])
            worst = max(worst, largest / tight.bound if tight.bound else Fraction(1))
    return worst


def _share(part: Part, question: Question) -> Fraction:
    """By single equations."""
    largest = [max(question.largest[atom] for atom in atoms) for atoms in part.classes]
    return max(
        Fraction(max(largest[place] for place in row), max(equation.value, 1))
        for equation, row in zip(part.equations, part.columns, strict=True)
    )
