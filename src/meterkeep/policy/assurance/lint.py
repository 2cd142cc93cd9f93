"""What is wrong with a pack: what keeps it from loading, gaps and overlaps in time, clauses that can never speak or never
win, rulings without effect, numbers not in force.

A finding fails the pack; a note does not: it tells what is redundant, unread or meant so (`[[deliberate]]` in
invariants.toml says of a finding that it is meant, and why).
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.assurance.proving.invariants import Deliberate, read_claims, read_deliberate
from meterkeep.policy.assurance.sense import Sense, sense_of
from meterkeep.policy.assurance.slips import slips
from meterkeep.policy.language.clauses import Clause
from meterkeep.policy.language.loading import load_pack
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import vocabulary

FUNCTIONS = Path(__file__).parents[1] / "functions.toml"
FEW = 4  # clauses named before the rest is counted


@dataclass(frozen=True, slots=True)
class Finding:
    """rule: the check's short name; clause: the id it is about, if any; note: told, but no fault."""

    where: str
    what: str
    rule: str = ""
    clause: str = ""
    note: bool = False

    def as_json(self) -> dict[str, Any]:
        level = "note" if self.note else "finding"
        return {
            "where": self.where,
            "what": self.what,
            "rule": self.rule,
            "clause": self.clause,
            "level": level,
        }


def lint(pack: str | Path) -> list[Finding]:
    """The findings alone."""
    return [finding for finding in examine(pack) if not finding.note]


def examine(pack: str | Path) -> list[Finding]:
    """Findings and notes. A pack that does not load has its slips, every one, as findings."""
    if found := slips(pack):
        return [_slip(error) for error in found]
    loaded = load_pack(pack)
    told = [finding for check in CHECKS for finding in check(loaded)]
    try:
        meant, _ = read_deliberate(pack), read_claims(pack)
    except BadInput as error:
        return [*told, _slip(error)]
    return _as_meant(told, meant)


def _slip(error: BadInput) -> Finding:
    """What keeps a pack from loading, with what to do about it: the error's own next step."""
    return Finding(error.where, f"{error.message} {error.next}".strip(), "slip")


def _as_meant(told: list[Finding], meant: list[Deliberate]) -> list[Finding]:
    """Findings that the author meant become notes; a word for a finding that is not there is itself one."""
    reasons = {(one.clause, one.rule): one.why for one in meant}
    found = {(finding.clause, finding.rule) for finding in told}
    idle = [
        Finding(one.where, f"Nothing is found of {one.clause} under {one.rule!r}.", "idle-word", one.clause)
        for one in meant
        if (one.clause, one.rule) not in found
    ]
    settled = [
        replace(one, note=True, what=f"{one.what} Meant so: {reasons[one.clause, one.rule]}")
        if (one.clause, one.rule) in reasons
        else one
        for one in told
    ]
    return settled + idle


def _own(pack: Pack) -> list[Clause]:
    return [clause for document in pack.documents for clause in document.clauses]


def _of(clause: Clause, rule: str, what: str, *, note: bool = False) -> Finding:
    return Finding(clause.where, f"{clause.id} {what}", rule, clause.id, note)


def _idle(pack: Pack) -> Iterator[Finding]:
    for clause in _own(pack):
        if clause.deciding and not clause.actions:
            yield _of(clause, "no-action", "decides no action.")
        if not clause.deciding and (clause.when or clause.actions):
            yield _of(clause, "not-deciding", f"is a {clause.kind}, yet has conditions or actions.")


def _doubled(pack: Pack) -> Iterator[Finding]:
    """The same block twice at the same time: two versions whose dates overlap."""
    groups: dict[tuple[object, ...], list[Clause]] = defaultdict(list)
    for clause in _own(pack):
        if clause.deciding:
            groups[clause.id, clause.kind, clause.actions, clause.when, clause.unless, clause.under].append(
                clause
            )
    for versions in groups.values():
        for one, other in combinations(versions, 2):
            if one.effective < other.until and other.effective < one.until:
                place = f"its other place is {one.where}."
                yield _of(other, "stands-twice", f"stands twice for the same time; {place}")


