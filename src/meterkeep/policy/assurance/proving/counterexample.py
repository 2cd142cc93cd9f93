"""A claim that does not hold, in words: the request that breaks it, as short as it can be said, and what could be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from meterkeep.policy.assurance.proving.invariants import Claim
from meterkeep.policy.assurance.proving.statement import Picture, Statement
from meterkeep.policy.assurance.words import BECOMES, DOING, sentences
from meterkeep.policy.language.vocabulary import Facts, fact


@dataclass(frozen=True, slots=True)
class Counterexample:
    """headline: what would happen; conditions: what the request is about; besides: what must be so that no other clause
    settles it first; clauses: those that carry the outcome; facts: the facts needed, as `decide` takes them."""

    headline: str
    conditions: tuple[str, ...]
    besides: tuple[str, ...]
    clauses: tuple[str, ...]
    change: str
    facts: Facts

    def as_json(self) -> dict[str, Any]:
        return {
            "headline": self.headline,
            "conditions": list(self.conditions),
            "besides": list(self.besides),
            "clauses": list(self.clauses),
            "change": self.change,
            "facts": dict(self.facts),
        }

    def lines(self) -> list[str]:
        """As an officer reads it."""
        told = [f"{self.headline}, where", *(f"  - {one}" for one in self.conditions)]
        if self.besides:
            told += ["and, since no other clause settles it,", *(f"  - {one}" for one in self.besides)]
        carried = ", ".join(self.clauses) or "no clause"
        return [*told, f"Carried by {carried}. {self.change}"]


def describe(
    ruled: Statement, shown: Picture, broken: int, claim: Claim, before: Facts, after: Facts
) -> Counterexample:
    """The widest request among the broken ones. before, after: the facts that a comparison changes."""
    sheet = shown.diagrams
    cube = sheet.widest(broken)
    facts = {**sheet.space.example(cube), **after}
    outcome = _outcome(shown, facts)
    carrying = _carrying(ruled, shown, facts, outcome)
    read = {one.fact for place in carrying for one in ruled.parts[place].literals}
    about = read | {atom.fact for atom in claim.when}
    return Counterexample(
        headline=_headline(ruled.action, outcome, claim, before, after),
        conditions=tuple(sentences(sheet.space, cube, about)),
        besides=tuple(sentences(sheet.space, cube, set(cube) - about)),
        clauses=tuple(dict.fromkeys(ruled.parts[place].clause.id for place in carrying)),
        change=_change(outcome, claim),
        facts=facts,
    )


def _outcome(shown: Picture, facts: Facts) -> str:
    inside = {name: shown.diagrams.given(shown.set_of(name), facts) for name in ("permit", "refuse")}
    return next((name for name, left in inside.items() if left == 1), "undetermined")


def _carrying(ruled: Statement, shown: Picture, facts: Facts, outcome: str) -> list[int]:
    sheet = shown.diagrams
    return [
        place
        for place, part in enumerate(ruled.parts)
        if outcome != "undetermined"
        and part.permits == (outcome == "permit")
        and sheet.given(shown.held[place], facts) == 1
    ]


def _headline(action: str, outcome: str, claim: Claim, before: Facts, after: Facts) -> str:
    told = f"This would be {BECOMES[outcome]}: {DOING[action]}"
    if not claim.before:
        return told
    moved = [name for name in after if before[name] != after[name]]
    change = "; ".join(f"{fact(name).says}: {_shown(before[name])} → {_shown(after[name])}" for name in moved)
    was = "not before" if claim.expects[0] == "gained" else f"no longer what it was ({claim.expects[1]})"
    return f"{told}, and {was}, once this changes ({change})"


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _change(outcome: str, claim: Claim) -> str:
    """What the pack's author can do about it."""
    if claim.before:
        return "Let the clause ask for the same conditions before and after, or say in the claim where it does not hold."
    if outcome == "permit":
        return "Add a prohibition on these conditions, or let the permitting clause ask for more."
    if outcome == "refuse":
        return "Give the prohibition an `unless`, or take the claim back."
    return "Add a clause that speaks of this, or a closing clause to the document."
