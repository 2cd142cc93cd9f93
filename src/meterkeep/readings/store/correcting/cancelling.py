"""What a file cancels of earlier ones by name, and what is cancelled of it before it comes: both within its own commit."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from meterkeep.readings.defects import DefectList
from meterkeep.readings.store.beside.checks import forget
from meterkeep.readings.store.correcting.confirming import send_again, told_by_parts
from meterkeep.readings.store.correcting.marks import (
    Fates,
    Mark,
    Place,
    fates,
    names_cancelled,
    names_of,
    told_by,
)
from meterkeep.readings.store.correcting.standing import Standing, Turn, numbers
from meterkeep.readings.store.correcting.turning import Turning
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.registry import CANCELLATION, IntakeRow, withdrawn
from meterkeep.readings.store.tables.snapshot import Files, Snapshot

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store


class Cancelling:
    """db: the registry, held alone. snapshot: grows with what is written here. notes: what has become of the cancellations,
    listed in `defects` as well.

    pendings: of what was written; the caller closes them. send_again: digests of files whose word went with what is cancelled.
    """

    def __init__(
        self,
        store: Store,
        db: sqlite3.Connection,
        marks: Sequence[Mark],
        *,
        digest: str,
        policy: str,
        defects: DefectList,
    ) -> None:
        self.store, self.db, self.marks = store, db, marks
        self.digest, self.policy, self.defects = digest, policy, defects
        self.snapshot = store.snapshot(fresh=True)
        self.rows = sorted(self.snapshot.intakes.values(), key=lambda row: row.number)
        self.gone = numbers(self.rows, withdrawn(self.rows))
        self.notes: Counter[str] = Counter()
        self.pendings: list[Pending] = []
        self.send_again: list[str] = []
        self._before = self._standing(frozenset())

    def earlier(self, moment: int) -> int:
        """Takes back what the marks cancel of earlier files. Gives the moment from which the file itself may follow."""
        if not any(mark.cancels for mark in self.marks):
            return moment
        own = 1 + max((row.number for row in self.rows), default=0)
        found = self._fates(own)
        self._note(found, own)
        after = frozenset(place for place in found.cancelled if place[0] != own)
        return self._turn(after, moment, note="readings_cancelled")

    def taken_in(self, row: IntakeRow) -> None:
        """The file is registered: what earlier files have cancelled of it counts no more."""
        self._see(row)
        if not any(mark.names for mark in self.marks):
            return
        found = self._fates()
        late = self._late(found, row.number)
        self._before = self._standing(found.cancelled - late)
        self._turn(found.cancelled, row.received + 1)

    def cancelled_earlier(self) -> None:
        """Notes the parts of the file that are cancelled before it comes."""
        own = 1 + max((row.number for row in self.rows), default=0)
        if any(mark.names for mark in self.marks):
            for place in sorted(self._late(self._fates(own), own)):
                self._count("cancelled_earlier", place)

    def _late(self, found: Fates, own: int) -> frozenset[Place]:
        """Parts of this file that others have cancelled."""
        hits = (places for canceller, places in found.of.items() if canceller[0] != own)
        return frozenset(place for places in hits for place in places if place[0] == own)

    def _fates(self, own: int | None = None) -> Fates:
        """own: the number that the file will have, where the registry does not name it yet."""
        hashes = {each for mark in self.marks for each in (*mark.cancels, *mark.names)}
        names = names_cancelled(self.db, hashes)
        digests = {row.number: row.digest for row in self.rows}
        if own is not None:
            names, digests = [*names, *names_of(own, self.marks)], {**digests, own: self.digest}
        return fates(names, digests, self.gone)

    def _standing(self, cancelled: frozenset[Place]) -> Standing:
        return Standing(self.gone, cancelled)

    def _note(self, found: Fates, own: int) -> None:
        known = fates(names_cancelled(self.db), {row.number: row.digest for row in self.rows}, self.gone)
        self._before = self._standing(known.cancelled)
        for place in sorted(place for place in found.of if place[0] == own):
            hits = {hit for hit in found.of[place] if hit[0] != own}
            if place in found.waiting:
                self._count("cancels_unknown", place)
            elif hits and hits <= known.cancelled:
                self._count("cancels_again", place)

    def _count(self, kind: str, place: Place) -> None:
        """place: in this file."""
        self.notes[kind] += 1
        first, end = self.marks[place[1]].records
        own = (first, end - 1) if end > first else (None, None)
        self.defects.add(kind, rejected=False, record=own[0], last_record=own[1])

    def _turn(self, after: frozenset[Place], moment: int, *, note: str = "") -> int:
        turn = Turn(self.rows, self._before, self._standing(after))
        if turn.before == turn.after:
            return moment
        self._before = turn.after
        self.pendings.append(Pending.start(self.store.folder / "pending"))
        turning = Turning(
            self.store,
            turn,
            db=self.db,
            snapshot=self.snapshot,
            pending=self.pendings[-1],
            noted=(self.defects, note) if note else None,
        )
        self._see(
            turning.write(self.db, digest=self.digest, moment=moment, policy=self.policy, kind=CANCELLATION)
        )
        forget(self.store.folder)
        if note:
            self.notes[note] += turning.counts["ceased"]
        if note and turning.counts["ceased"]:
            self.send_again = self._confirmed(turn)
        return moment + 1

    def _confirmed(self, turn: Turn) -> list[str]:
        """Later files that may have said once more what is cancelled."""
        places = sorted(turn.after.cancelled - turn.before.cancelled)
        told = told_by_parts(told_by(self.db, places).values())
        numbers = {number for number, _ in places}
        but = {row.name for row in self.rows if row.number in numbers} | withdrawn(self.rows)
        return send_again(self.store.registry, self.rows, told, after=min(numbers), but=but)

    def _see(self, row: IntakeRow) -> None:
        """What was written a moment ago can be read, by us alone."""
        self.rows.append(row)
        files = Files(self.store.days, self.store.points, row.number)
        self.snapshot = Snapshot({**self.snapshot.intakes, row.name: row}, files)
