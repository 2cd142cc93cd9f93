"""The cheapest set of figures to withhold, by implicit hitting sets.

Each attack found names public figures of which one must go: a cut. The cheapest set that hits all cuts known is a lower
bound; where the audit finds nothing more, it is the optimum. From each such set the search goes on greedily until nothing
can be derived, so that a safe set is at hand early and new cuts come in numbers. Source: docs/releases.md, “Repair”.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from meterkeep.aggregates.audit.pulse import Late
from meterkeep.aggregates.audit.reduction import Part
from meterkeep.aggregates.repair.attacks import Attack
from meterkeep.aggregates.repair.hitting import Cut, Cuts, greedily
from meterkeep.aggregates.repair.question import Question
from meterkeep.aggregates.repair.watch import Watch


class Attacked(Protocol):
    """rows: all that the attack uses. proven: whether they give someone away, whatever else is public; unseen: they are only
    what nobody has looked at."""

    @property
    def rows(self) -> frozenset[int]: ...

    @property
    def proven(self) -> bool: ...

    @property
    def unseen(self) -> bool: ...


A = TypeVar("A", bound=Attacked)


class Watching(Protocol[A]):
    """The public rows, and the attacks on them. show: makes these the public ones. flip: withholds those of the rows that are
    public, publishes the others, and gives the attacks on what this touches."""

    def show(self, public: Iterable[int]) -> list[A]: ...

    def flip(self, rows: Iterable[int]) -> list[A]: ...

    @property
    def attacks(self) -> list[A]: ...


@dataclass(frozen=True, slots=True)
class Found(Generic[A]):
    """withheld: rows; without them there is no attack. price: of them; lower: no safe set is cheaper.

    blocked: withheld row → the shortest attack found that needs it and otherwise only public rows. conflicts: attacks that use
    nothing but rows that stay; where there are any, no set is safe.
    """

    withheld: frozenset[int]
    price: int
    lower: int
    blocked: dict[int, A]
    conflicts: tuple[A, ...] = ()

    @property
    def gap(self) -> float:
        return (self.price - self.lower) / self.price if self.price else 0.0


@dataclass(frozen=True, slots=True)
class Repair(Found[Attack]):
    """parts: of what stays public; proven: whether their audit went to the end and found nothing."""

    parts: tuple[Part, ...] = ()
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """round: of the search; cuts: attacks known; lower and best: prices."""

    round: int
    cuts: int
    lower: int
    best: int


Left = Callable[[], float]
Tell = Callable[[Progress], None]


def repair(
    question: Question,
    *,
    left: Left = lambda: math.inf,
    tell: Tell = lambda _progress: None,
    patience: float = 5.0,
) -> Repair:
    """left: seconds that are left to look for less; without any, the cheapest set known to be safe is returned, and where there
    is none yet, whatever is not proven is withheld. patience: seconds for one part of one hitting set."""
    watch = Watch(question, left)
    everything = range(len(question.rows))
    found = search(watch, everything, question.cost, left=left, tell=tell, patience=patience)
    open_ = watch.show(set(everything) - found.withheld)
    return Repair(
        found.withheld,
        found.price,
        found.lower,
        found.blocked,
        found.conflicts,
        parts=tuple(watch.parts()),
        proven=not open_,
    )


def search(
    watch: Watching[A],
    rows: Iterable[int],
    cost: Mapping[int, int],
    *,
    left: Left = lambda: math.inf,
    tell: Tell = lambda _progress: None,
    patience: float = 5.0,
    minimal: bool = False,
) -> Found[A]:
    """rows: all of them; cost: of withholding a row, a whole number above zero; what is not in it stays. minimal: what is not
    needed is put back in any case, whatever time that takes. Where the watch raises Late the safe set known stands; where none
    is known yet Late is raised."""
    searching = _Search(watch, frozenset(rows), cost, left)
    best = searching.safe(frozenset(), until=(lambda: False) if minimal else searching.over)
    lower, number = 0, 0
    while not searching.conflicts and left() > 0:
        number += 1
        known = searching.known
        hit = searching.cuts.cheapest(seconds=patience, left=left, like=best)
        lower = max(lower, hit.lower)
        tell(Progress(number, len(searching.cuts.cuts), lower, searching.price(best)))
        if searching.price(best) <= lower:
            break
        best = min(searching.better(hit.rows, best), best, key=searching.price)
        if searching.known == known:
            if hit.lower == searching.price(hit.rows):
                break
            patience *= 4
    if not number and not searching.conflicts:
        lower = searching.cuts.cheapest(seconds=0.0, left=left).lower
    return Found(best, searching.price(best), lower, searching.blocked(best), tuple(searching.conflicts))


def shared(left: Left, among: int) -> Left:
    """For the first of so many an equal part of what is left now; it is over for all at the same time."""
    now = left()
    reserved = now - now / among if 0 < now < math.inf else 0.0
    return lambda: max(left() - reserved, min(left(), 0.0))


class _Search(Generic[A]):
    """known: how many attacks have been new."""

    def __init__(self, watch: Watching[A], rows: frozenset[int], cost: Mapping[int, int], left: Left) -> None:
        self.watch, self.everything, self.cost, self.left = watch, rows, cost, left
        self.cuts = Cuts(cost)
        self.conflicts: list[A] = []
        self.known = 0
        self._attack_of: dict[Cut, A] = {}

    def price(self, rows: Iterable[int]) -> int:
        return sum(self.cost[row] for row in rows)

    def over(self) -> bool:
        return self.left() <= 0

    def safe(self, start: frozenset[int], *, until: Callable[[], bool]) -> frozenset[int]:
        """Rows to withhold so that no attack is left: what is needed of the start, and more; notes every attack met. What is not
        needed is put back until then."""
        withheld = set(start)
        self._block(withheld, until=lambda: False)
        if not self.conflicts:
            self._put_back(withheld, until=until)
        return frozenset(withheld)

    def better(self, start: frozenset[int], best: frozenset[int]) -> frozenset[int]:
        """The same where there is a safe set already, which stands if time runs out first. What is not needed is put back
        only if that can make it cheaper."""
        withheld = set(start)
        try:
            self._block(withheld, until=self.over)
        except Late:
            return best
        if self.conflicts or self.watch.attacks:
            return best
        needed = {row for row in withheld if self.cuts.needs(row, withheld)}
        if self.price(needed) < self.price(best):
            self._put_back(withheld, until=self.over)
        return frozenset(withheld)

    def _block(self, withheld: set[int], *, until: Callable[[], bool]) -> None:
        """Withholds more until no attack is left."""
        attacks = self.watch.show(self.everything - withheld)
        while attacks and not self.conflicts and not until():
            new = self._blocking(attacks)
            withheld |= new
            self.watch.flip(new)
            attacks = self.watch.attacks

    def blocked(self, withheld: frozenset[int]) -> dict[int, A]:
        """For each row the shortest attack that it alone blocks."""
        shortest: dict[int, A] = {}
        for cut, attack in sorted(self._attack_of.items(), key=lambda item: (len(item[0]), sorted(item[0]))):
            missing = sorted(cut & withheld)
            if len(missing) == 1:
                shortest.setdefault(missing[0], attack)
        return shortest

    def _blocking(self, attacks: Iterable[A]) -> frozenset[int]:
        """A few rows that hit all of these attacks; without time left, all rows that nobody has looked at."""
        fresh: set[Cut] = set()
        unseen: set[int] = set()
        for attack in attacks:
            cut = self._note(attack)
            if not cut:
                self.conflicts.append(attack)
                return frozenset()
            if attack.unseen and self.over():
                unseen |= cut
            else:
                fresh.add(cut)
        return greedily([cut for cut in fresh if not cut & unseen], self.cost) | unseen

    def _note(self, attack: A) -> Cut:
        """The rows of which one must go."""
        cut = frozenset(attack.rows & self.cost.keys())
        if cut and attack.proven:
            self.known += self.cuts.add(cut)
            if cut not in self._attack_of or len(attack.rows) < len(self._attack_of[cut].rows):
                self._attack_of[cut] = attack
        return cut

    def _put_back(self, withheld: set[int], *, until: Callable[[], bool]) -> None:
        """Publishes what need not be withheld, the dearest first; each attack that this meets is a cut."""
        for row in sorted(withheld, key=lambda row: (-self.cost[row], self.cuts.degree(row), row)):
            if until():
                return
            if not self.cuts.needs(row, withheld):
                try:
                    attacks = self.watch.flip((row,))
                except Late:
                    self.watch.flip((row,))
                    return
                for attack in attacks:
                    self._note(attack)
                if attacks:
                    self.watch.flip((row,))
                else:
                    withheld.discard(row)
