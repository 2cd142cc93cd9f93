"""The defect lists that lie beside the store, one for each file that has any, by its digest.

A destruction takes out of them whose reading it was and when: the line stays, so that the counts do, and says its kind only.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meterkeep.readings import defects
from meterkeep.readings.defects import DefectList
from meterkeep.readings.store.erasing.acts import Tombstones
from meterkeep.readings.store.erasing.extent import Extent
from meterkeep.readings.store.intake.noting import stretches

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

FOLDER: Final = "defects"
NAME: Final = re.compile(r"[0-9a-f]{64}\.parquet")
NOBODY: Final = -1
PLACE: Final = ("usage_point", "channel", "start", "seconds")
NARROW: Final = ["usage_point", "start", "seconds", "count"]


def path_of(folder: Path, digest: str) -> Path:
    """Where the list of a file is, if it has one. folder: the store's."""
    return folder / FOLDER / f"{digest}.parquet"


def keep(store: Store, db: sqlite3.Connection, digest: str, *lists: DefectList) -> None:
    """In place of what is there, without places of what was destroyed. db: the registry, held alone."""
    extents = Tombstones.read(db).extents
    batches = chain.from_iterable(each.batches() for each in lists)
    defects.keep(path_of(store.folder, digest), (_blanked(batch, extents) for batch in batches))


def paths(store: Store) -> list[Path]:
    """All lists, in the order of their names."""
    return sorted(path for path in (store.folder / FOLDER).glob("*") if NAME.fullmatch(path.name))


def strange(store: Store) -> list[Path]:
    """What a crash has left half written, or somebody else has put there. The registry is held alone."""
    return sorted(path for path in (store.folder / FOLDER).glob("*") if not NAME.fullmatch(path.name))


def unplace(store: Store, extents: Sequence[Extent]) -> None:
    """Takes out of all lists what they say of the extents. The registry is held alone."""
    for path in strange(store):
        if path.suffix == ".new":
            path.unlink()
    for path in paths(store):
        if told(path, extents):
            defects.keep(path, (_blanked(batch, extents) for batch in defects.kept(path)))


def told(path: Path, extents: Sequence[Extent]) -> int:
    """How many lines of a list say something of the extents. Raises OSError or pa.ArrowException."""
    lines = 0
    with pq.ParquetFile(path) as file:
        names = [name for name in NARROW if name in file.schema_arrow.names]
        for group in range(file.num_row_groups):
            if any(_may_tell(file, group, extent) for extent in extents):
                for batch in file.iter_batches(defects.HELD, row_groups=[group], columns=names):
                    lines += int(np.logical_or.reduce([_touched(batch, each) for each in extents]).sum())
    return lines


def placed(path: Path, kind: str) -> tuple[int, int]:
    """How many readings the lines of a kind count, and how many of these still have a place."""
    whole = there = 0
    for batch in defects.kept(path):
        lines = batch.filter(pc.equal(batch["kind"], kind))
        whole += pc.sum(lines["count"]).as_py() or 0
        there += pc.sum(lines.filter(lines["start"].is_valid())["count"]).as_py() or 0
    return whole, there


def _may_tell(file: pq.ParquetFile, group: int, extent: Extent) -> bool:
    if extent.everyone:
        return True
    column = file.schema_arrow.names.index("usage_point")
    known = file.metadata.row_group(group).column(column).statistics
    if known is None or not known.has_min_max:
        return known is None or known.null_count != file.metadata.row_group(group).num_rows
    named = extent.usage_points
    return bool(np.searchsorted(named, known.min) < np.searchsorted(named, known.max, side="right"))


Columns = tuple[npt.NDArray[np.int64], ...]


def _columns(batch: pa.RecordBatch) -> Columns:
    """usage_point, start, seconds and count; what has no usage point is nobody's, what has no length is short."""
    start = batch["start"].cast(pa.timestamp("s", "UTC")).cast(pa.int64())
    seconds = batch["seconds"] if "seconds" in batch.schema.names else pa.nulls(batch.num_rows, pa.int64())
    filled = (batch["usage_point"].fill_null(NOBODY), start.fill_null(defects.NOWHERE))
    columns = (*filled, seconds.fill_null(1), batch["count"])
    return tuple(column.to_numpy(zero_copy_only=False).astype(np.int64) for column in columns)


def _touched(batch: pa.RecordBatch, extent: Extent) -> npt.NDArray[np.bool_]:
    """Which lines have an interval of the extent."""
    usage_point, start, seconds, count = _columns(batch)
    near = np.flatnonzero((start >= 0) & extent.meets(usage_point, start, start + np.maximum(seconds, 1) - 1))
    found = np.zeros(batch.num_rows, bool)
    if len(near):
        line, own, begin, length = _intervals(near, usage_point, start, seconds, count)
        found[line[extent.hits(own, begin, length)]] = True
    return found


def _intervals(
    which: npt.NDArray[np.intp],
    usage_point: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    seconds: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
) -> Columns:
    """Of these lines every interval: line, usage point, start and length."""
    line = np.repeat(which, count[which])
    nth = np.arange(len(line)) - np.repeat(np.cumsum(count[which]) - count[which], count[which])
    length = seconds[line] // count[line]
    return line, usage_point[line], start[line] + nth * length, length


def _blanked(batch: pa.RecordBatch, extents: Sequence[Extent]) -> pa.RecordBatch:
    """Without the places of what was destroyed. A line of several intervals comes apart."""
    for extent in extents:
        touched = _touched(batch, extent)
        if touched.any():
            apart = _apart(batch.filter(pa.array(touched)), extent)
            batch = pa.concat_batches([batch.filter(pa.array(~touched)), *apart])
    return batch


def _apart(batch: pa.RecordBatch, extent: Extent) -> Iterator[pa.RecordBatch]:
    """What stays of these lines, and what has no place any more."""
    columns = _columns(batch)
    line, own, start, length = _intervals(np.arange(batch.num_rows), *columns)
    gone = extent.hits(own, start, length)
    blank, count = np.unique(line[gone], return_counts=True)
    nothing = {name: pa.nulls(len(blank)) for name in PLACE}
    yield _with(batch.take(pa.array(blank)), {**nothing, "count": pa.array(count)})
    line, start, length = line[~gone], start[~gone], length[~gone]
    first, count = stretches(line, start, length)
    yield _with(
        batch.take(pa.array(line[first])),
        {
            "start": pa.array(start[first]),
            "seconds": pa.array(count * length[first]),
            "count": pa.array(count),
        },
    )


def _with(batch: pa.RecordBatch, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    arrays = [
        columns.get(name, batch[name]).cast(kind)
        for name, kind in zip(defects.SCHEMA.names, defects.SCHEMA.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=defects.SCHEMA)
