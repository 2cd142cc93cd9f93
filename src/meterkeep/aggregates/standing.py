"""The register by itself: whether what was ever published gives anything away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meterkeep.aggregates.history.conflicts import distinct
from meterkeep.aggregates.history.findings import Attack, audit_rows
from meterkeep.aggregates.history.slots import together
from meterkeep.aggregates.reasons import against_attack
from meterkeep.aggregates.register import PastRow, tells_about
from meterkeep.aggregates.rule import Rule


@dataclass(frozen=True, slots=True)
class PastLeak:
    """releases: their ids. customers: how many a figure can be worked out about; 0 where it is about a bound. rows: the keys of the
    figures that it takes. says: the same as a sentence."""

    releases: tuple[str, ...]
    customers: int
    says: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class RegisterAudit:
    """rows: audited. exhaustive: whether no leaks are a proof."""

    leaks: tuple[PastLeak, ...]
    exhaustive: bool
    rows: int


def audit_register(rows: Sequence[PastRow], *, rule: Rule) -> RegisterAudit:
    """T1 over what tells about each measure of a family and T2 over each measure."""
    leaks, exhaustive = [], True
    for family in sorted({row.family for row in rows}):
        mine = distinct([row for row in rows if row.family == family])
        for numbers in together([row.period for row in mine]):
            some = [mine[at] for at in numbers]
            for measure in sorted({row.measure for row in some}):
                beside = [row for row in some if tells_about(measure, row.measure)]
                audit = audit_rows(beside, rule, new=(), measure=measure)
                exhaustive = exhaustive and audit.exhaustive
                leaks += [_leak(each, beside, rule) for each in audit.attacks]
    return RegisterAudit(tuple(dict.fromkeys(leaks)), exhaustive, len(rows))


def _leak(attack: Attack, rows: Sequence[PastRow], rule: Rule) -> PastLeak:
    reason = against_attack(attack, rows, rule)
    return PastLeak(reason.releases, attack.customers, reason.why, tuple(term.label for term in reason.terms))
