"""The audit of a home's own register: whether what was released so far, taken together, keeps the rule (T1, T2, T4).

Nothing is planned here. The rows are held against each other as `history` holds a new release against them, over months and
premises; what it calls an attack is a leak here, since the rows are out already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meterkeep.aggregates.history.conflicts import distinct
from meterkeep.aggregates.history.findings import Attack, audit_rows
from meterkeep.aggregates.history.slots import together
from meterkeep.aggregates.loads import Period
from meterkeep.aggregates.register import PastRow, tells_about
from meterkeep.aggregates.rule import Rule

SAYS = {
    "count": "these customers together used",
    "share": "the largest of these customers is bounded by",
    "similar": "if periods that nearly coincide were the same, these customers together used",
}


@dataclass(frozen=True, slots=True)
class RegisterLeak:
    """Something that follows from released rows and should not. kind: count (T1), share (T2) or similar (T4). period: of the rows.
    customers: of the group, for count and similar. arithmetic: the rows, and what is added and subtracted."""

    kind: str
    family: str
    period: Period
    releases: tuple[str, ...]
    customers: int | None
    arithmetic: str


@dataclass(frozen=True, slots=True)
class RegisterAudit:
    """rows: of the register. rank: independent figures. unchecked: groups of rows that tell about customers whose data was
    destroyed, of whom nobody can check shares any more. exhaustive: whether the search went to its end."""

    rows: int
    rank: int
    leaks: tuple[RegisterLeak, ...]
    unchecked: int
    exhaustive: bool

    @property
    def clean(self) -> bool:
        return self.exhaustive and not self.leaks


def audit_register(rows: Sequence[PastRow], *, rule: Rule) -> RegisterAudit:
    """Every row that was ever public, withdrawn ones too: nobody can unread them. Deterministic."""
    leaks: dict[tuple[str, str], RegisterLeak] = {}
    rank, unchecked, exhaustive = 0, 0, True
    for mine in _apart(rows):
        counted: list[str] = []
        for measure in sorted({row.measure for row in mine}):
            beside = [row for row in mine if tells_about(measure, row.measure)]
            found = audit_rows(beside, rule, new=range(len(beside)), measure=measure)
            if not any(tells_about(measure, other) for other in counted):
                counted.append(measure)
                rank += found.rank
            exhaustive = exhaustive and found.exhaustive
            unchecked += sum(attack.kind == "forgotten" for attack in found.attacks)
            for attack in found.attacks:
                if attack.kind != "forgotten":
                    leak = _leak(beside, attack)
                    leaks.setdefault((leak.kind, leak.arithmetic), leak)
    ordered = sorted(
        leaks.values(), key=lambda leak: (leak.kind, leak.customers or 0, leak.period, leak.arithmetic)
    )
    return RegisterAudit(len(rows), rank, tuple(ordered), unchecked, exhaustive)


def _apart(rows: Sequence[PastRow]) -> Iterator[list[PastRow]]:
    """Rows of one family whose periods overlap, directly or through others."""
    for family in sorted({row.family for row in rows}):
        mine = distinct([row for row in rows if row.family == family])
        for numbers in together([row.period for row in mine]):
            yield [mine[at] for at in numbers]


def _leak(rows: Sequence[PastRow], attack: Attack) -> RegisterLeak:
    used = [rows[at] for at in attack.factors]
    terms: list[str] = []
    for row, factor in zip(used, attack.factors.values(), strict=True):
        sign = "− " if factor < 0 else "+ " if terms else ""
        times = "" if abs(factor) == 1 else f"{abs(factor)} × "
        span = f"{row.period[0]} to {row.period[1]}"
        terms.append(
            f"{sign}{times}{row.release} ({_named(row)}{len(set(row.members.tolist())):,} customers, {span}: {row.value:,})"
        )
    total = sum(row.value * factor for row, factor in zip(used, attack.factors.values(), strict=True))
    return RegisterLeak(
        attack.kind,
        used[0].family if used else rows[0].family,
        (min(row.period[0] for row in used), max(row.period[1] for row in used)) if used else rows[0].period,
        tuple(sorted({row.release for row in used})),
        attack.customers or None,
        f"{' '.join(terms)} = {total}: {SAYS[attack.kind]} that.",
    )


def _named(row: PastRow) -> str:
    """The cell's keys; rows of older registers have none."""
    return f"{', '.join(row.label)}, " if row.label else ""
