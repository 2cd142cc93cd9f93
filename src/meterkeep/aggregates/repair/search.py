"""The cheapest set of figures to withhold, by implicit hitting sets.

Each attack found names public figures of which one must go: a cut. The cheapest set that hits all cuts known is a lower
bound; where the audit finds nothing more, it is the optimum. From each such set the search goes on greedily until nothing
can be derived, so that a safe set is at hand early and new cuts come in numbers. Source: docs/releases.md, “Repair”.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from meterkeep.aggregates.audit.reduction import Part
from meterkeep.aggregates.repair.attacks import Attack
from meterkeep.aggregates.repair.hitting import Cut, Cuts, greedily
from meterkeep.aggregates.repair.question import Question
from meterkeep.aggregates.repair.watch import Watch


@dataclass(frozen=True, slots=True)
class Repair:
    """withheld: rows; without them nothing under the rule can be derived, as the audit has proven. price: of them.

    lower: no safe set is cheaper. parts: of what stays public; proven: whether their audit went to the end. blocked: withheld row → the shortest attack found that needs it and otherwise only public
    rows. conflicts: attacks that use nothing but rows that stay; where there are any, no set is safe.
    """

    withheld: frozenset[int]
    price: int
    lower: int
    blocked: dict[int, Attack]
    parts: tuple[Part, ...]
    proven: bool
    conflicts: tuple[Attack, ...] = ()

    @property
    def gap(self) -> float:
        return (self.price - self.lower) / self.price if self.price else 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """round: of the search; cuts: attacks known; lower and best: prices."""

    round: int
    cuts: int
    lower: int
    best: int


def repair(
    question: Question,
    *,
    left: Callable[[], float] = lambda: math.inf,
    tell: Callable[[Progress], None] = lambda _progress: None,
    patience: float = 5.0,
) -> Repair:
    """left: seconds that are left to look for less; without any, the cheapest set known to be safe is returned, and where there
    is none yet, whatever is not proven is withheld. patience: seconds for one part of one hitting set."""
    search = _Search(question, left)
    best = search.safe(frozenset())
    lower, number = 0, 0
    while not search.conflicts and left() > 0:
        number += 1
        known = search.known
        hit = search.cuts.cheapest(seconds=patience, left=left, like=best)
        lower = max(lower, hit.lower)
        tell(Progress(number, len(search.cuts.cuts), lower, question.price(best)))
        if question.price(best) <= lower:
            break
        best = min(search.better(hit.rows, best), best, key=question.price)
        if search.known == known:
            if hit.lower == question.price(hit.rows):
                break
            patience *= 4
    if not number and not search.conflicts:
        lower = search.cuts.cheapest(seconds=0.0, left=left).lower
    open_ = search.watch.show(search.everything - best)
    return Repair(
        withheld=best,
        price=question.price(best),
        lower=lower,
        blocked=search.blocked(best),
        parts=tuple(search.watch.parts()),
        proven=not open_,
        conflicts=tuple(search.conflicts),
    )


class _Search:
    """known: how many attacks have been new."""

    def __init__(self, question: Question, left: Callable[[], float]) -> None:
        self.question, self.left = question, left
        self.watch = Watch(question, left)
        self.cuts = Cuts(question.cost)
        self.conflicts: list[Attack] = []
        self.known = 0
        self.everything = frozenset(range(len(question.rows)))
        self._attack_of: dict[Cut, Attack] = {}

    def safe(self, start: frozenset[int]) -> frozenset[int]:
        """Rows to withhold so that no attack is left: what is needed of the start, and more; notes every attack met."""
        withheld = set(start)
        self._block(withheld, until=lambda: False)
        if not self.conflicts:
            self._put_back(withheld)
        return frozenset(withheld)

    def better(self, start: frozenset[int], best: frozenset[int]) -> frozenset[int]:
        """The same where there is a safe set already, which stands if time runs out first. What is not needed is put back
        only if that can make it cheaper."""
        withheld = set(start)
        self._block(withheld, until=lambda: self.left() <= 0)
        if self.conflicts or self.watch.attacks:
            return best
        needed = {row for row in withheld if self.cuts.needs(row, withheld)}
        if self.question.price(needed) < self.question.price(best):
            self._put_back(withheld)
        return frozenset(withheld)

    def _block(self, withheld: set[int], *, until: Callable[[], bool]) -> None:
        """Withholds more until no attack is left."""
        attacks = self.watch.show(self.everything - withheld)
        while attacks and not self.conflicts and not until():
            new = self._blocking(attacks)
            withheld |= new
            self.watch.flip(new)
            attacks = self.watch.attacks

    def blocked(self, withheld: frozenset[int]) -> dict[int, Attack]:
        """For each row the shortest attack that it alone blocks."""
        shortest: dict[int, Attack] = {}
        for cut, attack in sorted(self._attack_of.items(), key=lambda item: (len(item[0]), sorted(item[0]))):
            missing = sorted(cut & withheld)
            if len(missing) == 1:
                shortest.setdefault(missing[0], attack)
        return shortest

    def _blocking(self, attacks: Iterable[Attack]) -> frozenset[int]:
        """A few rows that hit all of these attacks; without time left, all rows of all of them."""
        fresh: set[Cut] = set()
        for attack in attacks:
            cut = self._note(attack)
            if not cut:
                self.conflicts.append(attack)
                return frozenset()
            fresh.add(cut)
        return greedily(fresh, self.question.cost) if self.left() > 0 else frozenset().union(*fresh)

    def _note(self, attack: Attack) -> Cut:
        """The rows of which one must go."""
        cut = frozenset(attack.rows & self.question.cost.keys())
        if cut and attack.proven:
            self.known += self.cuts.add(cut)
            if cut not in self._attack_of or len(attack.combination) < len(self._attack_of[cut].combination):
                self._attack_of[cut] = attack
        return cut

    def _put_back(self, withheld: set[int]) -> None:
        """Publishes what need not be withheld, the dearest first; each attack that this meets is a cut."""
        for row in sorted(withheld, key=lambda row: (-self.question.cost[row], self.cuts.degree(row), row)):
            if self.left() <= 0:
                return
            if not self.cuts.needs(row, withheld):
                attacks = self.watch.flip((row,))
                for attack in attacks:
                    self._note(attack)
                if attacks:
                    self.watch.flip((row,))
                else:
                    withheld.discard(row)
