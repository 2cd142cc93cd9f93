"""Where a permit and a prohibition meet, and what settles it: an exception, a ruling, or that the prohibition wins.

A pair of clauses is listed if some request meets the conditions of both, or would if the prohibition had no `unless` or did
not give way. Pairs whose conditions exclude each other are no overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterkeep.policy.assurance.proving.space import Cube, Space
from meterkeep.policy.assurance.proving.statement import RULING, Part, Statement, space_for, state
from meterkeep.policy.assurance.words import atom_says, sentences
from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import FactValue, vocabulary

ORDER = ("prohibition", "ruling", "unless", "yields")


@dataclass(frozen=True, slots=True)
class Overlap:
    """settled: `prohibition` (it wins), `unless` (the prohibition excepts it), `yields` (a closing clause gives way), or
    `ruling` (which of them speaks depends on a ruling). by: the exception or the ruling, in words."""

    permit: str
    forbid: str
    actions: tuple[str, ...]
    settled: str
    by: tuple[str, ...]
    meets: tuple[str, ...]  # what a request in both is about

    def as_json(self) -> dict[str, Any]:
        return {
            "permit": self.permit,
            "forbid": self.forbid,
            "actions": list(self.actions),
            "settled": self.settled,
            "by": list(self.by),
            "meets": list(self.meets),
        }


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two blocks that meet. both: their conditions can hold together; gives_way: the prohibition waits for the permit;
    rulings: interpretation → the choices under which they meet."""

    action: str
    both: bool
    gives_way: bool
    rulings: Mapping[str, frozenset[FactValue]]
    excepted: tuple[str, ...]
    meets: tuple[str, ...]


def overlaps(pack: Pack, *, on: date) -> list[Overlap]:
    """Every pair of clauses that overlap on the date, under any rulings, with what settles it."""
    found: dict[tuple[str, str], list[Meeting]] = {}
    for action in vocabulary().actions:
        statement = state(pack, action, on)
        space = space_for(statement)
        for forbid in (part for part in statement.parts if not part.permits):
            when = _when(forbid, pack, on)
            for place, permit in enumerate(statement.parts):
                if permit.permits and (cube := space.cube((*permit.literals, *when))) is not None:
                    met = _meeting(statement, space, cube, permit, forbid, place)
                    found.setdefault((permit.clause.id, forbid.clause.id), []).append(met)
    choices = {name: frozenset(entry.choices) for name, entry in pack.interpretations.items()}
    pairs = [_overlap(*key, meetings, choices) for key, meetings in found.items()]
    return sorted(pairs, key=lambda one: (ORDER.index(one.settled), one.forbid, one.permit))


def _when(forbid: Part, pack: Pack, on: date) -> tuple[Literal, ...]:
    """The conditions of a prohibition without its exceptions."""
    unless = {
        atom.literal(lambda name: pack.figure(name, on).value, negated=True) for atom in forbid.clause.unless
    }
    return tuple(one for one in forbid.literals if one not in unless)


def _meeting(
    statement: Statement, space: Space, cube: Cube, permit: Part, forbid: Part, place: int
) -> Meeting:
    rests = [rests for other, rests in forbid.exceptions if other == place]
    conditions = (*permit.literals, *forbid.literals)
    asked = {one.fact for one in permit.literals}
    return Meeting(
        action=statement.action,
        both=space.cube(conditions) is not None,
        gives_way=bool(rests),
        rulings=_rulings(conditions + tuple(one for literals in rests for one in literals)),
        excepted=tuple(atom_says(atom) for atom in forbid.clause.unless if atom.fact in asked),
        meets=tuple(sentences(space, cube, [name for name in cube if name not in statement.rulings])),
    )


def _rulings(literals: tuple[Literal, ...]) -> dict[str, frozenset[FactValue]]:
    return {
        one.fact.removeprefix(RULING): one.ok
        for one in literals
        if one.fact.startswith(RULING) and isinstance(one.ok, frozenset)
    }


def _overlap(
    permit: str, forbid: str, meetings: list[Meeting], choices: Mapping[str, frozenset[FactValue]]
) -> Overlap:
    """Of a pair that meets in several blocks what leaves most to the reader: where both hold, else where one gives way."""
    clashing = [met for met in meetings if met.both and not met.gives_way]
    yielding = [met for met in meetings if met.gives_way]
    shown = (clashing or yielding or meetings)[0]
    ruled = _decisive(clashing or yielding, choices)
    settled = "prohibition" if clashing else "yields" if yielding else "unless"
    return Overlap(
        permit=permit,
        forbid=forbid,
        actions=tuple(dict.fromkeys(met.action for met in meetings)),
        settled="ruling" if ruled else settled,
        by=tuple(ruled) or (shown.excepted if settled == "unless" else ()),
        meets=shown.meets,
    )


def _decisive(meetings: list[Meeting], choices: Mapping[str, frozenset[FactValue]]) -> list[str]:
    """The rulings without which the clauses would not meet (or give way) as they do."""
    names = set.intersection(*(set(met.rulings) for met in meetings)) if meetings else set()
    met_under = {name: frozenset.union(*(met.rulings[name] for met in meetings)) for name in sorted(names)}
    return [
        f"{name} is {' or '.join(sorted(map(str, under)))}"
        for name, under in met_under.items()
        if under != choices[name]
    ]
