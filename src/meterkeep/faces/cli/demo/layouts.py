"""The demonstration's meter files as text: Green Button (ESPI in Atom), CMEP MEPMD01 and a utility's wide CSV.

They are written as utilities write them, whole months at a time, fast enough for a hundred thousand customers.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from meterkeep.faces.cli.demo.population import source_id
from meterkeep.faces.cli.demo.usage import ESTIMATED, HOUR, MISSING, Usage

_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_FLOWS = {"delivered": 1, "received": 19}
_WIDE_HOURS = [f"HR{hour:02d}00" for hour in range(1, 26)]
_WIDE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("SERVICE_POINT_ID", "READ_DATE", "DIRECTION", "UNIT", "QUALITY")]
    + [(name, pa.int64()) for name in _WIDE_HOURS]
)
_CMEP_MARKS = ("R0", "E0", "N0")


def write_green_button(path: Path, months: Sequence[Usage], row: int) -> int:
    """One usage point's feed: `row` of each month. Returns how many readings it holds; missing ones are left out."""
    point = f"resource/UsagePoint/{source_id(months[0].points.start + row)}"
    feed, readings = [_feed_head(point, months)], 0
    for channel in ("delivered", "received"):
        values = [getattr(month, channel) for month in months]
        if any(value is not None and value[row].any() for value in values):
            feed.append(_meter_reading(point, channel))
            for number, (month, value) in enumerate(zip(months, values, strict=True)):
                texts = list(_interval_readings(month, value[row], row))
                feed.append(_interval_block(point, channel, number, month, texts))
                readings += len(texts)
    path.write_text("".join([*feed, "</feed>\n"]))
    return readings


def write_cmep(path: Path, usage: Usage, *, meters: Sequence[str], zone: str) -> int:
    """A month of hourly records, one line for each meter and day, stamped at the interval's end by the local clock."""
    here, readings = ZoneInfo(zone), 0
    ends = [f"{datetime.fromtimestamp(s + HOUR, here):%Y%m%d%H%M}" for s in usage.clock.start.tolist()]
    first_hours = [*np.flatnonzero(np.diff(usage.clock.day, prepend=0)).tolist(), len(ends)]
    days = [slice(*pair) for pair in pairwise(first_hours)]
    with path.open("w") as file:
        for row, meter in enumerate(meters):
            texts = list(_cmep_readings(ends, usage.delivered[row].tolist(), usage.quality[row].tolist()))
            readings += len(texts) - int((usage.quality[row] == MISSING).sum())
            for day in days:
                count = day.stop - day.start
                head = f"MEPMD01,20080501,CEX,,METERKEEP,,{ends[-1]},{meter},OK,E,KWH,1,00000100,{count},"
                file.write(head + ",".join(texts[day]) + "\n")
    return readings


def write_wide_csv(path: Path, usage: Usage) -> int:
    """A month, one row for each usage point, day and direction, with a column for each hour of the day in Wh.

    Spring leaves the hour blank that the clock skips; autumn counts the hours that passed, up to HR2500. A day's quality
    is that of its worst hour.
    """
    every = np.arange(len(usage.points))
    blocks = [("delivered", usage.delivered, every)]
    if usage.received is not None:
        blocks.append(("received", usage.received, every[usage.received.any(axis=1)]))
    options = pa.csv.WriteOptions(quoting_style="none")
    with pa.csv.CSVWriter(path, _WIDE_SCHEMA, write_options=options) as writer:
        for direction, values, rows in blocks:
            writer.write_table(_wide_table(usage, direction, values[rows], rows))
    return sum(int((usage.quality[rows] != MISSING).sum()) for _, _, rows in blocks)


def _wide_table(
    usage: Usage, direction: str, values: npt.NDArray[np.int64], rows: npt.NDArray[np.intp]
) -> pa.Table:
    days, quality = int(usage.clock.day[-1]), usage.quality[rows]
    shape = (len(rows), days, len(_WIDE_HOURS))
    cells, absent, estimated = np.zeros(shape, np.int64), np.ones(shape, np.bool_), np.zeros(shape, np.bool_)
    day = usage.clock.day - 1
    cells[:, day, usage.clock.column] = values
    absent[:, day, usage.clock.column] = quality == MISSING
    estimated[:, day, usage.clock.column] = quality == ESTIMATED
    count = len(rows) * days
    dates = [usage.clock.month.replace(day=number + 1).isoformat() for number in range(days)]
    columns = [
        pa.array(np.repeat([source_id(usage.points.start + row) for row in rows.tolist()], days)),
        pa.array(dates * len(rows)),
        pa.array([direction] * count),
        pa.array(["Wh"] * count),
        pa.array(np.where(estimated.any(axis=2).ravel(), "estimated", "actual")),
    ]
    columns += [
        pa.array(cells[:, :, hour].ravel(), mask=absent[:, :, hour].ravel())
        for hour in range(len(_WIDE_HOURS))
    ]
    return pa.table(columns, schema=_WIDE_SCHEMA)


