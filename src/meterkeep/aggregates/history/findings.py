"""Attacks on released rows: groups under the rule that can be derived (T1), customers bounded too closely (T2), and bounds
that cannot be checked any more.

Rows whose periods overlap, directly or through others, are audited together: over months the customers of a figure are
the union of those of all its slots.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations
from typing import Literal

import numpy as np

from meterkeep.aggregates.audit.bounds import Known, audit_shares
from meterkeep.aggregates.audit.closure import Closure, audit_counts
from meterkeep.aggregates.audit.pulse import Pulse, steady
from meterkeep.aggregates.audit.reduction import parts
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.history.unknowns import Unknowns, system_of, unknowns, without_absent
from meterkeep.aggregates.history.windows import watched
from meterkeep.aggregates.loads import Period
from meterkeep.aggregates.register import FORGOTTEN, PastRow, overlap
from meterkeep.aggregates.rule import Rule

Kind = Literal["count", "share", "forgotten", "similar"]


@dataclass(frozen=True, slots=True)
class Attack:
    """What can be worked out from some of the rows. factors: row → factor, in the order of the rows.

    count: the rows times the factors are a figure about `customers`, too few. share: nobody in a group can have used more than
    `bound` (None: that could not be told exactly), which is too close for one of them. forgotten: the rows tell more
    than before about somebody whose data was destroyed, so that nobody can check how much. similar: about `customers`, too few,
    if two periods that nearly coincide were the same (T4).
    """

    kind: Kind
    factors: dict[int, Fraction]
    customers: int = 0
    bound: Fraction | None = None
    used: int = 0

    @property
    def rows(self) -> frozenset[int]:
        return frozenset(self.factors)


@dataclass(slots=True)
class Audit:
    """attacks: none is the proof, if the search was exhaustive. rank: of the rows; light: the dimension of what can be derived
    about groups below the minimum, and was searched."""

    attacks: list[Attack] = field(default_factory=list)
    rank: int = 0
    light: int = 0
    exhaustive: bool = True


def audit_rows(
    rows: Sequence[PastRow],
    rule: Rule,
    *,
    new: Collection[int],
    measure: str,
    aside: Sequence[PastRow] = (),
    pulse: Pulse = steady,
) -> Audit:
    """Rows of one family whose periods hang together. new: the numbers of the rows that are not out yet. measure: theirs; shares
    are of one measure, while customers are counted over all of the family. aside: what withheld cells say about loads. pulse: called
    now and then; what it raises ends the audit."""
    closure = _counts(rows, rule, aside, pulse)
    found = Audit(
        [Attack("count", _ordered(leak.combination), leak.customers) for leak in closure.leaks],
        rank=closure.rank,
        light=closure.light,
        exhaustive=closure.exhaustive,
    )
    numbers = [at for at, row in enumerate(rows) if row.measure == measure]
    for attack in audit_bounds(
        [rows[at] for at in numbers], rule, new=_renumbered(numbers, new), aside=aside, pulse=pulse
    ):
        found.attacks.append(_translated(attack, numbers))
    found.attacks += _similar(rows, rule, set(new), pulse)
    return found


def _similar(rows: Sequence[PastRow], rule: Rule, new: set[int], pulse: Pulse) -> list[Attack]:
    """T4 for periods that overlap without being equal: as if the two were one."""
    attacks = []
    periods = sorted({row.period for row in rows})
    for one, other in combinations(periods, 2):
        numbers = [at for at, row in enumerate(rows) if row.period in (one, other)]
        if nearly_equal(one, other) and new.intersection(numbers):
            flat = [replace(rows[at], period=one) for at in numbers]
            system = system_of(unknowns(flat), rows=len(flat))
            leaks = audit_counts(system, k=rule.minimum_customers, pulse=pulse).leaks
            found = (
                _translated(Attack("similar", _ordered(leak.combination), leak.customers), numbers)
                for leak in leaks
            )
            attacks += [attack for attack in found if attack.rows & new]
    return attacks


def nearly_equal(one: Period, other: Period) -> bool:
    """Whether two periods overlap so much that what they tell together is taken for the same: neither lies within the other, or
    the shorter is at least half of the longer."""
    if one == other or not overlap(one, other):
        return False
    shorter, longer = sorted((end - start for start, end in (one, other)))
    start, end = min(one[0], other[0]), max(one[1], other[1])
    return (start, end) not in (one, other) or 2 * shorter >= longer


def _counts(rows: Sequence[PastRow], rule: Rule, aside: Sequence[PastRow], pulse: Pulse) -> Closure:
    found = unknowns(rows, aside)
    closure = audit_counts(system_of(found, rows=len(rows)), k=rule.minimum_customers, pulse=pulse)
    if closure.exhaustive or closure.leaks or len(found.cut) < 2:
        return closure
    return _slot_by_slot(found, closure, rule, pulse)


def _slot_by_slot(found: Unknowns, closure: Closure, rule: Rule, pulse: Pulse) -> Closure:
    """Whatever can be derived, restricted to one slot, is a combination of the rows of that slot: if none of these is about too
    few, nothing is. Sufficient, not necessary; for where the search over all slots together did not end."""
    for number in range(len(found.cut)):
        entries = found.slot[found.entry] == number
        pairs = found.entry_row[entries], found.atom[found.entry[entries]]
        here = found.slot == number
        if len(np.unique(found.owner[here])) < int(here.sum()):
            return closure
        weight = np.bincount(found.atom[here & found.used], minlength=int(found.atom.max()) + 1)
        made = tuple(np.unique(pairs[1][pairs[0] == row]) for row in np.unique(pairs[0]).tolist())
        if not audit_counts(System(made, weight), k=rule.minimum_customers, pulse=pulse).holds:
            return closure
    return Closure((), closure.rank, closure.light, exhaustive=True)


def audit_bounds(
    rows: Sequence[PastRow],
    rule: Rule,
    *,
    new: Collection[int],
    aside: Sequence[PastRow] = (),
    pulse: Pulse = steady,
) -> list[Attack]:
    """T2 of rows of one measure, and what would tell more about those whose loads are forgotten."""
    found = without_absent(unknowns(rows, aside))
    if not len(found.owner):
        return []
    system = system_of(found, rows=len(rows))
    pulse()
    look = watched(found, system, rows)
    attacks = []
    for leak in audit_shares(look.system, look.known, rule, pulse=pulse):
        factors = _ordered({row: factor for row, factor in leak.combination.items() if row < len(rows)})
        attacks.append(Attack("share", factors, bound=leak.bound, used=int(look.known.largest[leak.atom])))
    return attacks + _forgotten(found, system, look.known, set(new))


def _forgotten(found: Unknowns, system: System, known: Known, new: set[int]) -> list[Attack]:
    veiled = set(found.atom[found.most == FORGOTTEN].tolist())
    if not veiled or not new:
        return []
    attacks = []
    for part in parts(system, known.values[: len(system.rows)]):
        rows = {row for equation in part.equations for row in equation.made}
        if rows & new and any(not equation.atoms.isdisjoint(veiled) for equation in part.equations):
            attacks.append(Attack("forgotten", dict.fromkeys(sorted(rows), Fraction(1))))
    return attacks


def _ordered(combination: dict[int, Fraction]) -> dict[int, Fraction]:
    return dict(sorted(combination.items()))


def _renumbered(numbers: Sequence[int], some: Collection[int]) -> list[int]:
    return [place for place, number in enumerate(numbers) if number in some]


def _translated(attack: Attack, numbers: Sequence[int]) -> Attack:
    factors = {numbers[at]: factor for at, factor in attack.factors.items()}
    return Attack(attack.kind, factors, attack.customers, attack.bound, attack.used)
