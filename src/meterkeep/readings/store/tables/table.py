"""A Delta table of Parquet files that we write ourselves: what is in it, put in and taken out in one commit.

delta-rs keeps the log; it never writes the data, because it would write lists as dictionaries and a third larger.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from meterkeep.errors import BadInput


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of a table. path: relative to the table, `key=value` folders first."""

    path: str
    size: int
    rows: int
    partition: dict[str, str]


class Table:
    """schema: with the partition columns, which stand in the folder names and not in the files."""

    def __init__(self, folder: Path, *, schema: pa.Schema, partition_by: Sequence[str]) -> None:
        self.folder, self.schema, self.partition_by = folder, schema, list(partition_by)
        try:
            self._delta = DeltaTable(folder)
        except TableNotFoundError:
            raise BadInput("This folder holds no table of readings.", where=folder.name) from None
        self._lock = threading.Lock()
        self._refuse_deletion_vectors()

    @classmethod
    def create(cls, folder: Path, *, schema: pa.Schema, partition_by: Sequence[str]) -> Table:
        DeltaTable.create(folder, schema, partition_by=list(partition_by))
        return cls(folder, schema=schema, partition_by=partition_by)

    def parts(self) -> list[Part]:
        """All files of the newest version."""
        with self._lock:
            self._delta.update_incremental()
            self._refuse_deletion_vectors()
            actions = pa.table(self._delta.get_add_actions(flatten=True))
        names = ["path", "size_bytes", "num_records", *(f"partition.{key}" for key in self.partition_by)]
        if not actions.num_rows:
            return []
        rows = zip(*(actions[name].to_pylist() for name in names), strict=True)
        return [
            Part(path, size, records, {k: str(v) for k, v in zip(self.partition_by, keys, strict=True)})
            for path, size, records, *keys in rows
        ]

    def add(self, parts: Iterable[Part]) -> None:
        """Makes files that stand in the folder already part of the table, all of them or none."""
        self._commit(_added(parts))

    def replace(self, new: Iterable[Part], old: Iterable[Part]) -> None:
        """In one commit; the old files stay on the disk."""
        self._commit([*_added(new), *_removed(old)])

    def remove(self, parts: Iterable[Part]) -> None:
        """Takes files out of the table, and then off the disk."""
        parts = list(parts)
        self._commit(_removed(parts))
        for part in parts:
            (self.folder / part.path).unlink(missing_ok=True)

    def _commit(self, actions: Sequence[AddAction | RemoveAction]) -> None:
        if not actions:
            return
        # Otherwise delta-rs looks through every commit since we last looked for one that might be in the way.
        self._delta.update_incremental()
        self._delta.create_write_transaction([*actions], "append", self.schema, self.partition_by)
        sync_folder(self.folder / "_delta_log", newest_file_too=True)

    def _refuse_deletion_vectors(self) -> None:
        """Reading the files alone would show rows that another engine has deleted."""
        protocol = self._delta.protocol()
        features = {*(protocol.reader_features or ()), *(protocol.writer_features or ())}
        if "deletionVectors" in features:
            raise BadInput(
                "Another engine has switched deletion vectors on for this table; its deleted rows would show up again.",
                where=self.folder.name,
                next="Turn the table property delta.enableDeletionVectors off there and purge the table.",
            )


def _added(parts: Iterable[Part]) -> list[AddAction]:
    now = int(time.time() * 1000)
    return [
        AddAction(p.path, p.size, p.partition, now, True, json.dumps({"numRecords": p.rows})) for p in parts
    ]


def _removed(parts: Iterable[Part]) -> list[RemoveAction]:
    now = int(time.time() * 1000)
    return [RemoveAction(p.path, True, now, p.size, dict(p.partition)) for p in parts]


def sync(path: Path) -> None:
    """Does not come back before the file, or the folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path, *, newest_file_too: bool = False) -> None:
    if newest_file_too:
        sync(max(folder.glob("*.json")))
    sync(folder)
