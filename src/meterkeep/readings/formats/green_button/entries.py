"""What an Atom entry of an ESPI feed holds: its links and the ESPI objects in its content, by local name.

Local names only: utilities prefix, default and misspell namespaces, the names inside stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from lxml import etree

from meterkeep.readings.formats.green_button.codes import CODES
from meterkeep.readings.formats.green_button.links import Links, add_link

NAMESPACE = "http://naesb.org/espi"
OBJECTS = frozenset({"UsagePoint", "MeterReading", "ReadingType", "IntervalBlock", "LocalTimeParameters"})
_WRAPPERS = frozenset({"content", "BatchItemInfo", "entity", "resource", "resources"})
OTHER_OBJECTS = frozenset(
    [
        "ApplicationInformation",
        "Authorization",
        "UsageSummary",
        "ElectricPowerUsageSummary",
        "ElectricPowerQualitySummary",
        "BatchList",
        "ServiceStatus",
        "Customer",
        "CustomerAccount",
        "CustomerAgreement",
        "ServiceLocation",
        "Meter",
        "EndDevice",
        "ServiceSupplier",
        "Statement",
        "ProgramDateIdMappings",
    ]
)
ROOTS = OBJECTS | {"feed", "entry", "BatchItemInfo"}
LONGEST = 2**31 - 1
"""Seconds that a duration may have."""

_CODES = frozenset(CODES)
_WRITTEN = _CODES - {"tou", "consumptionTier", "cpp"}
"""A reading has a tou, a tier and a critical peak of its own."""
_READINGS = etree.XPath("count(*[local-name() = 'IntervalReading'])")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_RULE = re.compile(r"[0-9A-Fa-f]{8}")


def local(element: etree._Element) -> str:
    """The element's name without its namespace; "" for a comment."""
    return _local(element.tag)


@lru_cache(maxsize=1024)
def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: etree._Element, name: str) -> etree._Element | None:
    for each in element:
        if local(each) == name:
            return each
    return None


def text(element: etree._Element, name: str) -> str:
    found = child(element, name)
    if found is None:
        return ""
    return _text(found)


def _text(element: etree._Element) -> str:
    return ("".join(element.itertext()) if len(element) else element.text or "").strip()


def integer(element: etree._Element, name: str) -> int | None:
    found = text(element, name)
    return int(found) if _INTEGER.fullmatch(found) else None


def links(entry: etree._Element) -> Links:
    found = Links()
    for each in entry:
        name = local(each)
        if name == "link":
            _add(found, each)
        elif name == "id" and not found.id:
            found.id = (each.text or "").strip()
    return found


def _add(found: Links, link: etree._Element) -> None:
    add_link(found, (link.get("rel") or "").strip().lower(), link.get("href") or "")


def contents(entry: etree._Element) -> dict[str, etree._Element]:
    """The ESPI objects of an entry by name, whether they stand in `content` or, wrongly, beside it or in each other."""
    found: dict[str, etree._Element] = {}
    _collect(entry, found, depth=4)
    nested = child(found["MeterReading"], "ReadingType") if "MeterReading" in found else None
    if nested is not None:
        found.setdefault("ReadingType", nested)
    return found


def _collect(element: etree._Element, found: dict[str, etree._Element], *, depth: int) -> None:
    for each in element:
        name = local(each)
        if name in _WRAPPERS and depth:
            _collect(each, found, depth=depth - 1)
        elif name in OBJECTS or name in OTHER_OBJECTS:
            found.setdefault(name, each)


def root_object(root: etree._Element) -> dict[str, etree._Element]:
    """The root itself where it is an ESPI object: the answer to a request for one resource."""
    name = local(root)
    return {name: root} if name in OBJECTS or is_other(root) else {}


def is_other(root: etree._Element) -> bool:
    """Whether it is an ESPI object that holds no readings. Their names are common words, so the namespace counts."""
    return local(root) in OTHER_OBJECTS and (etree.QName(root).namespace or "").startswith(NAMESPACE)


def stray_blocks(entry: etree._Element) -> list[etree._Element]:
    """What holds the readings that still stand in an entry after its IntervalBlocks were taken: misspelt blocks."""
    return list(dict.fromkeys(each.getparent() for each in entry.iter("{*}IntervalReading")))


def codes(reading_type: etree._Element, note: Callable[[str], None]) -> dict[str, int]:
    found: dict[str, int] = {}
    seen = set()
    for each in reading_type:
        name = local(each)
        if name not in _CODES or name in seen:
            continue
        seen.add(name)
        text = _text(each)
        value = code_value(name, text)
        if value is not None:
            found[name] = value
        elif text:
            note("reading_type_code_unreadable")
    return found


def code_value(name: str, text: str) -> int | None:
    """A code of a ReadingType, if its text is one."""
    fits = _INTEGER.fullmatch(text) and (name != "intervalLength" or 0 <= int(text) <= LONGEST)
    return int(text) if fits else None


def written_codes(block: etree._Element) -> dict[str, int]:
    """Codes of a ReadingType that a utility writes into the block itself: as an element of its own, with the interval,
    or with each reading (the first one counts)."""
    found: dict[str, int] = {}
    for each in block:
        for code in each:
            name = local(code)
            value = integer(each, name) if name in _WRITTEN else None
            if value is not None:
                found.setdefault(name, value)
        if local(each) == "IntervalReading":
            break
    return found


def block_interval(block: etree._Element) -> tuple[int | None, int | None]:
    """Start and seconds of the interval that a block says, before its readings, it covers."""
    for each in block:
        if local(each) == "interval":
            return integer(each, "start"), integer(each, "duration")
        if local(each) == "IntervalReading":
            break
    return None, None


def check_clock(parameters: etree._Element, note: Callable[[str], None]) -> None:
    """Notes clock rules that a reader of local time would trip over. Instants are UTC, so nothing depends on them here."""
    for rule in ("dstStartRule", "dstEndRule"):
        if not _is_rule(text(parameters, rule)):
            note("dst_rule_unusual")
    if integer(parameters, "dstOffset") not in (0, 1800, 3600):
        note("dst_offset_unusual")
    if integer(parameters, "tzOffset") is None:
        note("no_tz_offset")


def _is_rule(text: str) -> bool:
    """Whether it is a rule as ESPI packs it: from the lowest bit on 12 bits of seconds, 5 of the hour, …, 4 of the month.

    FFFFFFFF is "off". Some utilities write an instant instead, which falls on no quarter of an hour as a rule does.
    """
    if not _RULE.fullmatch(text):
        return False
    rule = int(text, 16)
    seconds, hour, month = rule & 0xFFF, rule >> 12 & 0x1F, rule >> 28
    return rule == 0xFFFFFFFF or (seconds % 900 == 0 and hour < 24 and 1 <= month <= 12)


def late_links(entry: etree._Element, place: int) -> bool:
    """Whether there are links or an id behind the first `place` children of an entry."""
    return any(local(each) in ("link", "id") for each in entry[place:])


def readings_in(block: etree._Element) -> int:
    return int(_READINGS(block))


def drop_readings(block: etree._Element, count: int | None) -> None:
    """Frees the first `count` readings of a block, so that what stands before them (`interval`) stays; None: all of it."""
    if count is None:
        block.clear()
        return
    for each in [each for each in block if local(each) == "IntervalReading"][:count]:
        block.remove(each)


def forget(entry: etree._Element) -> None:
    """Frees an entry that was read and everything before it."""
    entry.clear()
    parent = entry.getparent()
    while parent is not None and entry.getprevious() is not None:
        del parent[0]
