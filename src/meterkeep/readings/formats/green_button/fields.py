"""Readings as text and readings as runs → the same columns, in the order of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from meterkeep.readings.formats.columns import exact
from meterkeep.readings.formats.green_button.blocks import FIELDS
from meterkeep.readings.formats.green_button.runs import ABSENT, Run, RunColumns, RunCutter
from meterkeep.readings.model import Int32s, Int64s

T = TypeVar("T", bound=np.generic)
Mask = npt.NDArray[np.bool_]
_TOU_DIGITS = 9


@dataclass(slots=True)
class Fields:
    """A row for each reading. quality: index into `codes`, in which b"" is first. cut: a start lost its fraction."""

    start: exact.Column
    cut: Mask
    duration: exact.Column
    value: exact.Column
    quality: Int32s
    codes: list[bytes]
    tou: Int64s
    costs: int
    marks: int
    repeated: int = 0


def merged(parts: Sequence[bytes | Run], *, cutter: RunCutter, decimals: int) -> Fields:
    """parts: FIELDS lines for each reading, or runs. Values come × 10^decimals."""
    texts = _of_texts([part for part in parts if isinstance(part, bytes)], decimals)
    if not any(isinstance(part, Run) for part in parts):
        return texts
    runs = _of_runs(cutter.columns([part for part in parts if isinstance(part, Run)]))
    is_text = np.array([isinstance(part, bytes) for part in parts])
    rows = [part.count(b"\n") // FIELDS if isinstance(part, bytes) else len(part) for part in parts]
    return _woven(texts, runs, np.repeat(is_text, rows)) if is_text.any() else runs


def _of_texts(texts: list[bytes], decimals: int) -> Fields:
    fields = b"".join(texts).split(b"\n")[:-1]
    start, cut = exact.seconds(fields[0::FIELDS])
    codes = {b"": 0}
    quality = [codes.setdefault(each, len(codes)) for each in fields[3::FIELDS]]
    tou = exact.column(fields[4::FIELDS])
    usable = ~tou.absent & ~tou.unreadable & (tou.values > 0) & (tou.values < 10**_TOU_DIGITS)
    others = fields[5::FIELDS]
    return Fields(
        start=start,
        cut=cut,
        duration=exact.column(fields[1::FIELDS]),
        value=exact.column(fields[2::FIELDS], decimals=decimals),
        quality=np.array(quality, np.int32),
        codes=list(codes),
        tou=np.where(usable, tou.values, ABSENT),
        costs=sum(b"C" in each for each in others),
        repeated=sum(b"R" in each for each in others),
        marks=int((usable | np.array([b"M" in each for each in others], np.bool_)).sum()),
    )


def _of_runs(runs: RunColumns) -> Fields:
    stated = np.flatnonzero(np.bincount(runs.quality - ABSENT)[1:]) + 1
    index = np.zeros(runs.quality.max(initial=0) - ABSENT + 1, np.int32)
    index[stated] = np.arange(1, len(stated) + 1)
    return Fields(
        start=_good(runs.start),
        cut=np.zeros(len(runs.start), np.bool_),
        duration=_good(runs.duration),
        value=_good(runs.value),
        quality=index[runs.quality - ABSENT],
        codes=[b"", *(b"%d" % (code + ABSENT) for code in stated)],
        tou=np.where(runs.tou > 0, runs.tou, ABSENT),
        costs=runs.costs,
        marks=runs.marks,
    )


def _good(values: Int64s) -> exact.Column:
    none = np.zeros(len(values), np.bool_)
    return exact.Column(values, none, none)


def _woven(texts: Fields, runs: Fields, is_text: Mask) -> Fields:
    codes = list(dict.fromkeys([*texts.codes, *runs.codes]))
    places = np.array([codes.index(code) for code in runs.codes], np.int32)
    runs.quality = places[runs.quality]
    return Fields(
        start=_column(texts.start, runs.start, is_text),
        cut=_weave(texts.cut, runs.cut, is_text),
        duration=_column(texts.duration, runs.duration, is_text),
        value=_column(texts.value, runs.value, is_text),
        quality=_weave(texts.quality, runs.quality, is_text),
        codes=codes,
        tou=_weave(texts.tou, runs.tou, is_text),
        costs=texts.costs + runs.costs,
        marks=texts.marks + runs.marks,
        repeated=texts.repeated,
    )


def _column(texts: exact.Column, runs: exact.Column, is_text: Mask) -> exact.Column:
    return exact.Column(
        _weave(texts.values, runs.values, is_text),
        _weave(texts.absent, runs.absent, is_text),
        _weave(texts.unreadable, runs.unreadable, is_text),
    )


def _weave(texts: npt.NDArray[T], runs: npt.NDArray[T], is_text: Mask) -> npt.NDArray[T]:
    whole = np.empty(len(is_text), texts.dtype)
    whole[is_text], whole[~is_text] = texts, runs
    return whole
