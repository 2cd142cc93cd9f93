"""One file on its way into the store: collected, compared with what is there, and made visible in one step."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.errors import BadInput
from meterkeep.readings.defects import DefectList
from meterkeep.readings.model import Block, Int32s, Series
from meterkeep.readings.store.beside import lists
from meterkeep.readings.store.correcting import marks
from meterkeep.readings.store.correcting.cancelling import Cancelling
from meterkeep.readings.store.correcting.marks import Mark
from meterkeep.readings.store.erasing.buried import Buried
from meterkeep.readings.store.intake.noting import Noting
from meterkeep.readings.store.intake.repeats import repeats
from meterkeep.readings.store.intake.replacement import Order, ranks_of
from meterkeep.readings.store.intake.summary import (
    NOTES,
    SeriesSummary,
    Stored,
    Tally,
    as_notes,
    quality_classes,
)
from meterkeep.readings.store.intake.telling import Telling
from meterkeep.readings.store.intake.writing import Writing
from meterkeep.readings.store.rows import days
from meterkeep.readings.store.rows.civil import DAY, LAST_DAY, days_cut_by_months, months_of
from meterkeep.readings.store.rows.runs import Readings, Runs
from meterkeep.readings.store.rows.streams import LARGEST, Streams
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.registry import FILE, AlreadyStored, IntakeRow, newest, register
from meterkeep.readings.store.tables.snapshot import BUCKETS, Snapshot

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

MONTH = months_of(np.arange(LAST_DAY))
"""The month of each standard day that a reading may lie in."""


class Intake:
    """Use it in a `with`: add blocks, then commit. Leaving without commit, or by an exception, leaves nothing."""

    def __init__(
        self,
        store: Store,
        pending: Pending,
        *,
        digest: str,
        received: datetime,
        policy: str,
        again: bool = False,
    ) -> None:
        self._store, self._pending, self._again = store, pending, again
        self._digest, self._received, self._policy = digest, received, policy
        self._regular = Runs(pending.folder / "regular")
        self._irregular = Runs(pending.folder / "irregular")
        self._tally = Tally()
        self._defects = DefectList()
        self._buried = Buried(store, self._defects)
        self._committed = False
        self._replacement: Order = store.replacement
        self._telling = Telling(pending.folder / "telling")
        self._beside: list[Pending] = []
        self._series: Sequence[Series] = []
        self._usage_points: Int32s = np.zeros(0, np.int32)
        self._may_be_regular: npt.NDArray[np.bool_] = np.zeros(0, bool)
        self._qualities: list[str] = []
        self._classes = quality_classes([])

    def __enter__(self) -> Intake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for pending in (*self._beside, self._pending):
            self._store.close_pending(pending, committed=self._committed)

    def ranked(self, order: Order | None) -> None:
        """What may replace what: the classes of quality in ranks, best first; None leaves the store's own order."""
        if order is not None:
            ranks_of(order)
            self._replacement = order

    def named(self, marks: Sequence[Mark]) -> None:
        """All parts of the file, as far as it was read, that have a name or cancel one; ascending by their records."""
        self._telling.marks = marks

    def add(
        self, block: Block, *, series: Sequence[Series], usage_points: Int32s, qualities: Sequence[str]
    ) -> None:
        """series, usage_points: all that the file has named so far and the usage point of each, by ordinal."""
        if not len(block):
            return
        self._learn(series, usage_points, qualities)
        block = self._buried.without(block, self._usage_points[block.series - series[0].ordinal])
        if not len(block):
            return
        place = (block.series - series[0].ordinal).astype(np.int32)
        self._tally.add(block, place, self._classes)
        readings = self._in_standard_days(block, place)
        regular = days.is_regular(self._may_be_regular[place], readings)
        partition = (MONTH[readings.day] * BUCKETS + self._usage_points[place] % BUCKETS).astype(np.uint16)
        self._telling.add(block.record, partition, readings)
        if regular.all():
            self._regular.add(partition, readings)
            return
        self._regular.add(partition[regular], readings[regular])
        year = 1970 + MONTH[readings.day[~regular]] // 12
        self._irregular.add(year.astype(np.uint16), readings[~regular])

    def commit(self, found: DefectList | None = None) -> Stored:
        """Makes everything that was added visible, at once. Raises AlreadyStored if another process took the file in.

        found: what the reader has listed; kept beside the store, with what is met here, before the readings count.
        """
        with self._store.registry.alone() as db:
            state, before = newest(db, self._digest)
            check_new(state, again=self._again)
            self._buried.check(db, self._usage_points, self._tally)
            self._store.sweep(db)
            cancelling = Cancelling(
                self._store,
                db,
                self._telling.marks,
                digest=self._digest,
                policy=self._policy,
                defects=self._defects,
            )
            self._beside = cancelling.pendings
            received = cancelling.earlier(later_than(before, self._received))
            streams = Streams(self._series, self._usage_points)
            repeated = repeats(self._series, streams, self._tally, [self._regular, self._irregular])
            writing = self._write(streams, repeated, received, cancelling.snapshot)
            cancelling.cancelled_earlier()
            result = self._result(writing, cancelling.notes, cancelling.send_again)
            # Before the readings count: a crash between the two would lose what was wrong with them.
            lists.keep(self._store, db, self._digest, found or DefectList(), self._defects)
            self._store.put_in_place(self._pending, writing.shelf.parts)
            number = self._register(db, writing, streams, received, result)
            if self._telling.marks:
                told = self._telling.told(
                    streams, self._qualities, offset=self._store.offset, repeats=repeated
                )
                marks.write(db, number, self._telling.marks, told)
                codes = (*writing.codes,)
                cancelling.taken_in(
                    IntakeRow(number, self._pending.name, self._digest, FILE, received, codes, None)
                )
        self._committed = True
        return result

    def _register(
        self, db: sqlite3.Connection, writing: Writing, streams: Streams, received: int, result: Stored
    ) -> int:
        return register(
            db,
            name=self._pending.name,
            digest=self._digest,
            received=received,
            policy=self._policy,
            qualities=[*writing.codes],
            usage_points=np.unique(self._usage_points[self._tally.records > 0]),
            result=result,
            replacement=self._replacement,
        )

    def _learn(self, series: Sequence[Series], usage_points: Int32s, qualities: Sequence[str]) -> None:
        if len(series) != len(usage_points):
            raise ValueError(f"{len(series)} series need as many usage points, not {len(usage_points)}")
        self._usage_points = np.asarray(usage_points, np.int32)
        new = [days.may_be_regular(s.channel) for s in series[len(self._series) :]]
        self._may_be_regular = np.append(self._may_be_regular, np.array(new, bool))
        self._series = list(series)
        self._tally.grow(len(series))
        if len(qualities) != len(self._qualities):
            self._qualities = list(qualities)
            self._classes = quality_classes(self._qualities)

    def _in_standard_days(self, block: Block, place: Int32s) -> Readings:
        day, second = np.divmod(block.start + self._store.offset, DAY)
        self._refuse((day < 0) | (day >= LAST_DAY), block, "A reading lies before 1970 or after 2199.")
        too_large = (block.value > LARGEST) | (block.value < -LARGEST)
        self._refuse(too_large, block, f"A reading is larger than {LARGEST}, in its power of ten.")
        codes = np.full(len(block), -1, np.int16) if block.quality is None else block.quality
        return Readings(
            place,
            day.astype(np.int32),
            second.astype(np.int32),
            block.duration.astype(np.int32),
            block.value,
            codes,
        )

    def _refuse(self, wrong: npt.NDArray[np.bool_], block: Block, message: str) -> None:
        if wrong.any():
            where = f"record {block.record[np.argmax(wrong)]}"
            raise BadInput(
                message, where=where, next="Ask the sender for the right unit; the file was not stored."
            )

    def _write(
        self, streams: Streams, repeated: npt.NDArray[np.bool_], received: int, snapshot: Snapshot
    ) -> Writing:
        writing = Writing(
            self._pending,
            streams=streams,
            snapshot=snapshot,
            offset=self._store.offset,
            edges=self._edges(),
            qualities=self._qualities,
            origin={
                "received": pa.scalar(received, pa.timestamp("us", "UTC")),
                "file": pa.scalar(self._digest),
                "policy": pa.scalar(self._policy),
            },
            tally=self._tally,
            repeats=repeated,
            ranks=ranks_of(self._replacement),
            told=self._told,
            noting=Noting(self._defects, streams, offset=self._store.offset),
        )
        self._note_repeated(streams, repeated, writing.noting)
        with self._store.cursor() as db:
            writing.write(self._regular, self._irregular, db)
        return writing

    def _note_repeated(self, streams: Streams, repeated: npt.NDArray[np.bool_], noting: Noting) -> None:
        place = np.flatnonzero(repeated)
        first = self._tally.first[place]
        seconds = self._tally.last[place] + self._tally.longest[place] - first
        ordinal = place + self._series[0].ordinal if len(place) else place
        noting.series("series_repeated", ordinal, streams.rank[place], first, seconds)

    def _told(self, digest: str) -> Sequence[SeriesSummary]:
        """The series of a file that was taken in."""
        found = self._store.registry.result(digest)
        return found.series if found else ()

    def _edges(self) -> set[int]:
        if not self._tally.records.any():
            return set()
        first, last = (int(instant + self._store.offset) // DAY for instant in self._tally.range())
        return days_cut_by_months(self._store.zone, self._store.offset, first, last)

    def _result(self, writing: Writing, notes: Counter[str], send_again: list[str]) -> Stored:
        counts = writing.counts + notes
        return Stored(
            stored=counts["stored"],
            duplicate=counts["duplicate"],
            already_stored=counts["already_stored"],
            conflicts=counts["conflict"],
            destroyed=self._buried.count,
            notes=as_notes({name: counts[name] for name in NOTES}),
            series=self._tally.series(self._series, self._usage_points),
            send_again=send_again,
        )


def check_new(state: str | None, *, again: bool) -> None:
    """state: what was done last with the file. again: it is sent once more on purpose."""
    if again or state is None:
        return
    if state == FILE:
        raise AlreadyStored(
            "A file with these bytes is already in the store.", next="There is nothing left to do."
        )
    raise BadInput(
        "A file with these bytes was withdrawn.", next="To take it in after all, send it with --again."
    )


def later_than(before: int, moment: datetime) -> int:
    """In microseconds. What is done with one file is told apart by its moments, so no two are equal."""
    return max(before + 1, microseconds(moment))


def microseconds(moment: datetime) -> int:
    """Since 1970. The moment says its zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone is not an instant")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * DAY + since.seconds) * 1_000_000 + since.microseconds
