"""T2 of a part in which thousands of classes wait: witnesses for many at once, and reasons in few equations.

Source: docs/releases.md, “A million customers”.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Final

from meterkeep.aggregates.audit.programs import Program
from meterkeep.aggregates.audit.pulse import Pulse
from meterkeep.aggregates.audit.reduction import Part
from meterkeep.aggregates.audit.rounds import Rounds
from meterkeep.aggregates.audit.tight import Tight, bounded, least_total, within
from meterkeep.aggregates.rule import Rule

MOST_ROUNDS, LAST_ROUNDS = 24, 12
"""Programs that look for as many witnesses as they can, before and after reasons are looked for; each finds some, and the last
few find little."""

FEW, FEWER = 400, 6
"""With so many left reasons are looked for before another round; so many alone take as long as a round."""

WORTH = 4
"""A round that finds fewer than one in so many is the last before reasons are looked for."""

NEARBY: Final = (100, 400)
"""Equations of the programs that look for the reason of a bound near by."""

ALONE = 60
"""Classes of such a part that all equations are asked for, one by one; for want of time the rest is not told, which
counts as a leak."""


def unwitnessed_of_many(
    part: Part, need: Sequence[int], waiting: Sequence[int], rule: Rule, pulse: Pulse
) -> list[Tight]:
    """Witnesses for many at once, then reasons near by for each that is left, then witnesses for those without a reason."""
    values = [equation.value for equation in part.equations]
    rounds = Rounds(part.columns, values, len(part.classes), pulse)
    nearby = Nearby(part, values)
    leaks: list[Tight] = []
    left = _after_rounds(rounds, need, waiting, rule, most=MOST_ROUNDS, down_to=FEW, one_in=WORTH)
    for place in left:
        pulse()
        leaks += nearby.bound(place, need[place], rule)
    found = {leak.place for leak in leaks}
    left = [place for place in left if place not in found]
    left = _after_rounds(rounds, need, left, rule, most=LAST_ROUNDS, down_to=FEWER, one_in=len(left))
    for place in left[:ALONE]:
        leaks += _alone(rounds, nearby, place, need[place], rule)
    return leaks + [nearby.untold(place) for place in left[ALONE:]]


def _after_rounds(
    rounds: Rounds,
    need: Sequence[int],
    waiting: Sequence[int],
    rule: Rule,
    *,
    most: int,
    down_to: int,
    one_in: int,
) -> list[int]:
    """Those that no round finds a witness for. Rounds end when few are left, or one finds fewer than it is worth."""
    left = list(waiting)
    for _ in range(most):
        if len(left) <= down_to:
            break
        amounts = rounds.spread({place: least_total(need[place], rule) for place in left})
        before, left = left, [place for place in left if not within(amounts.get(place), need[place], rule)]
        found = len(before) - len(left)
        if found < FEWER or found * one_in < len(left):
            break
    return left


def _alone(rounds: Rounds, nearby: Nearby, place: int, need: int, rule: Rule) -> list[Tight]:
    """All equations asked for one class: nothing if there is a witness, its bound, or that neither is told."""
    for factors in rounds.limits(place, least_total(need, rule)):
        bound = sum((factor * rounds.values[at] for at, factor in factors.items()), Fraction(0))
        if not within(bound, need, rule):
            return [Tight(place, bound, factors)]
    if within(rounds.alone(place, least_total(need, rule)).get(place), need, rule):
        return []
    return [nearby.untold(place)]


class Nearby:
    """Bounds that follow from few equations of a part: the program of these alone has all solutions of the part, and more."""

    def __init__(self, part: Part, values: Sequence[int]) -> None:
        self.part, self.values = part, values
        self.having: list[list[int]] = [[] for _ in part.classes]
        for at, row in enumerate(part.columns):
            for place in row:
                self.having[place].append(at)

    def bound(self, place: int, need: int, rule: Rule) -> list[Tight]:
        """The class's bound if it is too close, from as few equations as it takes; none if that is not found."""
        for most in NEARBY:
            near = list(islice(self.closest(place), most))
            found = self._among(near, place, need, rule)
            if found:
                return [found]
            if len(near) < most:
                break
        return []

    def untold(self, place: int) -> Tight:
        """Neither a witness nor a bound, which counts as a leak; its smallest equation is where to look."""
        smallest = min(self.having[place], key=lambda at: (self.values[at], at))
        return Tight(place, None, {smallest: Fraction(1)})

    def closest(self, place: int) -> Iterator[int]:
        """The equations of the class, and then those that are reached from them through equations of the fewest classes
        altogether: what an equation of hundreds of classes says is seldom needed, and everything is next to it."""
        columns, far = self.part.columns, dict.fromkeys(self.having[place], 0)
        edge = [(0, at) for at in far]
        while edge:
            way, at = heapq.heappop(edge)
            if way > far[at]:
                continue
            yield at
            for other in {other for each in columns[at] for other in self.having[each]}:
                longer = way + len(columns[other])
                if longer < far.get(other, longer + 1):
                    far[other] = longer
                    heapq.heappush(edge, (longer, other))

    def _among(self, near: list[int], place: int, need: int, rule: Rule) -> Tight | None:
        number: dict[int, int] = {}
        columns = [[number.setdefault(each, len(number)) for each in self.part.columns[at]] for at in near]
        program = Program(columns, [self.values[at] for at in near], len(number))
        if not program.may_bound(number[place], least_total(need, rule)):
            return None
        found = bounded(program, place, need, rule)
        if found.bound is None:
            return None
        return Tight(place, found.bound, {near[at]: factor for at, factor in found.factors.items()})
