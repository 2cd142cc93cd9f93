"""What was released before, and whether something new may stand beside it.

Why disjoint or identical groups are safe
-----------------------------------------
Let x[u, t] >= 0 be what customer u used at time t. A released row is the sum of x over a set of (u, t). The audit lets a
new row out only if its set is **disjoint from, or identical with**, the set of every row that is already out (same
measure family, overlapping periods). Then the sets of all rows are pairwise disjoint, and

* T1, count: a linear combination of rows with a non-zero coefficient on some new row is non-zero on all of that
  row's set, so it touches all its customers, and the rule asked for at least the minimum of them. Nothing that a new row
  helps to derive is about fewer customers.
* T2, share: the equations of disjoint sets do not share unknowns, so the most that customer u can have used in a window,
  given everything released, is the sum of the values of the rows that meet {u} x window. In each of these rows u's load is
  below the rule's share of the row's value; adding up, u's load in the window is below that share of the bound. Nobody can
  be bounded more tightly than the rule allows, and every derivable group, being a union of rows, meets the share rule.

T1 (count closure) and T2 (share closure) are stated in docs/releases.md. The pairwise condition is sufficient for them, not
necessary: it withholds some cells that a full audit would let out. `checker` finds the smallest derivable group and
the tightest bound of small systems by brute force, without using this argument.

A customer whose load is split over two cells of one release (two premises) is two unknowns; the argument holds as it
stands. Across releases the parts are told apart only if the atoms tell them apart; where they do not, the overlap is
counted as a conflict, which errs on the safe side.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

import numpy as np

from meterkeep.aggregates.loads import Group, Int64s, Period, UInt64s
from meterkeep.errors import BadInput

_MAGIC = b"meterkeep release row 1\n"


@dataclass(frozen=True, slots=True, eq=False)
class PastRow:
    """One sum that the public knows: a published cell, or what follows from a total and its published parts.

    release: the release's id. family: measures that tell about each other (kWh and the bill for it) share one.
    members: sorted anonymous atoms, which outlive the customers. A withdrawn release stays: it cannot be unread.
    """

    release: str
    family: str
    measure: str
    period: Period
    members: UInt64s
    value: int
    status: Literal["published", "derivable"] = "published"

    def to_bytes(self) -> bytes:
        """A JSON line, then the members as little-endian 64-bit numbers."""
        names = [f.name for f in fields(self) if f.name != "members"]
        head = {name: getattr(self, name) for name in names} | {"count": len(self.members)}
        return _MAGIC + json.dumps(head, default=str).encode() + b"\n" + self.members.astype("<u8").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> PastRow:
        """Raises BadInput where the bytes are not whole: an audit over half a register would prove nothing."""
        head, line_end, body = data.removeprefix(_MAGIC).partition(b"\n")
        members = np.frombuffer(body[: len(body) // 8 * 8], dtype="<u8").astype(np.uint64)
        try:
            values = json.loads(head)
            count, period = values.pop("count"), values.pop("period")
            row = cls(
                **values,
                period=(date.fromisoformat(period[0]), date.fromisoformat(period[1])),
                members=members,
            )
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            raise _damaged() from None
        if (
            not data.startswith(_MAGIC)
            or not line_end
            or len(body) != 8 * count
            or np.any(members[1:] <= members[:-1])
        ):
            raise _damaged()
        return row


def _damaged() -> BadInput:
    return BadInput(
        "A row of the release register is damaged, so nothing can be audited against it.",
        next="Restore the register from a backup; until then no release can be planned.",
    )


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a group may not go out beside past rows. shared: the most members in common with one of them."""

    code: Literal["overlaps_past_release", "changed_value"]
    releases: tuple[str, ...]
    shared: int


def conflicts(groups: Sequence[Group], past: Sequence[PastRow], *, measure: str) -> dict[int, Conflict]:
    """The groups, by position, that are neither disjoint from nor identical with every past row of their period."""
    met: dict[int, list[tuple[PastRow, int]]] = {}
    for period, positions in _by_period(groups).items():
        rows = [row for row in past if _overlap(row.period, period)]
        for i, j, shared in meetings([groups[p].members for p in positions], [row.members for row in rows]):
            met.setdefault(positions[i], []).append((rows[j], shared))
    found = ((at, _conflict(groups[at], rows, measure=measure)) for at, rows in met.items())
    return {at: conflict for at, conflict in found if conflict}


def related(groups: Sequence[Group], past: Sequence[PastRow]) -> int:
    """How many past rows say something about a period of the groups."""
    periods = list(_by_period(groups))
    return sum(any(_overlap(row.period, period) for period in periods) for row in past)


def _by_period(groups: Sequence[Group]) -> dict[Period, list[int]]:
    periods: dict[Period, list[int]] = {}
    for position, one in enumerate(groups):
        periods.setdefault(one.period, []).append(position)
    return periods


def _overlap(one: Period, other: Period) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _conflict(group: Group, met: Sequence[tuple[PastRow, int]], *, measure: str) -> Conflict | None:
    partly = [(row, shared) for row, shared in met if not _identical(group, row, shared)]
    if partly:
        return Conflict("overlaps_past_release", _releases(partly), max(shared for _, shared in partly))
    changed = [(row, n) for row, n in met if row.measure == measure and row.value != group.value]
    return Conflict("changed_value", _releases(changed), len(group.members)) if changed else None


def _identical(group: Group, row: PastRow, shared: int) -> bool:
    return row.period == group.period and shared == len(group.members) == len(row.members)


def _releases(met: Sequence[tuple[PastRow, int]]) -> tuple[str, ...]:
    return tuple(sorted({row.release for row, _ in met}))


def small_changes(groups: Sequence[Group], past: Sequence[PastRow], *, minimum: int) -> int:
    """How many groups differ from one of the period before or after by some, but fewer than `minimum`, customers.

    Exactly, the periods are independent unknowns and nothing can be derived. But June is much like July, so the load of
    the few who came or left can be estimated from the difference (T4 in docs/releases.md): a caution, not a refusal.
    """
    known = [(row.period, row.members) for row in past] + [(one.period, one.members) for one in groups]
    changed = 0
    for period, positions in _by_period(groups).items():
        beside = [members for other, members in known if other[1] == period[0] or other[0] == period[1]]
        changed += _differ_a_little([groups[p].members for p in positions], beside, minimum)
    return changed


def _differ_a_little(mine: Sequence[UInt64s], beside: Sequence[UInt64s], minimum: int) -> int:
    return len(
        {
            i
            for i, j, shared in meetings(mine, beside)
            if 0 < len(mine[i]) - shared < minimum or 0 < len(beside[j]) - shared < minimum
        }
    )


def meetings(left: Sequence[UInt64s], right: Sequence[UInt64s]) -> Iterator[tuple[int, int, int]]:
    """(i, j, n) for each pair of sets left[i], right[j] that have n > 0 members in common."""
    if not left or not right:
        return
    atoms, owner = _flat(right)
    order = np.argsort(atoms, kind="stable")
    atoms, owner = atoms[order], owner[order]
    mine, row = _flat(left)
    first = np.searchsorted(atoms, mine, side="left")
    count = np.searchsorted(atoms, mine, side="right") - first
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    pair = np.repeat(row, count) * len(right) + owner[np.repeat(first, count) + step]
    for code, shared in zip(
        *(column.tolist() for column in np.unique(pair, return_counts=True)), strict=True
    ):
        yield code // len(right), code % len(right), shared


def _flat(sets: Sequence[UInt64s]) -> tuple[UInt64s, Int64s]:
    return np.concatenate(sets), np.repeat(np.arange(len(sets)), [len(one) for one in sets])
