"""What can be seen of the store at one moment: the files of committed intakes, as DuckDB reads them."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path

import duckdb

from meterkeep.readings.model import Int32s
from meterkeep.readings.store.tables.even import Even, read_note
from meterkeep.readings.store.tables.registry import IntakeRow
from meterkeep.readings.store.tables.table import Part, Table

BUCKETS = 16
"""Day rows are partitioned by their usage point modulo this."""


@dataclass(frozen=True, slots=True)
class Visible:
    """A file of a committed intake, or of a compaction. period: month number for day rows, year for points; revision:
    may hold later versions of rows in other files.

    Of a compaction: history, whether it holds what was superseded; through, the last intake that it may hold rows of;
    latest, the last moment at which a row of this place was received. known: only rows received by then are meant.
    even: of day rows, what all that may be added up have in common; None where they differ or nothing is noted.
    """

    path: str
    period: int
    bucket: int
    intake: str
    revision: bool
    compacted: bool = False
    history: bool = False
    through: int = 0
    latest: int = 0
    known: int | None = None
    even: Even | None = None

    def as_known(self, known: int | None) -> Visible:
        if known is None or self.latest <= known:
            return self
        return replace(self, known=known, revision=True)


class Outdated(Exception):
    """The files are newer than the intakes they were to be read with."""


class Files:
    """The files of both tables, listed when they are first asked for; never earlier than the intakes beside them.

    newest: the number of the last of these. Raises Outdated where a compaction has taken in rows of a later one.
    """

    def __init__(self, days: Table, points: Table, newest: int) -> None:
        self._days, self._points, self._newest = days, points, newest

    @cached_property
    def days(self) -> dict[tuple[int, int], list[Visible]]:
        """By month and bucket."""
        found = defaultdict(list)
        for file in self._listed(self._days):
            found[file.period, file.bucket].append(file)
        return found

    @cached_property
    def points(self) -> dict[int, list[Visible]]:
        """By year."""
        found = defaultdict(list)
        for file in self._listed(self._points):
            found[file.period].append(file)
        return found

    def _listed(self, table: Table) -> list[Visible]:
        files = [visible(part, table.folder) for part in table.parts()]
        if any(file.through > self._newest for file in files):
            raise Outdated
        return files


def visible(part: Part, folder: Path) -> Visible:
    """What a part's place says: `month=2025-03/bucket=7/<intake>-r.parquet`, `year=2025/<intake>-b.parquet`, or, of a
    compaction, `…-c-<through>-<latest>.parquet` and `…-h-<through>-<latest>.parquet`; of day rows that are even, with a
    note of that at the end, `…-b-s900e-3.parquet`. A file that an erasure has written in the place of another bears its
    name, with a random word after a dot.
    """
    intake, _, kind = part.path.rpartition("/")[2].partition(".")[0].partition("-")
    month = part.partition.get("month")
    period = (
        int(part.partition["year"]) if month is None else (int(month[:4]) - 1970) * 12 + int(month[5:]) - 1
    )
    kind, even = read_note(kind)
    kind, *numbers = kind.split("-")
    bucket = int(part.partition.get("bucket", -1))
    file = Visible(f"{folder}/{part.path}", period, bucket, intake, kind == "r", even=even)
    if not numbers:
        return file
    through, latest = (int(number) for number in numbers)
    return replace(file, compacted=True, history=kind == "h", through=through, latest=latest)


@dataclass(frozen=True, slots=True)
class Snapshot:
    intakes: dict[str, IntakeRow]
    files: Files
    known: int | None = None
    even: Even | None = None

    def as_known(self, received: int) -> Snapshot:
        """Only what had been received by then (microseconds since 1970)."""
        known = {name: row for name, row in self.intakes.items() if row.received <= received}
        return Snapshot(known, self.files, received)

    def codes(self) -> set[str]:
        return {code for row in self.intakes.values() for code in row.qualities}

    def of(self, usage_points: Int32s) -> Snapshot:
        """Without the intakes that hold none of these usage points (sorted)."""
        intakes = {name: row for name, row in self.intakes.items() if row.may_hold(usage_points)}
        return Snapshot(intakes, self.files, self.known)

    def day_files(
        self, months: Iterable[int], buckets: Iterable[int], *, history: bool = False
    ) -> list[Visible]:
        """history: with what compactions have put aside, which is otherwise read only where it was current then."""
        places = product(months, buckets) if self.intakes else ()
        return self._chosen((f for place in places for f in self.files.days.get(place, ())), history)

    def point_files(self, years: Iterable[int], *, history: bool = False) -> list[Visible]:
        years = years if self.intakes else ()
        return self._chosen((f for year in years for f in self.files.points.get(year, ())), history)

    def _chosen(self, files: Iterable[Visible], history: bool) -> list[Visible]:
        known = [f.as_known(self.known) if f.compacted else f for f in files]
        return [
            f
            for f in known
            if (f.compacted or f.intake in self.intakes) and (history or not f.history or f.known is not None)
        ]


def current_days(files: list[Visible], *, days: tuple[int, int] | None = None) -> str:
    """SQL for the day rows of these files without the superseded ones. days: the first and the last that are asked for."""
    these = ""
    if days is not None:
        first, last = (f"DATE '1970-01-01' + {day}" for day in days)
        these = f"WHERE day BETWEEN {first} AND {last}"
    revisions = [f for f in files if f.revision]
    if not revisions:
        return f"SELECT * FROM {parquet(files)} {these}"
    key = "usage_point, channel, unit, interval_seconds, day"
    return f"""
        SELECT r.* FROM (FROM {parquet(files)} {these}) r LEFT JOIN (
            SELECT {key}, max(version) AS newest FROM {parquet(revisions)} {these} GROUP BY ALL
        ) USING ({key}) WHERE newest IS NULL OR version = newest"""


def current_points(files: list[Visible]) -> str:
    """SQL for the points of these files that stand, superseded, lost and emptied ones left out."""
    revisions = [f for f in files if f.revision]
    if not revisions:
        return f"SELECT * FROM {parquet(files)} WHERE NOT lost"
    key = "usage_point, channel, unit, start, seconds"
    return f"""
        SELECT r.* FROM {parquet(files)} r LEFT JOIN (
            SELECT {key}, max(version) AS newest FROM {parquet(revisions)} WHERE NOT lost GROUP BY ALL
        ) USING ({key}) WHERE NOT lost AND (newest IS NULL OR version = newest) AND value IS NOT NULL"""


def parquet(files: list[Visible]) -> str:
    """SQL for all rows of these files; of those that are read as known at a moment, the rows received by then."""
    scans = []
    for known in dict.fromkeys(f.known for f in files):
        paths = ", ".join("'" + f.path.replace("'", "''") + "'" for f in files if f.known == known)
        scans.append(f"read_parquet([{paths}], hive_partitioning = false)")
        if known is not None:
            scans[-1] = f"(FROM {scans[-1]} WHERE epoch_us(received) <= {known})"
    return (
        scans[0] if len(scans) == 1 else f"({' UNION ALL BY NAME '.join(f'FROM {scan}' for scan in scans)})"
    )


def connect() -> duckdb.DuckDBPyConnection:
    """An engine that reads local files, fetches nothing and joins as the query is written: our queries name what is small last.

    DuckDB guesses the rows of many Parquet files from the first of them. Where that is a small one, it would take the
    readings for the smaller side and hold them all in memory.
    """
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "disabled_optimizers": "join_order,build_side_probe_side",
        }
    )
