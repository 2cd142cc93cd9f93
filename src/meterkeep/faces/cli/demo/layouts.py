"""The demonstration's meter files as text: Green Button (ESPI in Atom), CMEP MEPMD01 and a utility's wide CSV.

They are written as utilities write them, whole months at a time, fast enough for a hundred thousand customers.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from meterkeep.faces.cli.demo.population import source_id
from meterkeep.faces.cli.demo.usage import ESTIMATED, HOUR, MISSING, Usage

_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_FLOWS = {"delivered": 1, "received": 19}
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
    days = [slice(*pair) for pair in zip(first_hours, first_hours[1:], strict=False)]
    with path.open("w") as file:
        for row, meter in enumerate(meters):
            texts = list(_cmep_readings(ends, usage.delivered[row].tolist(), usage.quality[row].tolist()))
            readings += len(texts) - int((usage.quality[row] == MISSING).sum())
            for day in days:
                count = day.stop - day.start
                head = f"MEPMD01,20080501,CEX,,METERKEEP,,{ends[-1]},{meter},OK,E,KWH,1,00000100,{count},"
                file.write(head + ",".join(texts[day]) + "\n")
    return readings


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


def _interval_readings(
    month: Usage, values: np.ndarray[tuple[int], np.dtype[np.int64]], row: int
) -> Iterator[str]:
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
