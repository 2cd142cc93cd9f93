"""What each value of each fact does to the clauses of a program, as bits of one number: facts come together by `|`.

A state of a request holds, from the lowest bit: the clauses that nobody could make hold; all clauses that are ruled out;
those that a known kind (of data, recipient, purpose …) rules out; the facts that are known; and the conditions broken that
somebody may meet. What is absent adds nothing, so an unknown fact stays unknown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from meterkeep.policy.deciding.program import Program
from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.vocabulary import REMEDIES, Facts, FactValue, vocabulary

NEVER_SUGGESTED = frozenset(("data.kind",))  # another kind of data is another request
KEPT = 16_384
Key = TypeVar("Key")
Value = TypeVar("Value")
PYTHON_TYPES: Mapping[str, type] = {"bool": bool, "int": int, "enum": str}


def changeable(name: str) -> bool:
    """Whether somebody may change the fact so that a request becomes lawful."""
    return name not in NEVER_SUGGESTED and vocabulary().facts[name].remedy in REMEDIES


def keep(kept: dict[Key, Value], key: Key, value: Value) -> Value:
    """Keeps what was worked out for the next time. Beyond KEPT it starts afresh, so that memory stays bounded."""
    if len(kept) >= KEPT:
        kept.clear()
    kept[key] = value
    return value


def bits(mask: int) -> Iterator[int]:
    """The bits that are set, each as a mask of its own, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest


class Steps:
    """The effect of a number, which is the same between two bounds that clauses draw."""

    __slots__ = ("edges", "effects")

    def __init__(self, edges: Sequence[int], effects: Sequence[int]) -> None:
        self.edges = edges
        self.effects = effects

    def __getitem__(self, value: int) -> int:
        return self.effects[bisect_right(self.edges, value)]


class Effects(Protocol):
    """What each value of one fact does: a dictionary, or steps."""

    def __getitem__(self, value: Any, /) -> int: ...


