"""The parts of the public figures while some are withheld and put back; only what a change touches is audited again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import count

from meterkeep.aggregates.audit.reduction import Equation, Nesting, Part, settled
from meterkeep.aggregates.repair.attacks import Attack, Auditor
from meterkeep.aggregates.repair.question import Question

Key = frozenset[int]


class Watch:
    """public: rows that are out. Each has its residue, what it tells beside the public rows inside it."""

    def __init__(self, question: Question, left: Callable[[], float] = lambda: math.inf) -> None:
        self._auditor = Auditor(question, left)
        self.public: set[int] = set()
        self._nesting = Nesting(question.rows, question.values)
        self._residues: dict[int, Equation] = {}
        self._having: dict[int, set[int]] = {}
        self._names: dict[tuple[int, ...], int] = {}
        self._name_of: dict[int, int] = {}
        self._token = count()
        self._group_of: dict[int, int] = {}
        self._groups: dict[int, list[int]] = {}
        self._found: dict[int, list[Attack]] = {}
        self._known: dict[Key, list[Attack]] = {}

    def show(self, public: Iterable[int]) -> list[Attack]:
        """Makes these the public rows; all attacks on them."""
        self.flip(self.public ^ set(public))
        return self.attacks

    def flip(self, rows: Iterable[int]) -> list[Attack]:
        """Withholds those of the rows that are public, and publishes the others; the attacks on the parts that this touches."""
        changed = set(rows)
        self.public ^= changed
        touched = changed.union(*(self._nesting.around[row] for row in changed))
        loose = self._dissolved(touched)
        for row in touched:
            self._renew(row)
        fresh: list[Attack] = []
        for group in self._together(sorted(loose | (touched & self._residues.keys()))):
            self._dissolved(set(group))  # Those that a residue has grown into.
            token = next(self._token)
            self._groups[token] = group
            self._group_of |= dict.fromkeys(group, token)
            self._found[token] = self._audited(group)
            fresh += self._found[token]
        return fresh

    @property
    def attacks(self) -> list[Attack]:
        return [attack for found in self._found.values() for attack in found]

    def parts(self) -> Iterator[Part]:
        """The independent parts of the public rows."""
        for group in self._groups.values():
            yield from settled([self._copy(row) for row in group])

    def _dissolved(self, rows: set[int]) -> set[int]:
        """The rows of all groups that these are in, which are groups no more."""
        loose: set[int] = set()
        for token in {self._group_of[row] for row in rows if row in self._group_of}:
            loose.update(self._groups.pop(token))
            del self._found[token]
        for row in loose:
            del self._group_of[row]
        return loose & self.public

    def _renew(self, row: int) -> None:
        old = self._residues.pop(row, None)
        if old:
            for atom in old.atoms:
                self._having[atom].discard(row)
        if row not in self.public:
            return
        new = self._nesting.residue(row, self.public)
        self._name_of[row] = self._names.setdefault((row, *new.made), len(self._names))
        if new.atoms:
            self._residues[row] = new
            for atom in new.atoms:
                self._having.setdefault(atom, set()).add(row)

    def _together(self, rows: list[int]) -> Iterator[list[int]]:
        """The groups that these rows are in: rows whose residues share atoms."""
        seen: set[int] = set()
        for row in rows:
            if row in seen or row not in self._residues:
                continue
            group, edge, met = {row}, [row], set[int]()
            while edge:
                for atom in self._residues[edge.pop()].atoms - met:
                    met.add(atom)
                    new = self._having[atom] - group
                    group |= new
                    edge += new
            seen |= group
            yield sorted(group)

    def _audited(self, group: list[int]) -> list[Attack]:
        key = frozenset(self._name_of[row] for row in group)
        if key in self._known:
            return self._known[key]
        found = [
            attack
            for part in settled([self._copy(row) for row in group])
            for attack in self._auditor.attacks_on(part, self.public)
        ]
        if all(attack.proven for attack in found):
            self._known[key] = found
        return found

    def _copy(self, row: int) -> Equation:
        residue = self._residues[row]
        return Equation(set(residue.atoms), residue.value, dict(residue.made))
