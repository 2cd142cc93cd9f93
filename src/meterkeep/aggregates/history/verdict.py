"""Which of a plan's figures may go out beside the past, why the others may not, and what is then proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.pulse import Late, Pulse, steady
from meterkeep.aggregates.history.candidates import Blocked, Candidate, Repair
from meterkeep.aggregates.history.changes import Change, Usual, changes
from meterkeep.aggregates.history.conflicts import Conflict, Republish, conflicts, distinct
from meterkeep.aggregates.history.findings import Audit, audit_bounds
from meterkeep.aggregates.history.slots import together
from meterkeep.aggregates.history.unknowns import system_of, unknowns
from meterkeep.aggregates.loads import UInt64s
from meterkeep.aggregates.register import FORGOTTEN, PastRow, loads_of, parts_of, same
from meterkeep.aggregates.rule import MILLION, Rule

MANY = 2_000
"""With more rows than this the certificate gives the rule's own limits, which are proven, in place of the exact extremes."""


USUAL = Usual()


@dataclass(frozen=True, slots=True)
class Terms:
    """How a plan is audited. repair: what withholds figures. republish: closed periods with other members. usual: what hides newcomers between periods. known_to:
    atoms of customers whose loads whoever receives the release knows anyway. pulse: called now and then; where it raises Late, limits
    stand in the certificate in place of exact extremes."""

    repair: Repair
    republish: Republish = "refuse"
    usual: Usual = USUAL
    known_to: UInt64s | None = None
    pulse: Pulse = steady


@dataclass(frozen=True, slots=True)
class Verdict:
    """place of a cell → why it is withheld; what was proven about the others.

    rows: past rows audited. smallest_group: customers in the smallest group that can be derived; worst_share: of the largest
    customer in the tightest bound. small_changes: of a few newcomers, hidden by the usual change. price: of what the repair
    withholds; lower: nothing cheaper is safe.
    """

    conflicts: dict[int, Conflict]
    blocked: dict[int, Blocked]
    stuck: dict[int, Blocked]
    telling: dict[int, Change]
    rows: int
    rank: int
    light: int
    exhaustive: bool
    smallest_group: int | None
    worst_share: Fraction | None
    small_changes: int
    price: int = 0
    lower: int = 0

    @property
    def gap(self) -> float:
        """What part of the price may be needless."""
        return (self.price - self.lower) / self.price if self.price else 0.0


def verdict(
    candidates: Sequence[Candidate],
    past: Sequence[PastRow],
    rule: Rule,
    *,
    measure: str,
    terms: Terms,
    aside: Sequence[PastRow] = (),
) -> Verdict:
    """candidates: figures that meet the rule by themselves. past: of the same family. aside: figures that do not.

    Where periods overlap, what stays is audited anew after a figure was withheld for its neighbour in time: which times a bound on
    somebody's use is for depends on all rows, so that fewer of them may be less safe."""
    telling: dict[int, Change] = {}
    while True:
        left = [each for each in candidates if each.place not in telling]
        found = _audited(left, past, rule, measure=measure, terms=terms, aside=aside)
        telling |= found.telling
        if not found.telling or not _overlapping([*past, *(each.row for each in left)]):
            return replace(found, telling=telling)


def _overlapping(rows: Sequence[PastRow]) -> bool:
    """Whether the periods of some overlap without being equal."""
    periods = sorted({row.period for row in rows})
    return len(together(periods)) < len(periods)


def _audited(
    candidates: Sequence[Candidate],
    past: Sequence[PastRow],
    rule: Rule,
    *,
    measure: str,
    terms: Terms,
    aside: Sequence[PastRow],
) -> Verdict:
    found = _Finding(rule, measure, terms)
    against = conflicts([each.row for each in candidates], past, republish=terms.republish)
    for at, conflict in against.items():
        found.conflicts[candidates[at].place] = conflict
    left = [each for at, each in enumerate(candidates) if at not in against]
    everything = [*past, *(each.row for each in left)]
    groups = [
        numbers for numbers in together([row.period for row in everything]) if max(numbers) >= len(past)
    ]
    for number, numbers in enumerate(groups):
        mine = [left[at - len(past)] for at in numbers if at >= len(past)]
        found.audit([past[at] for at in numbers if at < len(past)], mine, aside, groups=len(groups) - number)
    return found.verdict(left, past)


