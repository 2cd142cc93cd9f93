"""The repair of a release: the cheapest of its figures to withhold beside everything that is out, over months and premises.

The same search as for a table, over the audit of `history`: each state is audited whole, and states that were seen are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from meterkeep.aggregates.audit.pulse import Late, Pulse
from meterkeep.aggregates.history.candidates import Blocked, Candidate, Outcome
from meterkeep.aggregates.history.findings import Attack, Audit, audit_rows
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.repair.plain import PlainWatch, plain_watch
from meterkeep.aggregates.repair.search import Found, Left, Tell, search, shared
from meterkeep.aggregates.rule import Rule
from meterkeep.errors import Refused

FEW = 400
"""Up to so many figures nothing needless is withheld even without time: each audit is quick."""


GRACE = 60.0
"""Seconds after the end in which a first safe choice is still waited for: a plan of ten thousand figures audits about nine times
before it has one, some eight processor seconds each."""


@dataclass(frozen=True, slots=True)
class Met:
    """An attack, its rows numbered as all rows are: past ones first. Without one: nobody could look at all of these rows."""

    rows: frozenset[int]
    proven: bool
    attack: Attack | None = None

    @property
    def unseen(self) -> bool:
        return self.attack is None


@dataclass(frozen=True, slots=True)
class Repairing:
    """left: seconds left for all groups of periods together, to look for less once something safe is known; below zero: since when
    none are left, which also ends the search for anything safe. tell: what was found so far."""

    left: Left = lambda: 0.0
    tell: Tell = lambda _progress: None

    def pulse(self) -> None:
        """Raises Late once time is up for whatever was begun."""
        if self.left() < -GRACE:
            raise Late

    def __call__(
        self,
        past: Sequence[PastRow],
        candidates: Sequence[Candidate],
        rule: Rule,
        *,
        measure: str,
        aside: Sequence[PastRow],
        groups: int,
    ) -> Outcome:
        """Which candidates to withhold so that nothing under the rule can be derived from past and rest. groups: of periods that
        are still to be repaired, this one among them. Raises Refused where figures that must not be withheld give others away, and
        where time is up before anything is known to be safe."""
        ordered = sorted(candidates, key=lambda each: each.price)
        cost = {len(past) + at: each.cost for at, each in enumerate(ordered) if each.cost is not None}
        few, left = len(candidates) <= FEW, shared(self.left, groups)

        def pulse() -> None:
            self.pulse()
            if watch.safe and not few and left() <= 0:
                raise Late

        watch = _Watch(past, ordered, rule, measure, aside, pulse=pulse)

        def searched() -> Outcome:
            found = search(watch, range(len(watch.rows)), cost, left=left, tell=self.tell, minimal=few)
            if found.conflicts:
                return _stuck(found.conflicts[0], watch, ordered)
            return _outcome(found, watch, ordered, look=few or self.left() > 0)

        try:
            watch.plain = plain_watch(watch.rows, aside, rule, cost, pulse=pulse)
            outcome = searched()
            if watch.plain and outcome.audit.attacks:  # The audit of the whole has the last word.
                watch.plain, watch.safe = None, False
                outcome = searched()
            return outcome
        except Late as late:
            raise _in_vain() from late


def _in_vain() -> Refused:
    return Refused(
        "Time was up before any choice of figures was proven safe. Nothing was planned.",
        next="Give it more time (--seconds), or ask for fewer figures.",
    )


class _Watch:
    """public: numbers of rows, past ones always among them. Until a state without attacks was found, one whose audit did not go
    to its end will do; it can never be published. After that it counts as an attack of everything. safe: whether such a state
    was found. pulse: of the audits."""

    def __init__(
        self,
        past: Sequence[PastRow],
        candidates: Sequence[Candidate],
        rule: Rule,
        measure: str,
        aside: Sequence[PastRow],
        *,
        pulse: Pulse,
    ) -> None:
        self.rows = (*past, *(each.row for each in candidates))
        self.first, self.rule, self.measure, self.aside = len(past), rule, measure, aside
        self.public: frozenset[int] = frozenset()
        self.safe, self.pulse = False, pulse
        self.plain: PlainWatch | None = None
        self._audits: dict[frozenset[int], Audit] = {}
        self._met: dict[frozenset[int], list[Met]] = {}

    def show(self, public: Iterable[int]) -> list[Met]:
        self.public = frozenset(public)
        return self.attacks

    def flip(self, rows: Iterable[int]) -> list[Met]:
        return self.show(self.public ^ frozenset(rows))

    @property
    def audit(self) -> Audit:
        if self.public not in self._audits:
            self._audits[self.public] = self._audited()
        return self._audits[self.public]

    @property
    def attacks(self) -> list[Met]:
        if self.plain:
            return self._in_parts(self.plain)
        audit = self.audit
        if audit.attacks:
            one = len({self.rows[at].period for at in self.public}) == 1
            return [Met(attack.rows, _for_sure(attack, one), attack) for attack in audit.attacks]
        if audit.exhaustive or not self.safe:
            self.safe = True
            return []
        return [Met(self.public, proven=False)]

    def _in_parts(self, plain: PlainWatch) -> list[Met]:
        if self.public not in self._met:
            found = plain.show(self.public)
            self._met[self.public] = [Met(rows, attack is not None, attack) for rows, attack in found]
        self.safe = self.safe or not self._met[self.public]
        return self._met[self.public]

    def against(self, row: int, public: frozenset[int], *, look: bool) -> Attack | None:
        """The shortest attack that the row makes of public ones, if there is any; without looking, of those that were met."""
        if look:
            met = [each.attack for each in self.show(public | {row})]
        else:
            met = [each.attack for found in self._met.values() for each in found]
            met += [attack for audit in self._audits.values() for attack in audit.attacks]
        found = [attack for attack in met if attack and row in attack.rows]
        return min(found, key=lambda attack: (len(attack.rows - public), len(attack.rows)), default=None)

    def settled(self, public: frozenset[int]) -> Audit:
        """The audit of these rows as a whole, which is waited for although something safe is known."""
        self.public, self.safe = public, False
        return self.audit

    def _audited(self) -> Audit:
        numbers = sorted(self.public)
        new = range(sum(at < self.first for at in numbers), len(numbers))
        rows = [self.rows[at] for at in numbers]
        audit = audit_rows(rows, self.rule, new=new, measure=self.measure, aside=self.aside, pulse=self.pulse)
        return replace(audit, attacks=[_named(attack, numbers) for attack in audit.attacks])


def _for_sure(attack: Attack, one_slot: bool) -> bool:
    """Whether it is one whatever else is public. Which windows a bound is for depends on the periods of all rows, and what is
    forgotten on all that hangs together."""
    if attack.kind == "share":
        return one_slot and attack.bound is not None
    return attack.kind != "forgotten"


def _named(attack: Attack, numbers: Sequence[int]) -> Attack:
    return replace(attack, factors={numbers[at]: factor for at, factor in attack.factors.items()})


def _stuck(conflict: Met, watch: _Watch, candidates: Sequence[Candidate]) -> Outcome:
    """What is out breaks the rule by itself: nothing is added to it. What must not be withheld does: refused."""
    kept = sorted(at for at in conflict.rows if at >= watch.first)
    if kept:
        named = "; ".join(", ".join(watch.rows[at].label) or "the total" for at in kept)
        releases = sorted({watch.rows[at].release for at in conflict.rows if at < watch.first})
        beside = f" beside release {', '.join(releases)}" if releases else ""
        raise Refused(
            f"Figures that are never to be withheld give others away{beside}.",
            where=named,
            next="Let one of them be withheld.",
        )
    attack = conflict.attack or Attack("count", {})
    return Outcome((), watch.audit, tuple(Blocked(each.place, attack, watch.rows) for each in candidates))


def _outcome(found: Found[Met], watch: _Watch, candidates: Sequence[Candidate], *, look: bool) -> Outcome:
    """Each withheld figure with an attack that needs nothing else that is withheld, where one was met or may be looked for; a
    figure without any goes out after all."""
    public = frozenset(range(len(watch.rows))) - found.withheld
    blocked, price = [], found.price
    for at in sorted(found.withheld):
        met = found.blocked.get(at)
        attack = met.attack if met else None
        if attack is None:
            try:
                attack = watch.against(at, public, look=look)
            except Late:
                look = False
        candidate = candidates[at - watch.first]
        if attack is None and look:
            public |= {at}
            price -= candidate.cost or 0
        else:
            blocked.append(Blocked(candidate.place, attack or Attack("count", {}), watch.rows))
    return Outcome(tuple(blocked), watch.settled(public), price=price, lower=found.lower)
