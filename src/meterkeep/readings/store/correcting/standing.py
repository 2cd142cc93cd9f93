"""What counts: which intakes were withdrawn, which named parts of files are cancelled, and what that leaves of each interval."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import numpy as np
import pyarrow as pa

from meterkeep.readings.model import Channel, Series
from meterkeep.readings.store.correcting.marks import Place, Run, Share, shares_of, told_by
from meterkeep.readings.store.intake.summary import quality_classes
from meterkeep.readings.store.rows import points
from meterkeep.readings.store.rows.civil import DAY
from meterkeep.readings.store.rows.runs import Readings
from meterkeep.readings.store.rows.streams import Streams
from meterkeep.readings.store.tables.registry import FILE, IntakeRow

STAGES: Final = ("before", "after")
FLAGS: Final = (*STAGES, "differs")
KEYS: Final = pa.schema(
    [
        ("number", pa.int64()),
        ("usage_point", pa.int32()),
        ("channel", pa.string()),
        ("unit", pa.string()),
        ("seconds", pa.int32()),
        ("start", pa.int64()),
        ("before", pa.bool_()),
        ("after", pa.bool_()),
        ("differs", pa.bool_()),
    ]
)
SAID: Final = pa.schema(
    [*[*KEYS][:6], ("value", pa.int64()), ("power_of_ten", pa.int64()), ("quality", pa.string())]
)


@dataclass(frozen=True)
class Standing:
    """gone: numbers of intakes that were withdrawn; cancelled: places of parts of files that were cancelled."""

    gone: frozenset[int]
    cancelled: frozenset[Place]


@dataclass(frozen=True)
class Turn:
    """rows: all intakes, ascending, with whatever else the registry names. before, after: what counts."""

    rows: Sequence[IntakeRow]
    before: Standing
    after: Standing

    @property
    def moved(self) -> list[IntakeRow]:
        """The intakes that count on one side only, as a whole."""
        numbers = self.before.gone ^ self.after.gone
        return [row for row in self.rows if row.number in numbers]

    def origins(self) -> pa.Table:
        """How the rows of each intake count, found by their file and moment. told: whether they say something of their own."""
        rows = self.rows
        return pa.table(
            {
                "file": pa.array([row.digest for row in rows], pa.string()),
                "moment": pa.array([row.received for row in rows], pa.int64()),
                "number": pa.array([row.number for row in rows], pa.int64()),
                "told": pa.array([row.kind == FILE for row in rows], pa.bool_()),
                "before": pa.array([row.number not in self.before.gone for row in rows], pa.bool_()),
                "after": pa.array([row.number not in self.after.gone for row in rows], pa.bool_()),
            }
        )


@dataclass(frozen=True)
class Silenced:
    """Where cancelled parts of files had spoken. keys: as KEYS, one row for each intake and interval; before, after: whether
    a part that spoke there is cancelled then; differs: whether other parts are before than after. said: by stage, as SAID, what the other parts of the same file say there.
    """

    keys: pa.Table
    said: dict[str, pa.Table]

    @classmethod
    def of(cls, turn: Turn, db: sqlite3.Connection, *, offset: int) -> Silenced:
        places = turn.before.cancelled | turn.after.cancelled
        told = told_by(db, sorted(places))
        parts = [
            _expanded(place, told[place].runs, place in turn.before.cancelled, place in turn.after.cancelled)
            for place in told
        ]
        keys = pa.concat_tables([KEYS.empty_table(), *parts])
        if parts:
            names = KEYS.names[:6]
            grouped = keys.group_by(names).aggregate([(name, "max") for name in FLAGS])
            keys = (
                grouped.rename_columns({f"{name}_max": name for name in FLAGS}).select(KEYS.names).cast(KEYS)
            )
        shared = sorted({number for (number, _), what in told.items() if what.shares})
        said = {
            stage: pa.concat_tables(
                [SAID.empty_table(), *(_left(db, number, standing.cancelled, offset) for number in shared)]
            )
            for stage, standing in zip(STAGES, (turn.before, turn.after), strict=True)
        }
        return cls(keys, said)

    def changed(self) -> pa.Table:
        """The keys where the two sides differ."""
        return self.keys.filter(self.keys["differs"])


def _expanded(place: Place, runs: Sequence[Run], before: bool, after: bool) -> pa.Table:
    """One row for each interval."""
    counts = np.array([run.count for run in runs], np.int64)
    which = np.repeat(np.arange(len(runs)), counts)
    within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts, lengths = (np.array([getattr(r, n) for r in runs], np.int64) for n in ("start", "seconds"))
    names = {
        n: pa.array([getattr(r, n) for r in runs], KEYS.field(n).type)
        for n in ("usage_point", "channel", "unit")
    }
    size = len(which)
    columns = {
        "number": np.full(size, place[0], np.int64),
        **{name: column.take(pa.array(which)) for name, column in names.items()},
        "seconds": lengths[which].astype(np.int32),
        "start": starts[which] + within * lengths[which],
        "before": np.full(size, before),
        "after": np.full(size, after),
        "differs": np.full(size, before != after),
    }
    return pa.table(columns, schema=KEYS)


def _left(db: sqlite3.Connection, number: int, cancelled: frozenset[Place], offset: int) -> pa.Table:
    """What is said by those parts of an intake that are not cancelled, of the intervals which several parts share."""
    shares = [
        share for place, told in shares_of(db, number) if place not in cancelled for share in told.shares
    ]
    shares.sort(key=attrgetter("place"))  # Of one meter's the last in the file stands, named or not.
    if not shares:
        return SAID.empty_table()
    kinds = list(dict.fromkeys((s.usage_point, s.channel, s.unit, s.power, s.meter) for s in shares))
    series = [
        Series(i, (), Channel(channel), unit, power, str(meter))
        for i, (_, channel, unit, power, meter) in enumerate(kinds)
    ]
    streams = Streams(series, np.array([kind[0] for kind in kinds], np.int32))
    codes = list(dict.fromkeys(share.code for share in shares if share.code))
    found, _ = points.gather(
        _readings(shares, kinds, codes, offset),
        np.zeros(len(shares), bool),
        streams,
        offset=offset,
        classes=quality_classes(codes),
    )
    found = found[~found.lost]
    words = [codes[i] if i >= 0 else None for i in found.quality.tolist()]
    return pa.table(
        {
            "number": np.full(len(found), number, np.int64),
            **streams.columns(found.rank),
            "seconds": found.seconds,
            "start": found.start,
            "value": found.value,
            "power_of_ten": found.power,
            "quality": pa.array(words, pa.string()),
        }
    ).cast(SAID)


def _readings(
    shares: Sequence[Share],
    kinds: Sequence[tuple[int, str, str, int, int]],
    codes: Sequence[str],
    offset: int,
) -> Readings:
    number = {kind: i for i, kind in enumerate(kinds)}
    index = {code: i for i, code in enumerate(codes)}
    day, second = np.divmod(np.array([share.start for share in shares], np.int64) + offset, DAY)
    return Readings(
        np.array([number[s.usage_point, s.channel, s.unit, s.power, s.meter] for s in shares], np.int32),
        day.astype(np.int32),
        second.astype(np.int32),
        np.array([share.seconds for share in shares], np.int32),
        np.array([share.value for share in shares], np.int64),
        np.array([index.get(share.code, -1) for share in shares], np.int16),
    )


def numbers(rows: Iterable[IntakeRow], names: Iterable[str]) -> frozenset[int]:
    wanted = set(names)
    return frozenset(row.number for row in rows if row.name in wanted)
