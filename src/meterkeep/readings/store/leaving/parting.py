"""Rows of the store's tables taken apart by whom they are about, and put together again as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.model import Int64s
from meterkeep.readings.store.erasing.extent import midnights
from meterkeep.readings.store.leaving.holders import Holders
from meterkeep.readings.store.rows import days
from meterkeep.readings.store.rows.civil import DAY


@dataclass(frozen=True)
class Apart:
    """rows: sorted by whom they are about and how old they are. at: the place of each in the table; one that was cut apart has it several
    times. code, usage_point: of each, as `Holders` says."""

    rows: pa.Table
    at: Int64s
    code: Int64s
    usage_point: Int64s

    def runs(self) -> Iterator[tuple[int, int, int, int]]:
        """(begin, end, code, usage point) of each stretch of rows about the same."""
        if not len(self.at):
            return
        own = np.where(self.code < 0, self.usage_point, -1)
        other = (np.diff(self.code) != 0) | (np.diff(own) != 0)
        begins = np.concatenate([[0], np.flatnonzero(other) + 1])
        ends = np.append(begins[1:], len(self.at))
        columns = (begins, ends, self.code[begins], self.usage_point[begins])
        yield from zip(*(column.tolist() for column in columns), strict=True)


def parted_days(rows: pa.Table, holders: Holders, *, offset: int) -> Apart:
    """rows: of `days`, whole. A day that is not one holder's and one month's throughout comes apart into a row for each."""
    usage_point, first = rows["usage_point"].to_numpy().astype(np.int64), midnights(rows, offset)
    last = first + DAY - 1
    code = holders.codes(usage_point, first, last)
    mixed = ~holders.covered(code, first, last)
    at = np.arange(len(rows))
    if not mixed.any():
        return _sorted(rows, at, code, usage_point)
    parts, places, codes = [rows.filter(pa.array(~mixed))], [at[~mixed]], [code[~mixed]]
    length = rows["interval_seconds"].to_numpy()
    for seconds in np.unique(length[mixed]).tolist():
        which = np.flatnonzero(mixed & (length == seconds))
        for some in np.array_split(which, len(which) * (DAY // seconds) // days.MOST_CELLS + 1):
            for piece, place, whom in _pieces(rows.take(pa.array(some)), seconds, holders, offset):
                parts.append(piece)
                places.append(some[place])
                codes.append(whom)
    at = np.concatenate(places)
    return _sorted(pa.concat_tables(parts), at, np.concatenate(codes), usage_point[at])


def _pieces(
    rows: pa.Table, seconds: int, holders: Holders, offset: int
) -> Iterator[tuple[pa.Table, Int64s, Int64s]]:
    """Of rows of one length: (rows with what is about one, their places, whom), once for the first in each row, once for the second, and so on.

    A later version without a reading of theirs stays, since it says that what an earlier one holds counts no longer."""
    width = DAY // seconds
    start = (midnights(rows, offset)[:, None] + seconds * np.arange(width)).reshape(-1)
    own = np.repeat(rows["usage_point"].to_numpy(), width)
    code = holders.codes(own, start, start + seconds - 1).reshape(-1, width)
    rank = code.copy()
    done = np.iinfo(np.int64).max
    while True:
        least = rank.min(axis=1)
        open_ = np.flatnonzero(least != done)
        if not len(open_):
            return
        mine = code[open_] == least[open_, None]
        piece, there, _ = days.emptied(rows.take(pa.array(open_)), ~mine)
        stays = there | (rows["version"].to_numpy()[open_] > 1)
        yield piece.filter(pa.array(stays)), open_[stays], least[open_][stays]
        rank[code == least[:, None]] = done


def parted_points(rows: pa.Table, holders: Holders) -> Apart:
    """rows: of `points`."""
    start = rows["start"].cast(pa.int64()).to_numpy() // 1_000_000
    return parted(rows, holders, start, np.maximum(rows["seconds"].to_numpy(), 1))


def parted(rows: pa.Table, holders: Holders, start: Int64s, seconds: Int64s) -> Apart:
    """Rows that are about one stretch of time of one usage point each."""
    usage_point = rows["usage_point"].to_numpy(zero_copy_only=False).astype(np.int64)
    code = holders.codes(usage_point, start, start + seconds - 1)
    return _sorted(rows, np.arange(len(rows)), code, usage_point)


def _sorted(rows: pa.Table, at: Int64s, code: Int64s, usage_point: Int64s) -> Apart:
    """Rows that are already in order, as nearly all are, are not copied."""
    own = np.where(code < 0, usage_point, -1)
    order = np.lexsort((at, own, code))
    if (order == np.arange(len(order))).all():
        return Apart(rows, at, code, usage_point)
    return Apart(rows.take(pa.array(order)), at[order], code[order], usage_point[order])


def joined_days(pieces: Sequence[pa.Table], at: Int64s) -> pa.Table:
    """The rows in the order of their places; those with the same place are one row again."""
    rows = pa.concat_tables(pieces)
    order = np.argsort(at, kind="stable")
    rows, at = rows.take(pa.array(order)), at[order]
    first = np.concatenate([[True], np.diff(at) != 0])
    if first.all():
        return rows
    group = np.cumsum(first) - 1
    nth = np.arange(len(at)) - np.flatnonzero(first)[group]
    several = np.isin(group, group[~first])
    merged = _merged(rows.filter(pa.array(several)), group[several], nth[several])
    whole = rows.filter(pa.array(~several))
    places = np.concatenate([group[~several], np.unique(group[several])])
    return pa.concat_tables([whole, merged]).take(pa.array(np.argsort(places, kind="stable")))


def _merged(rows: pa.Table, group: Int64s, nth: Int64s) -> pa.Table:
    """A row for each group, in their order. nth: of each row in its group, from 0."""
    parts, places = [], []
    length = rows["interval_seconds"].to_numpy()
    for seconds in np.unique(length).tolist():
        own = length == seconds
        base = np.flatnonzero(own & (nth == 0))
        one = rows.take(pa.array(base))
        for layer in range(1, int(nth[own].max()) + 1):
            there = np.flatnonzero(own & (nth == layer))
            has = np.isin(group[base], group[there])
            both = _filled(one.filter(pa.array(has)), rows.take(pa.array(there)), DAY // seconds)
            order = np.argsort(np.concatenate([np.flatnonzero(~has), np.flatnonzero(has)]), kind="stable")
            one = pa.concat_tables([one.filter(pa.array(~has)), both]).take(pa.array(order))
        parts.append(one)
        places.append(group[base])
    return pa.concat_tables(parts).take(pa.array(np.argsort(np.concatenate(places), kind="stable")))


def _filled(one: pa.Table, other: pa.Table, width: int) -> pa.Table:
    """Rows of one length with what the others have at their empty places; what was summed up of each is added."""
    values = pc.coalesce(_flat(one, "values", width), _flat(other, "values", width))
    quality = pc.coalesce(_flat(one, "quality", width), _flat(other, "quality", width))
    size = len(one)
    offsets = pa.array(np.arange(size + 1, dtype=np.int32) * width)
    none = (
        (~quality.is_valid().to_numpy(zero_copy_only=False).reshape(size, width).any(axis=1)) if size else []
    )
    changed = {
        "values": pa.ListArray.from_arrays(offsets, values),
        "quality": pa.ListArray.from_arrays(offsets, quality, mask=pa.array(none, pa.bool_())),
        "total": pc.add(one["total"], other["total"]),
        "estimated": pc.add(one["estimated"], other["estimated"]),
        "missing": pa.array(
            values.is_null().to_numpy(zero_copy_only=False).reshape(size, width).sum(axis=1).astype(np.int16)
        ),
    }
    return pa.table({name: changed.get(name, one[name]) for name in one.column_names}).cast(one.schema)


def _flat(rows: pa.Table, name: str, width: int) -> pa.Array:
    """One value for each position, also of rows whose list is null."""
    column = rows[name].combine_chunks()
    column = column if isinstance(column, pa.Array) else column.chunk(0)
    given = column.is_valid().to_numpy(zero_copy_only=False)
    at = np.full((len(rows), width), -1, np.int64)
    at[given] = np.arange(int(given.sum()) * width).reshape(-1, width)
    flat = column.flatten()
    return flat.take(pa.array(at.reshape(-1), mask=at.reshape(-1) < 0))
