"""What would lawfully change a refusal: for each route the conditions to meet, cheapest first.

Only conditions that somebody may change are offered (never `fixed` or `circumstance`), and never another kind of data:
that is another request. A route is offered only if meeting it really ends the refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from meterkeep.policy.deciding.exact import diagram
from meterkeep.policy.deciding.program import Program, Rule
from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.vocabulary import REMEDIES, Fact, Facts, FactValue, vocabulary

NEVER_SUGGESTED = frozenset(("data.kind",))
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


def advise(program: Program, facts: Facts) -> tuple[Advice, ...]:
    """Lawful routes out of a refusal, none where a clause says never."""
    values = program.values(facts)
    against = [rule for rule, value in zip(program.rules, values, strict=True) if value and not rule.permits]
    if any(rule.clause.never for rule in against):
        return ()
    routes = sorted(_routes(program, against, facts), key=_dearness)
    kept: list[Advice] = []
    for route in routes:
        if not any({one.fact for one in other.unmet} <= {one.fact for one in route.unmet} for other in kept):
            kept.append(route)
    return tuple(kept)


def _routes(program: Program, against: list[Rule], facts: Facts) -> Iterator[Advice]:
    """One permit's unmet conditions where a closing clause refuses, and one way to break each prohibition that holds."""
    forbidding = [rule for rule in against if not rule.clause.closing]
    ways = list(islice(product(*(_cures(rule) for rule in forbidding)), MOST_WAYS))
    awaited = {place for rule in against for place in rule.exceptions}
    for rule in [program.rules[place] for place in sorted(awaited)] or forbidding[:1]:
        own = _to_meet(rule, facts) if rule.permits else []
        for way in ways if own is not None else ():
            needed = {literal.fact: literal for literal in [*(own or ()), *way]}
            if needed and _ends_refusal(program, facts, list(needed.values())):
                yield Advice(rule.clause.id, tuple(_unmet(literal) for literal in needed.values()))


def _dearness(route: Advice) -> tuple[int, int, str]:
    return sum(REMEDIES.index(one.remedy) + 1 for one in route.unmet), len(route.unmet), route.clause


def _to_meet(rule: Rule, facts: Facts) -> list[Literal] | None:
    """The conditions of a permit known not to hold, or None if one of them is nobody's to change."""
    failing = [one for one in rule.literals if one.fact in facts and facts[one.fact] not in one.ok]
    return failing if all(_changeable(one.fact) for one in failing) else None


def _cures(rule: Rule) -> list[Literal]:
    """Each condition of a prohibition that somebody may break."""
    return [literal.opposite for literal in rule.literals if _changeable(literal.fact)]


def _changeable(name: str) -> bool:
    return name not in NEVER_SUGGESTED and vocabulary().facts[name].remedy in REMEDIES


def _ends_refusal(program: Program, facts: Facts, met: list[Literal]) -> bool:
    changed = {**facts, **{literal.fact: _example(literal) for literal in met}}
    return diagram(program).essential(changed)[0] in ("permit", "unknown")


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
