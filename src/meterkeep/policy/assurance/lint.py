"""What is wrong with a pack although it loads: gaps, double coverage, clauses that can never speak, rulings without effect.

Unknown facts, types, keys, parameters and interpretations do not load at all; `lint` reports that as its one finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from meterkeep.errors import BadInput
from meterkeep.policy.language.clauses import Clause
from meterkeep.policy.language.loading import load_pack
from meterkeep.policy.language.pack import Pack


@dataclass(frozen=True, slots=True)
class Finding:
    where: str
    what: str


def lint(pack: str | Path) -> list[Finding]:
    try:
        loaded = load_pack(pack)
    except BadInput as error:
        return [Finding(error.where, error.message)]
    checks = (_idle, _impossible, _doubled, _outlived, _uncited_closing, _idle_choices)
    return [finding for check in checks for finding in check(loaded)]


def _own(pack: Pack) -> list[Clause]:
    return [clause for document in pack.documents for clause in document.clauses]


def _idle(pack: Pack) -> Iterator[Finding]:
    for clause in _own(pack):
        if clause.deciding and not clause.actions:
            yield Finding(clause.where, f"{clause.id} decides no action.")
        if not clause.deciding and (clause.when or clause.actions):
            yield Finding(clause.where, f"{clause.id} is a {clause.kind}, yet has conditions or actions.")


def _impossible(pack: Pack) -> Iterator[Finding]:
    """Two conditions on one fact that no value meets together."""
    for clause in _own(pack):
        allowed: dict[str, frozenset[object]] = {}
        for atom, negated in [(a, False) for a in clause.when] + [(a, True) for a in clause.unless]:
            literal = atom.literal(lambda name: 0, negated=negated)
            if isinstance(literal.ok, frozenset):
                allowed[literal.fact] = allowed.get(literal.fact, literal.ok) & literal.ok
        for fact in (fact for fact, values in allowed.items() if not values):
            yield Finding(
                clause.where, f"{clause.id} can never hold: its conditions on {fact} exclude each other."
            )


def _doubled(pack: Pack) -> Iterator[Finding]:
    """The same clause twice at the same time: two versions whose dates overlap."""
    groups: dict[tuple[object, ...], list[Clause]] = defaultdict(list)
    for clause in _own(pack):
        groups[clause.id, clause.kind, clause.actions, clause.when, clause.unless, clause.under].append(
            clause
        )
    for versions in groups.values():
        for one, other in combinations(versions, 2):
            if one.effective < other.until and other.effective < one.until:
                yield Finding(
                    other.where, f"{other.id} stands twice for the same time; its other place is {one.where}."
                )


def _outlived(pack: Pack) -> Iterator[Finding]:
    for document in pack.documents:
        for clause in document.clauses:
            if clause.until <= clause.effective:
                yield Finding(clause.where, f"{clause.id} ends before it begins.")
            elif clause.effective >= document.until or clause.until <= document.effective:
                yield Finding(clause.where, f"{clause.id} is never in force together with {document.id}.")


def _uncited_closing(pack: Pack) -> Iterator[Finding]:
    """A pack in which nothing refuses would let every permit of the law through."""
    if not any(clause.closing or clause.kind == "forbid" for clause in _own(pack)):
        yield Finding(pack.id, "No clause of the pack refuses anything.")


def _idle_choices(pack: Pack) -> Iterator[Finding]:
    """A choice that no clause asks for would be a ruling without effect."""
    asked = {ruling for clause in pack.clauses for ruling in clause.under}
    asked |= {entry.under for clause in pack.clauses for entry in clause.yields}
    for entry in pack.interpretations.values():
        if (
            len(entry.choices) > 1
            and not entry.used_by
            and not any(ruling.startswith(f"{entry.id} is ") for ruling in asked)
        ):
            yield Finding(
                "interpretations.toml", f"{entry.id} has choices, but no clause depends on its ruling."
            )