class _Finding:
    def __init__(self, rule: Rule, measure: str, terms: Terms) -> None:
        self.rule, self.measure, self.terms = rule, measure, terms
        self.conflicts: dict[int, Conflict] = {}
        self.blocked: dict[int, Blocked] = {}
        self.stuck: dict[int, Blocked] = {}
        self.audits: list[Audit] = []
        self.rows = self.price = self.lower = 0
        self.smallest: list[int] = []
        self.worst: list[Fraction] = []

    def audit(
        self,
        past: Sequence[PastRow],
        candidates: Sequence[Candidate],
        aside: Sequence[PastRow],
        *,
        groups: int,
    ) -> None:
        """Candidates and past rows whose periods hang together."""
        rows = self._apart(distinct(past))
        fresh = [
            replace(each, row=self._apart([each.row])[0])
            for each in candidates
            if not any(row.measure == self.measure and same(row, each.row) for row in past)
        ]
        outcome = self.terms.repair(rows, fresh, self.rule, measure=self.measure, aside=aside, groups=groups)
        self.blocked |= {each.place: each for each in outcome.blocked}
        self.stuck |= {each.place: each for each in outcome.stuck}
        self.audits.append(outcome.audit)
        self.price += outcome.price
        self.lower += outcome.lower
        self.rows += len(past)
        gone = self.blocked.keys() | self.stuck.keys()
        out = [each.row for each in fresh if each.place not in gone]
        if len(out) + (len(candidates) - len(fresh)):
            self._extremes([*rows, *out], aside)

    def _apart(self, rows: Sequence[PastRow]) -> list[PastRow]:
        known = self.terms.known_to
        return list(rows) if known is None or not len(known) else [without(row, known) for row in rows]

    def _extremes(self, rows: Sequence[PastRow], aside: Sequence[PastRow]) -> None:
        self.smallest.append(_smallest(rows, aside, self.rule, self.terms.pulse))
        mine = [row for row in rows if row.measure == self.measure]
        self.worst.append(_worst(mine, aside, self.rule, self.terms.pulse))

    def verdict(self, left: Sequence[Candidate], past: Sequence[PastRow]) -> Verdict:
        out = [each for each in left if each.place not in self.blocked.keys() | self.stuck.keys()]
        beside = changes(
            [each.row for each in out], past, minimum=self.rule.minimum_customers, usual=self.terms.usual
        )
        telling = {out[change.row].place: change for change in beside if change.telling}
        return Verdict(
            conflicts=self.conflicts,
            blocked=self.blocked,
            stuck=self.stuck,
            telling=telling,
            rows=self.rows,
            rank=sum(audit.rank for audit in self.audits),
            light=sum(audit.light for audit in self.audits),
            exhaustive=all(audit.exhaustive for audit in self.audits),
            smallest_group=min(self.smallest, default=None),
            worst_share=max(self.worst, default=None),
            small_changes=len({change.row for change in beside if out[change.row].place not in telling}),
            price=self.price,
            lower=self.lower,
        )


def without(row: PastRow, known: UInt64s) -> PastRow:
    """The row less the customers whose loads are known anyway, where it tells their loads."""
    loads = loads_of(row)
    kept = ~np.isin(row.members, known) | (loads == FORGOTTEN)
    return replace(
        row,
        members=row.members[kept],
        parts=parts_of(row)[kept],
        loads=loads[kept],
        value=row.value - int(loads[~kept].sum()),
    )


def _smallest(rows: Sequence[PastRow], aside: Sequence[PastRow], rule: Rule, pulse: Pulse) -> int:
    """Customers in the smallest group that can be derived. Where looking further would take too long, the rule's minimum, below
    which there is none."""
    system = system_of(unknowns(rows, aside), rows=len(rows))
    found = min(system.customers(row.tolist()) for row in system.rows)
    if found <= rule.minimum_customers or len(rows) > MANY:
        return min(found, rule.minimum_customers)
    try:
        closure = audit_counts(system, k=found, pulse=pulse)
    except Late:
        return rule.minimum_customers
    if not closure.exhaustive:
        return rule.minimum_customers
    return min((leak.customers for leak in closure.leaks), default=found)


def _worst(rows: Sequence[PastRow], aside: Sequence[PastRow], rule: Rule, pulse: Pulse) -> Fraction:
    """The largest part of the least upper bound that anybody has used; the rule's limit where that is not known exactly."""
    limit = Fraction(rule.share_ppm, MILLION)
    if len(rows) > MANY:
        return limit
    plain = [Fraction(int(row.loads.max()), row.value) for row in rows if len(row.loads) and row.value > 0]
    found = max(plain, default=Fraction(0))
    tighter = Rule(1, max(1, -(-found.numerator * MILLION // found.denominator)), strict=False)
    try:
        attacks = audit_bounds(rows, tighter, new=(), aside=aside, pulse=pulse)
    except Late:
        return limit
    bounds = [limit if attack.bound is None else Fraction(attack.used) / attack.bound for attack in attacks]
    return max([found, *bounds])
