"""The store's tables, row group by row group: each holder's rows under their key and their month's, put back byte for byte where all keys are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from meterkeep.backup.keyring import Keyring
from meterkeep.backup.parts import HOME, Block, PartReader, PartWriter, Subjects
from meterkeep.readings import defects
from meterkeep.readings.store.leaving.holders import Holders
from meterkeep.readings.store.leaving.narrow import narrowed, widened
from meterkeep.readings.store.leaving.parting import Apart, joined_days, parted, parted_days, parted_points
from meterkeep.readings.store.tables.shelf import write_parquet
from meterkeep.readings.store.tables.table import Part
from meterkeep.vault.ages import READINGS, age
from meterkeep.vault.usage_points import subject

Places = npt.NDArray[np.int64]
_AT = "at"
"""The column with the places of rows, as steps from the one before."""


@dataclass(frozen=True)
class Owners:
    """holders: whose `whom` is a number of `customers`."""

    holders: Holders
    customers: list[str]

    def of(self, code: int, usage_point: int) -> Subjects:
        """Who must not be forgotten, and the month that must not be destroyed, for it to be read again."""
        whose, month = self.holders.whose(code), self.holders.month(code)
        own = tuple(self.customers[number] for number in whose) if whose else (subject(usage_point),)
        return (*own, age(READINGS, month)) if month else own


def leave(
    part: PartWriter, path: Path, about: dict[str, Any], owners: Owners, keyring: Keyring, *, offset: int
) -> None:
    """One Parquet file of the store. about: what it is called, to come back with."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        part.add_home({**about, "schema": schema.serialize().to_pybytes()})
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            if "day" in schema.names:
                apart = parted_days(rows, owners.holders, offset=offset)
            else:
                apart = parted_points(rows, owners.holders)
            _leave_rows(part, apart, owners, keyring)


def leave_list(part: PartWriter, path: Path, about: dict[str, Any], owners: Owners, keyring: Keyring) -> None:
    """One defect list: its lines without places, which are about nobody, and then with them, each under the key of whom it is about."""
    part.add_home({**about, "schema": defects.SCHEMA.serialize().to_pybytes()})
    for batch in defects.kept(path):
        rows = pa.Table.from_batches([batch])
        placed = rows["usage_point"].is_valid().to_numpy() & rows["start"].is_valid().to_numpy()
        blank = _without_places(rows, placed)
        narrow, notes = narrowed(blank)
        part.add_home({"blank": notes, "types": narrow.schema.serialize().to_pybytes()})
        part.add(HOME, (), narrow.serialize(), rows=len(rows))
        at = np.flatnonzero(placed)
        own = rows.filter(pa.array(placed))
        start = own["start"].cast(pa.int64()).to_numpy()
        seconds = np.maximum(own["seconds"].fill_null(1).to_numpy(), 1)
        apart = parted(own, owners.holders, start, seconds)
        _leave_rows(part, Apart(apart.rows, at[apart.at], apart.code, apart.usage_point), owners, keyring)


def _without_places(rows: pa.Table, placed: np.ndarray) -> pa.Table:
    for name in ("usage_point", "channel", "start", "seconds"):
        column = rows[name].combine_chunks()
        nothing = pa.nulls(len(rows), column.type)
        rows = rows.set_column(
            rows.schema.get_field_index(name), name, pa.compute.if_else(pa.array(placed), nothing, column)
        )
    return rows


def _leave_rows(part: PartWriter, apart: Apart, owners: Owners, keyring: Keyring) -> None:
    if not len(apart.at):
        return
    narrow, notes = narrowed(apart.rows)
    steps = np.diff(apart.at, prepend=0).astype(np.int32)
    narrow = narrow.append_column(_AT, pa.array(steps))
    part.add_home({"rows": notes, "types": narrow.schema.serialize().to_pybytes()})
    runs = [(begin, end, owners.of(code, point)) for begin, end, code, point in apart.runs()]
    keyring.learn(dict.fromkeys(name for _, _, whose in runs for name in whose))
    for begin, end, whose in runs:
        whose, keys = keyring.sealing(whose)
        if keys is not None:
            first = int(apart.at[begin])
            part.add(whose, keys, alone(narrow, begin, end), rows=end - begin, first=first)


def alone(rows: pa.RecordBatch, begin: int, end: int) -> bytes:
    """Rows begin to end - 1, copied first: Arrow writes a slice with up to 63 bytes of what lies behind it, which are another's."""
    return bytes(rows.take(pa.array(np.arange(begin, end))).serialize())


