"""Day rows: the readings of a stream in one standard day, at one interval length, as a list by position in the day.

Rows of one stream, length and day that have the same version lie side by side: each fills positions that the others
leave empty, so their totals add up. A correction is a row of the next version that holds the whole day as it is now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.errors import BadInput
from meterkeep.readings.model import Channel, Int32s, Int64s
from meterkeep.readings.store.intake.summary import CLASSES, quality_classes
from meterkeep.readings.store.rows.civil import DAY
from meterkeep.readings.store.rows.runs import Readings
from meterkeep.readings.store.rows.streams import LARGEST, Streams, rescaled

SHORTEST = 60
"""Interval lengths below a minute go to the points."""

MOST_CELLS = 4_000_000
"""Positions that are worked on at once, which bounds the memory that a partition takes."""

SCHEMA = pa.schema(
    [
        ("usage_point", pa.int32()),
        ("channel", pa.string()),
        ("interval_seconds", pa.int32()),
        ("day", pa.date32()),
        ("unit", pa.string()),
        ("power_of_ten", pa.int8()),
        ("values", pa.list_(pa.int64())),
        ("total", pa.int64()),
        ("quality", pa.list_(pa.string())),
        ("estimated", pa.int16()),
        ("missing", pa.int16()),
        ("received", pa.timestamp("us", "UTC")),
        ("file", pa.string()),
        ("policy", pa.string()),
        ("version", pa.int32()),
    ]
)

Bools = npt.NDArray[np.bool_]


def is_regular(channel: Bools, readings: Readings) -> Bools:
    """Which readings belong into day rows. channel: whether each one's channel may lie there (a register may not)."""
    length = np.maximum(readings.seconds, 1)
    fits = (length >= SHORTEST) & (DAY % length == 0) & (readings.second % length == 0)
    regular: Bools = np.logical_and.reduce([channel, fits, readings.seconds > 0])
    return regular


def may_be_regular(channel: Channel) -> bool:
    return channel is not Channel.REGISTER


@dataclass(frozen=True, slots=True)
class Rows:
    """Day rows of one interval length, ascending by rank and day. The matrices have one column for each position.

    key: rank of the stream * 2**17 + day; quality: code indexes, -1 for none, or None where no reading has a code; parts:
    how many readings each value is the sum of, or None where it is one everywhere.
    """

    key: Int64s
    seconds: int
    values: Int64s
    present: Bools
    quality: npt.NDArray[np.int16] | None
    power: Int64s
    version: Int64s
    parts: Int32s | None = None

    @property
    def rank(self) -> Int64s:
        return self.key >> 17

    @property
    def day(self) -> Int64s:
        return self.key & 0x1FFFF

    def __getitem__(self, which: Bools) -> Rows:
        if which.all():
            return self
        quality = None if self.quality is None else self.quality[which]
        return Rows(
            self.key[which],
            self.seconds,
            self.values[which],
            self.present[which],
            quality,
            self.power[which],
            self.version[which],
            None if self.parts is None else self.parts[which],
        )

    def codes(self) -> npt.NDArray[np.int16]:
        return np.full(self.values.shape, -1, np.int16) if self.quality is None else self.quality

    def readings(self, where: Bools | None = None) -> int:
        """How many readings of the file are in these positions, all by default."""
        where = self.present if where is None else where
        return int(where.sum() if self.parts is None else self.parts[where].sum())


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows made of one file's readings. duplicate: those that say the same as another one of the same part of the
    stream; lost: those that say something else than a later one about the same interval, each value once.
    """

    rows: Rows
    duplicate: Readings
    lost: Readings


def gather(readings: Readings, streams: Streams, *, classes: npt.NDArray[np.int8]) -> Iterator[Gathered]:
    """Day rows of all the readings of a partition, a bounded number of positions at a time.

    A part of a stream first has a row of its own; the rows of all parts for one day are then added up.
    """
    for seconds in np.unique(readings.seconds).tolist():
        same = readings[readings.seconds == seconds] if (readings.seconds != seconds).any() else readings
        key = streams.part_key(same.series, same.day)
        begins = np.flatnonzero(np.diff(key, prepend=-1))
        keys, run = np.unique(key[begins], return_inverse=True)
        row = np.repeat(run, np.diff(begins, append=len(key)))
        step = max(1, MOST_CELLS * seconds // DAY)
        keys //= streams.most
        end = 0
        while (first := end) < len(keys):
            end = int(np.searchsorted(keys, keys[min(first + step, len(keys)) - 1], side="right"))
            inside = slice(None) if end - first == len(keys) else (row >= first) & (row < end)
            found = _scatter(same[inside], row[inside] - first, keys[first:end], seconds, streams)
            yield Gathered(added(found.rows, classes), found.duplicate, found.lost)


def _scatter(
    readings: Readings, row: npt.NDArray[np.intp], keys: Int64s, seconds: int, streams: Streams
) -> Gathered:
    width = DAY // seconds
    shape = (len(keys), width)
    cell = row * width + readings.second // seconds
    value = streams.at_stream_power(readings.series, readings.value)
    # Where several readings name the same position, numpy keeps the one assigned last.
    winner = np.full(len(keys) * width, -1, np.int32)
    winner[cell] = np.arange(len(cell), dtype=np.int32)
    values = np.zeros(len(keys) * width, np.int64)
    values[cell] = value
    quality = None
    if (readings.quality >= 0).any():
        quality = np.full(shape, -1, np.int16)
        quality.reshape(-1)[cell] = readings.quality
    power = streams.power[keys >> 17]
    present = (winner >= 0).reshape(shape)
    rows = Rows(keys, seconds, values.reshape(shape), present, quality, power, np.ones(len(keys), np.int64))
    duplicate, lost = _beaten(cell, value, winner)
    return Gathered(rows, readings[duplicate], readings[lost])


def _beaten(cell: Int64s, value: Int64s, winner: Int32s) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which readings repeat a value, and which are the last to give a value that did not stay."""
    if np.count_nonzero(winner >= 0) == len(cell):
        nobody = np.zeros(0, np.intp)
        return nobody, nobody
    beaten = np.flatnonzero(winner[cell] != np.arange(len(cell)))
    agrees = value[beaten] == value[winner[cell[beaten]]]
    others = beaten[~agrees]
    order = np.lexsort((value[others], cell[others]))
    ordered = others[order]
    follows = (np.diff(cell[ordered]) == 0) & (np.diff(value[ordered]) == 0)
    last = np.append(~follows, True)[: len(ordered)]
    return np.concatenate([beaten[agrees], ordered[~last]]), ordered[last]


