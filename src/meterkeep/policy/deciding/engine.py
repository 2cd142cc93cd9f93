"""Decide: facts in, outcome out, with the clauses that carry it, the facts that are missing, the duties and the advice.

A request is added up to a state (masks), a state has one answer (answers), and an answer is dated once for each day. So a
decision costs a look-up for each fact; what is kept for that is bounded, and a decision is the same whether kept or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from meterkeep.clocks import Closure
from meterkeep.policy.deciding.advice import Advice, Route
from meterkeep.policy.deciding.answers import Answers, CitedClause, Settled
from meterkeep.policy.deciding.duties import Duty, duties_of
from meterkeep.policy.deciding.masks import keep
from meterkeep.policy.deciding.program import NOTHING, Program, Rule, program_for
from meterkeep.policy.language.pack import Interpretation, Pack
from meterkeep.policy.language.vocabulary import Facts, check_action, check_facts

NO_FACTS: Facts = MappingProxyType({})
MOST_DAYS = 16  # days of which a pack keeps decisions, each action for itself


@dataclass(frozen=True, kw_only=True, slots=True)
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


class Day:
    """One action under the documents of one day: states of facts in, decisions out, each made once."""

    __slots__ = (
        "_advised", "_answers", "_base", "_closures", "_effects", "_implied",
        "_made", "_on", "_pack", "_provider", "_refused", "_why",
    )  # fmt: skip

    def __init__(
        self, pack: Pack, action: str, on: date, provider: Facts, closures: tuple[Closure, ...]
    ) -> None:
        program = program_for(pack, action, on, provider)
        self._pack, self._on, self._provider = pack, on, provider
        self._closures = (*pack.closures, *closures)
        self._answers = _answers_of(NOTHING if isinstance(program, str) else program)
        masks = self._answers.masks
        self._effects = masks.effects
        self._base = masks.state(provider)
        implied = pack.implied.get(action, NO_FACTS).items()
        self._implied = tuple((name, masks.effect(name, value)) for name, value in implied)
        self._why = program if isinstance(program, str) else ""
        self._made: dict[Settled, Decision] = {}
        self._advised: dict[tuple[Settled, tuple[Route, ...]], Decision] = {}
        self._refused: dict[int, Decision] = {}  # by state, since advice turns on every fact

    def state(self, facts: Facts) -> int:
        """Raises KeyError for a fact or a value outside the vocabulary, and for a fact about the provider."""
        state, effects = self._base, self._effects
        for name, value in facts.items():
            state |= effects[value.__class__][name][value]
        for name, effect in self._implied:
            if name not in facts:
                state |= effect
        return state

    def decide(self, state: int) -> Decision:
        settled = self._answers.settle(state)
        made = self._refused.get(state) if settled.against else self._made.get(settled)
        return made or self._make(state, settled)

    def _make(self, state: int, settled: Settled) -> Decision:
        made = self._made.get(settled) or keep(self._made, settled, self._decision(settled))
        if not settled.against:
            return made
        if routes := self._answers.routes(state, settled):
            key = settled, routes
            made = self._advised.get(key) or keep(self._advised, key, _advised(made, routes))
        return keep(self._refused, state, made)

    def _decision(self, settled: Settled) -> Decision:
        outcome, carried = settled.outcome, settled.carried
        final = outcome in ("permit", "refuse")
        interpretations = self._pack.interpretations
        return Decision(
            outcome=outcome if final else "undetermined",
            why=self._why or ("not_applicable" if outcome == "silent" else "facts"),
            clauses=carried.clauses,
            missing=settled.missing,
            duties=self._duties(carried.rules) if final else (),
            interpretations=tuple(interpretations[name] for name in carried.interpretations),
            provider=self._pack.id,
            pack_digest=self._pack.digest,
            on=self._on,
        )

    def _duties(self, cited: Sequence[Rule]) -> tuple[Duty, ...]:
        if not any(rule.clause.duties for rule in cited):
            return ()
        jurisdiction = str(self._provider["provider.jurisdiction"])
        return duties_of(cited, self._on, jurisdiction=jurisdiction, closures=self._closures)


def _advised(decision: Decision, routes: tuple[Route, ...]) -> Decision:
    """`dataclasses.replace`, written out since it is asked for often and takes four times as long."""
    return Decision(
        outcome=decision.outcome,
        why=decision.why,
        clauses=decision.clauses,
        missing=decision.missing,
        duties=decision.duties,
        advice=tuple(route.advice for route in routes),
        interpretations=decision.interpretations,
        provider=decision.provider,
        pack_digest=decision.pack_digest,
        on=decision.on,
    )


def decide(pack: Pack, *, action: str, facts: Facts, on: date, closures: Sequence[Closure] = ()) -> Decision:
    """Decides one request under the documents in force on the date.

    facts: names and values of facts.toml; what is absent is unknown, never false; `provider.*` given here override the
    pack's own. closures: days on which the provider's office is shut, besides those its pack names; staff's clocks leave
    them out. Raises BadInput for an action, a fact or a value outside the vocabulary.
    """
    day = None if closures else pack.compiled.get((action, on))
    if not isinstance(day, Day):
        day = _day(pack, action, on, pack.provider, tuple(closures))
    try:
        return day.decide(day.state(facts))
    except KeyError:
        check_request(action, facts)
    about = {name: value for name, value in facts.items() if name in pack.provider}
    day = _day(pack, action, on, {**pack.provider, **about}, tuple(closures))
    return day.decide(day.state({name: value for name, value in facts.items() if name not in about}))


def check_request(action: str, facts: Facts, *, where: str = "") -> None:
    """Raises BadInput that names the action or the fact that the vocabulary does not hold."""
    check_action(action, where=where)
    check_facts(facts, where=where)


def _day(pack: Pack, action: str, on: date, provider: Facts, closures: tuple[Closure, ...]) -> Day:
    """Kept with the pack under the action and the day, followed by what is not as the pack says."""
    check_action(action)
    differs = () if provider == pack.provider else tuple(sorted(provider.items()))
    key = (action, on, *differs, *closures)
    day = pack.compiled.get(key)
    if isinstance(day, Day):
        return day
    kept = [key for key, entry in list(pack.compiled.items()) if isinstance(entry, Day)]
    for old in kept if len(kept) >= MOST_DAYS else ():
        pack.compiled.pop(old, None)
    new = pack.compiled[key] = Day(pack, action, on, provider, closures)
    return new


@lru_cache(maxsize=128)
def _answers_of(program: Program) -> Answers:
    return Answers(program)
