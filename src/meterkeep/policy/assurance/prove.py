"""Proofs of what a pack claims of itself, for every stretch of time, every combination of facts and every ruling.

Each claim is asked of two engines that share no code: z3, and the decision diagrams. They must agree; a proof is what both
confirm, and a failure comes with the counterexample that the diagrams give, as short as it can be said. The rulings of all
interpretations are free in the question, so a proof holds however they are ruled; where it does not, the claim is asked
again under the rulings in force, and the answer names the rulings it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from meterkeep.policy.assurance.exhaustive import Count, enumerate_all
from meterkeep.policy.assurance.proving.counterexample import Counterexample, describe
from meterkeep.policy.assurance.proving.diagrams import Diagrams
from meterkeep.policy.assurance.proving.invariants import Claim, read_claims
from meterkeep.policy.assurance.proving.space import Cube
from meterkeep.policy.assurance.proving.statement import RULING, Picture, Statement, draw, space_for, state
from meterkeep.policy.assurance.proving.symbols import Symbols
from meterkeep.policy.assurance.temporal import TimeReport, ahead, cover_time, stretches
from meterkeep.policy.language.clauses import Atom, Literal
from meterkeep.policy.language.loading import load_pack
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, FactValue, vocabulary


@dataclass(frozen=True, slots=True)
class Proof:
    """One claim about one action over one stretch of time.

    status: proved (however the interpretations are ruled), as_ruled (under the rulings in force; `rests_on` names those
    that it needs), failed, or empty (the conditions exclude each other, so the claim says nothing).
    """

    name: str
    says: str
    where: str
    action: str
    since: date
    until: date
    status: str
    rests_on: tuple[str, ...] = ()
    counterexample: Counterexample | None = None

    @property
    def holds(self) -> bool:
        return self.status in ("proved", "as_ruled")

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "says": self.says,
            "action": self.action,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "status": self.status,
            "rests_on": list(self.rests_on),
            "counterexample": self.counterexample.as_json() if self.counterexample else None,
        }


@dataclass(frozen=True)
class Report:
    pack: str
    on: date
    proofs: tuple[Proof, ...]
    counts: tuple[Count, ...]
    time: TimeReport
    rulings: tuple[str, ...]  # the interpretations whose rulings were left free

    @property
    def holds(self) -> bool:
        sound = all(count.sound for count in self.counts)
        return sound and not self.time.failures and all(proof.holds for proof in self.proofs)

    def as_json(self) -> dict[str, Any]:
        return {
            "pack": self.pack,
            "on": self.on.isoformat(),
            "holds": self.holds,
            "proofs": [proof.as_json() for proof in self.proofs],
            "exhaustive": [count.as_json() for count in self.counts],
            "time": self.time.as_json(),
            "rulings_tried": list(self.rulings),
        }


class Question:
    """One statement with its formulas and its pictures, made when they are first needed."""

    def __init__(self, statement: Statement, since: date, until: date, more: tuple[Literal, ...]) -> None:
        self.statement, self.since, self.until = statement, since, until
        self.ruled = statement.as_ruled()
        self.more = more

    @cached_property
    def symbols(self) -> Symbols:
        return Symbols(self.statement)

    @cached_property
    def picture(self) -> Picture:
        """In the space of the statement and of the claims' own conditions."""
        return draw(self.statement, Diagrams(space_for(self.statement, more=self.more)))

    @cached_property
    def picture_as_ruled(self) -> Picture:
        return draw(self.ruled, Diagrams(space_for(self.ruled, more=self.more)))


def prove(pack: str | Path, *, on: date) -> Report:
    """Proves the pack's claims from its first day to two years after `on`, and tries every combination of facts on `on`.

    Raises BadInput where z3 is missing or the claims cannot be read.
    """
    loaded = load_pack(pack)
    spoken = (state(loaded, action, on) for action in vocabulary().actions)
    statements = [statement for statement in spoken if statement.parts]
    return Report(
        pack=loaded.id,
        on=on,
        proofs=tuple(prove_claims(pack, on=on)),
        counts=tuple(enumerate_all(statement, loaded) for statement in statements),
        time=cover_time(loaded, on=on),
        rulings=tuple(sorted({name for one in statements for name in _rulings_read(one)})),
    )