class _Sheet:
    """A row group, or a batch of a list, on its way back. A list's lines come without places first, then those with a place once more."""

    def __init__(self) -> None:
        self._said: dict[str, Any] = {}
        self._blank: tuple[dict[str, Any], pa.RecordBatch] | None = None
        self._batches: list[pa.RecordBatch] = []
        self._at: list[Places] = []

    @property
    def has_rows(self) -> bool:
        return "rows" in self._said

    def take(self, said: dict[str, Any]) -> None:
        self._said = {**said, "types": pa.ipc.read_schema(pa.py_buffer(said["types"]))}

    def add(self, block: Block) -> None:
        batch = pa.ipc.read_record_batch(pa.py_buffer(block.payload), self._said["types"])
        if not self.has_rows:
            self._blank = self._said, batch
            return
        steps = batch[_AT].to_numpy().astype(np.int64)
        self._at.append(block.first + np.cumsum(steps) - steps[0])
        self._batches.append(batch)

    def whole(self, schema: pa.Schema) -> pa.Table | None:
        """None where nothing is left of it."""
        blank = self._blank and widened(
            pa.Table.from_batches([self._blank[1]]), self._blank[0]["blank"], schema
        )
        if not self._batches:
            return blank
        table = pa.Table.from_batches(self._batches, self._said["types"]).drop_columns([_AT]).combine_chunks()
        rows, at = widened(table, self._said["rows"], schema), np.concatenate(self._at)
        if "day" in schema.names:
            return joined_days([rows], at)
        if blank is not None:
            others = np.setdiff1d(np.arange(len(blank)), at)
            rows, at = pa.concat_tables([blank.take(pa.array(others)), rows]), np.concatenate([others, at])
        order = np.argsort(at, kind="stable")
        return rows if (order == np.arange(len(order))).all() else rows.take(pa.array(order))


class Coming:
    """A part with files of the store, on its way back. bereft: rows, some of them cut apart, about somebody whose key is gone."""

    def __init__(self, part: PartReader) -> None:
        self._blocks = part.blocks()
        self._next = next(self._blocks, None)
        self.bereft = 0

    def files(self) -> Iterator[tuple[dict[str, Any], pa.Schema, Iterator[pa.Table]]]:
        """What each is called, its schema and its row groups, which must be taken before the next file."""
        while self._next is not None:
            head: dict[str, Any] = msgspec.msgpack.decode(self._next.payload or b"")
            self._next = next(self._blocks, None)
            schema = pa.ipc.read_schema(pa.py_buffer(head.pop("schema")))
            yield head, schema, self._groups(schema)

    def _groups(self, schema: pa.Schema) -> Iterator[pa.Table]:
        for sheet in self._sheets():
            if (whole := sheet.whole(schema)) is not None:
                yield whole

    def _sheets(self) -> Iterator[_Sheet]:
        sheet: _Sheet | None = None
        for block, said in self._of_file():
            if said is not None and (sheet is None or "blank" in said or sheet.has_rows):
                if sheet is not None:
                    yield sheet
                sheet = _Sheet()
            if sheet is None:
                raise ValueError("rows before what is said of them")
            if said is not None:
                sheet.take(said)
            elif block.payload is None:
                self.bereft += block.rows
            else:
                sheet.add(block)
        if sheet is not None:
            yield sheet

    def _of_file(self) -> Iterator[tuple[Block, dict[str, Any] | None]]:
        """Until the next file: each block, and what it says where it is about nobody and no rows."""
        while self._next is not None:
            block, said = self._next, None
            if block.whose == HOME and not block.rows:
                said = msgspec.msgpack.decode(block.payload or b"")
                if "schema" in said:
                    return
            self._next = next(self._blocks, None)
            yield block, said


def write_part(
    folder: Path, about: dict[str, Any], schema: pa.Schema, groups: Iterator[pa.Table]
) -> Part | None:
    """Writes a file of a table where it was; None where nothing is left of it."""
    path = folder / about["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0

    def counted() -> Iterator[pa.Table]:
        nonlocal rows
        for group in groups:
            rows += len(group)
            yield group

    size = write_parquet(path, schema, counted())
    if not rows:
        path.unlink()
        return None
    return Part(about["path"], size, rows, about["partition"])
