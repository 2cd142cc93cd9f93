"""What an attacker derives from the figures of one part: groups that are too small, customers bounded too closely."""

from __future__ import annotations

import math
from collections.abc import Callable, Set
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from meterkeep.aggregates.audit.bounds import plain_bounds, unwitnessed
from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.moves import Moves
from meterkeep.aggregates.audit.reduction import Combination, Part
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.audit.tight import Tight, least_total
from meterkeep.aggregates.repair.question import Question
from meterkeep.aggregates.repair.shorten import Shorter
from meterkeep.aggregates.repair.witnesses import Witnesses

NODES = 20_000


@dataclass(frozen=True, slots=True)
class Attack:
    """combination: row → factor. A group of `customers` (T1), or a bound of which one customer had `largest` (T2).

    Neither, where the search ended before it could prove that nothing is there: without these rows it would be easy.
    """

    combination: Combination
    customers: int | None = None
    bound: Fraction | None = None
    largest: int = 0

    @property
    def rows(self) -> frozenset[int]:
        return frozenset(self.combination)

    @property
    def proven(self) -> bool:
        return self.customers is not None or self.bound is not None

    @property
    def unseen(self) -> bool:
        return not self.proven


class Auditor:
    """Audits parts, and remembers what customers could have used instead."""

    def __init__(self, question: Question, left: Callable[[], float] = lambda: math.inf) -> None:
        self.question, self.left = question, left
        self.witnesses = Witnesses(question)

    def attacks_on(self, part: Part, public: Set[int]) -> list[Attack]:
        """Attacks on a part of the public rows; none is the proof that it is safe by the rule. Where a group is too small the
        shares wait. Without time left a part of several equations is taken for unsafe."""
        if self.left() <= 0 and len(part.equations) > 1:
            return [self._unproven(part)]
        shorter = Shorter(part)
        return self._on_counts(part, shorter) or self._on_shares(part, shorter, public)

    def _on_counts(self, part: Part, shorter: Shorter) -> list[Attack]:
        weight = [sum(self.question.weight[atom] for atom in atoms) for atoms in part.classes]
        k = self.question.rule.minimum_customers
        if len(part.equations) == 1:
            only = Attack(part.released({0: Fraction(1)}), customers=weight[0])
            return [only] if weight[0] < k else []
        system = System(tuple(np.array(row) for row in part.columns), np.array(weight))
        found = audit_counts(system, k=k, nodes=NODES)
        attacks = [
            Attack(part.released(shorter.word(leak.combination)), customers=leak.customers)
            for leak in found.leaks
        ]
        return attacks if attacks or found.exhaustive else [self._unproven(part)]

    def _on_shares(self, part: Part, shorter: Shorter, public: Set[int]) -> list[Attack]:
        largest, totals = self.question.largest, self.question.totals
        leading = [max(atoms, key=lambda atom: largest[atom]) for atoms in part.classes]
        need = [least_total(largest[atom], self.question.rule) for atom in leading]
        have = [sum(totals[atom] for atom in atoms) for atoms in part.classes]
        waiting = [place for place, least in enumerate(need) if have[place] < least]
        tight = plain_bounds(part, [largest[atom] for atom in leading], waiting, self.question.rule)
        attacks = [self._attack(part, each, largest[leading[each.place]]) for each in tight]
        plain = {each.place for each in tight}
        moves = Moves(part.columns, have)
        for place in waiting:
            atom = leading[place]
            if place not in plain and not self.witnesses.stands(atom, public):
                if self.left() <= 0:
                    return [self._unproven(part)]
                moved = moves.gain(place, need[place] - have[place])
                if moved is None:
                    attacks += self._against(part, shorter, place, [largest[atom] for atom in leading])
                else:
                    self.witnesses.add(atom, self._spread(part, moved, place, atom))
        return attacks

    def _spread(self, part: Part, moved: dict[int, int], place: int, leading: int) -> dict[int, int]:
        """The changes of classes as changes of atoms: a gain goes to one, a loss is taken from each as far as it goes."""
        changes: dict[int, int] = {}
        for at, change in moved.items():
            if change > 0:
                changes[leading if at == place else part.classes[at][0]] = change
                continue
            for atom in part.classes[at]:
                taken = min(-change, self.question.totals[atom])
                change += taken
                if taken:
                    changes[atom] = -taken
        if len(part.classes[place]) > 1:  # The customer may have used what all the others of the class did.
            others = [atom for atom in part.classes[place] if atom != leading]
            changes[leading] += sum(self.question.totals[atom] for atom in others)
            changes |= {atom: -self.question.totals[atom] for atom in others}
        return changes

    def _against(self, part: Part, shorter: Shorter, place: int, need: list[int]) -> list[Attack]:
        """Why a class cannot have as much as it needs; nothing if it can after all."""
        found = shorter.bound(place, need[place], self.question.rule)
        if found:
            return [self._attack(part, found, need[place])]
        return [
            self._attack(part, tight, need[place])
            for tight in unwitnessed(part, need, [place], self.question.rule)
        ]

    def _attack(self, part: Part, tight: Tight, largest: int) -> Attack:
        if tight.bound is None:
            return self._unproven(part)
        return Attack(part.released(tight.factors), bound=tight.bound, largest=largest)

    def _unproven(self, part: Part) -> Attack:
        """The rows of the part but for some that have nobody in common, the smallest first: those would be safe by themselves."""
        cost = self.question.cost
        rows = {row for equation in part.equations for row in equation.made}
        met: set[int] = set()
        apart: set[int] = set()
        for row in sorted(rows, key=lambda row: (row in cost, len(self.question.rows[row]), row)):
            if met.isdisjoint(self.question.rows[row]):
                met.update(self.question.rows[row])
                apart.add(row)
        others = rows - apart
        return Attack(dict.fromkeys(sorted(others if others & cost.keys() else rows), Fraction(1)))
