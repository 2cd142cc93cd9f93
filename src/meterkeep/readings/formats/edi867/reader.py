"""EDI 867, interval usage: original, cancellation and rebill, as utilities and suppliers exchange them.

Source: as in envelope.py and usage.py. What a later part of the file cancels is given out only where a rebill tells
of the same interval, so that history has both and a total has one; a cancellation of an earlier file is named and left to
whoever withdraws it (`marks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from meterkeep.readings.defects import NOWHERE
from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.columns.localtime import named_zone, second_of_twins, to_utc, twins
from meterkeep.readings.formats.columns.stamps import compact_stamps
from meterkeep.readings.formats.edi867.envelope import Transaction, broken, transactions
from meterkeep.readings.formats.edi867.totals import Totals
from meterkeep.readings.formats.edi867.usage import (
    CANCEL,
    LOOPS,
    PURPOSES,
    QUALIFIERS,
    Loop,
    Quantity,
    Usage,
    channel_of,
    unit_of,
    usage,
)
from meterkeep.readings.formats.meterfile import BLOCK_ROWS, MeterFile
from meterkeep.readings.model import Block, Int64s, Series

_CHUNK = 1 << 22
_KIND = "867"
_HOUR = 3_600
_CLOCKS = {
    **{"AD": -3, "AS": -4, "ED": -4, "ES": -5, "CD": -5, "CS": -6, "MD": -6, "MS": -7, "PD": -7, "PS": -8},
    **{"HS": -10, "UT": 0, "GM": 0},
}
"""X12 data element 623: hours ahead of UTC."""
_LOCAL = frozenset({"", "LT", "ET", "CT", "MT", "PT"})
_LONGEST = np.iinfo(np.int32).max
_CANCELLATION = re.compile(rb"BPT([^A-Za-z0-9]) *01 *\1")
_LAST_MINUTE = 23 * _HOUR + 59 * 60

Key = tuple[int, int, int]
Mask = npt.NDArray[np.bool_]


class TransactionMark(NamedTuple):
    """One transaction, for whoever withdraws what a cancellation names. records: first and last, from 1, half-open.

    accounts: the customer's numbers; a reference is its sender's own, so it names a transaction together with one of them.
    """

    purpose: str
    reference: str
    original: str
    records: tuple[int, int]
    accounts: tuple[str, ...] = ()

    @property
    def cancels(self) -> bool:
        return self.purpose == CANCEL


@dataclass(slots=True)
class _Rows:
    """Readings of a transaction that may be stored, as lists."""

    series: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    duration: list[int] = field(default_factory=list)
    value: list[int] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    record: list[int] = field(default_factory=list)
    segment: list[int] = field(default_factory=list)

    def keys(self) -> list[Key]:
        return list(zip(self.series, self.start, self.duration, strict=True))

    def pick(self, which: list[int]) -> _Rows:
        return _Rows(*([column[i] for i in which] for column in self.columns()))

    def columns(self) -> list[list[int]]:
        return [getattr(self, name) for name in self.__slots__]

    def extend(self, other: _Rows) -> None:
        for mine, theirs in zip(self.columns(), other.columns(), strict=True):
            mine.extend(theirs)


class Edi867File(MeterFile):
    format = "edi867"

    @property
    def late_series(self) -> bool:
        return False

    def _reset(self) -> None:
        super()._reset()
        self.marks: list[TransactionMark] = []
        self._references: set[str] = set()
        self._ordinals: dict[tuple[object, ...], int] = {}
        self._held: list[_Rows] = []

    def _blocks(self) -> Iterator[Block]:
        self._clock = named_zone(self.zone)
        self._decimals = exact.decimals_in(self.path)
        cancelled = self._cancelled()
        waiting = _Rows()
        met = 0
        for number, transaction in enumerate(transactions(self.path, self.name)):
            if transaction.kind != _KIND:
                self.note("other_transaction", _place(transaction), at="segment")
                continue
            met += 1
            told = usage(transaction)
            rows = self._read(told, _place(transaction))
            if told.purpose != CANCEL and cancelled.get(told.reference, -1) > number:
                self._held.append(rows)
                continue
            waiting.extend(self._replaced_by(rows))
            waiting.extend(rows)
            if len(waiting.record) >= BLOCK_ROWS:
                yield self._block(waiting)
                waiting = _Rows()
        if not met:
            raise broken(self.name, 1, "The interchange holds no transaction 867")
        for rows in self._held:
            self._reject_rows("cancelled", rows)
        if waiting.record:
            yield self._block(waiting)

    # ── cancellations ──

    def _cancelled(self) -> dict[str, int]:
        """By reference, where in the file the last cancellation of it stands."""
        found: dict[str, int] = {}
        if not self._holds_a_cancellation():
            return found
        for number, transaction in enumerate(transactions(self.path, self.name)):
            if transaction.kind == _KIND:
                head = next((each for each in transaction.segments if each[0] == "BPT"), None)
                if head is not None and head[1] == CANCEL and head[9]:
                    found[head[9]] = number
        return found

    def _holds_a_cancellation(self) -> bool:
        """A look at the bytes, so that the usual file is read once."""
        tail = b""
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if _CANCELLATION.search(tail + chunk):
                    return True
                tail = chunk[-len("BPT*01*") :]
        return False

    def _replaced_by(self, rebill: _Rows) -> _Rows:
        """What was cancelled of the intervals that these rows tell of: it goes before them, so that the store keeps both."""
        again = _Rows()
        if self._held and rebill.record:
            keys = set(rebill.keys())
            for held in self._held:
                met = [key in keys for key in held.keys()]  # noqa: SIM118 (a list of readings, not a mapping)
                again.extend(held.pick([i for i, each in enumerate(met) if each]))
                left = held.pick([i for i, each in enumerate(met) if not each])
                for mine, theirs in zip(held.columns(), left.columns(), strict=True):
                    mine[:] = theirs
        return again

    def _read(self, told: Usage, segment: int | None) -> _Rows:
        """The readings of a transaction, which begins at that segment; those that are none to keep are rejected under a name."""
        first = self.findings.records + 1
        quantities = [(loop, each) for loop in told.loops for each in loop.quantities]
        self.findings.records += len(quantities)
        self.marks.append(
            TransactionMark(
                told.purpose,
                told.reference,
                told.original,
                (first, first + len(quantities)),
                told.accounts,
            )
        )
        if told.register_reads:
            self.note("register_reads_not_kept", segment, count=told.register_reads, at="segment")
        if told.purpose == CANCEL:
            self._see_cancellation(told, segment)
        refused = "cancellation" if told.purpose == CANCEL else "purpose_unknown"
        if told.purpose == CANCEL or told.purpose not in PURPOSES:
            segments = np.array([each.segment for _, each in quantities], np.int64)
            self.reject(refused, first + np.arange(len(segments)), segments, at="segment")
            return _Rows()
        self._references.add(told.reference)
        return self._rows(told, quantities, first)

    def _see_cancellation(self, told: Usage, segment: int | None) -> None:
        here = bool(told.original) and told.original in self._references
        self.note("cancels_in_this_file" if here else "cancels_an_earlier_file", segment, at="segment")

    def _reject_rows(self, kind: str, rows: _Rows) -> None:
        self.reject(
            kind, np.array(rows.record), np.array(rows.segment), at="segment", start=np.array(rows.start)
        )

    # ── quantities ──

    def _rows(self, told: Usage, quantities: list[tuple[Loop, Quantity]], first: int) -> _Rows:
        if not quantities:
            return _Rows()
        value = exact.column(
            [each.value.encode("ascii", "replace") for _, each in quantities], decimals=self._decimals
        )
        start, seconds, unstamped = self._intervals(quantities, first)
        totals = Totals(quantities, value.values.tolist())
        for index in totals.contradicted:
            self.note("total_contradicts_intervals", quantities[index][1].segment, at="segment")
        reasons = {
            "loop_unknown": np.array([loop.kind not in LOOPS for loop, _ in quantities]),
            "qualifier_unknown": np.array([each.qualifier not in QUALIFIERS for _, each in quantities]),
            **totals.masks(len(quantities)),
            "no_value": value.absent,
            "unreadable_value": value.unreadable,
            "unreadable_stamp": unstamped,
            "no_interval": (seconds <= 0) | (seconds > _LONGEST),
        }
        record = first + np.arange(len(quantities), dtype=np.int64)
        segment = np.array([each.segment for _, each in quantities], np.int64)
        known = np.where(unstamped, NOWHERE, start)
        good = self.sift(reasons, record, segment, at="segment", start=known)
        kept: list[int] = np.flatnonzero(good).tolist()
        series, quality = self._names(told, [quantities[index] for index in kept])
        return _Rows(
            series,
            start[kept].tolist(),
            seconds[kept].tolist(),
            value.values[kept].tolist(),
            quality,
            [first + index for index in kept],
            [quantities[index][1].segment for index in kept],
        )

    def _names(self, told: Usage, kept: list[tuple[Loop, Quantity]]) -> tuple[list[int], list[int]]:
        """The series and the quality of each reading."""
        known: dict[tuple[int, str, str], tuple[int, int]] = {}
        series, quality = [], []
        for loop, each in kept:
            key = (id(loop), each.qualifier, each.unit)
            if key not in known:
                known[key] = self._ordinal(told, loop, each), self.quality_index(f"edi:{each.qualifier}")
            series.append(known[key][0])
            quality.append(known[key][1])
        return series, quality

    def _ordinal(self, told: Usage, loop: Loop, quantity: Quantity) -> int:
        unit = unit_of(quantity.unit)
        channel = channel_of(quantity, loop, unit)
        identifiers = told.accounts or tuple(filter(None, [loop.meter])) or (f"file/{self.sha256}",)
        key = (identifiers, loop.meter, channel, unit)
        if key not in self._ordinals:
            if unit.name == "unknown":
                self.note("unit_unknown", quantity.segment, at="segment")
            self._ordinals[key] = len(self.series)
            power = unit.power - self._decimals
            self.series.append(
                Series(len(self.series), identifiers, channel, unit.name, power, loop.meter or None)
            )
        return self._ordinals[key]

    def _intervals(self, quantities: list[tuple[Loop, Quantity]], first: int) -> tuple[Int64s, Int64s, Mask]:
        """UTC start and seconds of each quantity, and where no stamp can be read."""
        stamped = np.array([bool(each.stamp) for _, each in quantities])
        ends = [(e.stamp, e.clock) if e.stamp else _end_of_day(loop.ends) for loop, e in quantities]
        group = np.cumsum(
            [i == 0 or quantities[i - 1][0] is not each[0] for i, each in enumerate(quantities)]
        )
        end, bad_end = self._instants(ends, group, first)
        begin, bad_begin = self._instants([_end_of_day(loop.begins) for loop, _ in quantities], group, first)
        length = np.array([loop.minutes * 60 for loop, _ in quantities], np.int64)
        for each in np.unique(group[stamped & (length == 0)]):
            mine = stamped & (group == each) & ~bad_end
            steps, counts = np.unique(np.diff(np.unique(end[mine])), return_counts=True)
            if len(steps):
                length[group == each] = steps[np.argmax(counts)]
        seconds = np.where(stamped, length, end - begin)
        return end - seconds, seconds, bad_end | (bad_begin & ~stamped)

    def _instants(self, given: list[tuple[str, str]], group: Int64s, first: int) -> tuple[Int64s, Mask]:
        local, blank, unreadable = compact_stamps([text.encode("ascii", "replace") for text, _ in given])
        late = (local % 86_400 == _LAST_MINUTE) & ~blank & ~unreadable
        if late.any():
            self.note("day_ends_a_minute_early", record=first + np.flatnonzero(late))
            local = local + 60 * late
        named = np.array([clock not in _LOCAL for _, clock in given])
        hours = np.array([_CLOCKS.get(clock, 0) for _, clock in given], np.int64)
        strange = np.array([clock not in _LOCAL and clock not in _CLOCKS for _, clock in given])
        twice = twins(local, self._clock) & ~blank & ~unreadable & ~named
        second = second_of_twins(local, twice, group)
        utc = np.where(named, local - hours * _HOUR, to_utc(local, self._clock, second=second))
        return utc, blank | unreadable | strange

    def _block(self, rows: _Rows) -> Block:
        return Block(
            series=np.array(rows.series, np.int32),
            start=np.array(rows.start, np.int64),
            duration=np.array(rows.duration, np.int32),
            value=np.array(rows.value, np.int64),
            quality=np.array(rows.quality, np.int16),
            record=np.array(rows.record, np.int64),
        )


def _place(transaction: Transaction) -> int | None:
    """The number of its first segment."""
    return transaction.segments[0].number if transaction.segments else None


def _end_of_day(given: tuple[str, str]) -> tuple[str, str]:
    """A date of the period is its midnight."""
    stamp, clock = given
    return (f"{stamp}0000" if len(stamp) == len("CCYYMMDD") else stamp), clock