class Masks:
    """A program as masks: a clause is the bit of its place, a fact that of its place in `facts`.

    effects: by Python type, fact and value, for every fact of the vocabulary but those of the provider, which choose the
    program. A look-up that fails is a value outside its type, or a fact to be treated apart.
    """

    def __init__(self, program: Program) -> None:
        self.rules = program.rules
        self.places = {1 << place: rule for place, rule in enumerate(self.rules)}
        self.every = (1 << len(self.rules)) - 1
        self.permits = sum(bit for bit, rule in self.places.items() if rule.permits)
        self.forbids = self.every & ~self.permits
        self.closing = {bit: _mask(rule.exceptions) for bit, rule in self.places.items() if rule.exceptions}
        self._by_fact = self._literals_by_fact()
        self.facts = tuple(self._by_fact)
        self.fact_bits = {name: 1 << place for place, name in enumerate(self.facts)}
        self.every_fact = (1 << len(self.facts)) - 1
        self.reads = dict.fromkeys(self.places, 0)
        self.conditions: dict[Literal, int] = {}
        self.meetable = dict.fromkeys(self.places, 0)
        for name, entries in self._by_fact.items():
            for bit, literal in entries:
                self._place(name, bit, literal)
        self.size = len(self.rules)
        self.known_at = 3 * self.size
        self.broken_at = self.known_at + len(self.facts)
        self._tables = {name: self._table(name) for name in vocabulary().facts}
        self.effects = self._effects_by_type()
        self.branches = {self.fact_bits[name]: self._branches(name) for name in self.facts}

    def state(self, facts: Facts) -> int:
        """The bits of all the facts; names and values are those of the vocabulary."""
        state = 0
        for name, value in facts.items():
            state |= self.effect(name, value)
        return state

    def effect(self, name: str, value: FactValue) -> int:
        return self._tables[name][value]

    def dead(self, state: int) -> int:
        return state >> self.size & self.every

    def dead_by_kind(self, state: int) -> int:
        return state >> 2 * self.size & self.every

    def known(self, state: int) -> int:
        return state >> self.known_at & self.every_fact

    def broken(self, state: int) -> int:
        return state >> self.broken_at

    def holding(self, live: int, unknown: int) -> tuple[int, list[tuple[int, int]]]:
        """Of the clauses not ruled out: those that hold, and each other one with the facts it waits for."""
        reads, holds, waiting = self.reads, 0, []
        while live:
            bit = live & -live
            live ^= bit
            lack = reads[bit] & unknown
            if lack:
                waiting.append((bit, lack))
            else:
                holds |= bit
        return holds, waiting

    def sample(self, name: str) -> list[FactValue]:
        """Values that stand for all: the whole domain, or for a number one of each stretch between two bounds."""
        domain = vocabulary().facts[name].domain
        if domain:
            return sorted(domain, key=str)
        edges = self.edges(name)
        return [edges[0] - 1, *edges] if edges else [0]

    def edges(self, name: str) -> list[int]:
        """The numbers at which a clause's answer about the fact changes, lowest first."""
        return sorted({_edge(literal) for _, literal in self._by_fact.get(name, ())})

    def names(self, facts: int) -> tuple[str, ...]:
        """Of a mask of facts, in the vocabulary's order."""
        return tuple(name for name in vocabulary().facts if self.fact_bits.get(name, 0) & facts)

    def _literals_by_fact(self) -> dict[str, list[tuple[int, Literal]]]:
        """Facts that most clauses read first: a diagram that asks for them first is the smallest."""
        found: dict[str, list[tuple[int, Literal]]] = {}
        for bit, rule in self.places.items():
            for literal in rule.literals:
                found.setdefault(literal.fact, []).append((bit, literal))
        return dict(sorted(found.items(), key=lambda entry: -len(entry[1])))

    def _place(self, name: str, bit: int, literal: Literal) -> None:
        self.reads[bit] |= self.fact_bits[name]
        if changeable(name):
            self.meetable[bit] |= self.conditions.setdefault(literal, 1 << len(self.conditions))

    def _effects_by_type(self) -> dict[type, dict[str, Effects]]:
        effects: dict[type, dict[str, Effects]] = {python: {} for python in PYTHON_TYPES.values()}
        for name, known in vocabulary().facts.items():
            if not name.startswith("provider."):
                effects[PYTHON_TYPES[known.type]][name] = self._tables[name]
        return effects

    def _table(self, name: str) -> Effects:
        values = self.sample(name)
        effects = [self._effect(name, value) for value in values]
        if vocabulary().facts[name].type == "int":
            return Steps(self.edges(name), effects)
        return dict(zip(values, effects, strict=True))

    def _effect(self, name: str, value: FactValue) -> int:
        effect = self.fact_bits.get(name, 0) << self.known_at
        for bit, literal in self._by_fact.get(name, ()):
            if value not in literal.ok:
                effect |= self._breach(bit, literal)
        return effect

    def _breach(self, bit: int, literal: Literal) -> int:
        """What breaking the condition does to its clause."""
        condition = self.conditions.get(literal)
        effect = bit << self.size | (condition << self.broken_at if condition else bit)
        if vocabulary().facts[literal.fact].type == "enum":
            effect |= bit << 2 * self.size
        return effect

    def _branches(self, name: str) -> tuple[int, ...]:
        """What the values of a fact rule out, each kind of them once."""
        ruled_out = {self.dead(self.effect(name, value)): None for value in self.sample(name)}
        return tuple(ruled_out)


def _mask(places: Sequence[int]) -> int:
    return sum(1 << place for place in set(places))


def _edge(literal: Literal) -> int:
    assert isinstance(literal.ok, range)  # noqa: S101 - asked of numbers only
    kind, bound = literal.bound
    return bound if kind == "at least" else bound + 1


@lru_cache(maxsize=128)
def masks_of(program: Program) -> Masks:
    return Masks(program)
