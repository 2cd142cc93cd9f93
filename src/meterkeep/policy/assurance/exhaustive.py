"""Every combination of the facts that an action reads, tried one by one in tables of bits.

Kinds (enumerations) and numbers are folded first: each combination of their classes leaves a few rules over yes-and-no
facts, and combinations that leave the same rules share a table. A table has one bit for each vector of the facts that
are still read (where there is no contract, its terms are not), and its rules are worked out for all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterkeep.policy.assurance.proving.diagrams import ALL
from meterkeep.policy.assurance.proving.space import Axis, Space
from meterkeep.policy.assurance.proving.statement import Part, Picture, Statement, draw
from meterkeep.policy.deciding.engine import decide
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts

WIDEST = 24  # facts of one table (two megabytes a rule); wider ones are cut at their first facts
MOST = 1 << 29  # rows that are tried one by one; beyond it the decision diagram counts them, exactly as well
RANDOM = 64  # vectors put to the engine besides those drawn for each rule
WORD = 6  # facts whose 64 combinations fit one machine word
PATTERNS = tuple(
    sum(1 << row for row in range(64) if row >> fact & 1) for fact in range(WORD)
)  # bit `row` says whether the fact is true in that row
Bits = NDArray[np.uint64]
Table = tuple[tuple[Part, ...], tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Count:
    """method: tables, or diagram where the tables would be too many; rows: combinations tried one by one.

    vectors: combinations of every value of every fact read (a number counts once for each stretch between two bounds),
    and how many of them come to each outcome, by the decision diagram; `equal` says that the tables count the same.
    tried: vectors put to `decide`; differing: those it decided otherwise; uncited: those it refused without a clause.
    """

    action: str
    facts: int
    method: str
    rows: int
    vectors: int
    permit: int
    refuse: int
    silent: int
    equal: bool
    tried: int
    differing: int
    uncited: int

    @property
    def sound(self) -> bool:
        return self.equal and not self.differing and not self.uncited

    def as_json(self) -> dict[str, Any]:
        return {**{name: getattr(self, name) for name in self.__slots__}, "sound": self.sound}


def enumerate_all(statement: Statement, pack: Pack) -> Count:
    """Tries every vector of one action on one day, under the rulings in force."""
    ruled = statement.as_ruled()
    shown = draw(ruled)
    sheet = shown.diagrams
    tables = list(_tables(ruled, sheet.space))
    rows = sum(1 << len(facts) for _, facts, _ in tables)
    by_tables = rows <= MOST
    permit, refuse, vectors = map(sheet.count, (shown.permit, shown.refuse, ALL))
    tried, differing, uncited = _against_engine(ruled, shown, pack)
    return Count(
        action=statement.action,
        facts=len(sheet.space.axes),
        method="tables" if by_tables else "diagram",
        rows=rows if by_tables else 0,
        vectors=vectors,
        permit=permit,
        refuse=refuse,
        silent=vectors - permit - refuse,
        equal=not by_tables or (permit, refuse) == _counted(tables, sheet.space),
        tried=tried,
        differing=differing,
        uncited=uncited,
    )


def _counted(tables: list[Table], space: Space) -> tuple[int, int]:
    """Permits and refusals over all vectors, each row standing for the values that no rule in play reads."""
    free = sum(axis.fact.type == "bool" for axis in space.axes)
    permit = refuse = 0
    for parts, facts, weight in tables:
        permitted, refused = _try(parts, facts)
        permit += permitted * weight << free - len(facts)
        refuse += refused * weight << free - len(facts)
    return permit, refuse


def _against_engine(ruled: Statement, shown: Picture, pack: Pack) -> tuple[int, int, int]:
    """Vectors put to `decide`, differing ones, uncited refusals: one for each rule that holds, one where it carries the
    outcome, and some at random (always the same)."""
    choice = Random(0).choice  # noqa: S311 - a sample, no secret
    sheet = shown.diagrams
    effective = [sheet.both(held, shown.permit) for held in shown.held]
    sets = [one for one in [*shown.held, *effective] if one] + [ALL] * RANDOM
    tried = differing = uncited = 0
    for one in sets:
        facts = sheet.pick(one, choice)
        decision = decide(pack, action=ruled.action, facts=facts, on=ruled.on)
        tried += 1
        differing += decision.outcome != _expected(shown, facts)
        uncited += decision.outcome == "refuse" and not decision.clauses
    return tried, differing, uncited


def _expected(shown: Picture, facts: Facts) -> str:
    for outcome in ("permit", "refuse"):
        if shown.diagrams.given(shown.set_of(outcome), facts) == ALL:
            return outcome
    return "undetermined"


def _tables(statement: Statement, space: Space) -> Iterator[Table]:
    """The rules that each combination of kinds leaves, the yes-and-no facts these read, and how many combinations do so."""
    folded = {statement.parts: (statement, 1)}
    for axis in (axis for axis in space.axes if axis.fact.type != "bool"):
        folded = _split(folded, axis)
    for parts, (left, weight) in folded.items():
        names = {literal.fact for literal in left.literals}
        yield parts, tuple(axis.fact.name for axis in space.axes if axis.fact.name in names), weight


def _split(
    folded: dict[tuple[Part, ...], tuple[Statement, int]], axis: Axis
) -> dict[tuple[Part, ...], tuple[Statement, int]]:
    split: dict[tuple[Part, ...], tuple[Statement, int]] = {}
    for left, weight in folded.values():
        for value, times in zip(axis.samples, axis.weights, strict=True):
            one = _settled(left.given({axis.fact.name: value}))
            same = split.get(one.parts)
            split[one.parts] = (one, weight * times + (same[1] if same else 0))
    return split


def _settled(statement: Statement) -> Statement:
    """Where a prohibition holds whatever else is so, it is all that need be tried."""
    sure = [part for part in statement.parts if not (part.permits or part.literals or part.exceptions)]
    return replace(statement, parts=tuple(sure[:1])) if sure else statement


def _try(parts: tuple[Part, ...], facts: tuple[str, ...]) -> tuple[int, int]:
    """Permits and refusals over all vectors of the facts."""
    cut, own = facts[:-WIDEST], facts[-WIDEST:]
    columns = {name: _column(place, len(own)) for place, name in enumerate(own)}
    permit = refuse = 0
    for row in range(1 << len(cut)):
        fixed = {name: bool(row >> place & 1) for place, name in enumerate(cut)}
        permitted, refused = _tally(parts, columns, fixed, len(own))
        permit, refuse = permit + permitted, refuse + refused
    return permit, refuse


def _tally(
    parts: tuple[Part, ...], columns: dict[str, Bits], fixed: dict[str, bool], breadth: int
) -> tuple[int, int]:
    blank = np.zeros(max(1, (1 << breadth) // 64), dtype=np.uint64)
    own = [_where(part, columns, fixed, blank) for part in parts]
    permits, refuses = blank.copy(), blank.copy()
    for part, holds in zip(parts, own, strict=True):
        if part.permits:
            permits |= holds
        elif part.exceptions:
            refuses |= holds & ~np.bitwise_or.reduce([own[place] for place, _ in part.exceptions])
        else:
            refuses |= holds
    whole = np.uint64(
        (1 << min(1 << breadth, 64)) - 1
    )  # a table of fewer than 64 rows fills its word in part
    permitted, refused = (np.bitwise_count(one & whole).sum() for one in (permits & ~refuses, refuses))
    return int(permitted), int(refused)


def _where(part: Part, columns: dict[str, Bits], fixed: dict[str, bool], blank: Bits) -> Bits:
    holds = ~blank
    for literal in part.literals:
        if literal.fact in fixed:
            holds = holds if fixed[literal.fact] in literal.ok else blank
        else:
            column = columns[literal.fact]
            holds = holds & (column if True in literal.ok else ~column)
    return holds


@cache
def _column(place: int, breadth: int) -> Bits:
    """The truth of the fact at this place over all rows of a table."""
    words = max(1, (1 << breadth) // 64)
    if place < WORD:
        return np.full(words, PATTERNS[place], dtype=np.uint64)
    high = np.arange(words, dtype=np.uint64) >> np.uint64(place - WORD) & np.uint64(1)
    return np.where(high == 1, ~np.uint64(0), np.uint64(0))
