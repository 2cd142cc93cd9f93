"""Numbers as files write them → integers, exactly. No float holds a reading, here or later."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.readings.model import Int64s

MAX_DECIMALS = 9
_CHUNK = 1 << 18  # Larger ones are given back to the system and asked for anew each time, at twice the cost.
_INT64_MAX = 2**63 - 1
_LONGEST = 40  # characters of a number that we look at; a meter has no longer one
_WIDE = Context(prec=60)
_DIGITS = 18
_OF_A_NUMBER = tuple(bytes([each]) for each in b"0123456789.")


class Column(NamedTuple):
    """Integers with what could not be read. Where `absent` or `unreadable`, the value is 0."""

    values: Int64s
    absent: npt.NDArray[np.bool_]
    unreadable: npt.NDArray[np.bool_]


def number(text: bytes) -> Decimal | None:
    """The decimal that a text is, or None. Refuses what Python alone would accept: 1_000, NaN, digits of other scripts."""
    if not text.isascii() or b"_" in text or len(text) > _LONGEST:
        return None
    try:
        parsed = Decimal(text.decode().strip())
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() and abs(parsed.adjusted()) < _LONGEST else None


def scaled(text: bytes, decimals: int) -> int | None:
    """text × 10^decimals where that is an integer of 64 bits, else None."""
    parsed = number(text)
    if parsed is None:
        return None
    value = parsed.scaleb(decimals, _WIDE)
    whole = int(value)
    return whole if whole == value and abs(whole) <= _INT64_MAX else None


def column(texts: Sequence[bytes], *, decimals: int = 0) -> Column:
    """The texts × 10^decimals. In the usual file all of them are plain numbers, which is the fast way."""
    none = np.zeros(len(texts), np.bool_)
    try:
        return Column(_all_plain(texts, decimals), none, none)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return _one_by_one(texts, decimals)


def _all_plain(texts: Sequence[bytes], decimals: int) -> Int64s:
    strings = pa.array(texts, pa.string())
    refuse_hexadecimal(strings)
    return _whole(strings, decimals)


def refuse_hexadecimal(strings: pa.Array) -> None:
    """Arrow reads 0x10 as 16; no meter file means that."""
    data = strings.buffers()[2]
    text = data.to_pybytes() if data is not None else b""
    if b"x" in text or b"X" in text:
        raise pa.ArrowInvalid("hexadecimal")


def _whole(strings: pa.Array, decimals: int) -> Int64s:
    """The strings × 10^decimals, 0 for a null; ArrowInvalid where one is no plain number."""
    if not decimals:
        whole: Int64s = strings.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return whole
    # A decimal of 18 digits fits 64 bits: its 128 bits are the number and the repeated sign.
    numbers = strings.cast(pa.decimal128(_DIGITS, decimals)).fill_null(0)
    low = np.frombuffer(numbers.buffers()[1], np.int64)[::2]
    return low[numbers.offset : numbers.offset + len(numbers)].copy()


def arrow_column(strings: pa.Array, *, decimals: int) -> Column:
    """`column` for an Arrow array of strings, a null being an absent value."""
    absent: npt.NDArray[np.bool_] = strings.is_null().to_numpy(zero_copy_only=False)
    try:
        refuse_hexadecimal(strings)
        return Column(_whole(strings, decimals), absent, np.zeros(len(strings), np.bool_))
    except pa.ArrowInvalid:
        return _one_by_one([text.encode() if text else b"" for text in strings.to_pylist()], decimals)


def decimals_in(path: Path, *, point: str = ".", wide: bool = False) -> int:
    """The most digits that stand behind any decimal mark in a text file, MAX_DECIMALS at most: the scale that holds all
    values. wide: of UTF-16, where the digits are those of ASCII with a zero byte beside each."""
    with path.open("rb") as file:
        chunks = iter(partial(file.read, _CHUNK), b"")
        return _most_decimals((c.replace(b"\0", b"") for c in chunks) if wide else chunks, ord(point))


def _most_decimals(chunks: Iterable[bytes], point: int) -> int:
    most, tail = 0, b""
    for chunk in chunks:
        data = np.frombuffer(tail + chunk + bytes(MAX_DECIMALS + 1), np.uint8)
        points = np.flatnonzero(data[: -MAX_DECIMALS - 1] == point)
        if most < MAX_DECIMALS:  # Usually none has more than those before.
            points = points[data[points + most + 1] - np.uint8(ord("0")) < 10]
        for digits in range(1, MAX_DECIMALS + 1):
            points = points[data[points + digits] - np.uint8(ord("0")) < 10]
            if not len(points):
                break
            most = max(most, digits)
        tail = chunk[-MAX_DECIMALS - 1 :]
    return most


def _one_by_one(texts: Sequence[bytes], decimals: int) -> Column:
    found = [scaled(text, decimals) if text else None for text in texts]
    absent = np.fromiter((not text.strip() for text in texts), np.bool_, len(texts))
    values = np.fromiter((value or 0 for value in found), np.int64, len(texts))
    unread = np.fromiter((value is None for value in found), np.bool_, len(texts))
    return Column(values, absent, unread & ~absent)


def seconds(texts: Sequence[bytes]) -> tuple[Column, npt.NDArray[np.bool_]]:
    """Whole seconds, and where a fraction was cut off (some utilities write instants as floats)."""
    plain = column(texts)
    if not plain.unreadable.any():
        return plain, np.zeros(len(texts), np.bool_)
    values, unreadable, cut = plain.values.copy(), plain.unreadable.copy(), np.zeros(len(texts), np.bool_)
    for index in np.flatnonzero(unreadable).tolist():
        parsed = number(texts[index])
        if parsed is not None and abs(parsed) <= _INT64_MAX:
            values[index], unreadable[index], cut[index] = int(parsed), False, True
    return Column(values, plain.absent, unreadable), cut


def ends_in_number(path: Path) -> bool:
    """Whether a file's last byte is one of a number, without the end of a line: the last value may have been cut short."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 2))
        return file.read().rstrip(b"\0")[-1:].endswith(_OF_A_NUMBER)
