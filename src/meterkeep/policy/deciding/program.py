"""The clauses that decide one action on one date, compiled: each a conjunction of conditions, evaluated in three values.

Outcome of complete facts: a true prohibition refuses; a closing clause refuses where none of its exceptions (the permits
of its document, and those of the law it gives way to) holds; else a true permit permits; else the documents are silent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import cast

from meterkeep.policy.language.clauses import Clause, Literal, Yield
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, vocabulary

Truth = bool | None
FOLDED = 4_096  # programs kept for combinations of known kinds; beyond it they are folded afresh


@dataclass(frozen=True, slots=True)
class Rule:
    """exceptions: for a closing clause, the rules (by place) whose truth makes it yield.
    rests_on: by the id of a permit that it gives way to, the interpretation that says so.
    """

    clause: Clause
    permits: bool
    literals: tuple[Literal, ...]
    exceptions: tuple[int, ...] = ()
    rests_on: tuple[tuple[str, str], ...] = ()

    def value(self, facts: Facts) -> Truth:
        result: Truth = True
        for literal in self.literals:
            given = facts.get(literal.fact)
            if given is None:
                result = None
            elif given not in literal.ok:
                return False
        return result


@dataclass(frozen=True, eq=False)
class Program:
    rules: tuple[Rule, ...]
    _folded: dict[tuple[object, ...], Program] = field(default_factory=dict, repr=False)

    def values(self, facts: Facts) -> list[Truth]:
        """One truth value per rule, closing clauses taken with their exceptions."""
        values = [rule.value(facts) for rule in self.rules]
        for place, rule in enumerate(self.rules):
            if rule.exceptions and values[place] is not False:
                values[place] = _closing(values[place], [values[other] for other in rule.exceptions])
        return values

    def folded(self, facts: Facts) -> Program:
        """The program for the known kinds (of data, recipient, purpose …): without the clauses these rule out."""
        key = tuple(map(facts.get, self._kinds))
        if key not in self._folded:
            if len(self._folded) > FOLDED:
                self._folded.clear()
            known = {name: value for name, value in zip(self._kinds, key, strict=True) if value is not None}
            self._folded[key] = _fold(self, known)
        return self._folded[key]

    def only(self, kept: Sequence[int]) -> Program:
        """The program of these rules alone, by place."""
        places = {old: new for new, old in enumerate(kept)}
        rules = (self.rules[place] for place in kept)
        return Program(
            tuple(
                replace(rule, exceptions=tuple(places[other] for other in rule.exceptions if other in places))
                for rule in rules
            )
        )

    @cached_property
    def _kinds(self) -> tuple[str, ...]:
        known = vocabulary().facts
        used = {literal.fact for rule in self.rules for literal in rule.literals}
        return tuple(sorted(name for name in used if known[name].type == "enum"))


NOTHING = Program(())


def _fold(program: Program, kinds: Facts) -> Program:
    kept = [place for place, rule in enumerate(program.rules) if rule.value(kinds) is not False]
    rules = program.only(kept).rules
    return Program(
        tuple(
            replace(rule, literals=tuple(literal for literal in rule.literals if literal.fact not in kinds))
            for rule in rules
        )
    )


def _closing(own: Truth, exceptions: Sequence[Truth]) -> Truth:
    if True in exceptions:
        return False
    return None if None in exceptions else own


def outcome_of(program: Program, values: Sequence[Truth]) -> str:
    """permit, refuse or silent where the values settle it; unknown where they do not."""
    permits: Truth = False
    refuses: Truth = False
    for rule, value in zip(program.rules, values, strict=True):
        if value is False:
            continue
        if rule.permits:
            permits = permits or value
        else:
            refuses = refuses or value
    if refuses is not False:
        return "refuse" if refuses else "unknown"
    if permits is not False:
        return "permit" if permits else "unknown"
    return "silent"


def program_for(pack: Pack, action: str, on: date, provider: Facts) -> Program | str:
    """The pack's clauses for the action, compiled once for each stretch of time; or why nothing decides it."""
    key = (action, pack.stretch(on), provider["provider.kind"], provider["provider.jurisdiction"])
    if key not in pack.compiled:
        clauses = pack.clauses_for(action, on, provider)
        pack.compiled[key] = (
            clauses
            if isinstance(clauses, str)
            else compile_program(clauses, number=lambda name: pack.figure(name, on).value, holds=pack.holds)
        )
    return cast("Program | str", pack.compiled[key])


def compile_program(
    clauses: Sequence[Clause], *, number: Callable[[str], int], holds: Callable[[str], bool]
) -> Program:
    """number: a parameter's value; holds: whether an interpretation is ruled so."""
    return Program(tuple(_rule(clause, clauses, number, holds) for clause in clauses))


def _rule(
    clause: Clause, clauses: Sequence[Clause], number: Callable[[str], int], holds: Callable[[str], bool]
) -> Rule:
    when = tuple(atom.literal(number) for atom in clause.when)
    unless = tuple(atom.literal(number, negated=True) for atom in clause.unless)
    yields = [entry for entry in clause.yields if not entry.under or holds(entry.under)]
    exceptions = _exceptions(clause, clauses, yields) if clause.closing else ()
    rests_on = tuple((entry.to, entry.under.partition(" is ")[0]) for entry in yields if entry.under)
    return Rule(clause, clause.kind == "permit", when + unless, exceptions, rests_on)


def _exceptions(closing: Clause, clauses: Sequence[Clause], yields: Sequence[Yield]) -> tuple[int, ...]:
    document, yielded = closing.document, {entry.to for entry in yields}
    return tuple(
        place
        for place, clause in enumerate(clauses)
        if clause.kind == "permit" and (clause.document == document or clause.id in yielded)
    )
