"""Readings on their way in: grouped by the partition they will lie in, in memory or, past a limit, on disk."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from meterkeep.readings.model import Int32s, Int64s
from meterkeep.readings.store.rows.civil import DAY

MOST_IN_MEMORY = 4_000_000
"""Readings held before they are spilled: about 100 MB."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Columns. series: position of the series in its file; day, second: the standard day (since 1970) and the second in
    it at which the interval starts; seconds: its length; quality: index into the file's codes, -1 for none.
    """

    series: Int32s
    day: Int32s
    second: Int32s
    seconds: Int32s
    value: Int64s
    quality: npt.NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.day)

    def __getitem__(self, rows: slice | npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Readings:
        return Readings(*(column[rows] for column in self.columns()))

    def columns(self) -> list[npt.NDArray[Any]]:
        return [getattr(self, field.name) for field in fields(self)]

    def local_start(self) -> Int64s:
        """Epoch seconds plus the standard offset."""
        return self.day.astype(np.int64) * DAY + self.second


NONE = Readings(*(np.zeros(0, kind) for kind in ("i4", "i4", "i4", "i4", "i8", "i2")))


def joined(parts: list[Readings]) -> Readings:
    if len(parts) < 2:
        return parts[0] if parts else NONE
    return Readings(*(np.concatenate(columns) for columns in zip(*(p.columns() for p in parts), strict=True)))


class Runs:
    """Collects readings by partition, a number below 2**16, and keeps the order in which they came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[int, list[Readings]] = {}
        self._size = 0

    def add(self, partition: npt.NDArray[np.uint16], readings: Readings) -> None:
        if not len(readings):
            return
        # Sorting 16-bit numbers is a radix sort in numpy: stable, and as cheap as two copies.
        order = np.argsort(partition, kind="stable")
        ordered, sorted_partition = readings[order], partition[order]
        begins = np.flatnonzero(np.diff(sorted_partition.astype(np.int32), prepend=-1))
        for begin, end in zip(begins, [*begins[1:], len(partition)], strict=True):
            self._held.setdefault(int(sorted_partition[begin]), []).append(ordered[begin:end])
        self._size += len(readings)
        if self._size > MOST_IN_MEMORY:
            self._spill()

    def partitions(self) -> list[int]:
        return sorted({*self._held, *(int(path.stem) for path in self.folder.glob("*.run"))})

    def take(self, partition: int) -> Readings:
        """All readings of a partition, in the order in which they came; they are held no longer."""
        readings = self.peek(partition)
        self._held.pop(partition, None)
        self._path(partition).unlink(missing_ok=True)
        return readings

    def peek(self, partition: int) -> Readings:
        return joined([*self._spilled(partition), *self._held.get(partition, [])])

    def _path(self, partition: int) -> Path:
        return self.folder / f"{partition}.run"

    def _spill(self) -> None:
        self.folder.mkdir(exist_ok=True)
        for partition, parts in self._held.items():
            with self._path(partition).open("ab") as file:
                for column in joined(parts).columns():
                    np.save(file, column, allow_pickle=False)
        self._held, self._size = {}, 0

    def _spilled(self, partition: int) -> list[Readings]:
        path, parts = self._path(partition), []
        if not path.exists():
            return []
        with path.open("rb") as file:
            while file.tell() < path.stat().st_size:
                parts.append(Readings(*(np.load(file, allow_pickle=False) for _ in fields(Readings))))
        return parts
