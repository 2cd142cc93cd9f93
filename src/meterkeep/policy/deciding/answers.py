"""What follows from a state of facts under one program, whatever the day: outcome, clauses, missing facts, advice."""

from __future__ import annotations

from dataclasses import dataclass

from meterkeep.policy.deciding.advice import KEPT, Advice, Adviser
from meterkeep.policy.deciding.exact import diagram
from meterkeep.policy.deciding.masks import bits, masks_of
from meterkeep.policy.deciding.program import Program, Rule
from meterkeep.policy.language.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class CitedClause:
    id: str
    effect: str
    summary: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What a set of cited clauses brings with it: their rules, and the names of the interpretations they rest on."""

    rules: tuple[Rule, ...]
    clauses: tuple[CitedClause, ...]
    interpretations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """outcome: permit, refuse, unknown or silent."""

    outcome: str
    carried: Carried
    missing: tuple[str, ...]
    advice: tuple[Advice, ...]


class Answers:
    """The answers of one program, from states that `masks` puts together."""

    def __init__(self, program: Program) -> None:
        self.masks = masks_of(program)
        self._diagram = diagram(program)
        self._adviser = Adviser(self.masks, self._diagram)
        self._closing = sum(bit for bit, rule in self.masks.places.items() if rule.clause.closing)
        self._resting = sum(bit for bit, rule in self.masks.places.items() if rule.rests_on)
        self._carried: dict[tuple[int, int], Carried] = {}
        self._missing: dict[int, tuple[str, ...]] = {0: ()}
        self._relevant: dict[int, int] = {}

    def relevant(self, state: int) -> int:
        """Without what is known and broken of clauses that nobody could make hold: equal states have equal answers."""
        hopeless = state & self.masks.every
        mask = self._relevant.get(hopeless)
        return state & (self._new_relevant(hopeless) if mask is None else mask)

    def answer(self, state: int) -> Answer:
        masks = self.masks
        live, known = masks.every & ~masks.dead(state), masks.known(state)
        holds, waiting = self._values(live, known)
        outcome, turns_on = self._settle(holds, waiting, live, known)
        if outcome == "unknown":
            cited = self._open(state, live, waiting, turns_on)
        else:
            side = masks.permits if outcome == "permit" else masks.forbids
            cited = holds & side or self._together(waiting & side, live, known, outcome)
        return Answer(
            outcome,
            self._carry(cited, self._resting & ~masks.dead_by_kind(state)),
            self._names(turns_on),
            self._adviser.advise(state, holds & masks.forbids) if outcome == "refuse" else (),
        )

    def _values(self, live: int, known: int) -> tuple[int, int]:
        """The clauses that hold and those still open, closing clauses taken with their exceptions."""
        holds, _ = self.masks.holding(live, known)
        waiting = live ^ holds
        for bit, exceptions in self.masks.closing.items():
            if not bit & live:
                continue
            if exceptions & holds:
                holds, waiting = holds & ~bit, waiting & ~bit
            elif exceptions & waiting:
                holds, waiting = holds & ~bit, waiting | bit
        return holds, waiting

    def _settle(self, holds: int, waiting: int, live: int, known: int) -> tuple[str, int]:
        """The outcome, settled over every completion of the unknown facts, and the facts it still turns on."""
        masks = self.masks
        if holds & masks.forbids:
            return "refuse", 0
        if not waiting & masks.forbids:
            if holds & masks.permits:
                return "permit", 0
            if not waiting:
                return "silent", 0
        return self._diagram.settle(masks.every & ~live, known)

    def _open(self, state: int, live: int, waiting: int, turns_on: int) -> int:
        """The open clauses that read a missing fact; of the permits those that a closing clause in play waits for, if any."""
        masks, awaited = self.masks, 0
        for bit in bits(live & self._closing):
            awaited |= masks.closing.get(bit, 0)
        awaited &= ~masks.dead_by_kind(state)
        candidates = waiting & (masks.forbids | awaited) if awaited else waiting
        return sum(bit for bit in bits(candidates) if masks.reads[bit] & turns_on)

    def _together(self, waiting: int, live: int, known: int, outcome: str) -> int:
        """Clauses none of which is known to hold, one of which holds in every completion: as few of them as carry the outcome."""
        carrying, dead = waiting, self.masks.every & ~live
        for bit in sorted(bits(waiting), key=lambda one: -self._asked(one, known)):
            dropped = waiting & ~carrying | bit
            if self._diagram.settle(dead | dropped, known)[0] == outcome:
                carrying &= ~bit
        return carrying

    def _asked(self, bit: int, known: int) -> int:
        """How many conditions the clause has besides those on a known kind."""
        facts, bits_of = vocabulary().facts, self.masks.fact_bits
        return sum(
            facts[literal.fact].type != "enum" or not bits_of[literal.fact] & known
            for literal in self.masks.places[bit].literals
        )

    def _carry(self, cited: int, resting: int) -> Carried:
        carried = self._carried.get((cited, resting))
        if carried is None:
            if len(self._carried) >= KEPT:
                self._carried.clear()
            carried = self._carried[cited, resting] = self._new_carried(cited, resting)
        return carried

    def _new_carried(self, cited: int, resting: int) -> Carried:
        places = self.masks.places
        rules = tuple(places[bit] for bit in bits(cited))
        unique = {(rule.clause.id, rule.clause.kind): rule.clause for rule in rules}
        names = {name: None for rule in rules for name in rule.clause.interpretations}
        permitted = {rule.clause.id for rule in rules if rule.permits}
        for bit in bits(resting):
            names |= {name: None for to, name in places[bit].rests_on if to in permitted}
        clauses = tuple(CitedClause(one.id, one.kind, one.full_summary) for one in unique.values())
        return Carried(rules, clauses, tuple(names))

    def _names(self, facts: int) -> tuple[str, ...]:
        names = self._missing.get(facts)
        if names is None:
            if len(self._missing) >= KEPT:
                self._missing = {0: ()}
            names = self._missing[facts] = self.masks.names(facts)
        return names

    def _new_relevant(self, hopeless: int) -> int:
        masks = self.masks
        facts = conditions = 0
        for bit in bits(masks.every & ~hopeless):
            facts |= masks.reads[bit]
            conditions |= masks.meetable[bit]
        if len(self._relevant) >= KEPT:
            self._relevant.clear()
        rules = (1 << masks.known_at) - 1
        mask = self._relevant[hopeless] = rules | facts << masks.known_at | conditions << masks.broken_at
        return mask
