"""Wide utility CSV out: one row for each usage point and local day, one column for each interval, as the reader takes it."""

from __future__ import annotations

from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from meterkeep.errors import BadInput
from meterkeep.readings.formats.columns.localtime import DAY, civil_day, named_zone, to_local
from meterkeep.readings.model import Channel, Int64s

_ROWS = 20_000
_HEAD = ("SERVICE_POINT", "DATE", "UNIT", "DIRECTION", "QUALITY")


def write_wide_csv(
    file: BinaryIO,
    usage_points: list[str],
    start: Int64s,
    values: npt.NDArray[np.int64],
    *,
    seconds: int,
    zone: str,
    channel: Channel = Channel.DELIVERED,
    present: npt.NDArray[np.bool_] | None = None,
    estimated: npt.NDArray[np.bool_] | None = None,
    header: bool = True,
) -> int:
    """Writes a row of `values` (in Wh) for each usage point, over the same starts; gives the number of readings.

    start: UTC epoch seconds, `seconds` apart, whole local days. present: which values there are, all by default.
    estimated: which of them are estimates, none by default; the format has one quality for a day, its worst interval's.
    header: False to go on with a file that has one.
    """
    column, day = _cells(start, seconds, zone)
    days, width = day[-1] + 1, 25 * 3600 // seconds
    first = to_local(start[:1], named_zone(zone))[0] // DAY
    dates = np.datetime_as_string(np.arange(first, first + days).astype("datetime64[D]"))
    schema = _schema(width, seconds)
    options = pa.csv.WriteOptions(include_header=header, quoting_style="none")
    with pa.csv.CSVWriter(file, schema, write_options=options) as writer:
        step = max(1, _ROWS // int(days))
        for low in range(0, len(usage_points), step):
            part = slice(low, low + step)
            cells = np.zeros((len(usage_points[part]), days, width), np.int64)
            filled = np.zeros(cells.shape, np.bool_)
            cells[:, day, column] = values[part]
            filled[:, day, column] = True if present is None else present[part]
            worst = np.zeros(cells.shape, np.bool_)
            if estimated is not None:
                worst[:, day, column] = estimated[part]
            words = [
                pa.array(np.repeat(np.array(usage_points[part], object), days), pa.string()),
                pa.array(np.tile(dates, len(cells))),
                *(pa.repeat(word, len(cells) * days) for word in ("Wh", str(channel))),
                pc.if_else(pa.array(worst.any(axis=2).ravel()), "estimated", "actual"),
            ]
            numbers = [
                pa.array(cells[:, :, at].ravel(), mask=~filled[:, :, at].ravel()) for at in range(width)
            ]
            writer.write_table(pa.table([*words, *numbers], schema=schema))
    return int(values.size if present is None else np.count_nonzero(present))


def _schema(width: int, seconds: int) -> pa.Schema:
    minutes = [seconds * (at + 1) // 60 for at in range(width)]
    names = [f"INTERVAL_HR{minute // 60:02d}{minute % 60:02d}_ENERGY_QTY" for minute in minutes]
    return pa.schema([(name, pa.string()) for name in _HEAD] + [(name, pa.int64()) for name in names])


def _cells(start: Int64s, seconds: int, zone: str) -> tuple[Int64s, Int64s]:
    """Column and day of each start: spring leaves out the hour that the clock skips, autumn counts the hours that passed."""
    clock = named_zone(zone)
    local = to_local(start, clock)
    day = local // DAY
    if not len(start) or 3600 % seconds or (np.diff(start) != seconds).any() or local[0] % DAY:
        raise BadInput(
            "Wide CSV takes whole local days of intervals that divide the hour.",
            next="Choose another format for this export.",
        )
    inside = local - day * DAY
    for each in np.unique(day).tolist():
        known = civil_day(each * DAY, clock)
        if known.seconds > DAY:
            mine = day == each
            inside[mine] = start[mine] - known.start
    return cast("Int64s", inside // seconds), cast("Int64s", day - day[0])
