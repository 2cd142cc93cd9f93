"""T2, share closure: nobody can be bounded so closely that what they used is more than the rule's share of the bound.

The attacker knows every released total and that nobody used less than nothing. The most that a customer can have used is then
the optimum of a linear program over what each atom used: one customer may have used all that their atom did. The rule
holds if that bound is large enough for the largest customer of every atom. Source: docs/releases.md, “Share closure”.

HiGHS finds the optimum in floating point. It decides nothing: only a solution that holds in every equation, in whole numbers,
counts as a witness. What cannot be witnessed exactly is a leak. Where thousands wait, one program looks for witnesses of as
many as it can (`many`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from meterkeep.aggregates.audit.many import unwitnessed_of_many
from meterkeep.aggregates.audit.programs import Point, Program
from meterkeep.aggregates.audit.pulse import Pulse, steady
from meterkeep.aggregates.audit.reduction import Combination, Part, parts
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.audit.tight import Tight, bounded, within
from meterkeep.aggregates.loads import Int64s
from meterkeep.aggregates.rule import Rule

MANY = 2_000
"""Where so many classes wait for a witness, one program looks for as many witnesses as it can at once."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows of a system sum up to. values: of each row. largest: the largest customer of each atom; totals: all of
    the atom's customers. All in the same unit, none below zero."""

    values: Int64s
    largest: Int64s
    totals: Int64s


@dataclass(frozen=True, slots=True)
class Bound:
    """A customer of `atom` is known to have used at most `bound`, of which the rule's share is less than they did.

    combination: released row → factor; the rows times these add up to the bound. None where only floating point found it, or
    where time ran out.
    """

    atom: int
    bound: Fraction | None
    combination: Combination


def audit_shares(system: System, known: Known, rule: Rule, *, pulse: Pulse = steady) -> tuple[Bound, ...]:
    """The atoms whose largest customer is bounded too closely, in order of atoms; none is the proof that T2 holds. pulse: called now
    and then; what it raises ends the audit."""
    largest, totals = known.largest.tolist(), known.totals.tolist()
    leaks: list[Bound] = []
    pulse()
    for part in parts(system, known.values):
        pulse()
        for tight in audit_part(part, largest, totals, rule, pulse=pulse):
            combination = part.released(tight.factors)
            leaks += (
                Bound(atom, tight.bound, combination)
                for atom in part.classes[tight.place]
                if largest[atom] and not within(tight.bound, largest[atom], rule)
            )
    return tuple(sorted(leaks, key=lambda leak: leak.atom))


def audit_part(
    part: Part, largest: Sequence[int], totals: Sequence[int], rule: Rule, *, pulse: Pulse = steady
) -> list[Tight]:
    """The classes of a part whose largest customer is bounded too closely. largest, totals: of each atom."""
    need = [max(largest[atom] for atom in atoms) for atoms in part.classes]
    have = [sum(totals[atom] for atom in atoms) for atoms in part.classes]
    waiting = [place for place, most in enumerate(need) if most and not rule.allows_share(most, have[place])]
    leaks = plain_bounds(part, need, waiting, rule)
    known = {leak.place for leak in leaks}
    if len(part.equations) > 1:
        waiting = [place for place in waiting if place not in known]
        leaks += unwitnessed(part, need, waiting, rule, pulse=pulse)
    return sorted(leaks, key=lambda leak: leak.place)


def plain_bounds(part: Part, need: list[int], waiting: list[int], rule: Rule) -> list[Tight]:
    """What a single equation bounds too closely: its value is a bound for each of its classes."""
    tightest: dict[int, int] = {}
    for at in sorted(range(len(part.equations)), key=lambda at: (part.equations[at].value, at)):
        for place in part.columns[at]:
            tightest.setdefault(place, at)
    found = [(place, tightest[place], part.equations[tightest[place]].value) for place in waiting]
    return [
        Tight(place, Fraction(value), {at: Fraction(1)})
        for place, at, value in found
        if not rule.allows_share(need[place], value)
    ]


def unwitnessed(
    part: Part, need: list[int], waiting: list[int], rule: Rule, *, pulse: Pulse = steady
) -> list[Tight]:
    """The largest loads first: a solution that allows one of them often allows others."""
    if not waiting:
        return []
    if len(waiting) > MANY:
        return unwitnessed_of_many(part, need, waiting, rule, pulse)
    leaks = []
    program = Program(part.columns, [equation.value for equation in part.equations], len(part.classes))
    waiting.sort(key=lambda place: (-need[place], place))
    while waiting:
        pulse()
        place, *waiting = waiting
        point = program.most(place)
        if not _allows(point, place, need, rule):
            leaks.append(bounded(program, place, need[place], rule))
        waiting = [other for other in waiting if not _allows(point, other, need, rule)]
    return leaks


def _allows(point: Point, place: int, need: list[int], rule: Rule) -> bool:
    """Whether an exact solution gives the class so much that its largest customer has no more than the rule's share."""
    used = point.amounts.get(place, 0)
    return rule.allows_share(need[place] * point.over, used)
