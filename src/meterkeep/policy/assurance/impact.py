"""What a new version of a pack changes, in words: kinds of request whose outcome changes, and every word and number.

Exact and complete: the requests that change are a set, drawn as one decision diagram over the facts of both versions, and
every one of them is in exactly one kind. A kind is what changed in the clauses (its cause), from which outcome to which, and
from which day until which: every stretch of time to come is compared in which neither version changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from meterkeep.policy.assurance.edits import Edit, edits
from meterkeep.policy.assurance.kinship import pair
from meterkeep.policy.assurance.proving.diagrams import NOTHING, Diagrams
from meterkeep.policy.assurance.proving.statement import Part, Picture, Statement, draw, space_for, state
from meterkeep.policy.assurance.temporal import changes, first_day
from meterkeep.policy.assurance.words import sentences
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, vocabulary

OUTCOMES = ("permit", "refuse", "undetermined")
FEW = 8  # changed clauses up to which every combination of them is a kind of its own
Shape = tuple[str, bool, bool, frozenset[Any], frozenset[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests that change alike, from `since` until (without) `until`, None where there is no end in sight.

    clauses: those that make the difference. carried: the clauses that give the outcome afterwards, empty where none
    speaks. conditions: what all of the requests have in common and the changed clauses speak of; besides: what they share
    so that no other clause settles them in both versions. vectors: combinations of facts (a number counts once for each
    stretch between two bounds), on the first day; example: one of them."""

    action: str
    before: str
    after: str
    clauses: tuple[str, ...]
    carried: tuple[str, ...]
    conditions: tuple[str, ...]
    besides: tuple[str, ...]
    vectors: int
    example: Facts
    since: date
    until: date | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "before": self.before,
            "after": self.after,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "clauses": list(self.clauses),
            "carried": list(self.carried),
            "conditions": list(self.conditions),
            "besides": list(self.besides),
            "vectors": self.vectors,
            "example": dict(self.example),
        }

    def continues(self, earlier: Kind) -> bool:
        """Whether it is the same kind of request on the days that follow."""
        return earlier.until == self.since and self.says == earlier.says

    @property
    def says(self) -> tuple[object, ...]:
        """What is told of it, without its days and its count."""
        return (
            self.action,
            self.before,
            self.after,
            self.clauses,
            self.carried,
            self.conditions,
            self.besides,
        )


@dataclass(frozen=True)
class Impact:
    """since: the first day compared: `on`, or later where nothing of the new pack is in force before. renamed: documents
    of the old pack under the ids that they have in the new one. moved_on: the model has changed since it was copied."""

    old: str
    new: str
    on: date
    since: date
    kinds: tuple[Kind, ...]
    edits: tuple[Edit, ...]
    renamed: Mapping[str, str]
    moved_on: bool = False

    @property
    def changes(self) -> bool:
        return bool(self.kinds or self.edits)

    def as_json(self) -> dict[str, Any]:
        return {
            "old": self.old,
            "new": self.new,
            "on": self.on.isoformat(),
            "since": self.since.isoformat(),
            "renamed": dict(self.renamed),
            "model_changed": self.moved_on,
            "kinds": [kind.as_json() for kind in self.kinds],
            "edits": [edit.as_json() for edit in self.edits],
        }


def impact(old: str | Path, new: str | Path, *, on: date, actions: tuple[str, ...] = ()) -> Impact:
    """What changes from one pack to the other, on the date and on every later one: outcomes (of these actions, or of all)
    and everything written."""
    both = pair(old, new)
    since = max(on, first_day(both.new))
    kinds = tuple(outcome_changes(both.old, both.new, on=since, actions=actions))
    written = tuple(edits(both.old, both.new))
    return Impact(str(old), str(new), on, since, kinds, written, both.renamed, both.moved_on)


def outcome_changes(old: Pack, new: Pack, *, on: date, actions: tuple[str, ...] = ()) -> list[Kind]:
    """The kinds of request that the two packs decide otherwise, on the date or later, under the rulings each has in force."""
    days = [on, *sorted({day for pack in (old, new) for day in changes(pack) if day > on})]
    return [
        kind
        for action in actions or vocabulary().actions
        for kind in _through_time(old, new, action=action, days=days)
    ]


def _through_time(old: Pack, new: Pack, *, action: str, days: list[date]) -> list[Kind]:
    """The kinds of each stretch between two of the days; one that goes on over several is told once."""
    found: list[Kind] = []
    for since, until in zip(days, [*days[1:], None], strict=True):
        one, other = (state(pack, action, since).as_ruled() for pack in (old, new))
        for kind in _kinds(one, other, since, until):
            place = next((at for at, earlier in enumerate(found) if kind.continues(earlier)), None)
            if place is None:
                found.append(kind)
            else:
                found[place] = replace(found[place], until=until)
    return found


