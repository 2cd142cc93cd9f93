"""The facts that clauses read, each cut into the classes of values that no clause tells apart.

A number is cut at every bound a clause draws, an enumeration by the sets of values the clauses name. One value of each
class stands for all of it, so what is shown for every class is shown for every value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.vocabulary import Fact, FactValue

FAR = 10**30  # beyond every count
ValueClass = tuple[FactValue, ...] | range  # values in the vocabulary's order; of a number a stretch
Cube = Mapping[
    str, frozenset[int]
]  # fact → the classes (by place) it may be in; a fact that is absent may be anything


@dataclass(frozen=True)
class Axis:
    """One fact with its classes of values, in the vocabulary's order, numbers from below; false before true."""

    fact: Fact
    classes: tuple[ValueClass, ...]

    @cached_property
    def everything(self) -> frozenset[int]:
        return frozenset(range(len(self.classes)))

    @cached_property
    def samples(self) -> tuple[FactValue, ...]:
        """One value of each class: the first of the vocabulary, of numbers the one at the bound."""
        return tuple(map(_sample, self.classes))

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """Values that each class stands for; a class of numbers counts as one."""
        return tuple(1 if isinstance(one, range) else len(one) for one in self.classes)

    def place(self, value: FactValue) -> int:
        """The class that a value is in."""
        return next(place for place, one in enumerate(self.classes) if value in one)

    def met_by(self, literal: Literal) -> frozenset[int]:
        return frozenset(place for place, value in enumerate(self.samples) if value in literal.ok)


@dataclass(frozen=True, eq=False)
class Space:
    """Every combination of the classes of some facts. axes: enumerations first, then numbers, then yes and no."""

    axes: tuple[Axis, ...]

    @cached_property
    def level(self) -> Mapping[str, int]:
        return {axis.fact.name: place for place, axis in enumerate(self.axes)}

    def axis(self, fact: str) -> Axis:
        return self.axes[self.level[fact]]

    def cube(self, literals: Iterable[Literal]) -> Cube | None:
        """Where all the conditions hold, or None if they exclude each other."""
        cube: dict[str, frozenset[int]] = {}
        for literal in literals:
            axis = self.axis(literal.fact)
            cube[literal.fact] = cube.get(literal.fact, axis.everything) & axis.met_by(literal)
        return cube if all(cube.values()) else None

    def size(self, cube: Cube) -> int:
        """Combinations of values in a cube."""
        total = 1
        for axis in self.axes:
            total *= sum(axis.weights[place] for place in cube.get(axis.fact.name, axis.everything))
        return total

    def example(self, cube: Cube) -> dict[str, FactValue]:
        """One value for each fact that the cube fixes."""
        return {
            axis.fact.name: axis.samples[min(cube[axis.fact.name])]
            for axis in self.axes
            if axis.fact.name in cube
        }


def space_of(literals: Iterable[Literal], known: Mapping[str, Fact]) -> Space:
    """The space of the facts that the conditions read. known: these facts by name, in the order to keep."""
    tests: dict[str, list[Literal]] = {}
    for literal in literals:
        tests.setdefault(literal.fact, []).append(literal)
    axes = [Axis(known[name], _classes(known[name], found)) for name, found in tests.items()]
    places = {name: place for place, name in enumerate(known)}
    kinds = ("enum", "int", "bool")
    return Space(tuple(sorted(axes, key=lambda axis: (kinds.index(axis.fact.type), places[axis.fact.name]))))


def _classes(fact: Fact, tests: list[Literal]) -> tuple[ValueClass, ...]:
    if fact.type == "int":
        bounds = sorted({_cut(literal) for literal in tests})
        return tuple(map(range, [-FAR, *bounds], [*bounds, FAR]))
    values: tuple[FactValue, ...] = fact.values or (False, True)
    groups: dict[tuple[bool, ...], list[FactValue]] = {}
    for value in values:
        groups.setdefault(tuple(value in literal.ok for literal in tests), []).append(value)
    return tuple(map(tuple, groups.values()))


def _cut(literal: Literal) -> int:
    side, number = literal.bound
    return number if side == "at least" else number + 1


def _sample(one: ValueClass) -> FactValue:
    if isinstance(one, range):
        return one.start if one.start > -FAR else one.stop - 1
    return one[0]
