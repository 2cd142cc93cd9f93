"""Text fields of held readings → integer columns, with what had to be refused or filled in and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Protocol

import numpy as np
import numpy.typing as npt

from meterkeep.readings.defects import NOWHERE
from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.green_button.entries import LONGEST
from meterkeep.readings.formats.green_button.fields import merged
from meterkeep.readings.formats.green_button.links import Feed, Origin, path_of
from meterkeep.readings.formats.green_button.runs import ABSENT, Run, RunCutter
from meterkeep.readings.model import Int32s, Int64s

Mask = npt.NDArray[np.bool_]
_LAST_START = 4_102_444_800  # the year 2100; an instant in milliseconds lies far behind it

_LEAST_WEIGHT = 8


@dataclass(slots=True, eq=False)
class Held:
    """The readings of a block, of a part of one, or of several blocks in one place, while they wait for their ReadingType.

    parts: FIELDS lines for each reading, or runs. record: number of the first one in the file. position: its number in the block.
    sizes: the readings of each block. hrefs: the `self` links of several blocks, whose readings are one run.
    """

    origin: Origin
    parts: Sequence[bytes | Run]
    sizes: Sequence[int]
    record: int
    position: int = 0
    line: int = 0
    block_start: int | None = None
    block_seconds: int | None = None
    hrefs: Sequence[bytes] = ()
    readings: int = field(init=False)
    weight: int = field(init=False)
    """How many readings of a long block take as much memory."""

    def __post_init__(self) -> None:
        self.readings = sum(self.sizes)
        least = _LEAST_WEIGHT * len(self.sizes)
        self.weight = self.readings if self.readings > least else least


@dataclass(slots=True)
class Columns:
    """The readings of several Held, a row each.

    held: index into the list. block: number of its block. Both rise from row to row. duration, tou: ABSENT where not stated.
    quality: index into `codes`, what readings state.
    """

    held: Int32s
    block: Int32s
    record: Int64s
    start: Int64s
    duration: Int64s
    value: Int64s
    quality: Int32s
    tou: Int64s
    codes: list[bytes]

    def keep(self, mask: Mask | Int64s) -> None:
        """mask: the rows to keep, or their numbers in the order wanted."""
        for name in ("held", "block", "record", "start", "duration", "value", "quality", "tou"):
            setattr(self, name, getattr(self, name)[mask])


def parted(held: Held, feed: Feed, cutter: RunCutter) -> Iterator[Held]:
    """Several blocks one by one, if they may belong to different MeterReadings."""
    if not held.hrefs or len(held.sizes) == 1 or not feed.tells_blocks_apart(held.origin):
        yield held
        return
    texts = [text for run in held.parts if isinstance(run, Run) for text in run.texts]
    records = held.record + np.cumsum([0, *held.sizes])
    for text, size, href, record in zip(texts, held.sizes, held.hrefs, records.tolist(), strict=False):
        told = href.decode()
        links = replace(held.origin.links, href=told.strip(), self=path_of(told))
        yield Held(replace(held.origin, links=links), [cutter.run_of((text,))], [size], record)


class Note(Protocol):
    def __call__(
        self,
        kind: str,
        /,
        *,
        count: int = ...,
        record: Int64s | None = ...,
        within: tuple[int, int] | None = ...,
    ) -> None: ...


@dataclass(slots=True)
class Report:
    """Where rejects and notes go: reject(kind, records, held index of each, start of each); note as of a MeterFile."""

    reject: Callable[[str, Int64s, Int32s, Int64s], None]
    note: Note


def columns(
    held: Sequence[Held], *, cutter: RunCutter, decimals: int, lengths: Int64s, report: Report
) -> Columns:
    """lengths: the ReadingType's intervalLength for each Held, 0 where it has none. Values come × 10^decimals."""
    counts = np.array([part.readings for part in held])
    owner = np.repeat(np.arange(len(held), dtype=np.int32), counts)
    first = np.cumsum(counts) - counts
    row = np.arange(len(owner), dtype=np.int64) - first[owner]
    record = row + np.array([part.record for part in held], np.int64)[owner]
    position = row + np.array([part.position for part in held], np.int64)[owner]

    fields = merged([part for each in held for part in each.parts], cutter=cutter, decimals=decimals)
    duration = fields.duration
    report.note("start_with_fraction", record=record[fields.cut])
    report.note("duration_unreadable", record=record[duration.unreadable])
    span = (int(record.min(initial=held[0].record)), int(record.max(initial=0)))
    report.note("cost_not_kept", count=fields.costs, within=span)
    report.note("tariff_marks_not_kept", count=fields.marks, within=span)
    report.note("field_repeated", count=fields.repeated, within=span)
    wrong = duration.absent | duration.unreadable | (duration.values < 0) | (duration.values > LONGEST)
    whole = np.array([part.block_seconds or ABSENT for part in held], np.int64)
    of_block = np.where(_only_one(held) & (lengths == 0) & (whole > 0) & (whole <= LONGEST), whole, ABSENT)[
        owner
    ]
    sizes = np.array(list(chain.from_iterable(part.sizes for part in held)))
    result = Columns(
        held=owner,
        block=np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        record=record,
        start=_starts(fields.start, held, owner, record, position, lengths, report),
        duration=np.where(wrong, np.where(fields.start.absent, of_block, ABSENT), duration.values),
        value=fields.value.values,
        quality=fields.quality,
        tou=fields.tou,
        codes=fields.codes,
    )
    _refuse(result, fields.start, fields.value, report)
    return result