def kept_apart(readings: Readings, streams: Streams) -> Bools:
    """Which share their interval with another part of the stream although they must not be added: a row has one value."""
    which = np.flatnonzero(~streams.summable[streams.rank[readings.series]])
    met = readings[which]
    rank, part = streams.rank[met.series], streams.part[met.series]
    order = np.lexsort((part, met.seconds, met.second, met.day, rank))
    columns = [column[order] for column in (rank, met.day, met.second, met.seconds)]
    same = np.logical_and.reduce([np.diff(column, prepend=-1) == 0 for column in columns])
    begins = np.flatnonzero(~same)
    apart = np.zeros(len(readings), bool)
    if len(begins):
        several = np.maximum.reduceat(part[order], begins) > part[order][begins]
        apart[which[order]] = np.repeat(several, np.diff(begins, append=len(order)))
    return apart


def added(rows: Rows, classes: npt.NDArray[np.int8]) -> Rows:
    """Rows of equal key become one: their values are added, and the worst quality stays."""
    begins = np.flatnonzero(np.diff(rows.key, prepend=-1))
    if len(begins) == len(rows.key):
        return rows
    check_sums(np.add.reduceat(np.abs(rows.values), begins, dtype=float))
    quality = rows.quality
    if quality is not None:
        quality = worst(np.where(rows.present, classes[quality], -1), quality, begins)
    parts = np.add.reduceat(rows.present, begins, dtype=np.int32)
    return Rows(
        key=rows.key[begins],
        seconds=rows.seconds,
        values=np.add.reduceat(rows.values, begins),
        present=parts > 0,
        quality=quality,
        power=rows.power[begins],
        version=rows.version[begins],
        parts=parts,
    )


def worst(
    classes: npt.NDArray[np.integer], codes: npt.NDArray[np.int16], begins: npt.NDArray[np.intp]
) -> npt.NDArray[np.int16]:
    """The code of the worst class in each group along the first axis; class -1 is that of no reading."""
    ranked = classes.astype(np.int32) << 16 | (codes + 1).astype(np.int32)
    return ((np.maximum.reduceat(ranked, begins) & 0xFFFF) - 1).astype(np.int16)


