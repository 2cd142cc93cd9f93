"""What customers could have used instead, kept from one audit to the next: a solution stays one while rows are withheld,
and while none is published that it does not add up to."""

from __future__ import annotations

from collections import deque
from collections.abc import Set

from meterkeep.aggregates.repair.question import Question

KEPT = 12
"""Witnesses for one atom; the latest are the likeliest to stand."""


class Witnesses:
    def __init__(self, question: Question) -> None:
        self._having: list[list[int]] = [[] for _ in question.weight]
        for row, atoms in enumerate(question.rows):
            for atom in atoms:
                self._having[atom].append(row)
        self._broken: dict[int, deque[frozenset[int]]] = {}

    def stands(self, atom: int, public: Set[int]) -> bool:
        """Whether the atom is known to be able to have as much as it needs, with these rows public."""
        return any(broken.isdisjoint(public) for broken in self._broken.get(atom, ()))

    def add(self, atom: int, moved: dict[int, int]) -> None:
        """moved: atom → change. The atom has enough in what the customers used and these changes."""
        sums: dict[int, int] = {}
        for other, change in moved.items():
            for row in self._having[other]:
                sums[row] = sums.get(row, 0) + change
        broken = frozenset(row for row, change in sums.items() if change)
        self._broken.setdefault(atom, deque(maxlen=KEPT)).appendleft(broken)