def _only_one(held: Sequence[Held]) -> Mask:
    """Where a block has one reading: without a period of its own it is that of the block."""
    return np.array([part.readings == 1 and part.position == 0 for part in held], np.bool_)


def _starts(
    given: exact.Column,
    held: Sequence[Held],
    owner: Int32s,
    record: Int64s,
    position: Int64s,
    lengths: Int64s,
    report: Report,
) -> Int64s:
    """A reading without a start is the next one of its block (espi.xsd, IntervalReading.timePeriod), if that is told."""
    if not given.absent.any():
        return given.values
    begin = np.array([ABSENT if part.block_start is None else part.block_start for part in held], np.int64)
    told = given.absent & (begin[owner] != ABSENT) & ((lengths[owner] > 0) | _only_one(held)[owner])
    report.note("start_from_block", record=record[told])
    counted = begin[owner] + position * lengths[owner]
    return np.where(told, counted, np.where(given.absent, ABSENT, given.values))


def _refuse(columns: Columns, start: exact.Column, value: exact.Column, report: Report) -> None:
    """Takes out what is no reading, each row under the first reason that holds."""
    reasons: list[tuple[str, Mask]] = [
        ("no_value", value.absent),
        ("unreadable_value", value.unreadable),
        ("no_start", start.absent & (columns.start == ABSENT)),
        ("unreadable_start", start.unreadable),
        ("start_out_of_range", (columns.start < 0) | (columns.start >= _LAST_START)),
    ]
    good = np.ones(len(columns.start), np.bool_)
    for kind, mask in reasons:
        bad = mask & good
        if bad.any():
            known = np.where(start.unreadable | (columns.start == ABSENT), NOWHERE, columns.start)
            report.reject(kind, columns.record[bad], columns.held[bad], known[bad])
            good &= ~bad
    if not good.all():
        columns.keep(good)


def fill_durations(columns: Columns, lengths: Int64s, *, deltas: Mask, report: Report) -> None:
    """Takes the intervalLength where a reading has no duration, or has 0 though it is an amount over an interval.

    deltas: for each Held, whether its values are amounts per interval. Where no length is told, the commonest step
    between the starts of the block is taken.
    """
    absent = columns.duration == ABSENT
    empty = (columns.duration == 0) & deltas[columns.held]
    report.note("no_duration", record=columns.record[absent])
    report.note("zero_duration", record=columns.record[empty])
    missing = absent | empty
    if not missing.any():
        return
    length = lengths[columns.held]
    for block in np.unique(columns.block[missing & (length == 0) & deltas[columns.held]]):
        mine = slice(*np.searchsorted(columns.block, [block, block + 1]))
        length[mine] = _commonest_step(columns.start[mine])
    columns.duration = np.where(missing, np.where(deltas[columns.held], length, 0), columns.duration)


def _commonest_step(start: Int64s) -> int:
    steps = np.diff(np.unique(start))
    if not len(steps):
        return 0
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])
