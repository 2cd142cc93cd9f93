"""Conditions of a clause as Cedar expressions, read from what is written in the pack and not from our compiled program:
a slip in one of the two readings shows as a disagreement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from meterkeep.policy.language.clauses import Atom, Clause
from meterkeep.policy.language.vocabulary import Fact, FactValue, vocabulary

Number = Callable[[str], int]
NAMESPACE = "Meterkeep"


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact, and the Cedar expression that tests it once it is known. always: the fact is given in every request."""

    fact: str
    test: str
    always: bool

    @property
    def holds(self) -> str:
        """The fact is known, and as the clause says."""
        return self.test if self.always else f'context has "{self.fact}" && {self.test}'

    @property
    def may_hold(self) -> str:
        """The fact is as the clause says, or nobody knows it."""
        return self.test if self.always else f'(if context has "{self.fact}" then {self.test} else true)'


def conditions(clause: Clause, number: Number, *, complete: bool) -> tuple[Condition, ...]:
    """What must hold together for the clause to hold. complete: every fact is given."""
    wanted = [condition(atom, number, complete=complete) for atom in clause.when]
    return (
        *wanted,
        *(_negated(condition(atom, number, complete=complete)) for atom in clause.unless),
    )


def condition(atom: Atom, number: Number, *, complete: bool) -> Condition:
    always = complete or atom.fact.startswith("provider.")
    return Condition(atom.fact, _test(atom, number), always)


def _negated(one: Condition) -> Condition:
    return Condition(one.fact, f"!({one.test})", one.always)


def _test(atom: Atom, number: Number) -> str:
    attribute, operand = f'context["{atom.fact}"]', atom.operand
    if isinstance(operand, frozenset):
        return _among(attribute, vocabulary().facts[atom.fact], operand)
    bound = number(operand) if atom.parameter else int(operand)
    return f"{attribute} {'>=' if atom.test == 'at least' else '<'} {bound}"


def _among(attribute: str, fact: Fact, values: frozenset[FactValue]) -> str:
    """Says the shorter of the two: which values it is, or which it is not."""
    if fact.type == "bool":
        return attribute if True in values else f"!{attribute}"
    named = values if 2 * len(values) <= len(fact.domain) else fact.domain - values
    listed = [f'{entity_type(fact.name)}::"{value}"' for value in fact.values if value in named]
    if len(listed) == 1:
        return f"{attribute} {'==' if named is values else '!='} {listed[0]}"
    return f"{'' if named is values else '!'}[{', '.join(listed)}].contains({attribute})"


def entity_type(fact: str) -> str:
    """The Cedar type of a fact's values: `data.kind` → `Meterkeep::DataKind`."""
    return f"{NAMESPACE}::{short_type(fact)}"


def short_type(fact: str) -> str:
    return "".join(part.title() for part in fact.replace("_", ".").split("."))


def joined(parts: Iterable[str]) -> str:
    return " &&\n  ".join(parts)