def _kinds(old: Statement, new: Statement, since: date, until: date | None) -> Iterator[Kind]:
    if _shapes(old) == _shapes(new):
        return
    sheet = Diagrams(space_for(old, new))
    one, other = draw(old, sheet), draw(new, sheet)
    causes = _causes(old, one, new, other)
    for before, after in product(OUTCOMES, OUTCOMES):
        changed = sheet.both(one.set_of(before), other.set_of(after)) if before != after else NOTHING
        for ids, facts, node in _by_cause(sheet, changed, causes):
            box = sheet.box(node)
            yield Kind(
                action=old.action,
                before=before,
                after=after,
                clauses=ids,
                carried=_carried(new, other, after, node, ids),
                conditions=tuple(sentences(sheet.space, box, facts)),
                besides=tuple(sentences(sheet.space, box, set(box) - facts)),
                vectors=sheet.count(node),
                example=sheet.space.example(sheet.widest(node)),
                since=since,
                until=until,
            )


def _shapes(statement: Statement) -> set[Shape]:
    return {_shape(part, statement.parts) for part in statement.parts}


def _carried(
    statement: Statement, shown: Picture, outcome: str, node: int, changed: tuple[str, ...]
) -> tuple[str, ...]:
    """Clauses that together give the outcome throughout the set: those that cover most of it, among equals a changed one."""
    sheet, left, found = shown.diagrams, node, list[str]()
    held = [
        (part.clause.id, place)
        for part, place in zip(statement.parts, shown.held, strict=True)
        if outcome != "undetermined" and part.permits == (outcome == "permit")
    ]
    while held and left != NOTHING:
        counts = [(sheet.count(sheet.both(left, place)), name in changed) for name, place in held]
        name, most = held[counts.index(max(counts))]
        found.append(name)
        left = sheet.without(left, most)
    return tuple(dict.fromkeys(found))


def _causes(old: Statement, one: Picture, new: Statement, other: Picture) -> list[tuple[str, set[str], int]]:
    """The rules that only one of the versions has: clause, facts it reads, and where it holds; those of one clause
    together, less what the clause says in both versions."""
    kept = _shapes(old) & _shapes(new)
    sheet = one.diagrams
    found: dict[tuple[str, bool], tuple[set[str], list[int], list[int]]] = {}
    for statement, shown, side in ((old, one, 1), (new, other, 2)):
        for part, held in zip(statement.parts, shown.held, strict=True):
            if _shape(part, statement.parts) not in kept:
                entry = found.setdefault((part.clause.id, part.permits), (set(), [], []))
                entry[0].update(literal.fact for literal in part.literals)
                entry[side].append(held)  # type: ignore[union-attr]
    causes = []
    for (name, _), (facts, before, after) in found.items():
        was, becomes = sheet.union(before), sheet.union(after)
        causes.append((name, facts, sheet.either(sheet.without(was, becomes), sheet.without(becomes, was))))
    return [cause for cause in causes if cause[2]]


def _shape(part: Part, parts: tuple[Part, ...]) -> Shape:
    """What a rule says, without its words. That a closing clause waits for its document's own permits goes without
    saying: where one of these changes, it is the cause."""
    foreign = [
        (parts[place].clause.id, frozenset(rests))
        for place, rests in part.exceptions
        if parts[place].clause.document != part.clause.document
    ]
    return part.clause.id, part.permits, part.clause.closing, frozenset(part.literals), frozenset(foreign)


def _by_cause(
    sheet: Diagrams, changed: int, causes: list[tuple[str, set[str], int]]
) -> Iterator[tuple[tuple[str, ...], set[str], int]]:
    """The changed set cut by which of the causes are at work in it; each vector in exactly one piece. Between versions
    that differ in many clauses, a vector goes to the first cause alone."""
    pieces: list[tuple[tuple[str, ...], set[str], int]] = [((), set(), changed)] if changed else []
    for name, facts, node in causes:
        cut = []
        for ids, read, piece in pieces:
            if ids and len(causes) > FEW:
                cut.append((ids, read, piece))
                continue
            inside, outside = sheet.both(piece, node), sheet.without(piece, node)
            cut += [((*ids, name), read | facts, inside)] if inside else []
            cut += [(ids, read, outside)] if outside else []
        pieces = cut
    for ids, facts, piece in pieces:
        yield tuple(dict.fromkeys(ids)), facts, piece