def check_sums(amounts: npt.NDArray[np.floating]) -> None:
    """amounts: sums of absolute values; floats, because these do not wrap around."""
    if (amounts > LARGEST).any():
        raise BadInput(
            f"The series of a usage point add up to more than {LARGEST}, in their power of ten.",
            next="Ask the sender for the right unit; the file was not stored.",
        )


@dataclass(frozen=True, slots=True)
class Merged:
    """rows: what has to be written. beaten: which positions of the new rows do not count. stored, already_stored: readings.
    notes: positions of the new rows, by kind.
    """

    rows: Rows
    beaten: Bools
    stored: int
    already_stored: int
    notes: dict[str, Bools]


def merge(
    new: Rows,
    old: Rows,
    apart: Bools,
    *,
    classes: npt.NDArray[np.int8],
    ranks: npt.NDArray[np.int8],
) -> Merged:
    """The new rows beside the old ones, which are aligned with them (version 0: none yet). What does not count of them: what
    says something else with a worse quality, and all of days that are `apart`, where the two are different parts of a total.
    classes, ranks: of codes.
    """
    power = np.where(old.version > 0, np.minimum(new.power, old.power), new.power)
    values = rescaled(new.values, (new.power - power)[:, None])
    old_values = rescaled(old.values, np.maximum(old.power - power, 0)[:, None])
    both = new.present & old.present
    codes, old_codes = new.codes(), old.codes()
    elsewhere = both & apart[:, None]
    worse = both & ~elsewhere & (ranks[codes] > ranks[old_codes])
    other = both & ~elsewhere & (values != old_values)
    differs, beaten = other & ~worse, (other & worse) | elsewhere
    requalified = both & ~elsewhere & ~other & ~worse & (classes[codes] != classes[old_codes])
    fresh = new.present & ~old.present
    # Where the file says nothing new, the code stays as well: what differs from the day before is what the file has added.
    news = differs | requalified | fresh
    revised: Bools = np.logical_or.reduce(differs | requalified, axis=1)
    present = np.where(revised[:, None], fresh | old.present, fresh)
    written = Rows(
        key=new.key,
        seconds=new.seconds,
        values=np.where(present, np.where(news, values, old_values), 0),
        present=present,
        quality=np.where(present, np.where(news, codes, old_codes), np.int16(-1)),
        power=power,
        version=np.maximum(old.version + revised, 1),
    )
    filled: Bools = np.logical_or.reduce(present, axis=1)
    return Merged(
        written[filled],
        beaten,
        stored=new.readings(news),
        already_stored=new.readings(new.present & ~news & ~beaten),
        notes={
            "not_better": worse,
            "conflict": differs,
            "requalified": requalified,
            "part_of_total_elsewhere": elsewhere,
        },
    )


def align(stored: pa.Table, like: Rows, *, codes: dict[str, int]) -> Rows:
    """Stored rows (key, power_of_ten, version, values, quality; several for a key add up) laid beside `like`."""
    width = like.values.shape[1]
    key = stored["key"].to_numpy()
    row = np.searchsorted(like.key, key)
    own_power = stored["power_of_ten"].to_numpy().astype(np.int64)
    power = np.full(len(like.key), 99, np.int64)
    np.minimum.at(power, row, own_power)
    version = np.zeros(len(like.key), np.int64)
    np.maximum.at(version, row, stored["version"].to_numpy())
    flat = stored["values"].combine_chunks().flatten()
    there = flat.is_valid().to_numpy(zero_copy_only=False).reshape(-1, width)
    given = flat.fill_null(0).to_numpy().reshape(-1, width)
    at, position = np.nonzero(there)
    present = np.zeros(like.values.shape, bool)
    values = np.zeros(like.values.shape, np.int64)
    present[row[at], position] = True
    values[row[at], position] = rescaled(given, (own_power - power[row])[:, None])[at, position]
    quality = np.full(like.values.shape, -1, np.int16)
    quality[row[at], position] = _code_indexes(stored["quality"], width, codes)[at, position]
    return Rows(like.key, like.seconds, values, present, quality, power, version)


def _code_indexes(quality: pa.ChunkedArray, width: int, codes: dict[str, int]) -> npt.NDArray[np.int16]:
    lists = quality.combine_chunks()
    indexes = np.full((len(lists), width), -1, np.int16)
    given = np.flatnonzero(lists.is_valid().to_numpy(zero_copy_only=False))
    words = lists.flatten().dictionary_encode()
    numbers = np.array(
        [codes.setdefault(w, len(codes)) for w in words.dictionary.to_pylist()] or [0], np.int16
    )
    if len(given):
        valid = words.indices.is_valid().to_numpy(zero_copy_only=False)
        found = np.where(valid, numbers[words.indices.fill_null(0).to_numpy()], -1)
        indexes[given] = found.reshape(-1, width)
    return indexes


