"""Columns of text → integers, by column operations: decimal numbers and time stamps of long CSV files.

What the quick way cannot read is looked at one by one; nothing is guessed, and no float is involved.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.mapped_csv.recurring import run_begins
from meterkeep.readings.model import Int32s, Int64s

Mask = npt.NDArray[np.bool_]
EPOCH, EPOCH_MS, ISO = "epoch", "epoch_ms", "iso"
_NUMBER = r"^-?[0-9]+\.?[0-9]*$|^-?\.[0-9]+$"
_INT64_MAX = 2**63 - 1
_ZONED = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_MINUS, _NINE = ord("-"), ord("9")
_MOST_KNOWN = 1_000_000
EARLIEST, LATEST = 0, 4_102_444_800  # 1970 to 2099


class Stamps(NamedTuple):
    """seconds: since 1970, of UTC where `zoned`, else of the local clock counted as if it were UTC; 0 where not read."""

    seconds: Int64s
    absent: Mask
    unreadable: Mask
    zoned: Mask | bool


def decimals(strings: pa.Array, places: int, *, point: str = ".") -> exact.Column:
    """The numbers × 10^places; a null is an absent value. point: the decimal mark."""
    absent = _nulls(strings)
    filled = strings.fill_null("0") if strings.null_count else strings
    none = np.zeros(len(strings), np.bool_)
    try:
        return exact.Column(_scaled(filled, places, ord(point)), absent, none)
    except pa.ArrowInvalid:
        return _with_odd_ones(filled, absent, places, point)


def _with_odd_ones(strings: pa.Array, absent: Mask, places: int, point: str) -> exact.Column:
    """All but the odd values the quick way, these one by one."""
    pattern = _NUMBER.replace(r"\.", re.escape(point))
    plain = pc.and_(
        pc.match_substring_regex(strings, pattern), pc.less_equal(pc.binary_length(strings), 17 - places)
    )
    odd = ~plain.to_numpy(zero_copy_only=False)
    try:
        values = _scaled(pc.if_else(plain, strings, "0"), places, ord(point))
    except pa.ArrowInvalid:
        values, odd = np.zeros(len(strings), np.int64), np.ones(len(strings), np.bool_)
    empty, unreadable = absent.copy(), np.zeros(len(strings), np.bool_)
    for at in np.flatnonzero(odd & ~absent).tolist():
        text = strings[at].as_buffer().to_pybytes()
        value = exact.scaled(
            text if point == "." else text.replace(b".", b"_").replace(point.encode(), b"."), places
        )
        values[at], empty[at] = value or 0, not text.strip()
        unreadable[at] = value is None and not empty[at]
    return exact.Column(values, empty, unreadable)


def _scaled(strings: pa.Array, places: int, point: int) -> Int64s:
    """Takes the decimal marks out, reads whole numbers, and puts the powers of ten back. ArrowInvalid where that fails."""
    offsets, data = _bytes(strings)
    if len(data) and data.max() > _NINE:
        raise pa.ArrowInvalid("letters")
    _check_signs(data, offsets)
    behind, moved = _without_marks(np.flatnonzero(data == point), offsets)
    if moved is not offsets:
        joined = data[data != point]
        strings = pa.Array.from_buffers(
            pa.string(), len(strings), [None, pa.py_buffer(moved), pa.py_buffer(joined)]
        )
    whole: Int64s = strings.cast(pa.int64()).to_numpy(zero_copy_only=False)
    if not len(whole):
        return whole
    least, most = int(behind.min()), int(behind.max())
    if most > places or max(int(whole.max()), -int(whole.min())) > _INT64_MAX // 10 ** (places - least):
        raise pa.ArrowInvalid("too large")
    return whole * (10 ** (places - least) if least == most else 10 ** (places - behind))


def _without_marks(marks: Int64s, offsets: Int32s) -> tuple[npt.NDArray[np.integer], Int32s]:
    """How many digits stand behind each number's mark, and where the numbers begin once the marks are gone."""
    begins, ends = offsets[:-1], offsets[1:]
    if not len(marks):
        return np.zeros(len(begins), np.int64), offsets
    if len(marks) == len(begins) and (marks >= begins).all() and (marks < ends).all():
        counted: Int32s = np.subtract(offsets, np.arange(len(offsets), dtype=np.int32))
        return ends - 1 - marks, counted
    rows = np.searchsorted(offsets, marks, side="right") - 1
    if (np.diff(rows) == 0).any():
        raise pa.ArrowInvalid("marks")
    behind, taken = np.zeros(len(begins), np.int64), np.zeros(len(offsets), np.int32)
    behind[rows] = ends[rows] - 1 - marks
    taken[rows + 1] = 1
    moved: Int32s = np.subtract(offsets, np.cumsum(taken, dtype=np.int32))
    return behind, moved