def prove_claims(pack: str | Path, *, on: date) -> list[Proof]:
    """The proofs alone, without trying every combination."""
    loaded, claims = load_pack(pack), read_claims(pack)
    last = ahead(on)
    return [proof for action in vocabulary().actions for proof in _proofs(loaded, claims, action, last)]


def _rulings_read(statement: Statement) -> set[str]:
    return {one.fact.removeprefix(RULING) for one in statement.literals if one.fact in statement.rulings}


def _proofs(pack: Pack, claims: list[Claim], action: str, last: date) -> Iterator[Proof]:
    mine = [claim for claim in claims if action in claim.actions]
    for question in _questions(pack, action, last, _conditions(pack, mine, last)):
        yield from _soundness(question)
        for claim in mine:
            if claim.about(question.since):
                yield from _asked(pack, claim, question)


def _questions(pack: Pack, action: str, last: date, more: tuple[Literal, ...]) -> Iterator[Question]:
    """One question for each stretch of time in which the action's rules stay the same."""
    begun: Question | None = None
    for since, until in stretches(pack, last=last):
        statement = state(pack, action, since)
        if begun and begun.statement.says_the_same(statement):
            begun.until = until
            continue
        if begun:
            yield begun
        begun = Question(statement, since, until, more)
    if begun:
        yield begun


def _conditions(pack: Pack, claims: list[Claim], on: date) -> tuple[Literal, ...]:
    atoms = [atom for claim in claims for atom in (*claim.when, *claim.before, *claim.after)]
    return tuple(
        literal for literal in _literals(pack, atoms, on) if not literal.fact.startswith("provider.")
    )


def _literals(pack: Pack, atoms: list[Atom] | tuple[Atom, ...], on: date) -> tuple[Literal, ...]:
    return tuple(atom.literal(lambda name: pack.figure(name, on).value) for atom in atoms)


def _soundness(question: Question) -> Iterator[Proof]:
    """That three values never settle what complete facts would decide otherwise."""
    if not question.statement.parts:
        return
    symbols = question.symbols
    sentences = (
        ("unknown-permit", "No permit rests on an unknown fact: however it turns out, the permit stands."),
        ("unknown-refuse", "No refusal rests on an unknown fact: however it turns out, the refusal stands."),
    )
    for (name, says), hasty in zip(sentences, symbols.hasty(), strict=True):
        status = "failed" if symbols.can_be(hasty) else "proved"
        yield _proof(question, name, says, "every pack", status)


def _asked(pack: Pack, claim: Claim, question: Question) -> Iterator[Proof]:
    """The claim for the pack's own provider; where it speaks of providers, for each kind of provider it speaks of."""
    literals = _literals(pack, claim.when, question.since)
    about_provider = [one for one in literals if one.fact.startswith("provider.")]
    facts = tuple(one for one in literals if one not in about_provider)
    if not about_provider:
        yield _settled(pack, claim, question, facts)
        return
    for provider in _providers(pack, about_provider):
        statement = state(pack, question.statement.action, question.since, provider)
        own = Question(statement, question.since, question.until, question.more)
        proof = _settled(pack, claim, own, facts)
        yield proof
        if not proof.holds:
            return


def _providers(pack: Pack, literals: list[Literal]) -> Iterator[Facts]:
    known = vocabulary().facts
    names = list(pack.provider)
    for values in product(*(known[name].values for name in names)):
        provider: dict[str, FactValue] = dict(zip(names, values, strict=True))
        if all(provider[one.fact] in one.ok for one in literals):
            yield provider


