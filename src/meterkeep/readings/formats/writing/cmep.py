"""CMEP out: MEPMD01, one record for each series and local day, stamps at the interval's end by the local clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import BinaryIO

import numpy as np

from meterkeep.readings.formats.columns.localtime import DAY, named_zone, to_local
from meterkeep.readings.formats.writing.outgoing import Outgoing, decimal_texts, not_writable
from meterkeep.readings.model import Channel, Int64s

_UNITS = {
    "Wh": ("E", "KWH", -3),
    "W": ("E", "KW", -3),
    "therm": ("G", "THERM", 0),
    "ft3": ("G", "CF", 0),
    "gal": ("W", "GAL", 0),
}
_CHANNELS = frozenset({Channel.DELIVERED, Channel.NET, Channel.REGISTER, Channel.DEMAND})


def write_cmep(
    file: BinaryIO, series: Iterable[Outgoing], *, sender: str, receiver: str, made: datetime, zone: str
) -> int:
    """Writes every series and gives the number of readings. The usage point's name stands in the meter field.

    CMEP has no direction: what is received by the grid cannot be told from what is delivered, so it is refused.
    """
    clock, count = named_zone(zone), 0
    for each in series:
        commodity, unit, shift = _unit(each)
        ends = to_local(each.start + each.seconds, clock)
        days = to_local(each.start, clock) // DAY
        stamps = _stamps(ends)
        marks = [
            code.removeprefix("cmep:") if code.startswith("cmep:") else "" for code in each.quality or ()
        ]
        values = decimal_texts(each.value, each.power_of_ten + shift)
        texts = [
            f"{s},{m},{v}" for s, m, v in zip(stamps, marks or ["R0"] * len(values), values, strict=True)
        ]
        head = f"MEPMD01,20080501,{sender},,{receiver},,{made.astimezone(UTC):%Y%m%d%H%M},{each.usage_point},OK,{commodity},{unit},1"
        edges = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(texts)]
        for first, last in pairwise(edges):
            if last > first:
                record = f"{head},{_interval(each.seconds)},{last - first},{','.join(texts[first:last])}\n"
                file.write(record.encode())
        count += len(texts)
    return count


def _unit(each: Outgoing) -> tuple[str, str, int]:
    if each.channel not in _CHANNELS:
        raise not_writable(f"the channel {each.channel}", "CMEP")
    if each.unit not in _UNITS:
        raise not_writable(f"the unit {each.unit}", "CMEP")
    commodity, unit, shift = _UNITS[each.unit]
    return commodity, unit + "REG" if each.channel is Channel.REGISTER else unit, shift


def _stamps(local: Int64s) -> list[str]:
    texts = np.datetime_as_string(local.astype("datetime64[s]"), unit="m")
    return [text.translate(_MARKS) for text in texts.tolist()]


_MARKS = str.maketrans("", "", "-:T")


def _interval(seconds: int) -> str:
    return f"00{seconds // DAY:02d}{seconds % DAY // 3600:02d}{seconds % 3600 // 60:02d}"