def to_arrow(
    rows: Rows,
    streams: Streams,
    *,
    classes: npt.NDArray[np.int8],
    codes: list[str],
    origin: dict[str, pa.Scalar],
) -> pa.Table:
    """As SCHEMA says. origin: received, file and policy, the same for all rows."""
    size, width = rows.values.shape
    count = rows.present.sum(axis=1)
    total = pa.array(rows.values.sum(axis=1), mask=~streams.summable[rows.rank])
    columns = {
        **streams.columns(rows.rank),
        "interval_seconds": pa.array(np.full(size, rows.seconds, np.int32)),
        "day": pa.array(rows.day.astype(np.int32)).cast(pa.date32()),
        "power_of_ten": pa.array(rows.power.astype(np.int8)),
        "values": _lists(pa.array(rows.values.reshape(-1), mask=~rows.present.reshape(-1)), size, width),
        "total": total,
        "quality": _quality_lists(rows, codes),
        "estimated": pa.array(_estimated(rows, classes)),
        "missing": pa.array((width - count).astype(np.int16)),
        "version": pa.array(rows.version.astype(np.int32)),
        **{name: repeated(value, size) for name, value in origin.items()},
    }
    return pa.table({name: columns[name] for name in SCHEMA.names})


def repeated(value: pa.Scalar, size: int) -> pa.Array:
    if not pa.types.is_string(value.type):
        return pa.repeat(value, size)
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int8)), pa.repeat(value, 1))


def emptied(table: pa.Table, gone: Bools) -> tuple[pa.Table, Bools, int]:
    """Rows of one length without what stands at these positions; which have a reading left, and how many went."""
    size, width = gone.shape
    flat = table["values"].combine_chunks().flatten()
    there = flat.is_valid().to_numpy(zero_copy_only=False).reshape(size, width)
    present = there & ~gone
    codes: dict[str, int] = {}
    quality = np.where(present, _code_indexes(table["quality"], width, codes), np.int16(-1))
    values = np.where(present, flat.fill_null(0).to_numpy().reshape(size, width), 0)
    nothing = np.zeros(size, np.int64)
    rows = Rows(nothing, DAY // width, values, present, quality, nothing, nothing)
    total = table["total"].is_null().to_numpy()
    changed = {
        "values": _lists(pa.array(values.reshape(-1), mask=~present.reshape(-1)), size, width),
        "total": pa.array(values.sum(axis=1), mask=total),
        "quality": _quality_lists(rows, [*codes]),
        "estimated": pa.array(_estimated(rows, quality_classes([*codes]))),
        "missing": pa.array((width - present.sum(axis=1)).astype(np.int16)),
    }
    left = pa.table({name: changed.get(name, table[name]) for name in table.column_names}).cast(table.schema)
    return left, present.any(axis=1), int((there & gone).sum())


def _lists(flat: pa.Array, size: int, width: int, mask: pa.Array | None = None) -> pa.ListArray:
    offsets = pa.array(np.arange(size + 1, dtype=np.int32) * width)
    return pa.ListArray.from_arrays(offsets, flat, mask=mask)


def _quality_lists(rows: Rows, codes: list[str]) -> pa.Array:
    size, width = rows.values.shape
    if rows.quality is None:
        return pa.nulls(size, pa.list_(pa.string()))
    given = (rows.quality >= 0).any(axis=1)
    index = rows.quality[given].reshape(-1)
    words = pa.array(codes or [""]).take(pa.array(np.maximum(index, 0), mask=index < 0))
    ends = np.concatenate([[0], np.cumsum(given)]).astype(np.int32) * width
    return pa.ListArray.from_arrays(pa.array(ends), words, mask=pa.array(~given))


def _estimated(rows: Rows, classes: npt.NDArray[np.int8]) -> npt.NDArray[np.int16]:
    if rows.quality is None:
        return np.zeros(len(rows.key), np.int16)
    estimated = classes[rows.quality] == CLASSES.index("estimated")
    count: npt.NDArray[np.int16] = (estimated & rows.present).sum(axis=1, dtype=np.int16)
    return count
