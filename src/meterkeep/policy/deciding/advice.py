"""What would lawfully change a refusal: for each route the conditions to meet, cheapest first.

Only conditions that somebody may change are offered (never `fixed` or `circumstance`), and never another kind of data:
that is another request. A route is offered only if meeting it really ends the refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from meterkeep.policy.deciding.masks import Masks, bits, changeable, keep
from meterkeep.policy.deciding.program import Rule
from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.vocabulary import REMEDIES, Fact, FactValue, vocabulary

MOST_WAYS = 64  # ways to break the prohibitions that are tried; beyond it the reader has enough


@dataclass(frozen=True, slots=True)
class Unmet:
    fact: str
    says: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Advice:
    clause: str
    unmet: tuple[Unmet, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "clause": self.clause,
            "unmet": [{"fact": one.fact, "says": one.says, "remedy": one.remedy} for one in self.unmet],
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One condition to meet, and what that does: the broken conditions about its fact, those broken then, its fact known,
    and the clauses that read it."""

    fact: str
    unmet: Unmet
    dearness: int
    mends: int
    breaks: int
    known: int
    touches: int


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """The steps to one clause, each about another fact, and what they do together."""

    advice: Advice
    facts: frozenset[str]
    dearness: tuple[int, int, str]
    mends: int
    breaks: int
    known: int
    touches: int


class Adviser:
    """Advice on the refusals of one program. Routes are worked out once for all requests that fail in the same way.

    ends_refusal: whether the clauses not ruled out and the known facts, as masks, refuse no more.
    """

    def __init__(self, masks: Masks, ends_refusal: Callable[[int, int], bool]) -> None:
        self._masks = masks
        self._ends_refusal = ends_refusal
        self._closing = sum(bit for bit, rule in masks.places.items() if rule.clause.closing)
        self._steps: dict[Literal, Step] = {}
        self._awaited: dict[int, int] = {}
        self._wanting: dict[int, int] = {}
        self._found: dict[tuple[int, int, int], tuple[Route, ...]] = {}

    def routes(self, state: int, against: int) -> tuple[Route, ...]:
        """Lawful ways out of a refusal. against: the prohibitions that hold, none of them one that says never."""
        kept: list[Route] = []
        for route in self._candidates(state, against):
            spare = any(other.facts <= route.facts for other in kept)
            if not spare and self._ends_refusal(*self._after(state, route)):
                kept.append(route)
        return tuple(kept)

    def _candidates(self, state: int, against: int) -> tuple[Route, ...]:
        """They turn on what is broken of the permits awaited, but for those that nobody could make hold: a state's lowest bits."""
        awaited = self._awaited.get(against)
        if awaited is None:
            awaited = keep(self._awaited, against, self._new_awaited(against))
        alive = awaited & ~state
        wanting = self._wanting.get(alive)
        if wanting is None:
            wanting = keep(self._wanting, alive, self._new_wanting(alive))
        key = against, alive, state >> self._masks.broken_at & wanting
        found = self._found.get(key)
        return keep(self._found, key, self._new_candidates(awaited, *key)) if found is None else found

    def _new_awaited(self, against: int) -> int:
        """The permits that the closing clauses among these wait for."""
        awaited = 0
        for bit in bits(against & self._closing):
            awaited |= self._masks.closing.get(bit, 0)
        return awaited

    def _new_wanting(self, alive: int) -> int:
        """The conditions of these clauses that somebody may meet."""
        wanting = 0
        for bit in bits(alive):
            wanting |= self._masks.meetable[bit]
        return wanting

    def _new_candidates(self, awaited: int, against: int, alive: int, broken: int) -> tuple[Route, ...]:
        """Cheapest first: one permit's unmet conditions where a closing clause refuses, and one way to break each
        prohibition that holds."""
        forbidding = against & ~self._closing
        cures = [[self._step(cure) for cure in _cures(self._masks.places[bit])] for bit in bits(forbidding)]
        ways = list(islice(product(*cures), MOST_WAYS))
        aims = alive if awaited else forbidding & -forbidding
        routes = (self._route(bit, broken, way) for bit in bits(aims) for way in ways)
        return tuple(sorted((route for route in routes if route.facts), key=lambda route: route.dearness))

    def _route(self, bit: int, broken: int, way: tuple[Step, ...]) -> Route:
        """To the clause: its own broken conditions, if it is a permit, and a way to break the prohibitions."""
        rule, conditions = self._masks.places[bit], self._masks.conditions
        failing = broken if rule.permits else 0
        own = [self._step(literal) for literal in rule.literals if conditions.get(literal, 0) & failing]
        steps = {step.fact: step for step in (*own, *way)}
        return _route(rule.clause.id, tuple(steps.values()))

    def _after(self, state: int, route: Route) -> tuple[int, int]:
        """The clauses not ruled out and the facts known once the route is taken."""
        masks = self._masks
        broken = state >> masks.broken_at & ~route.mends | route.breaks
        live = masks.every & ~(state >> masks.size | route.touches)
        for bit in bits(route.touches & ~state):
            if not masks.meetable[bit] & broken:
                live |= bit
        return live, masks.known(state) | route.known

    def _step(self, literal: Literal) -> Step:
        return self._steps.get(literal) or keep(self._steps, literal, self._new_step(literal))

    def _new_step(self, literal: Literal) -> Step:
        masks, unmet = self._masks, _unmet(literal)
        then = masks.effect(literal.fact, _example(literal))
        return Step(
            literal.fact,
            unmet,
            REMEDIES.index(unmet.remedy) + 1,
            mends=sum(bit for other, bit in masks.conditions.items() if other.fact == literal.fact),
            breaks=masks.broken(then),
            known=masks.fact_bits[literal.fact],
            touches=sum(bit for bit, reads in masks.reads.items() if reads & masks.fact_bits[literal.fact]),
        )


def _route(clause: str, steps: tuple[Step, ...]) -> Route:
    mends = breaks = known = touches = 0
    for step in steps:
        mends, breaks = mends | step.mends, breaks | step.breaks
        known, touches = known | step.known, touches | step.touches
    dearness = sum(step.dearness for step in steps), len(steps), clause
    facts = frozenset(step.fact for step in steps)
    advice = Advice(clause, tuple(step.unmet for step in steps))
    return Route(advice, facts, dearness, mends, breaks, known, touches)


def _cures(rule: Rule) -> list[Literal]:
    """Each condition of a prohibition that somebody may break."""
    return [literal.opposite for literal in rule.literals if changeable(literal.fact)]


def _example(literal: Literal) -> FactValue:
    """A value that meets the condition, in the vocabulary's own order of preference."""
    if isinstance(literal.ok, range):
        return literal.bound[1]
    known = _fact(literal)
    return next(value for value in known.values or (True, False) if value in literal.ok)


def _unmet(literal: Literal) -> Unmet:
    known = _fact(literal)
    return Unmet(known.name, _sentence(known, literal), known.remedy)


def _sentence(known: Fact, literal: Literal) -> str:
    if isinstance(literal.ok, range):
        return f"{known.says}: {literal.bound[0]} {literal.bound[1]}"
    example = _example(literal)
    if known.type == "bool":
        return known.says if example else f"not so: {known.says}"
    return known.says.format(v=example)


def _fact(literal: Literal) -> Fact:
    return vocabulary().facts[literal.fact]
