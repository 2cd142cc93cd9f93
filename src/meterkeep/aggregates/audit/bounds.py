"""T2, share closure: nobody can be bounded so closely that what they used is more than the rule's share of the bound.

The attacker knows every released total and that nobody used less than nothing. The most that a customer can have used is then
the optimum of a linear program over what each atom used: one customer may have used all that their atom did. The rule
holds if that bound is large enough for the largest customer of every atom. Source: docs/releases.md, “Share closure”.

HiGHS finds the optimum in floating point. It decides nothing: only a solution that holds in every equation, in whole numbers,
counts as a witness. What cannot be witnessed exactly is a leak. Where thousands wait, one program looks for witnesses of as
many as it can (`rounds`), and bounds are first looked for near by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from meterkeep.aggregates.audit.moves import near_first
from meterkeep.aggregates.audit.programs import Point, Program
from meterkeep.aggregates.audit.reduction import Combination, Part, parts
from meterkeep.aggregates.audit.rounds import Rounds
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.loads import Int64s
from meterkeep.aggregates.rule import MILLION, Rule

MANY = 2_000
"""Where so many classes wait for a witness, one program looks for as many witnesses as it can at once."""

MOST_ROUNDS, LAST_ROUNDS = 24, 4
"""Of these programs, before and after reasons are looked for; each finds some, and the last few find little."""

WORTH = 10
"""A round that finds fewer than one in so many is the last before reasons are looked for."""

NEARBY = (100, 400)
"""Equations of the programs that look for the reason of a bound near by."""

ALONE = 2
"""Classes of such a part that get a program of all equations to themselves; for want of time the rest is not told, which
counts as a leak."""


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


@dataclass(frozen=True, slots=True)
class Tight:
    """The same of a class in one part. factors: equation → factor."""

    place: int
    bound: Fraction | None
    factors: Combination


def audit_shares(system: System, known: Known, rule: Rule) -> tuple[Bound, ...]:
    """The atoms whose largest customer is bounded too closely, in order of atoms; none is the proof that T2 holds."""
    largest, totals = known.largest.tolist(), known.totals.tolist()
    leaks: list[Bound] = []
    for part in parts(system, known.values):
        for tight in audit_part(part, largest, totals, rule):
            combination = part.released(tight.factors)
            leaks += (
                Bound(atom, tight.bound, combination)
                for atom in part.classes[tight.place]
                if largest[atom] and not _within(tight.bound, largest[atom], rule)
            )
    return tuple(sorted(leaks, key=lambda leak: leak.atom))


def audit_part(part: Part, largest: Sequence[int], totals: Sequence[int], rule: Rule) -> list[Tight]:
    """The classes of a part whose largest customer is bounded too closely. largest, totals: of each atom."""
    need = [max(largest[atom] for atom in atoms) for atoms in part.classes]
    have = [sum(totals[atom] for atom in atoms) for atoms in part.classes]
    waiting = [place for place, most in enumerate(need) if most and not rule.allows_share(most, have[place])]
    leaks = plain_bounds(part, need, waiting, rule)
    known = {leak.place for leak in leaks}
    if len(part.equations) > 1:
        leaks += unwitnessed(part, need, [place for place in waiting if place not in known], rule)
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


def unwitnessed(part: Part, need: list[int], waiting: list[int], rule: Rule) -> list[Tight]:
    """The largest loads first: a solution that allows one of them often allows others."""
    if not waiting:
        return []
    values = [equation.value for equation in part.equations]
    if len(waiting) > MANY:
        return _unwitnessed_of_many(part, values, need, waiting, rule)
    leaks = []
    program = Program(part.columns, values, len(part.classes))
    waiting.sort(key=lambda place: (-need[place], place))
    while waiting:
        place, *waiting = waiting
        point = program.most(place)
        if not _allows(point, place, need, rule):
            leaks.append(_bounded(program, place, values, need[place], rule))
        waiting = [other for other in waiting if not _allows(point, other, need, rule)]
    return leaks


def _unwitnessed_of_many(
    part: Part, values: list[int], need: list[int], waiting: list[int], rule: Rule
) -> list[Tight]:
    """Witnesses for many at once, then reasons near by for each that is left, then witnesses for those without a reason."""
    rounds = Rounds(part.columns, values, len(part.classes))
    nearby = Nearby(part, values)
    leaks: list[Tight] = []
    left = _after_rounds(rounds, need, waiting, rule, one_in=WORTH)
    for place in left:
        leaks += nearby.bound(place, need[place], rule)
    found = {leak.place for leak in leaks}
    left = _after_rounds(rounds, need, [place for place in left if place not in found], rule)
    alone = [place for place in left[:ALONE] if _after_rounds(rounds, need, [place], rule)]
    left = alone + left[ALONE:]
    return leaks + [Tight(place, None, nearby.guessed(place)) for place in left]


def _after_rounds(
    rounds: Rounds, need: list[int], waiting: list[int], rule: Rule, *, one_in: int | None = None
) -> list[int]:
    """Those that no round finds a witness for, until one finds none, or fewer than one in so many."""
    for _ in range(MOST_ROUNDS if one_in else LAST_ROUNDS):
        if not waiting:
            break
        amounts = rounds.spread({place: least_total(need[place], rule) for place in waiting})
        left = [place for place in waiting if not _within(amounts.get(place), need[place], rule)]
        found, waiting = len(waiting) - len(left), left
        if not found or (one_in and found * one_in < len(left)):
            break
    return waiting


class Nearby:
    """Bounds that follow from few equations of a part: the program of these alone has all solutions of the part, and more."""

    def __init__(self, part: Part, values: list[int]) -> None:
        self.part, self.values = part, values
        self.having: list[list[int]] = [[] for _ in part.classes]
        for at, row in enumerate(part.columns):
            for place in row:
                self.having[place].append(at)

    def bound(self, place: int, need: int, rule: Rule) -> list[Tight]:
        """The class's bound if it is too close, from as few equations as it takes; none if that is not found."""
        for most in NEARBY:
            mine = self.having[place]
            around = islice(near_first(mine, self.part.columns, self.having), most)
            found = self._among([*mine, *around], place, need, rule)
            if found.bound is not None:
                return [found]
        return []

    def guessed(self, place: int) -> Combination:
        """The smallest equation of the class."""
        return {min(self.having[place], key=lambda at: (self.values[at], at)): Fraction(1)}

    def _among(self, near: list[int], place: int, need: int, rule: Rule) -> Tight:
        number: dict[int, int] = {}
        columns = [[number.setdefault(each, len(number)) for each in self.part.columns[at]] for at in near]
        values = [self.values[at] for at in near]
        program = Program(columns, values, len(number))
        program.most(number[place])
        found = _bounded(program, place, values, need, rule)
        return Tight(place, found.bound, {near[at]: factor for at, factor in found.factors.items()})


def least_total(largest: int, rule: Rule) -> int:
    """The least total of which a customer with `largest` has no more than the rule's share."""
    if not largest:
        return 0
    total = -(-MILLION * largest // rule.share_ppm)
    return total if rule.allows_share(largest, total) else total + 1


def _allows(point: Point, place: int, need: list[int], rule: Rule) -> bool:
    """Whether an exact solution gives the class so much that its largest customer has no more than the rule's share."""
    used = point.amounts.get(place, 0)
    return rule.allows_share(need[place] * point.over, used)


def _bounded(program: Program, place: int, values: list[int], need: int, rule: Rule) -> Tight:
    """A bound that would do, without a solution that witnesses it, proves nothing."""
    for factors in program.duals():
        bound = sum((factor * values[at] for at, factor in factors.items()), Fraction(0))
        if not _within(bound, need, rule):
            return Tight(place, bound, factors)
    return Tight(place, None, program.guessed())


def _within(bound: Fraction | None, largest: int, rule: Rule) -> bool:
    return bound is not None and rule.allows_share(largest * bound.denominator, bound.numerator)
