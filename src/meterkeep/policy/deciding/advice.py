"""What would lawfully change a refusal: for each route the conditions to meet, cheapest first.

Only conditions that somebody may change are offered (never `fixed` or `circumstance`), and never another kind of data:
that is another request. A route is offered only if meeting it really ends the refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from meterkeep.policy.deciding.exact import PERMIT, SILENT, Diagram
from meterkeep.policy.deciding.masks import Masks, bits, changeable
from meterkeep.policy.deciding.program import Rule
from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.vocabulary import REMEDIES, Fact, FactValue, vocabulary

MOST_WAYS = 64  # ways to break the prohibitions that are tried; beyond it the reader has enough
KEPT = 8_192  # of each kind of what is worked out once; beyond it that starts afresh


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
class Route:
    """What to meet, and what meeting it does: the broken conditions about its facts, those broken then, its facts known."""

    advice: Advice
    facts: frozenset[str]
    dearness: tuple[int, int, str]
    mends: int
    breaks: int
    known: int


class Adviser:
    """Advice on the refusals of one program. Routes are worked out once for all requests that fail in the same way."""

    def __init__(self, masks: Masks, diagram: Diagram) -> None:
        self._masks = masks
        self._diagram = diagram
        self._never = sum(bit for bit, rule in masks.places.items() if rule.clause.never)
        self._closing = sum(bit for bit, rule in masks.places.items() if rule.clause.closing)
        self._about = {
            name: sum(bit for literal, bit in masks.conditions.items() if literal.fact == name)
            for name in masks.facts
        }
        self._routes: dict[tuple[int, int, int], tuple[Route, ...]] = {}

    def advise(self, state: int, against: int) -> tuple[Advice, ...]:
        """Lawful routes out of a refusal, none where a clause says never. against: the prohibitions that hold."""
        if against & self._never:
            return ()
        kept: list[Route] = []
        for route in sorted(self._candidates(state, against), key=lambda one: one.dearness):
            spare = any(other.facts <= route.facts for other in kept)
            if not spare and self._ends_refusal(state, route):
                kept.append(route)
        return tuple(route.advice for route in kept)

    def _candidates(self, state: int, against: int) -> Iterator[Route]:
        """One permit's unmet conditions where a closing clause refuses, and one way to break each prohibition that holds."""
        masks, broken = self._masks, state >> self._masks.broken_at
        forbidding, awaited = against & ~self._closing, 0
        for bit in bits(against):
            awaited |= masks.closing.get(bit, 0)
        if awaited:
            for bit in bits(awaited & ~state):  # the lowest bits of a state: what nobody could make hold
                yield from self._kept_routes(bit, broken & masks.meetable[bit], forbidding)
        elif forbidding:
            yield from self._kept_routes(forbidding & -forbidding, 0, forbidding)

    def _kept_routes(self, bit: int, failing: int, forbidding: int) -> tuple[Route, ...]:
        key = bit, failing, forbidding
        routes = self._routes.get(key)
        if routes is None:
            if len(self._routes) >= KEPT:
                self._routes.clear()
            routes = self._routes[key] = tuple(self._new_routes(bit, failing, forbidding))
        return routes

    def _new_routes(self, bit: int, failing: int, forbidding: int) -> Iterator[Route]:
        rule, conditions = self._masks.places[bit], self._masks.conditions
        own = [literal for literal in rule.literals if conditions.get(literal, 0) & failing]
        cures = (_cures(self._masks.places[one]) for one in bits(forbidding))
        for way in islice(product(*cures), MOST_WAYS):
            needed = {literal.fact: literal for literal in [*own, *way]}
            if needed:
                yield self._route(rule, list(needed.values()))

    def _route(self, rule: Rule, needed: list[Literal]) -> Route:
        unmet = tuple(map(_unmet, needed))
        then = self._masks.state({literal.fact: _example(literal) for literal in needed})
        return Route(
            Advice(rule.clause.id, unmet),
            frozenset(literal.fact for literal in needed),
            (sum(REMEDIES.index(one.remedy) + 1 for one in unmet), len(unmet), rule.clause.id),
            sum(self._about[literal.fact] for literal in needed),
            self._masks.broken(then),
            self._masks.known(then),
        )

    def _ends_refusal(self, state: int, route: Route) -> bool:
        masks = self._masks
        broken = masks.broken(state) & ~route.mends | route.breaks
        dead = state & masks.every
        for bit in bits(masks.every & ~dead):
            if masks.meetable[bit] & broken:
                dead |= bit
        node = self._diagram.draw(dead, masks.known(state) | route.known)
        return node == PERMIT or node > SILENT


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