def _settled(pack: Pack, claim: Claim, question: Question, when: tuple[Literal, ...]) -> Proof:
    if question.picture.diagrams.space.cube(when) is None:
        return _proof(question, claim.name, claim.says, claim.where, "empty")
    moves = list(_moves(pack, claim, question)) if claim.before else [({}, {})]
    rests: set[str] = set()
    for before, after in moves:
        if not _possible(claim, question, when, before, after, free=True):
            continue
        if _possible(claim, question, when, before, after, free=False):
            broken = _broken(claim, question.picture_as_ruled, when, before, after)
            found = describe(question.ruled, question.picture_as_ruled, broken, claim, before, after)
            return _proof(question, claim.name, claim.says, claim.where, "failed", counterexample=found)
        rests |= _rests_on(claim, question, when, before, after)
    status = "as_ruled" if rests else "proved"
    return _proof(question, claim.name, claim.says, claim.where, status, rests_on=tuple(sorted(rests)))


def _rests_on(
    claim: Claim, question: Question, when: tuple[Literal, ...], before: Facts, after: Facts
) -> set[str]:
    """The interpretations that would have to be ruled otherwise to break the claim."""
    sheet, in_force = question.picture.diagrams, question.statement.in_force
    cube = sheet.widest(_broken(claim, question.picture, when, before, after))
    return {
        name.removeprefix(RULING)
        for name, places in cube.items()
        if name in in_force and sheet.space.axis(name).place(in_force[name]) not in places
    }


def _possible(
    claim: Claim, question: Question, when: tuple[Literal, ...], before: Facts, after: Facts, *, free: bool
) -> bool:
    """Whether the claim can be broken, by both engines. free: however the interpretations are ruled."""
    symbols = question.symbols
    how, outcome = claim.expects
    wanted = symbols.outcome(outcome)
    broken = symbols.outcome(outcome) if how == "never" else symbols.z3.Not(wanted)
    if claim.before:
        one, other = symbols.moved(wanted, dict(before)), symbols.moved(wanted, dict(after))
        gained = symbols.z3.And(symbols.z3.Not(one), other)
        broken = gained if how == "gained" else symbols.z3.And(one, symbols.z3.Not(other))
    given = {} if free else dict(question.statement.in_force)
    by_solver = symbols.can_be(symbols.all_of(when), broken, facts=given)
    picture = question.picture if free else question.picture_as_ruled
    by_diagram = bool(_broken(claim, picture, when, before, after))
    if by_solver != by_diagram:
        raise AssertionError(
            f"z3 and the diagrams disagree about {claim.name} ({question.statement.action})."
        )
    return by_solver


def _broken(claim: Claim, picture: Picture, when: tuple[Literal, ...], before: Facts, after: Facts) -> int:
    """The vectors that break the claim; of a comparison, without the facts that change."""
    sheet = picture.diagrams
    how, outcome = claim.expects
    wanted = picture.set_of(outcome)
    if claim.before:
        one, other = sheet.given(wanted, dict(before)), sheet.given(wanted, dict(after))
        broken = sheet.without(other, one) if how == "gained" else sheet.without(one, other)
    else:
        broken = wanted if how == "never" else sheet.without(1, wanted)
    return sheet.both(sheet.where(when), broken)


def _moves(pack: Pack, claim: Claim, question: Question) -> Iterator[tuple[Facts, Facts]]:
    """Every change from values that meet `before` to values that meet `after`; facts named in one only stay as they are
    in the other where that one does not speak of them."""
    space = question.picture.diagrams.space
    cubes = [space.cube(_literals(pack, atoms, question.since)) for atoms in (claim.before, claim.after)]
    ends: list[list[dict[str, FactValue]]] = []
    for cube in cubes:
        ends.append(list(_values(space, cube)) if cube is not None else [])
    for one, other in product(*ends):
        yield {**other, **one}, {**one, **other}


def _values(space: Any, cube: Cube) -> Iterator[dict[str, FactValue]]:
    names = list(cube)
    for places in product(*(sorted(cube[name]) for name in names)):
        yield {name: space.axis(name).samples[at] for name, at in zip(names, places, strict=True)}


def _proof(question: Question, name: str, says: str, where: str, status: str, **more: Any) -> Proof:
    return Proof(
        name=name,
        says=says,
        where=where,
        action=question.statement.action,
        since=question.since,
        until=question.until - timedelta(days=1),
        status=status,
        **more,
    )