def _versions(pack: Pack) -> Iterator[Finding]:
    """Of a clause whose blocks begin on different days, the later ones follow the earlier ones without overlap or gap."""
    for document in pack.documents:
        groups: dict[tuple[object, ...], list[Clause]] = defaultdict(list)
        for clause in document.clauses:
            if clause.effective < clause.until:
                groups[clause.id, clause.kind, frozenset(clause.actions), clause.under].append(clause)
        for blocks in groups.values():
            yield from _followed(blocks)


def _followed(blocks: list[Clause]) -> Iterator[Finding]:
    begins = sorted({block.effective for block in blocks})
    for earlier, later in pairwise(begins):
        before = [block for block in blocks if block.effective == earlier]
        after = next(block for block in blocks if block.effective == later)
        end = max(block.until for block in before)
        if end > later:
            still = next(block for block in before if block.until == end)
            told = f"has a version from {later} while the one of {earlier} ({still.where}) still runs"
            yield _of(after, "versions-overlap", f"{told}; give that one `until = {later}`.")
        elif end < later:
            yield _of(after, "gap", f"says nothing from {end} to {later}, between two versions.")


def _outlived(pack: Pack) -> Iterator[Finding]:
    for document in pack.documents:
        for clause in document.clauses:
            if clause.until <= clause.effective:
                yield _of(clause, "outlived", "ends before it begins.")
            elif clause.effective >= document.until or clause.until <= document.effective:
                yield _of(clause, "outlived", f"is never in force together with {document.id}.")


def _never_refuses(pack: Pack) -> Iterator[Finding]:
    """A pack in which nothing refuses would let every permit of the law through."""
    if not any(clause.closing or clause.kind == "forbid" for clause in _own(pack)):
        yield Finding(pack.id, "No clause of the pack refuses anything.", "never-refuses")


def _out_of_scope(pack: Pack) -> Iterator[Finding]:
    for document in pack.documents:
        if not document.speaks_to(pack.provider):
            provider = f"{pack.kind} in {pack.jurisdiction}"
            told = f"{document.id} does not speak to the pack's own provider ({provider})."
            yield Finding(f"{document.id}.md", told, "out-of-scope")


def _figures(pack: Pack) -> Iterator[Finding]:
    """Every number is in force when the clause that reads it is, and has one figure a day."""
    read = {atom.parameter for clause in pack.clauses for atom in clause.when + clause.unless}
    ids = {clause.id for clause in pack.clauses}
    for clause in _own(pack):
        for name in {atom.parameter for atom in clause.when + clause.unless if atom.parameter}:
            figures = pack.parameters[name].figures
            if not figures or figures[0].effective > clause.effective:
                since = f"begins {figures[0].effective}" if figures else "has no figure"
                yield _of(
                    clause,
                    "no-figure",
                    f"is in force from {clause.effective}, but its number {name} {since}.",
                )
    for name, parameter in pack.parameters.items():
        days = [figure.effective for figure in parameter.figures]
        if len(days) > len(set(days)):
            yield Finding(
                "parameters.toml", f"{name} has two figures from the same day.", "double-figure", name
            )
        if name not in read and not any(figure.cite in ids for figure in parameter.figures):
            told = f"{name} is read by no clause, and cites none of the pack."
            yield Finding("parameters.toml", told, "unread-number", name, note=True)


def _rulings(pack: Pack) -> Iterator[Finding]:
    """A choice that no clause asks for would be a ruling without effect."""
    asked = {ruling for clause in pack.clauses for ruling in clause.under}
    asked |= {entry.under for clause in pack.clauses for entry in clause.yields}
    cited = {name for clause in pack.clauses for name in clause.interpretations}
    for entry in pack.interpretations.values():
        depends = any(ruling.startswith(f"{entry.id} is ") for ruling in asked)
        if len(entry.choices) > 1 and not entry.used_by and not depends:
            told = f"{entry.id} has choices, but no clause depends on its ruling."
            yield Finding("interpretations.toml", told, "idle-choices", entry.id)
        elif not (depends or entry.used_by or entry.id in cited):
            told = f"{entry.id} is cited by no clause and read by no desk."
            yield Finding("interpretations.toml", told, "unread-interpretation", entry.id, note=True)


