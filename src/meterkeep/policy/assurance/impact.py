"""What a new version of a pack changes, in words: kinds of request whose outcome changes, and every word and number.

Exact and complete: the requests that change are a set, drawn as one decision diagram over the facts of both versions, and
every one of them is in exactly one kind. A kind is what changed in the clauses (its cause), from which outcome to which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from meterkeep.policy.assurance.edits import Edit, edits
from meterkeep.policy.assurance.proving.diagrams import Diagrams
from meterkeep.policy.assurance.proving.statement import Part, Picture, Statement, draw, space_for, state
from meterkeep.policy.assurance.words import sentences
from meterkeep.policy.language.loading import load_pack
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, vocabulary

OUTCOMES = ("permit", "refuse", "undetermined")
FEW = 8  # changed clauses up to which every combination of them is a kind of its own
Shape = tuple[str, bool, frozenset[Any], frozenset[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests that change alike. clauses: those that make the difference. conditions: what all of them have in common
    and the changed clauses speak of; besides: what they share so that no other clause settles them in both versions.
    vectors: combinations of facts (a number counts once for each stretch between two bounds); example: one of them."""

    action: str
    before: str
    after: str
    clauses: tuple[str, ...]
    conditions: tuple[str, ...]
    besides: tuple[str, ...]
    vectors: int
    example: Facts

    def as_json(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "before": self.before,
            "after": self.after,
            "clauses": list(self.clauses),
            "conditions": list(self.conditions),
            "besides": list(self.besides),
            "vectors": self.vectors,
            "example": dict(self.example),
        }


@dataclass(frozen=True)
class Impact:
    old: str
    new: str
    on: date
    kinds: tuple[Kind, ...]
    edits: tuple[Edit, ...]

    @property
    def changes(self) -> bool:
        return bool(self.kinds or self.edits)

    def as_json(self) -> dict[str, Any]:
        return {
            "old": self.old,
            "new": self.new,
            "on": self.on.isoformat(),
            "kinds": [kind.as_json() for kind in self.kinds],
            "edits": [edit.as_json() for edit in self.edits],
        }


def impact(old: str | Path, new: str | Path, *, on: date, actions: tuple[str, ...] = ()) -> Impact:
    """What changes from one pack to the other on the date: outcomes (of these actions, or of all) and everything written."""
    one, other = load_pack(old), load_pack(new)
    kinds = tuple(outcome_changes(one, other, on=on, actions=actions))
    return Impact(str(old), str(new), on, kinds, tuple(edits(one, other)))


def outcome_changes(old: Pack, new: Pack, *, on: date, actions: tuple[str, ...] = ()) -> list[Kind]:
    """The kinds of request that the two packs decide otherwise on the date, under the rulings each has in force."""
    return [
        kind
        for action in actions or vocabulary().actions
        for kind in _kinds(state(old, action, on).as_ruled(), state(new, action, on).as_ruled())
    ]


def _kinds(old: Statement, new: Statement) -> Iterator[Kind]:
    if not old.parts and not new.parts:
        return
    sheet = Diagrams(space_for(old, new))
    one, other = draw(old, sheet), draw(new, sheet)
    causes = _causes(old, one, new, other)
    for before, after in product(OUTCOMES, OUTCOMES):
        changed = sheet.both(one.set_of(before), other.set_of(after)) if before != after else 0
        for ids, facts, node in _by_cause(sheet, changed, causes):
            yield _kind(sheet, old.action, before, after, ids, facts, node)


def _kind(
    sheet: Diagrams, action: str, before: str, after: str, ids: tuple[str, ...], facts: set[str], node: int
) -> Kind:
    box = sheet.box(node)
    return Kind(
        action=action,
        before=before,
        after=after,
        clauses=ids,
        conditions=tuple(sentences(sheet.space, box, facts)),
        besides=tuple(sentences(sheet.space, box, set(box) - facts)),
        vectors=sheet.count(node),
        example=sheet.space.example(sheet.widest(node)),
    )


def _causes(old: Statement, one: Picture, new: Statement, other: Picture) -> list[tuple[str, set[str], int]]:
    """The rules that only one of the versions has: clause, facts it reads, and where it holds; those of one clause
    together, less what the clause says in both versions."""
    kept = {_shape(part, new.parts) for part in new.parts} & {_shape(part, old.parts) for part in old.parts}
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
    return part.clause.id, part.permits, frozenset(part.literals), frozenset(foreign)


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
