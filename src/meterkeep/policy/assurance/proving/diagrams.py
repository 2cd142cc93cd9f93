"""Sets of fact vectors as reduced ordered decision diagrams: exact, complete, without sampling, the same on every run.

A node stands for a set: it names one fact and, for each class of its values, the set of what remains. Equal sets are the
same node, so that "is it empty?" and "are they equal?" are comparisons of two numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from meterkeep.policy.assurance.proving.space import Cube, Space
from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.vocabulary import FactValue

NOTHING, ALL = 0, 1
Children = tuple[int, ...]


class Diagrams:
    """The diagrams over one space; nodes are numbers."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.depth = len(space.axes)
        self.nodes: list[tuple[int, Children]] = [(self.depth, ()), (self.depth, ())]
        self.places: dict[tuple[int, Children], int] = {}
        self.results: dict[tuple[str, int, int], int] = {}

    def cube(self, cube: Cube | None) -> int:
        """The set of the vectors in a cube; None is no vector."""
        if cube is None:
            return NOTHING
        node = ALL
        for level in reversed(range(self.depth)):
            axis = self.space.axes[level]
            allowed = cube.get(axis.fact.name, axis.everything)
            node = self._node(
                level, tuple(node if place in allowed else NOTHING for place in range(len(axis.classes)))
            )
        return node

    def where(self, literals: Iterable[Literal]) -> int:
        """The vectors that meet all the conditions."""
        return self.cube(self.space.cube(literals))

    def both(self, one: int, other: int) -> int:
        if one == NOTHING or other == NOTHING:
            return NOTHING
        if one in (ALL, other):
            return other
        return one if other == ALL else self._apply("both", min(one, other), max(one, other))

    def either(self, one: int, other: int) -> int:
        if one == ALL or other == ALL:
            return ALL
        if one in (NOTHING, other):
            return other
        return one if other == NOTHING else self._apply("either", min(one, other), max(one, other))

    def without(self, one: int, other: int) -> int:
        """What is in the first set and not in the second."""
        if one in (NOTHING, other) or other == ALL:
            return NOTHING
        return one if other == NOTHING else self._apply("without", one, other)

    def union(self, sets: Iterable[int]) -> int:
        """Halves are joined with halves, so that no set is walked more often than needed."""
        found = list(sets)
        while len(found) > 1:
            pairs = [self.either(*found[at : at + 2]) for at in range(0, len(found) - 1, 2)]
            found = pairs + found[len(found) - len(found) % 2 :]
        return found[0] if found else NOTHING

    def given(self, node: int, facts: Mapping[str, FactValue]) -> int:
        """The set of what may stand beside these values: the vectors that are in the set once the facts are set to them."""
        places = {self.space.level[name]: self.space.axis(name).place(value) for name, value in facts.items()}
        done: dict[int, int] = {NOTHING: NOTHING, ALL: ALL}
        for inner in self._reachable(node):
            level, children = self.nodes[inner]
            if level in places:
                done[inner] = done[children[places[level]]]
            else:
                done[inner] = self._node(level, tuple(done[child] for child in children))
        return done[node]

    def box(self, node: int) -> Cube:
        """For each fact the classes that occur in the set at all; a fact in which all occur is left out."""
        seen: list[set[int]] = [set() for _ in range(self.depth)]
        free: set[int] = set(range(self.nodes[node][0]))
        for inner in self._reachable(node):
            level, children = self.nodes[inner]
            for place, child in enumerate(children):
                if child != NOTHING:
                    seen[level].add(place)
                    free.update(range(level + 1, self.nodes[child][0]))
        axes = enumerate(self.space.axes)
        return {
            axis.fact.name: frozenset(seen[level])
            for level, axis in axes
            if level not in free and len(seen[level]) < len(axis.classes)
        }

    def pick(self, node: int, choice: Callable[[list[int]], int]) -> dict[str, FactValue]:
        """One vector of the set, every fact given; `choice` chooses among the classes that stay in the set."""
        facts: dict[str, FactValue] = {}
        for level, axis in enumerate(self.space.axes):
            at, children = self.nodes[node]
            if at == level:
                place = choice([place for place, child in enumerate(children) if child != NOTHING])
                node = children[place]
            else:
                place = choice(sorted(axis.everything))
            facts[axis.fact.name] = axis.samples[place]
        return facts

    def count(self, node: int) -> int:
        """Vectors in the set, over every value of every fact of the space (a class of numbers counts as one)."""
        below = [1] * (self.depth + 1)
        for level in reversed(range(self.depth)):
            below[level] = below[level + 1] * sum(self.space.axes[level].weights)
        counts = {NOTHING: 0, ALL: 1}
        for place in self._reachable(node):
            level, children = self.nodes[place]
            weights = self.space.axes[level].weights
            counts[place] = sum(
                weight * counts[child] * (below[level + 1] // below[self.nodes[child][0]])
                for weight, child in zip(weights, children, strict=True)
            )
        return counts[node] * (below[0] // below[self.nodes[node][0]])

    def holds(self, cube: Cube, node: int) -> bool:
        """Whether every vector of the cube is in the set."""
        waiting, seen = [node], {node}
        while waiting:
            place = waiting.pop()
            if place == NOTHING:
                return False
            level, children = self.nodes[place]
            if children:
                axis = self.space.axes[level]
                fresh = {children[at] for at in cube.get(axis.fact.name, axis.everything)} - seen
                seen |= fresh
                waiting.extend(fresh)
        return True

    def widest(self, node: int) -> Cube:
        """A cube of the set that cannot be widened in any fact; the set is not empty.

        It starts from the first vector (false before true) and frees one fact after the other, the last of the
        vocabulary first, so that what a request is about is kept and what does not matter goes.
        """
        return self._widened(self._first(node), node)

    def cover(self, node: int) -> Iterator[Cube]:
        """Widest cubes that together are the set, each adding what the ones before lack."""
        left = node
        while left != NOTHING:
            cube = self._widened(self._first(left), node)
            yield cube
            left = self.without(left, self.cube(cube))

    def _widened(self, cube: Cube, node: int) -> Cube:
        for axis in reversed(self.space.axes):
            name = axis.fact.name
            for place in sorted(axis.everything - cube.get(name, axis.everything)):
                wider = {**cube, name: cube[name] | {place}}
                cube = wider if self.holds(wider, node) else cube
        full = {axis.fact.name: axis.everything for axis in self.space.axes}
        return {name: places for name, places in cube.items() if places != full[name]}

    def _first(self, node: int) -> dict[str, frozenset[int]]:
        cube = {}
        while node != ALL:
            level, children = self.nodes[node]
            place = next(at for at, child in enumerate(children) if child != NOTHING)
            cube[self.space.axes[level].fact.name] = frozenset((place,))
            node = children[place]
        return cube

    def _node(self, level: int, children: Children) -> int:
        if all(child == children[0] for child in children):
            return children[0]
        key = (level, children)
        if key not in self.places:
            self.places[key] = len(self.nodes)
            self.nodes.append(key)
        return self.places[key]

    def _apply(self, operation: str, one: int, other: int) -> int:
        key = (operation, one, other)
        if key not in self.results:
            (first, left), (second, right) = self.nodes[one], self.nodes[other]
            level = min(first, second)
            breadth = len(self.space.axes[level].classes)
            lefts = left if first == level else (one,) * breadth
            rights = right if second == level else (other,) * breadth
            step = getattr(self, operation)
            self.results[key] = self._node(
                level, tuple(step(a, b) for a, b in zip(lefts, rights, strict=True))
            )
        return self.results[key]

    def _reachable(self, node: int) -> list[int]:
        """The inner nodes of the set, children before parents."""
        waiting, seen = [node], {NOTHING, ALL, node}
        while waiting:
            fresh = set(self.nodes[waiting.pop()][1]) - seen
            seen |= fresh
            waiting.extend(fresh)
        return sorted(seen - {NOTHING, ALL})
