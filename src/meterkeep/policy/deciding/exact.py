"""Which unknown facts can change the outcome, exactly.

The outcome is a function of the unknown facts. It is drawn as a reduced ordered decision diagram with one order of the
facts and shared nodes; in such a diagram a fact stands if and only if some completion of all the others makes the outcome
turn on it. No node standing means that every completion gives the same outcome, which is then known.

Nodes are numbers, 0 to 2 the three ends. What is drawn once is kept for the next question.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import or_

from meterkeep.policy.deciding.masks import Masks, bits, masks_of
from meterkeep.policy.deciding.program import Program
from meterkeep.policy.language.vocabulary import Facts

KEPT = 50_000  # states kept for later questions; beyond it the diagram starts afresh
ENDS = ("refuse", "permit", "silent")
REFUSE, PERMIT, SILENT = range(3)
REFUSED = -1  # instead of a mask of clauses


class Diagram:
    """The decision diagrams of one program. support: for each node the mask of the facts that stand in it."""

    def __init__(self, masks: Masks) -> None:
        self.masks = masks
        self._start()

    def _start(self) -> None:
        self.nodes: list[tuple[int, ...]] = [
            (),
            (),
            (),
        ]  # of a node: its fact's bit, then a node for each of its branches
        self.support = [0, 0, 0]
        self._numbers: dict[tuple[int, ...], int] = {}
        self._drawn: dict[tuple[int, int], int] = {}

    def essential(self, facts: Facts) -> tuple[str, frozenset[str]]:
        """The outcome, or "unknown" with the facts it turns on. Every fact of the vocabulary absent here is unknown."""
        masks, state = self.masks, self.masks.state(facts)
        outcome, turns_on = self.settle(
            masks.every & ~masks.dead(state), masks.every_fact & ~masks.known(state)
        )
        return outcome, frozenset(masks.names(turns_on))

    def settle(self, live: int, unknown: int) -> tuple[str, int]:
        """The same of masks: the clauses not ruled out, and the facts that are unknown."""
        if len(self._drawn) > KEPT:
            self._start()
        node = self.draw(live, unknown)
        return (ENDS[node], 0) if node <= SILENT else ("unknown", self.support[node])

    def draw(self, live: int, unknown: int) -> int:
        """The node of the outcome as a function of the unknown facts."""
        node = self._drawn.get((live, unknown))
        if node is None:
            node = self._drawn[live, unknown] = self._node(live, unknown)
        return node

    def _node(self, live: int, unknown: int) -> int:
        least, asked = self._normal(live, unknown)
        if least == REFUSED:
            return REFUSE
        if not asked:
            return PERMIT if least & self.masks.permits else SILENT
        return self._split(live, unknown) if (least, asked) == (live, unknown) else self.draw(least, asked)

    def _normal(self, live: int, unknown: int) -> tuple[int, int]:
        """The clauses that still matter and the facts they wait for; REFUSED where a prohibition holds whatever comes.

        What cannot matter: a closing clause with an exception met, a permit that opens nothing where another one holds.
        """
        masks = self.masks
        holds, waiting = masks.holding(live, unknown)
        awaited = 0
        for bit, exceptions in masks.closing.items():
            if bit & live:
                if exceptions & holds:
                    live ^= bit
                else:
                    awaited |= exceptions
        if holds & masks.permits:
            live &= holds | masks.forbids | awaited
        for bit in bits(holds & live & masks.forbids):
            if not masks.closing.get(bit, 0) & live:
                return REFUSED, 0
        asked = 0
        for bit, lack in waiting:
            if bit & live:
                asked |= lack
        return live, asked

    def _split(self, live: int, unknown: int) -> int:
        fact = unknown & -unknown
        children = tuple(self.draw(live & ~more, unknown ^ fact) for more in self.masks.branches[fact])
        if all(child == children[0] for child in children):
            return children[0]
        return self._numbers.get((fact, *children)) or self._new(fact, children)

    def _new(self, fact: int, children: tuple[int, ...]) -> int:
        number = self._numbers[fact, *children] = len(self.nodes)
        self.nodes.append((fact, *children))
        self.support.append(fact | reduce(or_, (self.support[child] for child in children)))
        return number


@lru_cache(maxsize=128)
def diagram(program: Program) -> Diagram:
    return Diagram(masks_of(program))
