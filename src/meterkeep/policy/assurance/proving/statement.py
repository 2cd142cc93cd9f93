"""What a pack says of one action on one day, under every ruling at once: its rules, with the rulings as further facts.

A clause that exists only under a ruling has that ruling among its conditions, so one diagram and one proof speak of every
combination of rulings. `as_ruled` puts the rulings in force back in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from meterkeep.policy.assurance.proving.diagrams import ALL, Diagrams
from meterkeep.policy.assurance.proving.space import Space, space_of
from meterkeep.policy.deciding.program import Rule, compile_program
from meterkeep.policy.language.clauses import Clause, Literal
from meterkeep.policy.language.pack import Interpretation, Pack
from meterkeep.policy.language.vocabulary import Fact, Facts, vocabulary

RULING = "ruling "  # before an interpretation's id: the name of the fact that says how it is ruled


@dataclass(frozen=True)
class Part:
    """One rule. exceptions: for a closing clause, the places of the permits it gives way to, each with the rulings that
    it does so under."""

    clause: Clause
    permits: bool
    literals: tuple[Literal, ...]
    exceptions: tuple[tuple[int, tuple[Literal, ...]], ...] = ()


@dataclass(frozen=True)
class Statement:
    """why: not_in_force or not_applicable where nothing is said, else ""."""

    pack: str
    action: str
    on: date
    parts: tuple[Part, ...]
    rulings: Mapping[str, Fact]
    in_force: Facts
    why: str = ""

    @cached_property
    def literals(self) -> tuple[Literal, ...]:
        own = [literal for part in self.parts for literal in part.literals]
        return tuple(
            own + [literal for part in self.parts for _, rests in part.exceptions for literal in rests]
        )

    @property
    def facts(self) -> Mapping[str, Fact]:
        return {**vocabulary().facts, **self.rulings}

    def given(self, facts: Facts) -> Statement:
        """The statement where these facts or rulings are known: without them, and without the rules they rule out."""
        kept = [place for place, part in enumerate(self.parts) if _possible(part.literals, facts)]
        moved = {old: new for new, old in enumerate(kept)}
        parts = []
        for place in kept:
            part = self.parts[place]
            exceptions = tuple(
                (moved[other], _open(rests, facts))
                for other, rests in part.exceptions
                if other in moved and _possible(rests, facts)
            )
            parts.append(replace(part, literals=_open(part.literals, facts), exceptions=exceptions))
        return replace(self, parts=tuple(parts))

    def as_ruled(self) -> Statement:
        """Under the rulings in force alone."""
        return self.given(self.in_force)

    def says_the_same(self, other: Statement) -> bool:
        return (self.parts, self.why) == (other.parts, other.why)


@dataclass(frozen=True)
class Picture:
    """A statement drawn: for every part the set of vectors where it holds, and the sets of each outcome."""

    diagrams: Diagrams
    held: tuple[int, ...]
    permit: int
    refuse: int

    def set_of(self, outcome: str) -> int:
        """permit, refuse, or undetermined: complete facts of which no clause speaks."""
        if outcome == "undetermined":
            return self.diagrams.without(self.diagrams.without(ALL, self.permit), self.refuse)
        return self.permit if outcome == "permit" else self.refuse


def state(pack: Pack, action: str, on: date, provider: Facts | None = None) -> Statement:
    """provider: the `provider.*` facts, the pack's own if none are given."""
    known = {**pack.provider, **(provider or {})}
    clauses = _clauses(pack, action, on, known)
    rulings, in_force = _rulings(pack)
    if isinstance(clauses, str):
        return Statement(pack.id, action, on, (), rulings, in_force, clauses)
    program = compile_program(
        clauses, number=lambda name: pack.figure(name, on).value, holds=lambda ruling: True
    )
    parts = tuple(_part(rule, program.rules) for rule in program.rules)
    return Statement(pack.id, action, on, parts, rulings, in_force).given(known)


def draw(statement: Statement, diagrams: Diagrams | None = None) -> Picture:
    """diagrams: to draw in the space of several statements; it must hold every fact that this one reads."""
    sheet = diagrams or Diagrams(space_for(statement))
    own = [sheet.where(part.literals) for part in statement.parts]
    held = tuple(_held(sheet, part, own, place) for place, part in enumerate(statement.parts))
    return picture(sheet, statement.parts, held)


def picture(sheet: Diagrams, parts: tuple[Part, ...], held: tuple[int, ...]) -> Picture:
    refuse = sheet.union(one for one, part in zip(held, parts, strict=True) if not part.permits)
    allowed = sheet.union(one for one, part in zip(held, parts, strict=True) if part.permits)
    return Picture(sheet, held, sheet.without(allowed, refuse), refuse)


def space_for(*statements: Statement, more: tuple[Literal, ...] = ()) -> Space:
    """The space of every fact that the statements, and further conditions, read."""
    facts = {name: entry for statement in statements for name, entry in statement.facts.items()}
    literals = [literal for statement in statements for literal in statement.literals]
    return space_of([*literals, *more], facts)


def _held(sheet: Diagrams, part: Part, own: list[int], place: int) -> int:
    if not part.exceptions:
        return own[place]
    met = sheet.union(sheet.both(own[other], sheet.where(rests)) for other, rests in part.exceptions)
    return sheet.without(own[place], met)


def _clauses(pack: Pack, action: str, on: date, provider: Facts) -> list[Clause] | str:
    """Every clause that decides the action under some ruling, or why there is none."""
    found = pack.clauses_for(action, on, provider)
    if isinstance(found, str):
        return found
    speaking = (layer for layer in pack.layers if layer.in_force(on) and layer.speaks_to(provider))
    return [
        clause
        for layer in speaking
        for clause in layer.clauses
        if clause.deciding and action in clause.actions and clause.in_force(on)
    ]


def _rulings(pack: Pack) -> tuple[Mapping[str, Fact], Facts]:
    entries = pack.interpretations.values()
    facts = {RULING + entry.id: _as_fact(entry) for entry in entries}
    return facts, {RULING + entry.id: entry.ruling for entry in entries}


def _as_fact(entry: Interpretation) -> Fact:
    return Fact(
        name=RULING + entry.id,
        type="enum",
        says=f"{entry.id} is ruled {{v}}",
        source="interpretations",
        remedy="fixed",
        values=tuple(entry.choices),
    )


def _part(rule: Rule, rules: tuple[Rule, ...]) -> Part:
    exceptions = tuple(
        (place, rests) for place in rule.exceptions for rests in _rests(rule.clause, rules[place].clause)
    )
    literals = tuple(_ruling_literals(rule.clause.under)) + rule.literals
    return Part(rule.clause, rule.permits, literals, exceptions)


def _rests(closing: Clause, permit: Clause) -> list[tuple[Literal, ...]]:
    """The rulings under which a closing clause gives way: none are needed for a permit of its own document."""
    if permit.document == closing.document:
        return [()]
    return [
        tuple(_ruling_literals((entry.under,) if entry.under else ()))
        for entry in closing.yields
        if entry.to == permit.id
    ]


def _ruling_literals(rulings: tuple[str, ...]) -> Iterator[Literal]:
    for ruling in rulings:
        name, _, choice = ruling.partition(" is ")
        yield Literal(RULING + name, frozenset((choice,)))


def _possible(literals: tuple[Literal, ...], facts: Facts) -> bool:
    return all(facts[one.fact] in one.ok for one in literals if one.fact in facts)


def _open(literals: tuple[Literal, ...], facts: Facts) -> tuple[Literal, ...]:
    return tuple(one for one in literals if one.fact not in facts)
