"""How much the store holds, and what waits for a compaction: figures, no readings."""

# The SQL is put together from our own words and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from meterkeep.readings.store.erasing.acts import unfinished
from meterkeep.readings.store.rows.civil import DAY, month_name
from meterkeep.readings.store.tables.compacting import ended, scattered
from meterkeep.readings.store.tables.snapshot import Snapshot, Visible, parquet

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store


class Status(msgspec.Struct, frozen=True):
    """files, bytes: of the tables' Parquet files; log_bytes, registry_bytes: beside them. readings: values that are kept,
    those of earlier versions too. first, last: months that have day rows. waiting_files: in closed months and years that a
    compaction would rewrite. under_way: intakes that have not ended; unfinished: destructions.
    """

    files: int
    bytes: int
    log_bytes: int
    registry_bytes: int
    readings: int
    bytes_per_reading: float | None
    months: int
    first: str | None
    last: str | None
    intakes: int
    waiting_months: list[str]
    waiting_years: list[int]
    waiting_files: int
    under_way: int
    unfinished: int


def status(store: Store, *, as_of: date) -> Status:
    snapshot = store.snapshot(fresh=True)
    parts = [part for table in (store.days, store.points) for part in table.parts()]
    months, years = _waiting(snapshot, as_of)
    files = [*(f for _, found in months for f in found), *(f for _, found in years for f in found)]
    there = sorted({month for month, _ in snapshot.files.days})
    readings, size = _readings(store, snapshot), sum(part.size for part in parts)
    with store.registry.read() as db:
        left = unfinished(db)
    return Status(
        files=len(parts),
        bytes=size,
        log_bytes=sum(
            path.stat().st_size
            for table in (store.days, store.points)
            for path in (table.folder / "_delta_log").iterdir()
        ),
        registry_bytes=store.registry.path.stat().st_size,
        readings=readings,
        bytes_per_reading=round(size / readings, 3) if readings else None,
        months=len(there),
        first=month_name(there[0]) if there else None,
        last=month_name(there[-1]) if there else None,
        intakes=len(snapshot.intakes),
        waiting_months=sorted({month_name(month) for (month, _), _ in months}),
        waiting_years=[year for year, _ in years],
        waiting_files=len(files),
        under_way=sum(1 for _ in (store.folder / "pending").iterdir()),
        unfinished=left,
    )


def _waiting(
    snapshot: Snapshot, as_of: date
) -> tuple[list[tuple[tuple[int, int], list[Visible]]], list[tuple[int, list[Visible]]]]:
    months, years = ended(snapshot, as_of)
    days = [
        (place, snapshot.files.days[place]) for place in sorted(snapshot.files.days) if place[0] in months
    ]
    points = [(year, snapshot.files.points[year]) for year in years]
    return [one for one in days if scattered(one[1])], [one for one in points if scattered(one[1])]


def _readings(store: Store, snapshot: Snapshot) -> int:
    everything = {place for place, _ in snapshot.files.days}, range(16)
    days = snapshot.day_files(*everything, history=True)
    points = snapshot.point_files(sorted(snapshot.files.points), history=True)
    asked = [(f"sum({DAY} // interval_seconds - missing)", days), ("count(value)", points)]
    with store.cursor() as db:
        found = [
            db.execute(f"SELECT {what} FROM {parquet(files)}").fetchall() for what, files in asked if files
        ]
    return sum(int(value or 0) for ((value,),) in found)
