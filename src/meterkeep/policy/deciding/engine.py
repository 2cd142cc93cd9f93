"""Decide: facts in, outcome out, with the clauses that carry it, the facts that are missing, the duties and the advice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from meterkeep.policy.deciding.advice import Advice, advise
from meterkeep.policy.deciding.duties import Duty, duties_of
from meterkeep.policy.deciding.exact import diagram
from meterkeep.policy.deciding.program import Program, Rule, Truth, outcome_of, program_for
from meterkeep.policy.language.pack import Interpretation, Pack
from meterkeep.policy.language.vocabulary import Facts, check_action, check_facts, vocabulary

NO_FACTS: Facts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CitedClause:
    id: str
    effect: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """outcome: permit, refuse or undetermined; why: facts, not_in_force or not_applicable."""

    outcome: str
    why: str
    clauses: tuple[CitedClause, ...] = ()
    missing: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()
    advice: tuple[Advice, ...] = ()
    interpretations: tuple[Interpretation, ...] = ()
    provider: str
    pack_digest: str
    on: date

    def as_json(self) -> dict[str, Any]:
        """The object that `meterkeep decide` prints (design, section 8)."""
        return {
            "outcome": self.outcome,
            "why": self.why,
            "clauses": [{"id": one.id, "effect": one.effect, "summary": one.summary} for one in self.clauses],
            "missing": list(self.missing),
            "duties": [
                {"do": one.do, "due": one.due.isoformat() if one.due else None} for one in self.duties
            ],
            "advice": [one.as_json() for one in self.advice],
            "interpretations": [one.as_json() for one in self.interpretations],
            "provider": self.provider,
            "pack_digest": self.pack_digest,
            "on": self.on.isoformat(),
        }


def decide(pack: Pack, *, action: str, facts: Facts, on: date) -> Decision:
    """Decides one request under the documents in force on the date.

    facts: names and values of facts.toml; what is absent is unknown, never false; `provider.*` given here override the
    pack's own. Raises BadInput for an action, a fact or a value outside the vocabulary.
    """
    check_request(action, facts)
    known = {**pack.provider, **pack.implied.get(action, NO_FACTS), **facts}
    whole = program_for(pack, action, on, known)
    if isinstance(whole, str):
        return Decision(outcome="undetermined", why=whole, provider=pack.id, pack_digest=pack.digest, on=on)
    program = whole.folded(known)
    values = program.values(known)
    outcome, missing = _settle(program, values, known)
    cited = _cited(program, values, known, outcome, missing)
    return Decision(
        outcome=outcome if outcome in ("permit", "refuse") else "undetermined",
        why="not_applicable" if outcome == "silent" else "facts",
        clauses=_citations(cited),
        missing=tuple(name for name in vocabulary().facts if name in missing) if missing else (),
        duties=duties_of(cited, on) if outcome in ("permit", "refuse") else (),
        advice=advise(whole, known) if outcome == "refuse" else (),
        interpretations=_interpretations(pack, program, cited),
        provider=pack.id,
        pack_digest=pack.digest,
        on=on,
    )


def check_request(action: str, facts: Facts, *, where: str = "") -> None:
    """Raises BadInput that names the action or the fact that the vocabulary does not hold."""
    check_action(action, where=where)
    check_facts(facts, where=where)


def _settle(program: Program, values: Sequence[Truth], known: Facts) -> tuple[str, frozenset[str]]:
    """The outcome, settled over every completion of the unknown facts, and the facts it still turns on."""
    outcome = outcome_of(program, values)
    return diagram(program).essential(known) if outcome == "unknown" else (outcome, frozenset())


def _cited(
    program: Program, values: Sequence[Truth], known: Facts, outcome: str, missing: frozenset[str]
) -> list[Rule]:
    """The rules that carry the outcome: the true ones of its side, or where a fact is missing the unknown ones."""
    if outcome == "unknown":
        return _open(program, values, known, missing)
    side = [place for place, rule in enumerate(program.rules) if rule.permits == (outcome == "permit")]
    true = [program.rules[place] for place in side if values[place]]
    return true or _together(program, [place for place in side if values[place] is None], known, outcome)


def _together(program: Program, unknown: list[int], known: Facts, outcome: str) -> list[Rule]:
    """Rules none of which is known to hold, one of which holds in every completion: as few of them as carry the outcome."""
    carrying = list(unknown)
    for place in sorted(unknown, key=lambda one: -len(program.rules[one].literals)):
        fewer = [one for one in carrying if one != place]
        rest = [one for one in range(len(program.rules)) if one in fewer or one not in unknown]
        if diagram(program.only(rest)).essential(known)[0] == outcome:
            carrying = fewer
    return [program.rules[place] for place in carrying]


def _open(program: Program, values: Sequence[Truth], known: Facts, missing: frozenset[str]) -> list[Rule]:
    """The unknown rules that read a missing fact; of the permits those that a closing clause in play waits for, if any."""
    closing = [rule for rule in program.rules if rule.clause.closing and rule.value(known) is not False]
    awaited = {place for rule in closing for place in rule.exceptions}
    return [
        rule
        for place, (rule, value) in enumerate(zip(program.rules, values, strict=True))
        if value is None
        and (not rule.permits or not awaited or place in awaited)
        and any(literal.fact in missing for literal in rule.literals)
    ]


def _citations(cited: Iterable[Rule]) -> tuple[CitedClause, ...]:
    unique = {(rule.clause.id, rule.clause.kind): rule.clause for rule in cited}
    return tuple(CitedClause(clause.id, clause.kind, clause.full_summary) for clause in unique.values())


def _interpretations(pack: Pack, program: Program, cited: Sequence[Rule]) -> tuple[Interpretation, ...]:
    """Those that the cited clauses rest on, and those by which a closing clause gave way to one of them."""
    names = {name: None for rule in cited for name in rule.clause.interpretations}
    permitted = {rule.clause.id for rule in cited if rule.permits}
    for rule in program.rules:
        if rule.rests_on:
            names |= {name: None for to, name in rule.rests_on if to in permitted}
    return tuple(pack.interpretations[name] for name in names)