def _purposes(pack: Pack) -> Iterator[Finding]:
    needed = {name for purpose in pack.purposes.values() for name in purpose.elements}
    for name in pack.elements:
        if pack.purposes and name not in needed:
            yield Finding("elements.toml", f"No purpose needs {name}.", "unneeded-element", name, note=True)


def _anchored(pack: Pack) -> Iterator[Finding]:
    """Whoever decides can be looked up: in the text that was read, and in the function that carries it out."""
    functions = _functions()
    for clause in _own(pack):
        if clause.deciding and clause.source and not clause.anchor:
            yield _of(clause, "no-anchor", f"decides, but names no lines of {clause.source}.")
        if clause.function not in functions:
            yield _of(clause, "no-function", f"names the function {clause.function!r}, which there is not.")


@cache
def _functions() -> frozenset[str]:
    return frozenset(tomllib.loads(FUNCTIONS.read_text(encoding="utf-8")))


def _gives_way(pack: Pack) -> Iterator[Finding]:
    permits = {clause.id for clause in pack.clauses if clause.kind == "permit"}
    for clause in _own(pack):
        for entry in clause.yields:
            if not clause.closing:
                yield _of(clause, "yields", "gives way to a permit, which only a closing clause does.")
            elif entry.to not in permits:
                yield _of(clause, "yields", f"gives way to {entry.to}, which permits nothing.")


def _spoken(pack: Pack) -> Iterator[Finding]:
    """Clauses that can never hold, never win, or never make a difference."""
    for sense in sense_of(pack):
        if found := _unheard(sense):
            yield found


def _unheard(sense: Sense) -> Finding | None:
    clause, others = sense.clause, _few(sense.beside)
    if not sense.holds:
        facts = ", ".join(sorted(sense.clashes))
        why = f"its conditions on {facts} exclude each other." if facts else "it always gives way."
        return _of(clause, "never-holds", f"can never hold: {why}")
    if clause.kind == "permit" and not sense.stands_out:
        return _of(clause, "always-beaten", f"permits nothing: wherever it holds, it is refused by {others}.")
    if not sense.differs:
        told = f"changes no outcome: wherever it holds, the same follows from {others}."
        return _of(clause, "redundant", told, note=True)
    return None


def _few(names: set[str]) -> str:
    shown = sorted(names)[:FEW]
    more = len(names) - len(shown)
    return (", ".join(shown) + (f" and {more} more" if more else "")) or "the rest"


def _idle_literals(pack: Pack) -> Iterator[Finding]:
    """A condition that every value meets asks nothing."""
    known = vocabulary().facts
    for clause in _own(pack):
        for atom in clause.when + clause.unless:
            if isinstance(atom.operand, frozenset) and atom.operand >= known[atom.fact].domain:
                yield _of(clause, "idle-condition", f"has a condition on {atom.fact} that every value meets.")


def _one_more(pack: Pack) -> Iterator[Finding]:
    """`X_over` is the smallest number above X. Conditions know `at least` and `below`, so "not more than X" needs it."""
    for name, over in pack.parameters.items():
        base = pack.parameters.get(name.removesuffix("_over"))
        if base is None or base is over:
            continue
        due = [(figure.effective, figure.value + 1) for figure in base.figures]
        if due != [(figure.effective, figure.value) for figure in over.figures]:
            wanted = ", ".join(f"{value} from {day}" for day, value in due)
            yield Finding(
                "parameters.toml", f"{name} is one more than {base.name} on every day: {wanted}.", "one-more"
            )


CHECKS = (
    _idle,
    _doubled,
    _versions,
    _outlived,
    _never_refuses,
    _out_of_scope,
    _figures,
    _one_more,
    _rulings,
    _purposes,
    _anchored,
    _gives_way,
    _idle_literals,
    _spoken,
)
