"""A file taken back: its readings cease to count, and what they had superseded counts again. Nothing is overwritten.

A withdrawal is written as an intake is, whole or not at all. What the file had cancelled of earlier ones counts again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from meterkeep.errors import BadInput
from meterkeep.readings.store.beside.checks import forget
from meterkeep.readings.store.correcting.confirming import send_again, told_by_series
from meterkeep.readings.store.correcting.marks import fates, names_cancelled
from meterkeep.readings.store.correcting.standing import Standing, Turn, numbers
from meterkeep.readings.store.correcting.turning import Turning
from meterkeep.readings.store.intake.intake import later_than
from meterkeep.readings.store.steady import steady
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.registry import FILE, WITHDRAWAL, IntakeRow, newest, withdrawn
from meterkeep.readings.store.tables.snapshot import Snapshot

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store


class Withdrawn(msgspec.Struct, frozen=True):
    """ceased = restored + emptied: intervals whose reading no longer counts, for which an earlier one counts again, or
    none. revived: intervals that were empty, of which something counts again that the file had cancelled. send_again:
    digests of later files that said of some of these intervals what the store had already, or nothing better, so that it
    was not kept as theirs: taken in once more, they count.
    """

    digest: str
    already: bool
    ceased: int
    restored: int
    emptied: int
    send_again: list[str]
    revived: int = 0


@dataclass(frozen=True)
class Plan:
    """The intakes, ascending. leaving: those of the file that is withdrawn; left: those withdrawn before, by name."""

    digest: str
    rows: list[IntakeRow]
    leaving: list[IntakeRow]
    left: set[str]

    @classmethod
    def of(cls, digest: str, snapshot: Snapshot) -> Plan:
        rows = sorted(snapshot.intakes.values(), key=lambda row: row.number)
        left = withdrawn(rows)
        own = [row for row in rows if row.digest == digest and row.kind == FILE]
        if not own:
            raise BadInput(
                "The store has no file with this digest.",
                next="Give the SHA-256 of the file as it was received; `ingest --json` names it.",
            )
        return cls(digest, rows, [row for row in own if row.name not in left], left)

    def turn(self, db: sqlite3.Connection) -> Turn:
        """db: the registry."""
        names = names_cancelled(db)
        digests = {row.number: row.digest for row in self.rows}
        before = numbers(self.rows, self.left)
        after = before | {row.number for row in self.leaving}
        sides = (Standing(gone, fates(names, digests, gone).cancelled) for gone in (before, after))
        return Turn(self.rows, *sides)


def withdraw(store: Store, digest: str, *, received: datetime, policy: str, apply: bool) -> Withdrawn:
    pending = Pending.start(store.folder / "pending")
    committed = False
    try:
        if not apply:
            with store.registry.read() as db:
                return steady(store, lambda: _withdraw(store, digest, db, pending))
        with store.registry.alone() as db:
            store.sweep(db)
            found = _withdraw(store, digest, db, pending, received=received, policy=policy)
        committed = True
        return found
    finally:
        store.close_pending(pending, committed=committed)


def _withdraw(
    store: Store,
    digest: str,
    db: sqlite3.Connection,
    pending: Pending,
    *,
    received: datetime | None = None,
    policy: str = "",
) -> Withdrawn:
    """received: None only counts."""
    snapshot = store.snapshot(fresh=True)
    plan = Plan.of(digest, snapshot)
    turning = Turning(store, plan.turn(db), db=db, snapshot=snapshot, pending=pending)
    if received is None:
        turning.count()
    elif plan.leaving:
        moment = later_than(newest(db, digest)[1], received)
        turning.write(db, digest=digest, moment=moment, policy=policy, kind=WITHDRAWAL)
        forget(store.folder)
    ceased, restored = turning.counts["ceased"], turning.counts["restored"]
    return Withdrawn(
        digest=digest,
        already=not plan.leaving,
        ceased=ceased,
        restored=restored,
        emptied=ceased - restored,
        send_again=_send_again(store, plan) if ceased else [],
        revived=turning.counts["revived"],
    )


def _send_again(store: Store, plan: Plan) -> list[str]:
    """Of the files that still stand."""
    own, first = {row.name for row in plan.leaving}, plan.leaving[0].number
    results = store.registry.results_after(first)
    told = told_by_series(series for name, result in results if name in own for series in result.series)
    return send_again(store.registry, plan.rows, told, after=first, but=own | plan.left)
