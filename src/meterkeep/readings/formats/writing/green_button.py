"""Green Button out (ESPI 4.0): one Atom feed of usage points with their readings in monthly blocks, valid and repeatable.

Written as it comes, block by block; nothing but the readings of one series is held in memory. Source: NAESB REQ.21
ESPI 4.0, espi.xsd; RFC 4287 for Atom.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import BinaryIO
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from meterkeep.readings.formats.columns.localtime import named_zone, to_local
from meterkeep.readings.formats.columns.units import ESPI_UNITS
from meterkeep.readings.formats.writing.outgoing import Outgoing, not_writable
from meterkeep.readings.model import Channel, Int64s

_UOM = {name: code for code, name in reversed(ESPI_UNITS.items())}
_FLOW = {Channel.DELIVERED: 1, Channel.RECEIVED: 19, Channel.NET: 4}
_POWERS = frozenset({-12, -9, -6, -3, -2, -1, 0, 1, 2, 3, 6, 9, 12})
_COMMODITY = {"Wh": 1, "W": 1, "VAh": 1, "VArh": 1, "therm": 7, "ft3": 7, "m3": 7, "gal": 9}
_SERVICE = {1: 0, 7: 1, 9: 2}
_ENERGY, _DEMAND, _VOLUME = 12, 8, 58
_KINDS = {"Wh": _ENERGY, "therm": _ENERGY, "W": _DEMAND}
_AMERICAN_RULES = ("B40E2000", "360E2000")
_OFF = ("FFFFFFFF", "FFFFFFFF")


def write_greenbutton(
    file: BinaryIO,
    series: Iterable[Outgoing],
    *,
    customer: str,
    namespace: uuid.UUID,
    made: datetime,
    zone: str,
    title: str = "Green Button data",
) -> int:
    """Writes the series of one customer, those of a usage point one after the other; gives the number of readings.

    customer: the name in the links, as a rule a random one. namespace: the provider's secret, so that ids are repeatable
    and yet tell nothing. made: the instant in `updated` and `published`; zone: for LocalTimeParameters and months.
    """
    writer = _Feed(file, customer=customer, namespace=namespace, made=made, zone=zone)
    writer.head(title)
    count = sum(writer.series(each) for each in series)
    file.write(b"</feed>\n")
    return count


class _Feed:
    def __init__(
        self, file: BinaryIO, *, customer: str, namespace: uuid.UUID, made: datetime, zone: str
    ) -> None:
        self._file, self._customer, self._namespace = file, quote(customer, safe=""), namespace
        self._made = f"{made.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self._zone = named_zone(zone)
        self._points: dict[str, int] = {}
        self._kinds: set[str] = set()
        self._clock = ""

    def _id(self, path: str) -> str:
        return f"urn:uuid:{uuid.uuid5(self._namespace, path)}"

    def head(self, title: str) -> None:
        self._file.write(
            (
                '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
                f"<id>{self._id(self._customer)}</id><title>{escape(title)}</title><updated>{self._made}</updated>\n"
                f'<link rel="self" href={quoteattr(f"RetailCustomer/{self._customer}")}/>\n'
            ).encode()
        )
        clock = _local_time_parameters(self._zone_offsets())
        if clock:
            self._clock = "LocalTimeParameters/1"
            self._entry(self._clock, (), clock)

    def _zone_offsets(self) -> list[int]:
        """Seconds from UTC in January and July of the year of the export."""
        year = int(self._made[:4])
        instants = np.array([_epoch(year, 1), _epoch(year, 7)], np.int64)
        return [int(each) for each in to_local(instants, self._zone) - instants]

    def series(self, each: Outgoing) -> int:
        if each.power_of_ten not in _POWERS:
            raise not_writable(f"values in 10^{each.power_of_ten} of their unit", "Green Button")
        point = f"RetailCustomer/{self._customer}/UsagePoint/{quote(each.usage_point, safe='')}"
        if each.usage_point not in self._points:
            self._usage_point(point, each)
        self._points[each.usage_point] = self._points.get(each.usage_point, 0) + 1
        reading = f"{point}/MeterReading/{self._points[each.usage_point]}"
        kind = f"ReadingType/{each.channel}-{each.unit}-{each.seconds}-{each.power_of_ten}".replace(
            "--", "-m"
        )
        self._entry(reading, (f"{reading}/IntervalBlock", kind), "<MeterReading {espi}/>")
        if kind not in self._kinds:
            self._kinds.add(kind)
            self._entry(kind, (), _reading_type(each))
        for number, part in enumerate(_months(to_local(each.start, self._zone)), 1):
            self._entry(f"{reading}/IntervalBlock/{number}", (), _interval_block(each, part))
        return len(each.start)

    def _usage_point(self, point: str, each: Outgoing) -> None:
        service = _SERVICE[_COMMODITY.get(each.unit, 1)]
        related = (f"{point}/MeterReading", *([self._clock] if self._clock else []))
        category = f"<ServiceCategory><kind>{service}</kind></ServiceCategory>"
        self._entry(point, related, f"<UsagePoint {{espi}}>{category}</UsagePoint>")

    def _entry(self, path: str, related: Iterable[str], content: str) -> None:
        links = [("self", path), ("up", path.rpartition("/")[0]), *(("related", each) for each in related)]
        text = "".join(f'<link rel="{rel}" href={quoteattr(href)}/>' for rel, href in links)
        content = content.replace("{espi}", 'xmlns="http://naesb.org/espi"', 1)
        dates = f"<published>{self._made}</published><updated>{self._made}</updated>"
        entry = f"<entry><id>{self._id(path)}</id>{text}<title/><content>{content}</content>{dates}</entry>\n"
        self._file.write(entry.encode())


def _epoch(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp())


def _local_time_parameters(offsets: list[int]) -> str:
    """For a zone without summer time, and for those under the American rule; other rules are left out, not guessed."""
    winter, summer = offsets
    if winter != summer and not (summer - winter == 3600 and -36_000 <= winter <= -12_600):
        return ""
    end, start = _OFF if winter == summer else _AMERICAN_RULES
    return (
        f"<LocalTimeParameters {{espi}}><dstEndRule>{end}</dstEndRule><dstOffset>{summer - winter}</dstOffset>"
        f"<dstStartRule>{start}</dstStartRule><tzOffset>{winter}</tzOffset></LocalTimeParameters>"
    )


def _reading_type(each: Outgoing) -> str:
    if each.unit not in _UOM:
        raise not_writable(f"the unit {each.unit}", "Green Button")
    codes = {
        "accumulationBehaviour": 1 if each.channel is Channel.REGISTER else 4,
        "commodity": _COMMODITY.get(each.unit, 0),
        "dataQualifier": 12,
        "flowDirection": _FLOW.get(each.channel, 0),
        "intervalLength": each.seconds,
        "kind": _KINDS.get(each.unit, _VOLUME if each.unit in ("ft3", "m3", "gal", "L") else 0),
        "powerOfTenMultiplier": each.power_of_ten,
        "uom": _UOM[each.unit],
    }
    return f"<ReadingType {{espi}}>{''.join(f'<{name}>{code}</{name}>' for name, code in codes.items())}</ReadingType>"


def _months(local: Int64s) -> Iterator[slice]:
    """The rows of each month of the local calendar."""
    month = local.astype("datetime64[s]").astype("datetime64[M]")
    edges = [0, *(np.flatnonzero(month[1:] != month[:-1]) + 1).tolist(), len(local)]
    return (slice(first, last) for first, last in pairwise(edges) if last > first)


def _interval_block(each: Outgoing, part: slice) -> str:
    starts, values = each.start[part].tolist(), each.value[part].tolist()
    period = f"<duration>{starts[-1] + each.seconds - starts[0]}</duration><start>{starts[0]}</start>"
    tail = f"<timePeriod><duration>{each.seconds}</duration><start>%d</start></timePeriod><value>%d</value></IntervalReading>\n"
    if each.quality is None:
        plain = ("<IntervalReading>" + tail).__mod__
        readings = "".join(map(plain, zip(starts, values, strict=True)))
    else:
        marks = {code: _quality(code) for code in set(each.quality)}
        marked = ("<IntervalReading>%s" + tail).__mod__
        stated = [marks[code] for code in each.quality[part]]
        readings = "".join(map(marked, zip(stated, starts, values, strict=True)))
    return f"<IntervalBlock {{espi}}><interval>{period}</interval>\n{readings}</IntervalBlock>"


def _quality(code: str) -> str:
    """Codes of other formats have no place in an ESPI file: 16 is "other"."""
    if not code:
        return ""
    number = code.removeprefix("espi:") if code.startswith("espi:") else "16"
    return f"<ReadingQuality><quality>{number}</quality></ReadingQuality>"
