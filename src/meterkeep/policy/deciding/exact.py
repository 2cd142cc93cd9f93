"""Which unknown facts can change the outcome, exactly.

The outcome is a function of the unknown facts. It is drawn as a reduced ordered decision diagram with one order of the
facts and shared nodes; in such a diagram a fact stands if and only if some completion of all the others makes the outcome
turn on it. No node standing means that every completion gives the same outcome, which is then known.

A state is, for each rule, the set (a bit mask) of its conditions still open; -1 is a rule that cannot hold any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from meterkeep.policy.deciding.program import Program
from meterkeep.policy.language.vocabulary import Facts, FactValue, vocabulary

DEAD = -1
KEPT = 200_000  # states kept for later questions; beyond it the diagram starts afresh
State = tuple[int, ...]
Node = tuple["str | Node", ...]  # one of the three ends, or (fact, child, child, …)
REFUSE: Node = ("refuse",)
PERMIT: Node = ("permit",)
SILENT: Node = ("silent",)


@dataclass(frozen=True)
class Branch:
    """One class of values of a fact: the conditions it meets and those it breaks."""

    meets: int
    breaks: int


class Diagram:
    """The decision diagrams of one program; what is drawn once is kept for the next question."""

    def __init__(self, program: Program) -> None:
        self.rules = program.rules
        self.literals = [literal for rule in program.rules for literal in rule.literals]
        self.nodes: dict[Node, Node] = {}
        self.drawn: dict[State, Node] = {}

    def essential(self, facts: Facts) -> tuple[str, frozenset[str]]:
        """The outcome, or "unknown" with the facts it turns on. Every fact of the vocabulary absent here is unknown."""
        if len(self.drawn) > KEPT:
            self.drawn.clear()
            self.nodes.clear()
        root = self.draw(self._start(facts))
        return (str(root[0]), frozenset()) if len(root) == 1 else ("unknown", _support(root))

    def draw(self, state: State) -> Node:
        state = self._normal(state)
        if state not in self.drawn:
            self.drawn[state] = self._terminal(state) or self._split(state)
        return self.drawn[state]

    def _start(self, facts: Facts) -> State:
        state, bit = [], 0
        for rule in self.rules:
            open_bits = 0
            for literal in rule.literals:
                given = facts.get(literal.fact)
                if given is None:
                    open_bits |= 1 << bit
                elif given not in literal.ok:
                    open_bits = DEAD
                    break
                bit += 1
            state.append(open_bits)
            bit = self._first_bit[len(state)]
        return tuple(state)

    @cached_property
    def _first_bit(self) -> list[int]:
        firsts = [0]
        for rule in self.rules:
            firsts.append(firsts[-1] + len(rule.literals))
        return firsts

    def _normal(self, state: State) -> State:
        """Drops what can no longer matter: closing clauses with an exception met, permits that open nothing."""
        settled = list(state)
        for place, rule in enumerate(self.rules):
            if any(state[other] == 0 for other in rule.exceptions):
                settled[place] = DEAD
        if any(open_bits == 0 and rule.permits for open_bits, rule in zip(settled, self.rules, strict=True)):
            self._drop_spare_permits(settled)
        return tuple(settled)

    def _drop_spare_permits(self, settled: list[int]) -> None:
        needed = {
            other
            for place, rule in enumerate(self.rules)
            if settled[place] != DEAD
            for other in rule.exceptions
        }
        for place, rule in enumerate(self.rules):
            if rule.permits and settled[place] > 0 and place not in needed:
                settled[place] = DEAD

    def _terminal(self, state: State) -> Node | None:
        live = [
            (open_bits, rule) for open_bits, rule in zip(state, self.rules, strict=True) if open_bits != DEAD
        ]
        for open_bits, rule in live:
            if open_bits == 0 and not rule.permits and all(state[other] == DEAD for other in rule.exceptions):
                return REFUSE
        if any(not rule.permits for _, rule in live):
            return None
        if any(open_bits == 0 for open_bits, _ in live):
            return PERMIT
        return None if live else SILENT

    def _split(self, state: State) -> Node:
        open_bits = 0
        for mask in state:
            open_bits |= mask if mask != DEAD else 0
        fact = next(fact for fact, mask in self._order if mask & open_bits)
        children = tuple(self.draw(_take(state, branch)) for branch in self._branches[fact])
        if all(child is children[0] for child in children):
            return children[0]
        node: Node = (fact, *children)
        return self.nodes.setdefault(node, node)

    @cached_property
    def _order(self) -> list[tuple[str, int]]:
        """Facts with their conditions: those of many values first, since they rule out most clauses at once."""
        masks: dict[str, int] = {}
        for bit, literal in enumerate(self.literals):
            masks[literal.fact] = masks.get(literal.fact, 0) | 1 << bit
        finite = vocabulary().facts
        return sorted(masks.items(), key=lambda entry: -len(finite[entry[0]].values))

    @cached_property
    def _branches(self) -> dict[str, tuple[Branch, ...]]:
        return {fact: tuple(self._classes(fact, mask)) for fact, mask in self._order}

    def _classes(self, fact: str, mask: int) -> Iterator[Branch]:
        seen = set()
        for value in self._samples(fact):
            meets = sum(
                1 << bit
                for bit, literal in enumerate(self.literals)
                if literal.fact == fact and value in literal.ok
            )
            if meets not in seen:
                seen.add(meets)
                yield Branch(meets, mask & ~meets)

    def _samples(self, fact: str) -> list[FactValue]:
        """Values that stand for all: the whole domain, or for numbers both sides of every bound a clause draws."""
        domain = vocabulary().facts[fact].domain
        if domain:
            return sorted(domain, key=str)
        ranges = [
            literal.ok for literal in self.literals if literal.fact == fact and isinstance(literal.ok, range)
        ]
        return sorted({edge + step for one in ranges for edge in (one.start, one.stop) for step in (-1, 0)})


def _take(state: State, branch: Branch) -> State:
    return tuple(DEAD if mask == DEAD or mask & branch.breaks else mask & ~branch.meets for mask in state)


def _support(root: Node) -> frozenset[str]:
    found: set[str] = set()
    waiting, seen = [root], {id(root)}
    while waiting:
        fact, *children = waiting.pop()
        if not children:
            continue
        found.add(str(fact))
        fresh = [child for child in children if isinstance(child, tuple) and id(child) not in seen]
        seen.update(map(id, fresh))
        waiting.extend(fresh)
    return frozenset(found)


@lru_cache(maxsize=256)
def diagram(program: Program) -> Diagram:
    return Diagram(program)