def _bytes(strings: pa.Array) -> tuple[Int32s, npt.NDArray[np.uint8]]:
    _, places, data = strings.buffers()
    offsets = np.frombuffer(places, np.int32)[strings.offset : strings.offset + len(strings) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    text = np.frombuffer(data, np.uint8)[first:last] if data is not None else np.zeros(0, np.uint8)
    return offsets - np.int32(first), text


def _check_signs(data: npt.NDArray[np.uint8], offsets: Int32s) -> None:
    """A minus may only stand first: without its mark, ".-5" would be read as a number."""
    if len(data) and data.min() <= _MINUS:
        signs = np.flatnonzero(data == _MINUS)
        begins = np.zeros(len(data) + 1, np.bool_)
        begins[offsets[:-1]] = True
        if not begins[signs].all():
            raise pa.ArrowInvalid("signs")


def _nulls(strings: pa.Array) -> Mask:
    if not strings.null_count:
        return np.zeros(len(strings), np.bool_)
    found: Mask = strings.is_null().to_numpy(zero_copy_only=False)
    return found


class StampReader:
    """Reads one column of stamps, batch after batch. form: "epoch", "epoch_ms", "iso", or a pattern of strptime."""

    def __init__(self, form: str) -> None:
        self.form = form
        self._known: dict[str, tuple[int, bool] | None] = {}

    def read(self, strings: pa.Array) -> Stamps:
        """A run of one stamp, as in files ordered by time, is read once."""
        begins = run_begins([strings]) if len(strings) and not strings.null_count else None
        if begins is None:
            return self._each(strings)
        seconds, absent, unreadable, zoned = self._each(strings.take(pa.array(begins)))
        lengths = np.diff(begins, append=len(strings))
        return Stamps(
            np.repeat(seconds, lengths),
            np.repeat(absent, lengths),
            np.repeat(unreadable, lengths),
            zoned if isinstance(zoned, bool) else np.repeat(zoned, lengths),
        )

    def _each(self, strings: pa.Array) -> Stamps:
        absent = _nulls(strings)
        filled = (
            strings.fill_null("0" if self.form in (EPOCH, EPOCH_MS) else "1970-01-01 00:00:00")
            if strings.null_count
            else strings
        )
        try:
            seconds, zoned = self._quick(filled)
        except pa.ArrowInvalid:
            return self._by_text(strings, absent)
        if not len(seconds) or (seconds.min() >= EARLIEST and seconds.max() < LATEST):
            return Stamps(seconds, absent, np.zeros(len(seconds), np.bool_), zoned)
        odd = (seconds < EARLIEST) | (seconds >= LATEST)
        return Stamps(np.where(odd, 0, seconds), absent, odd & ~absent, zoned)

    def _quick(self, strings: pa.Array) -> tuple[Int64s, bool]:
        if self.form in (EPOCH, EPOCH_MS):
            exact.refuse_hexadecimal(strings)
            whole: Int64s = strings.cast(pa.int64()).to_numpy(zero_copy_only=False)
            return (whole // 1000 if self.form == EPOCH_MS else whole), True
        if self.form != ISO:
            raise pa.ArrowInvalid("by text")
        zoned = bool(len(strings)) and bool(_ZONED.search(strings[0].as_py()[10:]))
        found = strings.cast(pa.timestamp("s", "UTC" if zoned else None))
        seconds: Int64s = found.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return seconds, zoned

    def _by_text(self, strings: pa.Array, absent: Mask) -> Stamps:
        """Each distinct text once; a file has far fewer of them than readings."""
        coded = strings.dictionary_encode()
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        texts = coded.dictionary.to_pylist()
        for text in texts:
            if text not in self._known:
                self._known[text] = parsed_stamp(text, self.form)
        found = [self._known[text] for text in texts] or [None]
        codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
        seconds = np.array([each[0] if each else 0 for each in found], np.int64)[codes]
        zoned = np.array([bool(each and each[1]) for each in found])[codes]
        blank = np.array([not text.strip() for text in texts] or [True])[codes] | absent
        unread = np.array([each is None for each in found])[codes] & ~blank
        return Stamps(np.where(blank, 0, seconds), blank, unread, zoned)


def parsed_stamp(text: str, form: str) -> tuple[int, bool] | None:
    """Seconds, and whether they are of UTC. None for what is no stamp of that form, or lies before 1970 or after 2099."""
    try:
        if form in (EPOCH, EPOCH_MS):
            number = exact.number(text.encode())
            seconds, zoned = (
                int(number // (1000 if form == EPOCH_MS else 1)) if number is not None else -1,
                True,
            )
        else:
            text = " ".join(text.split())
            parsed = datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)  # noqa: DTZ007
            zoned = parsed.tzinfo is not None
            seconds = int((parsed if zoned else parsed.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
    return (seconds, zoned) if EARLIEST <= seconds < LATEST else None