def _cmep_readings(ends: list[str], values: list[int], quality: list[int]) -> Iterator[str]:
    for end, value, mark in zip(ends, values, quality, strict=True):
        text = "" if mark == MISSING else f"{value // 1000}.{value % 1000:03d}"
        yield f"{end},{_CMEP_MARKS[mark]},{text}"


def _feed_head(point: str, months: Sequence[Usage]) -> str:
    made = _stamp(int(months[-1].clock.start[-1]) + HOUR)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>urn:uuid:{_uuid(point + '/feed')}</id><title>Synthetic usage, Coastal Example Energy</title>"
        f"<updated>{made}</updated>\n"
        + _entry(
            "resource/LocalTimeParameters/01",
            "",
            '<LocalTimeParameters xmlns="http://naesb.org/espi"><dstEndRule>B40E2000</dstEndRule><dstOffset>3600</dstOffset>'
            "<dstStartRule>360E2000</dstStartRule><tzOffset>-28800</tzOffset></LocalTimeParameters>",
            made,
        )
        + _entry(
            point,
            f'<link rel="related" href="{point}/MeterReading"/>'
            '<link rel="related" href="resource/LocalTimeParameters/01"/>',
            '<UsagePoint xmlns="http://naesb.org/espi"><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>',
            made,
        )
    )


def _meter_reading(point: str, channel: str) -> str:
    reading, kind = f"{point}/MeterReading/{channel}", f"resource/ReadingType/{channel}"
    made = "2026-01-01T00:00:00Z"
    return _entry(
        reading,
        f'<link rel="related" href="{reading}/IntervalBlock"/><link rel="related" href="{kind}"/>',
        '<MeterReading xmlns="http://naesb.org/espi"/>',
        made,
    ) + _entry(
        kind,
        "",
        '<ReadingType xmlns="http://naesb.org/espi"><accumulationBehaviour>4</accumulationBehaviour>'
        "<commodity>1</commodity><dataQualifier>12</dataQualifier>"
        f"<flowDirection>{_FLOWS[channel]}</flowDirection><intervalLength>{HOUR}</intervalLength><kind>12</kind>"
        "<powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom></ReadingType>",
        made,
    )


def _interval_block(point: str, channel: str, number: int, month: Usage, texts: list[str]) -> str:
    first, last = int(month.clock.start[0]), int(month.clock.start[-1]) + HOUR
    return _entry(
        f"{point}/MeterReading/{channel}/IntervalBlock/{number + 1}",
        "",
        f'<IntervalBlock xmlns="http://naesb.org/espi"><interval><duration>{last - first}</duration>'
        f"<start>{first}</start></interval>\n{''.join(texts)}</IntervalBlock>",
        _stamp(last),
    )


def _interval_readings(month: Usage, values: npt.NDArray[np.int64], row: int) -> Iterator[str]:
    for start, value, mark in zip(
        month.clock.start.tolist(), values.tolist(), month.quality[row].tolist(), strict=True
    ):
        if mark != MISSING:
            quality = "<ReadingQuality><quality>8</quality></ReadingQuality>" if mark == ESTIMATED else ""
            yield (
                f"<IntervalReading>{quality}<timePeriod><duration>3600</duration><start>{start}</start></timePeriod>"
                f"<value>{value}</value></IntervalReading>\n"
            )


def _entry(path: str, links: str, content: str, made: str) -> str:
    up = path.rsplit("/", 1)[0]
    return (
        f"<entry><id>urn:uuid:{_uuid(path)}</id>"
        f'<link rel="self" href="{path}"/><link rel="up" href="{up}"/>{links}<title/>'
        f"<content>{content}</content><published>{made}</published><updated>{made}</updated></entry>\n"
    )


def _uuid(path: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"https://example.org/coastal/{path}")


def _stamp(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"
