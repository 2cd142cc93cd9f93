"""The store of a home: a folder of two Delta tables, the registry of what was taken in, and the zone."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from meterkeep.errors import BadInput, Busy
from meterkeep.readings.defects import DefectList
from meterkeep.readings.engines.setting import HERE, EngineSetting
from meterkeep.readings.model import Channel, Int32s
from meterkeep.readings.store.beside import lists
from meterkeep.readings.store.correcting.withdrawing import Withdrawn, withdraw
from meterkeep.readings.store.erasing.acts import Destroyed, Finding, Tombstones, finished
from meterkeep.readings.store.erasing.destroying import destroy
from meterkeep.readings.store.erasing.extent import Extent
from meterkeep.readings.store.erasing.files import held
from meterkeep.readings.store.erasing.proof import prove
from meterkeep.readings.store.erasing.within import destroyed_within
from meterkeep.readings.store.intake.intake import Intake, check_new, microseconds
from meterkeep.readings.store.intake.replacement import DEFAULT, Order, ranks_of
from meterkeep.readings.store.intake.summary import Stored
from meterkeep.readings.store.reading.monthly import monthly
from meterkeep.readings.store.reading.reading import Reading, check_interval
from meterkeep.readings.store.rows import days, points
from meterkeep.readings.store.rows.civil import first_of_next_month, midnight, standard_offset, zone_of
from meterkeep.readings.store.rows.spans import Spans
from meterkeep.readings.store.status import Status, status
from meterkeep.readings.store.steady import steady
from meterkeep.readings.store.tables.compacting import Compacted, compact
from meterkeep.readings.store.tables.pending import Pending, abandoned
from meterkeep.readings.store.tables.registry import Registry, is_registered
from meterkeep.readings.store.tables.snapshot import Files, Snapshot, connect
from meterkeep.readings.store.tables.table import Part, Table

FORMAT: Final = 1
SETTINGS: Final = "store.json"
DAYS_SCHEMA = days.SCHEMA.append(pa.field("month", pa.string())).append(pa.field("bucket", pa.int32()))
POINTS_SCHEMA = points.SCHEMA.append(pa.field("year", pa.int32()))


class Store:
    """Open one for each process: the engines below it do not survive a fork. Its methods may be called from any thread."""

    def __init__(self, folder: Path, *, engine: EngineSetting = HERE) -> None:
        """engine: which one adds up the months of many usage points; everything else is read here."""
        folder = self.folder = folder.absolute()
        self.engine = engine
        settings = _settings(folder)
        self.zone, self.offset = zone_of(settings["zone"]), int(settings["standard_offset"])
        self.replacement: Order = settings.get("replacement", DEFAULT)
        ranks_of(self.replacement)
        self.registry = Registry(folder / "registry.sqlite3")
        self.days = Table(folder / "days", schema=DAYS_SCHEMA, partition_by=["month", "bucket"])
        self.points = Table(folder / "points", schema=POINTS_SCHEMA, partition_by=["year"])
        self._engine = connect()
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    @classmethod
    def create(cls, folder: Path, *, zone: str, replacement: Order = DEFAULT) -> Store:
        """zone: the provider's, in which people see days and months; it stays as it is from now on. replacement: the
        classes of quality in ranks, best first; a reading never replaces one of a better rank.
        """
        ranks_of(replacement)
        if set("*?[") & set(str(folder.absolute())):
            raise BadInput(
                "A store cannot lie below a folder with *, ? or [ in its name.", next="Choose another folder."
            )
        if (folder / SETTINGS).exists():
            raise BadInput("Here is a store already.", where=folder.name, next="Open it instead.")
        settings = {
            "format": FORMAT,
            "zone": zone,
            "standard_offset": standard_offset(zone_of(zone)),
            "replacement": replacement,
        }
        (folder / "pending").mkdir(parents=True)
        Table.create(folder / "days", schema=DAYS_SCHEMA, partition_by=["month", "bucket"])
        Table.create(folder / "points", schema=POINTS_SCHEMA, partition_by=["year"])
        (folder / SETTINGS).write_text(json.dumps(settings) + "\n")
        return cls(folder)

    @classmethod
    def open(cls, folder: Path, *, engine: EngineSetting = HERE) -> Store:
        """Throws away what a crashed intake has left, unless another one is committing right now; that one will do it."""
        store = cls(folder, engine=engine)
        left = abandoned(folder / "pending")
        try:
            with store.registry.alone(wait=0.0) as db:
                store._throw_away(left, db)
        except Busy:
            for pending in left:
                pending.release()
        return store

    def has_file(self, digest: str) -> bool:
        """Whether the file is in and was not withdrawn since."""
        return self.registry.has(digest)

    def filed(self, digest: str) -> Stored | None:
        """What the intake of this file had said, now as a file whose readings are all in the store; None for a new one."""
        result = self.registry.result(digest)
        return result and result.as_already_stored()

    def intake(self, *, digest: str, received: datetime, policy: str, again: bool = False) -> Intake:
        """digest: SHA-256 of the file, in hex; policy: digest of the pack under which it is taken in.

        again: whether a file that is in the store, or was withdrawn, is meant to be read once more.
        """
        check_new(self.registry.state(digest), again=again)
        pending = Pending.start(self.folder / "pending")
        return Intake(self, pending, digest=digest, received=received, policy=policy, again=again)

    def list_of(self, digest: str) -> Path:
        """Where the defect list of a file is, if it has one."""
        return lists.path_of(self.folder, digest)

    def keep_list(self, digest: str, found: DefectList) -> None:
        """The defect list of a file once more, where it was lost: as its reader makes it."""
        with self.registry.alone() as db:
            lists.keep(self, db, digest, found)

    def duplicates_left(self, digest: str, of: int) -> int | None:
        """How many of the file's duplicates were not destroyed since; None where the list does not have them all. of: how many
        there were.
        """
        whole, left = lists.placed(self.list_of(digest), "duplicate")
        return left if whole == of else None

    def withdraw(self, digest: str, *, received: datetime, policy: str = "", apply: bool = True) -> Withdrawn:
        """The readings of a file cease to count from now on; what they had superseded counts again.

        received: the moment of the withdrawal; `known=` an earlier one still shows them. policy: as for an intake.
        apply: False only counts. A file withdrawn already is left as it is. Raises BadInput for a file never taken in.
        """
        return withdraw(self, digest, received=received, policy=policy, apply=apply)

    def erase(self, holdings: pa.Table, *, at: datetime, apply: bool = True) -> Destroyed:
        """Destroys, by bytes, what the usage points have told of these spans, in every version; see docs/store.md.

        holdings: as `read` takes them. What reaches into a span goes too: it is in part about whoever is erased. apply:
        False only counts. Asked for again it goes on where it ended, or finds that it is done.
        """
        return destroy(self, Extent.of(holdings), at=microseconds(at), apply=apply)

    def purge(self, first: date, end: date, *, at: datetime, apply: bool = True) -> Destroyed:
        """Destroys all readings that end in a period: civil days of the provider's zone, half-open. As `erase` does it."""
        period = Extent.period((midnight(first, self.zone), midnight(end, self.zone)))
        return destroy(self, period, at=microseconds(at), apply=apply)

    def first_month(self) -> date | None:
        """The earliest of which there are readings, in standard time or, of points, its year; None of an empty store."""
        days = (part.partition["month"] for part in self.days.parts())
        years = (f"{part.partition['year']}-01" for part in self.points.parts())
        found = min((*days, *years), default=None)
        return None if found is None else date.fromisoformat(f"{found}-01")

    def without_readings(self, usage_points: Int32s) -> Int32s:
        """Which of these (sorted) have no row in any file, of whatever version."""

        def look() -> Int32s:
            left = usage_points
            for table in (self.days, self.points):
                for part in table.parts():
                    left = np.setdiff1d(left, held(table.folder / part.path, left))
            return left

        return steady(self, look)

    def destroyed_spans(self) -> list[tuple[int, int, int]]:
        """(usage point, or -1 for everyone, first second, the one after the last) of all that was destroyed, by instants."""
        with self.registry.read() as db:
            return finished(db)

    def destroy_again(self, spans: Sequence[tuple[int, int, int]], *, at: datetime) -> list[Destroyed]:
        """After a restore from an older backup: destroys what was destroyed since, as `destroyed_spans` told it."""
        new = set(spans).difference(self.destroyed_spans())
        named = [span for span in sorted(new) if span[0] >= 0]
        periods = Extent.period(*((start, end) for own, start, end in sorted(new) if own < 0))
        columns = zip(("usage_point", "start", "end"), zip(*named, strict=True), strict=True)
        extents = [Extent.of(pa.table(dict(columns))), periods] if named else [periods]
        return [destroy(self, extent, at=microseconds(at), apply=True) for extent in extents if len(extent)]

    def prove(self, *, beyond: Path | None = None) -> list[Finding]:
        """What stands against the proof that nothing destroyed is left in any file; nothing, where all is well.

        beyond: a folder around the store, whose Parquet files are read too.
        """
        return prove(self, beyond=beyond)

    def tombstones(self) -> Tombstones:
        """Everything that was ever destroyed."""
        with self.registry.read() as db:
            return Tombstones.read(db)

    def destroyed(self, holdings: pa.Table) -> pa.Table:
        """The pieces of these holdings of which the readings were destroyed, with all columns of the holdings."""
        return destroyed_within(self.tombstones(), holdings)

    def status(self, *, as_of: date) -> Status:
        """How much there is, and what a compaction as of that day would rewrite."""
        return steady(self, lambda: status(self, as_of=as_of))

    def compact(self, *, as_of: date) -> Compacted:
        """Rewrites the months and years that had ended by then, so that they are read fast; no answer changes."""
        return compact(self, as_of=as_of)

    def read(
        self,
        holdings: pa.Table,
        channels: Iterable[str] | None = None,
        *,
        interval: str | None = None,
        known: datetime | None = None,
    ) -> pa.Table:
        """Readings that lie wholly inside the holdings, or their sums; see docs/store.md for each column.

        holdings: usage_point int32, start and end int64 (epoch seconds, half-open), and optionally holder int64, which
        keeps rows apart and comes back. channels: all by default. interval: "PT15M", "PT1H", or the civil "P1D", "P1M"
        of the provider's zone; None gives what is stored. known: as the store was then.
        """
        check_interval(interval)
        chosen = sorted(set(channels)) if channels is not None else [*Channel]

        def ask() -> pa.Table:
            with self._reading(Spans.of(holdings), known) as reading:
                return reading.sums(chosen, interval) if interval else reading.readings(chosen)

        table = steady(self, ask)
        return table.drop_columns(_without_holder(holdings))

    def monthly(
        self, holdings: pa.Table, months: Iterable[date], *, known: datetime | None = None
    ) -> pa.Table:
        """Totals for civil months of what may be summed, for any number of holdings; as `read` takes them.

        months: their first days. Columns: usage_point, channel, month, total (times ten to power_of_ten, in unit),
        intervals (how many went in), missing (how many the holding should have had beside them), estimated.
        """
        asked = sorted({day.replace(day=1) for day in months})
        spans = Spans.of(holdings)
        if asked and len(spans):
            ends = midnight(asked[0], self.zone), midnight(first_of_next_month(asked[-1]), self.zone)
            spans, _ = spans.clipped(np.array(ends))

        def ask() -> pa.Table:
            with self._reading(spans, known) as reading:
                return monthly(reading, asked, engine=self.engine)

        return steady(self, ask).drop_columns(_without_holder(holdings))

    @contextmanager
    def _reading(self, spans: Spans, known: datetime | None = None) -> Iterator[Reading]:
        snapshot = self.snapshot()
        if known is not None:
            snapshot = snapshot.as_known(microseconds(known))
        with self.cursor() as db:
            yield Reading(db, snapshot, spans, zone=self.zone, offset=self.offset)

    def snapshot(self, *, fresh: bool = False) -> Snapshot:
        """The newest one. The registry is asked first: whatever it names, the tables have.

        fresh: with the files as they are now; otherwise those that a compaction has replaced may still be named.
        """
        with self._lock:
            intakes = self.registry.rows()
            if fresh or self._snapshot is None or len(intakes) != len(self._snapshot.intakes):
                newest = max((row.number for row in intakes.values()), default=0)
                self._snapshot = Snapshot(intakes, Files(self.days, self.points, newest))
            return self._snapshot

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """An engine connection of one's own, to be closed."""
        return self._engine.cursor()

    def put_in_place(self, pending: Pending, parts: dict[str, list[Part]]) -> None:
        """Moves the files of an intake into the tables. They count once the intake is registered."""
        tables = ((self.days, parts["days"]), (self.points, parts["points"]))
        pending.move([(table, part) for table, theirs in tables for part in theirs])
        for table, theirs in tables:
            table.add(theirs)

    def close_pending(self, pending: Pending, *, committed: bool) -> None:
        if pending.has_moved and not committed:
            with self.registry.alone() as db:
                self._throw_away([pending], db)
        else:
            pending.close()

    def sweep(self, db: sqlite3.Connection) -> None:
        """Throws away what crashed intakes have left. db: the registry, held alone."""
        self._throw_away(abandoned(self.folder / "pending"), db)

    def _throw_away(self, left: Iterable[Pending], db: sqlite3.Connection) -> None:
        for pending in left:
            if not is_registered(db, pending.name):
                settle = pending.settle if pending.replaces else pending.undo
                settle([self.days, self.points])
            pending.close()


def _settings(folder: Path) -> dict[str, Any]:
    try:
        settings = json.loads((folder / SETTINGS).read_text())
    except FileNotFoundError:
        raise BadInput(
            "This folder holds no store of readings.", where=folder.name, next="Restore it from a backup."
        ) from None
    if settings["format"] != FORMAT:
        raise BadInput(
            f"The store has format {settings['format']}, and this version reads format {FORMAT}.",
            where=folder.name,
            next="Use the version of meterkeep that wrote it, or newer.",
        )
    return dict(settings)


def _without_holder(holdings: pa.Table) -> list[str]:
    return [] if "holder" in holdings.column_names else ["holder"]
