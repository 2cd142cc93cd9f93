"""What can be seen of the store at one moment: the files of committed intakes, as DuckDB reads them."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

import duckdb

from meterkeep.readings.model import Int32s
from meterkeep.readings.store.registry import IntakeRow
from meterkeep.readings.store.table import Part, Table

BUCKETS = 16
"""Day rows are partitioned by their usage point modulo this."""


@dataclass(frozen=True, slots=True)
class Visible:
    """A file of a committed intake. period: month number for day rows, year for points; revision: later versions."""

    path: str
    period: int
    bucket: int
    intake: str
    revision: bool


class Files:
    """The files of both tables, listed when they are first asked for; never earlier than the intakes beside them."""

    def __init__(self, days: Table, points: Table) -> None:
        self._days, self._points = days, points

    @cached_property
    def days(self) -> dict[tuple[int, int], list[Visible]]:
        """By month and bucket."""
        found = defaultdict(list)
        for file in (visible(part, self._days.folder) for part in self._days.parts()):
            found[file.period, file.bucket].append(file)
        return found

    @cached_property
    def points(self) -> dict[int, list[Visible]]:
        """By year."""
        found = defaultdict(list)
        for file in (visible(part, self._points.folder) for part in self._points.parts()):
            found[file.period].append(file)
        return found


def visible(part: Part, folder: Path) -> Visible:
    """What a part's place says: `month=2025-03/bucket=7/<intake>-r.parquet` or `year=2025/<intake>-b.parquet`."""
    intake, _, kind = part.path.rpartition("/")[2].removesuffix(".parquet").partition("-")
    month = part.partition.get("month")
    period = (
        int(part.partition["year"]) if month is None else (int(month[:4]) - 1970) * 12 + int(month[5:]) - 1
    )
    return Visible(
        f"{folder}/{part.path}", period, int(part.partition.get("bucket", -1)), intake, kind == "r"
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    intakes: dict[str, IntakeRow]
    files: Files

    def as_known(self, received: int) -> Snapshot:
        """Only what had been received by then (microseconds since 1970)."""
        known = {name: row for name, row in self.intakes.items() if row.received <= received}
        return Snapshot(known, self.files)

    def codes(self) -> set[str]:
        return {code for row in self.intakes.values() for code in row.qualities}

    def of(self, usage_points: Int32s) -> Snapshot:
        """Without the intakes that hold none of these usage points (sorted)."""
        intakes = {name: row for name, row in self.intakes.items() if row.may_hold(usage_points)}
        return Snapshot(intakes, self.files)

    def day_files(self, months: Iterable[int], buckets: Iterable[int]) -> list[Visible]:
        places = product(months, buckets) if self.intakes else ()
        return [f for place in places for f in self.files.days.get(place, ()) if f.intake in self.intakes]

    def point_files(self, years: Iterable[int]) -> list[Visible]:
        years = years if self.intakes else ()
        return [f for year in years for f in self.files.points.get(year, ()) if f.intake in self.intakes]


def current_days(files: list[Visible]) -> str:
    """SQL for the day rows of these files without the superseded ones."""
    revisions = [f for f in files if f.revision]
    if not revisions:
        return f"SELECT * FROM {parquet(files)}"
    key = "usage_point, channel, unit, interval_seconds, day"
    return f"""
        SELECT r.* FROM {parquet(files)} r LEFT JOIN (
            SELECT {key}, max(version) AS newest FROM {parquet(revisions)} GROUP BY ALL
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
    paths = ", ".join("'" + f.path.replace("'", "''") + "'" for f in files)
    return f"read_parquet([{paths}], hive_partitioning = false)"


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
