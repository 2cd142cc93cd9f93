"""Columns of readings as texts: exact decimals and local times, without a step per reading."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.formats.columns.localtime import to_local


def decimals(values: pa.Array, powers: pa.Array) -> pa.Array:
    """values × 10^powers as texts: exact, no exponent, no trailing zeros; null stays null. int64 and int32 in."""
    out = pa.nulls(len(values), pa.string())
    for power in pc.unique(powers.drop_null()).to_pylist():
        mine = pc.and_kleene(pc.equal(powers, power), values.is_valid()).fill_null(False)
        out = pc.replace_with_mask(out, mine, _shifted(values.filter(mine), power))
    return out


def _shifted(values: pa.Array, power: int) -> pa.Array:
    texts = values.cast(pa.string())
    if power >= 0:
        return pc.if_else(pc.equal(values, 0), "0", pc.binary_join_element_wise(texts, "0" * power, ""))
    minus = pc.starts_with(texts, "-")
    digits = pc.utf8_lpad(pc.utf8_ltrim(texts, "-"), 1 - power, "0")
    whole = pc.utf8_slice_codeunits(digits, 0, power)
    rest = pc.utf8_rtrim(pc.utf8_slice_codeunits(digits, power), "0")
    shown = pc.if_else(pc.equal(rest, ""), whole, pc.binary_join_element_wise(whole, rest, "."))
    return pc.if_else(minus, pc.binary_join_element_wise("-", shown, ""), shown)


def local_times(instants: pa.Array, zone: ZoneInfo) -> pa.Array:
    """UTC instants (timestamp[s]) as 2024-11-03T01:00:00-07:00: the hour that the clock shows twice is two texts."""
    utc = instants.cast(pa.int64()).to_numpy(zero_copy_only=False)
    local = to_local(utc, zone)
    offsets, which = np.unique(local - utc, return_inverse=True)
    clock = pa.array(np.datetime_as_string(local.astype("datetime64[s]")))
    named = pa.array([_offset(int(offset)) for offset in offsets], pa.string())
    return pc.binary_join_element_wise(clock, named.take(pa.array(which)), "")


def _offset(seconds: int) -> str:
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
