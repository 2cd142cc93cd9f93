"""Whether every clause can speak, and whether it ever makes a difference: exactly, for every combination of facts, in every
stretch of time, under every ruling.

A permit that is refused wherever it holds is beaten; a clause without which no outcome would change is redundant. The
second is no fault: documents repeat each other, and a repetition is cited beside the other clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

from meterkeep.errors import BadInput
from meterkeep.policy.assurance.proving.diagrams import NOTHING, Diagrams
from meterkeep.policy.assurance.proving.statement import RULING, Part, Picture, Statement, draw, state
from meterkeep.policy.assurance.temporal import stretches
from meterkeep.policy.language.clauses import Clause
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import vocabulary


@dataclass
class Sense:
    """What was seen of one block over all actions and stretches of time.

    clashes: the facts on which its conditions exclude each other. stands_out: it held while no prohibition did. differs:
    some outcome would be another one without it. beside: the clauses that settle the same wherever it holds.
    """

    clause: Clause
    holds: bool = False
    stands_out: bool = False
    differs: bool = False
    clashes: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)


def sense_of(pack: Pack) -> list[Sense]:
    """Each deciding block of the pack's own documents that is in force at some time."""
    found: dict[tuple[str, str], Sense] = {}
    for statement in _statements(pack):
        shown = draw(statement)
        without = _differing(statement, shown)
        for place, part in enumerate(statement.parts):
            if not part.clause.law or pack.documents[0].law:
                key = part.clause.where, part.clause.id
                _see(found.setdefault(key, Sense(part.clause)), statement, shown, without, place)
    return list(found.values())


def _statements(pack: Pack) -> Iterator[Statement]:
    last = max(clause.effective for clause in pack.clauses)
    for action in vocabulary().actions:
        seen: list[Statement] = []
        for since, _ in stretches(pack, last=last):
            statement = _said(pack, action, since)
            if statement and not any(statement.says_the_same(other) for other in seen):
                seen.append(statement)
                yield statement


def _said(pack: Pack, action: str, on: date) -> Statement | None:
    """None where nothing is said, or where a number is not in force (a finding of its own)."""
    try:
        statement = state(pack, action, on)
    except BadInput:
        return None
    return statement if statement.parts else None


def _see(sense: Sense, statement: Statement, shown: Picture, differing: list[int], place: int) -> None:
    sheet, held, part = shown.diagrams, shown.held[place], statement.parts[place]
    if held == NOTHING:
        sense.clashes |= _clashing(sheet, part)
        return
    sense.holds = True
    sense.stands_out |= sheet.without(held, shown.refuse) != NOTHING
    sense.differs |= differing[place] != NOTHING
    open_region = sheet.without(held, shown.refuse)
    wins = part.permits and open_region != NOTHING
    sense.beside |= _covering(statement, shown, place, open_region if wins else held, permits=wins)


def _covering(statement: Statement, shown: Picture, place: int, region: int, *, permits: bool) -> set[str]:
    """Clauses that together settle a whole region alike, those that cover most of it first; none where they do not."""
    sheet, names, left = shown.diagrams, set(), region
    others = [
        (sheet.both(held, region), part.clause.id)
        for at, (held, part) in enumerate(_pairs(statement, shown))
        if at != place and part.permits == permits
    ]
    for covered, name in sorted(others, key=lambda one: -sheet.count(one[0])):
        if sheet.both(covered, left) != NOTHING:
            names.add(name)
            left = sheet.without(left, covered)
    return names if left == NOTHING else set()


def _clashing(sheet: Diagrams, part: Part) -> set[str]:
    facts = {literal.fact for literal in part.literals}
    alone = {
        fact for fact in facts if sheet.space.cube(one for one in part.literals if one.fact == fact) is None
    }
    return {name.removeprefix(RULING) for name in alone}


def _differing(statement: Statement, shown: Picture) -> list[int]:
    """For each part the vectors whose outcome would be another one without it."""
    sheet = shown.diagrams
    rest = {
        side: _unions_without_one(
            sheet, [held if part.permits == side else NOTHING for held, part in _pairs(statement, shown)]
        )
        for side in (True, False)
    }
    differing = []
    for place, (held, part) in enumerate(_pairs(statement, shown)):
        if not part.permits:
            differing.append(sheet.without(held, rest[False][place]))
            continue
        allowed = sheet.without(held, shown.refuse)
        unpermitted = sheet.without(allowed, rest[True][place])
        differing.append(sheet.either(unpermitted, sheet.both(allowed, _shut_again(statement, shown, place))))
    return differing


def _shut_again(statement: Statement, shown: Picture, place: int) -> int:
    """Where a closing clause would refuse if this permit were not there."""
    sheet = shown.diagrams
    shut = NOTHING
    for part in statement.parts:
        if any(other == place for other, _ in part.exceptions):
            met = sheet.union(
                sheet.where((*statement.parts[other].literals, *rests))
                for other, rests in part.exceptions
                if other != place
            )
            shut = sheet.either(shut, sheet.without(sheet.where(part.literals), met))
    return shut


def _pairs(statement: Statement, shown: Picture) -> Iterable[tuple[int, Part]]:
    return zip(shown.held, statement.parts, strict=True)


def _unions_without_one(sheet: Diagrams, sets: list[int]) -> list[int]:
    """For each place the union of all others."""
    before = [NOTHING, *accumulate(sets, sheet.either)]
    after = [NOTHING, *accumulate(reversed(sets), sheet.either)]
    return [sheet.either(before[place], after[len(sets) - place - 1]) for place in range(len(sets))]
