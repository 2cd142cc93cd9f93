"""What follows from a state of facts under one program, whatever the day: outcome, clauses, missing facts, advice."""

from __future__ import annotations

from dataclasses import dataclass

from meterkeep.policy.deciding.advice import Adviser, Route
from meterkeep.policy.deciding.exact import diagram
from meterkeep.policy.deciding.masks import bits, keep, masks_of
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
class Outcome:
    """outcome: permit, refuse, unknown or silent. The clauses that hold and those still open, the facts it turns on."""

    outcome: str
    holds: int
    waiting: int
    turns_on: int


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """An outcome with what it cites and misses. against: the prohibitions that hold, where something may be advised."""

    outcome: str
    carried: Carried
    missing: tuple[str, ...]
    against: int


class Answers:
    """The answers of one program to states that its masks put together. What it keeps is bounded."""

    def __init__(self, program: Program) -> None:
        self.masks = masks_of(program)
        self._diagram = diagram(program)
        self._adviser = Adviser(self.masks, self._ends_refusal)
        places = self.masks.places.items()
        self._closing = sum(bit for bit, rule in places if rule.clause.closing)
        self._never = sum(bit for bit, rule in places if rule.clause.never)
        self._resting = sum(bit for bit, rule in places if rule.rests_on)
        self._reads: dict[int, tuple[int, int]] = {}
        self._outcomes: dict[tuple[int, int], Outcome] = {}
        self._settled: dict[tuple[int, int, int], Settled] = {}
        self._carried: dict[tuple[int, int], Carried] = {}
        self._missing: dict[int, tuple[str, ...]] = {}

    def settle(self, state: int) -> Settled:
        """What follows whatever is advised. It turns on the clauses not ruled out, and on what is known of their facts.

        Of clauses ruled out it matters only whether a known kind did so: for those that rest on an interpretation, and,
        where something is unknown, for the exceptions of closing clauses.
        """
        masks = self.masks
        live = masks.every & ~(state >> masks.size)
        reads, awaited = self._reads.get(live) or self._new_reads(live)
        unknown = reads & ~(state >> masks.known_at)
        by_kind = state >> 2 * masks.size & (self._resting | awaited if unknown else self._resting)
        key = live, unknown, by_kind
        return self._settled.get(key) or keep(self._settled, key, self._new_settled(*key))

    def routes(self, state: int, settled: Settled) -> tuple[Route, ...]:
        return self._adviser.routes(state, settled.against) if settled.against else ()

    def _new_reads(self, live: int) -> tuple[int, int]:
        """The facts that these clauses read, and the exceptions that the closing clauses among them wait for."""
        reads = awaited = 0
        for bit in bits(live):
            reads |= self.masks.reads[bit]
            awaited |= self.masks.closing.get(bit, 0)
        return keep(self._reads, live, (reads, awaited))

    def _new_settled(self, live: int, unknown: int, by_kind: int) -> Settled:
        masks, found = self.masks, self._outcome(live, unknown)
        if found.outcome == "unknown":
            cited = self._open(live, found, by_kind)
        else:
            side = masks.permits if found.outcome == "permit" else masks.forbids
            cited = found.holds & side or self._together(found.waiting & side, live, unknown, found.outcome)
        against = found.holds & masks.forbids if found.outcome == "refuse" else 0
        return Settled(
            found.outcome,
            self._carry(cited, self._resting & ~by_kind),
            self._names(found.turns_on),
            0 if against & self._never else against,
        )

    def _ends_refusal(self, live: int, known: int) -> bool:
        reads, _ = self._reads.get(live) or self._new_reads(live)
        return self._outcome(live, reads & ~known).outcome in ("permit", "unknown")

    def _outcome(self, live: int, unknown: int) -> Outcome:
        """unknown: of the facts that these clauses read."""
        key = live, unknown
        return self._outcomes.get(key) or keep(self._outcomes, key, self._new_outcome(*key))

    def _new_outcome(self, live: int, unknown: int) -> Outcome:
        holds, waiting = self._values(live, unknown)
        outcome, turns_on = self._over_completions(holds, waiting, live, unknown)
        return Outcome(outcome, holds, waiting, turns_on)

    def _values(self, live: int, unknown: int) -> tuple[int, int]:
        """The clauses that hold and those still open, closing clauses taken with their exceptions."""
        holds, _ = self.masks.holding(live, unknown)
        waiting = live ^ holds
        for bit, exceptions in self.masks.closing.items():
            if not bit & live:
                continue
            if exceptions & holds:
                holds, waiting = holds & ~bit, waiting & ~bit
            elif exceptions & waiting:
                holds, waiting = holds & ~bit, waiting | bit
        return holds, waiting

    def _over_completions(self, holds: int, waiting: int, live: int, unknown: int) -> tuple[str, int]:
        """The outcome, settled over every completion of the unknown facts, and the facts it still turns on."""
        masks = self.masks
        if holds & masks.forbids:
            return "refuse", 0
        if not waiting & masks.forbids:
            if holds & masks.permits:
                return "permit", 0
            if not waiting:
                return "silent", 0
        return self._diagram.settle(live, unknown)

    def _open(self, live: int, found: Outcome, by_kind: int) -> int:
        """The open clauses that read a missing fact; of the permits those that a closing clause in play waits for, if any."""
        masks, awaited = self.masks, 0
        for bit in bits(live & self._closing):
            awaited |= masks.closing.get(bit, 0)
        awaited &= ~by_kind
        candidates = found.waiting & (masks.forbids | awaited) if awaited else found.waiting
        return sum(bit for bit in bits(candidates) if masks.reads[bit] & found.turns_on)

    def _together(self, waiting: int, live: int, unknown: int, outcome: str) -> int:
        """Clauses none of which is known to hold, one of which holds in every completion: as few of them as carry the outcome."""
        carrying = waiting
        for bit in sorted(bits(waiting), key=lambda one: -self._asked(one, unknown)):
            if self._diagram.settle(live & ~waiting | carrying & ~bit, unknown)[0] == outcome:
                carrying &= ~bit
        return carrying

    def _asked(self, bit: int, unknown: int) -> int:
        """How many conditions the clause has besides those on a known kind."""
        facts, bits_of = vocabulary().facts, self.masks.fact_bits
        return sum(
            facts[literal.fact].type != "enum" or bool(bits_of[literal.fact] & unknown)
            for literal in self.masks.places[bit].literals
        )

    def _carry(self, cited: int, resting: int) -> Carried:
        found = self._carried.get((cited, resting))
        return found or keep(self._carried, (cited, resting), self._new_carried(cited, resting))

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
        if not facts:
            return ()
        return self._missing.get(facts) or keep(self._missing, facts, self.masks.names(facts))
