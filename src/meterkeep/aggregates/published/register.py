"""The audit of a home's own register: whether anything released so far, taken together, is about too few customers (T1).

For each stretch of time the rows that cover it are searched together. Whatever can be derived over several stretches is, within
each of them, a combination of the rows that cover it, so a register that holds in every stretch holds altogether; a finding may
be stricter than needed where periods overlap in part. Customers are told apart by their atoms, not by their premises, which
errs on the safe side. Shares need what customers used and are audited when a release is planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from meterkeep.aggregates.audit.closure import audit_counts
from meterkeep.aggregates.audit.system import of_members
from meterkeep.aggregates.loads import Period
from meterkeep.aggregates.register import PastRow


@dataclass(frozen=True, slots=True)
class RegisterLeak:
    """A group that can be derived. period: the stretch of time. releases: whose rows it takes. arithmetic: which, and how."""

    family: str
    period: Period
    releases: tuple[str, ...]
    customers: int
    arithmetic: str


@dataclass(frozen=True, slots=True)
class RegisterAudit:
    """rows: of the register. rank: independent figures, over all stretches of time. exhaustive: whether the search ended."""

    rows: int
    rank: int
    leaks: tuple[RegisterLeak, ...]
    exhaustive: bool

    @property
    def clean(self) -> bool:
        return self.exhaustive and not self.leaks


def audit_register(rows: Sequence[PastRow], *, k: int) -> RegisterAudit:
    """k: the fewest customers that anything derived may be about."""
    leaks: dict[tuple[str, str], RegisterLeak] = {}
    rank, exhaustive = 0, True
    for family, period, covering in _stretches(rows):
        system, _ = of_members([np.unique(row.members) for row in covering])
        closure = audit_counts(system, k=k)
        rank, exhaustive = rank + closure.rank, exhaustive and closure.exhaustive
        for leak in closure.leaks:
            used = [covering[at] for at in sorted(leak.combination)]
            says = _arithmetic(used, [leak.combination[at] for at in sorted(leak.combination)])
            releases = tuple(sorted({row.release for row in used}))
            found = RegisterLeak(family, period, releases, leak.customers, says)
            leaks.setdefault((family, says), found)
    ordered = sorted(
        leaks.values(), key=lambda leak: (leak.customers, leak.family, leak.period, leak.arithmetic)
    )
    return RegisterAudit(len(rows), rank, tuple(ordered), exhaustive)


def _stretches(rows: Sequence[PastRow]) -> Iterator[tuple[str, Period, list[PastRow]]]:
    """Stretches between which no row begins or ends; of those that the same rows cover, the first."""
    for family in sorted({row.family for row in rows}):
        mine = [row for row in rows if row.family == family]
        edges = sorted({day for row in mine for day in row.period})
        met: set[tuple[int, ...]] = set()
        for start, end in pairwise(edges):
            covering = [row for row in mine if row.period[0] <= start and end <= row.period[1]]
            same = tuple(map(id, covering))
            if covering and same not in met:
                met.add(same)
                yield family, (start, end), covering


def _arithmetic(rows: Sequence[PastRow], factors: Sequence[Fraction]) -> str:
    terms: list[str] = []
    for row, factor in zip(rows, factors, strict=True):
        sign = "− " if factor < 0 else "+ " if terms else ""
        times = "" if abs(factor) == 1 else f"{abs(factor)} × "
        span = f"{row.period[0]} to {row.period[1]}"
        terms.append(
            f"{sign}{times}{row.release} ({len(np.unique(row.members)):,} customers, {span}: {row.value:,})"
        )
    return " ".join(terms)
