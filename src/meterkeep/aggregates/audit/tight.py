"""A class that is bounded too closely, and what proves it: factors of equations that add up to the bound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from meterkeep.aggregates.audit.programs import Program
from meterkeep.aggregates.audit.reduction import Combination
from meterkeep.aggregates.rule import MILLION, Rule


@dataclass(frozen=True, slots=True)
class Tight:
    """The class `place` of a part has at most `bound`, of which its largest customer has more than the rule's share.

    factors: equation → factor. bound: None where only floating point found it, or where time ran out.
    """

    place: int
    bound: Fraction | None
    factors: Combination


def least_total(largest: int, rule: Rule) -> int:
    """The least total of which a customer with `largest` has no more than the rule's share."""
    if not largest:
        return 0
    total = -(-MILLION * largest // rule.share_ppm)
    return total if rule.allows_share(largest, total) else total + 1


def within(bound: Fraction | None, largest: int, rule: Rule) -> bool:
    """Whether a customer with `largest` has no more than the rule's share of the bound; not if there is none."""
    return bound is not None and rule.allows_share(largest * bound.denominator, bound.numerator)


def bounded(program: Program, place: int, need: int, rule: Rule) -> Tight:
    """What bounds the column last asked for. A bound that would do, without a solution that witnesses it, proves nothing."""
    for factors in program.duals():
        bound = sum((factor * program.values[at] for at, factor in factors.items()), Fraction(0))
        if not within(bound, need, rule):
            return Tight(place, bound, factors)
    return Tight(place, None, program.guessed())
