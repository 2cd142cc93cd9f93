"""What is left of a question once the facts common to all customers are folded in: an expression over each customer's own.

The expression is SQL, in which NULL is unknown. An outcome is stated as all the largest sets of conditions that are enough
for it (its prime implicants), joined by OR. So three-valued SQL finds it true exactly where every completion of a row's
NULLs has that outcome: then the row's known values alone are enough, and lie within one of these sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from meterkeep.errors import BadInput
from meterkeep.policy.deciding.engine import NO_FACTS, check_request
from meterkeep.policy.deciding.exact import PERMIT, REFUSE, SILENT, Diagram, diagram
from meterkeep.policy.deciding.masks import Masks
from meterkeep.policy.deciding.program import NOTHING, program_for
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, FactValue, fact, vocabulary

MOST_SETS = 2_000  # sets of conditions in one expression; no database should be asked more
Conditions = dict[
    int, int
]  # by the bit of a fact the branches that it may take, as bits; a fact not in it is free


@dataclass(frozen=True)
class Folded:
    """The question with its common facts folded in. implied: what the action itself says where a row does not."""

    diagram: Diagram
    state: int
    each: tuple[str, ...]
    implied: Facts

    @property
    def masks(self) -> Masks:
        return self.diagram.masks

    @property
    def live(self) -> int:
        """The clauses that the common facts do not rule out."""
        return self.masks.every & ~self.masks.dead(self.state)


def fold(pack: Pack, *, action: str, common: Facts, each: Sequence[str], on: date) -> Folded:
    """each: the facts that every customer has of its own. Raises BadInput for what the vocabulary does not know, for a
    fact that is common as well, and for facts about the provider."""
    check_request(action, common)
    for name in each:
        _check_own(name, common)
    provider = {**pack.provider, **{name: value for name, value in common.items() if name in pack.provider}}
    program = program_for(pack, action, on, provider)
    drawn = diagram(NOTHING if isinstance(program, str) else program)
    implied = pack.implied.get(action, NO_FACTS)
    said = {name: value for name, value in implied.items() if name not in each}
    state = drawn.masks.state({**provider, **said, **common})
    return Folded(drawn, state, tuple(each), {name: implied[name] for name in implied if name in each})


def residual(pack: Pack, *, action: str, common: Facts, each: Sequence[str], on: date) -> Residual:
    """The expression over the facts `each`; any other fact that is not common is unknown for all. Raises as `fold`."""
    return Residual(fold(pack, action=action, common=common, each=each, on=on))


@dataclass(frozen=True)
class Residual:
    folded: Folded

    def sql(self, columns: Mapping[str, str] | None = None) -> str:
        """An expression that is 'permit', 'refuse' or 'undetermined', in SQLite, PostgreSQL and DuckDB alike.

        columns: by fact the name of its column, where that is not the fact's own. Yes-or-no facts are boolean columns (in
        SQLite 0 and 1), words text, numbers integers; a word that the vocabulary does not know meets no condition. Raises
        BadInput where the expression would grow beyond MOST_SETS.
        """
        names = {name: _quoted((columns or {}).get(name, name)) for name in self.folded.each}
        for name, value in self.folded.implied.items():
            names[name] = f"COALESCE({names[name]}, {_literal(value)})"
        cases = [
            f"WHEN {self._any_of(sets, names)} THEN '{outcome}'"
            for outcome, sets in (("refuse", self._sets(REFUSE)), ("permit", self._sets(PERMIT)))
            if sets
        ]
        return "\n".join(["CASE", *cases, "ELSE 'undetermined' END"]) if cases else "'undetermined'"

    def _any_of(self, sets: Sequence[Conditions], names: Mapping[str, str]) -> str:
        return "\n  OR ".join(self._all_of(one, names) for one in sets)

    def _all_of(self, conditions: Conditions, names: Mapping[str, str]) -> str:
        masks = self.folded.masks
        tests = [
            self._test(name, names[name], conditions[masks.fact_bits[name]])
            for name in masks.facts
            if masks.fact_bits[name] in conditions
        ]
        return " AND ".join(tests) if tests else "TRUE"

    def _test(self, name: str, column: str, allowed: int) -> str:
        """That the fact takes one of the allowed branches."""
        masks, values = self.folded.masks, self.folded.masks.sample(name)
        branches = masks.branches[masks.fact_bits[name]]
        taken = [branches.index(masks.dead(masks.effect(name, value))) for value in values]
        fits = [bool(allowed >> branch & 1) for branch in taken]
        fitting = [value for value, fit in zip(values, fits, strict=True) if fit]
        if vocabulary().facts[name].type == "int":
            return _within(column, masks.edges(name), fits)
        if vocabulary().facts[name].type == "bool":
            return column if fitting == [True] else f"NOT {column}"
        return f"{column} IN ({', '.join(map(_literal, fitting))})"

    def _sets(self, end: int) -> list[Conditions]:
        """The largest sets of conditions that are enough for the outcome."""
        drawn, masks = self.folded.diagram, self.folded.masks
        root = drawn.draw(self.folded.live, masks.every_fact & ~masks.known(self.folded.state))
        return self._enough(root, end, {})

    def _enough(self, node: int, end: int, done: dict[int, list[Conditions]]) -> list[Conditions]:
        if node <= SILENT:
            return [{}] if node == end else []
        if node not in done:
            done[node] = self._enough_here(node, end, done)
        return done[node]

    def _enough_here(self, node: int, end: int, done: dict[int, list[Conditions]]) -> list[Conditions]:
        """A set may leave several branches open if it is enough in each of them, and the fact free if in all.

        A fact that is no column is unknown for everyone: a set that needs it is never met, and left out.
        """
        bit, *children = self.folded.diagram.nodes[node]
        found: list[Conditions] = []
        for child in dict.fromkeys(children):
            own = {bit: sum(1 << place for place, other in enumerate(children) if other == child)}
            alone = [{**one, **own} for one in self._enough(child, end, done)]
            both = [
                met for one in found for other in alone if (met := _met(one, other, widened=bit)) is not None
            ]
            found = _largest([*found, *alone, *both])
        free = (1 << len(children)) - 1
        column = any(self.folded.masks.fact_bits.get(name) == bit for name in self.folded.each)
        return [
            {fact_bit: allowed for fact_bit, allowed in one.items() if (fact_bit, allowed) != (bit, free)}
            for one in found
            if column or one[bit] == free
        ]


def _met(one: Conditions, other: Conditions, *, widened: int) -> Conditions | None:
    """The conditions of both, but of one fact the branches of either; None where they exclude each other."""
    met = {**one, **other}
    for bit in one.keys() & other.keys():
        met[bit] = one[bit] | other[bit] if bit == widened else one[bit] & other[bit]
        if not met[bit]:
            return None
    return met


def _largest(sets: Sequence[Conditions]) -> list[Conditions]:
    """Without those that lie within another."""
    kept: list[Conditions] = []
    for one in sorted(
        sets, key=lambda conditions: (len(conditions), -sum(map(int.bit_count, conditions.values())))
    ):
        if not any(_within_set(one, other) for other in kept):
            kept.append(one)
    if len(kept) > MOST_SETS:
        raise BadInput(
            "What is left of the question is too long for one SQL expression.",
            next="Give more of the facts as common ones, or decide the table with decide_many.",
        )
    return kept


def _within_set(one: Conditions, other: Conditions) -> bool:
    return all(bit in one and not one[bit] & ~allowed for bit, allowed in other.items())


def _within(column: str, edges: Sequence[int], fits: Sequence[bool]) -> str:
    """That a number lies in one of the stretches that fit; stretch n ends before edge n, and the last one nowhere."""
    bounds: Sequence[int | None] = [None, *edges, None]
    runs: list[tuple[int | None, int | None]] = []
    for place, fit in enumerate(fits):
        if fit:
            start = runs.pop()[0] if place and fits[place - 1] else bounds[place]
            runs.append((start, bounds[place + 1]))
    return "(" + " OR ".join(f"({' AND '.join(_between(column, *run))})" for run in runs) + ")"


def _between(column: str, start: int | None, end: int | None) -> Iterator[str]:
    if start is not None:
        yield f"{column} >= {start}"
    if end is not None:
        yield f"{column} < {end}"


def _check_own(name: str, common: Facts) -> None:
    fact(name)
    if name.startswith("provider."):
        raise BadInput(f"{name} is one for all customers.", where=name, next="Give it with the common facts.")
    if name in common:
        raise BadInput(
            f"{name} is given for all customers and for each.", where=name, next="Give it in one place."
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: FactValue) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).upper()
