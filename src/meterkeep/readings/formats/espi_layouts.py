"""The layout of a reading: bytes that do not change, with numbers between them, learned from one reading."""

from __future__ import annotations

import re
from dataclasses import dataclass

from meterkeep.readings.formats.espi_codes import CODES

START, DURATION, VALUE, QUALITY, TOU, COST, MARK, FRACTION = range(1, 9)
_PLACES = {
    ("timePeriod", "start"): START,
    ("timePeriod", "duration"): DURATION,
    ("value",): VALUE,
    ("ReadingQuality", "quality"): QUALITY,
    ("tou",): TOU,
    ("cost",): COST,
    ("consumptionTier",): MARK,
    ("cpp",): MARK,
}
_WRAPPERS = {("timePeriod",), ("ReadingQuality",)}
_TELLING = {*CODES, *(name for path in _PLACES for name in path)}
"""Names that may not stand for something else in a reading, which is then not looked at."""
_ATTRIBUTE = rb"[ \t\r\n]+([A-Za-z_][\w.-]*)[ \t\r\n]*=[ \t\r\n]*(?:\"[ !#-%(-;=?-~]*\"|'[ !#-%(-;=?-~]*')"
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(
    rb"<(/?)((?:[A-Za-z_][\w.-]*:)?)([A-Za-z]+)((?:"
    + _ATTRIBUTE.replace(b"([", b"(?:[")
    + rb")*+)[ \t\r\n]*>([^<>&]*)"
)
_NUMBER = re.compile(rb"([ \t\r\n]*)(-?[0-9]{1,18}(?:\.[0-9]{1,9})?)([ \t\r\n]*)")
_CONSTANT = re.compile(rb"[ -~]*")
_CODE = b"(?:0|[1-9][0-9]{0,%d}+)"
_SHORT = {START: b"(?:[123][0-9]{9}|[0-9]{1,9})", QUALITY: _CODE % 2, TOU: _CODE % 8}
"""Codes are kept as they are written, so only those count here that are written in one way. Of the starts none that would be
refused: a refusal tells the line."""


@dataclass(slots=True)
class Layout:
    """literals[i] stands before number i, the last one behind the last number."""

    prefix: bytes
    literals: list[bytes]
    roles: list[int]


def number_pattern(role: int, decimals: int) -> bytes:
    """What a number may look like so that its value × 10^decimals fits 64 bits."""
    if role in _SHORT:
        return _SHORT[role]
    digits = b"-?[0-9]{1,%d}+" % (18 - decimals)
    return digits + b"(?:[.][0-9]{1,%d}+0{0,9}+)?+" % decimals if role == VALUE and decimals else digits


def layout_of(reading: bytes) -> Layout | None:
    """The layout of one reading, if it holds nothing but the elements we know, each once, plain numbers, and what does not count."""
    prefix: bytes | None = None
    path: list[str] = []
    literals: list[bytes] = []
    roles: list[int] = []
    wrappers: set[tuple[str, ...]] = set()
    begin = end = 0
    for tag in _TAG.finditer(reading) if b"--" not in reading else ():
        closes, name, text = bool(tag[1]), tag[3].decode(), tag[5]
        prefix = tag[2] if prefix is None else prefix
        if tag.start() != end or tag[2] != prefix or not _attributes_fit(tag):
            return None
        if closes and (not path or path.pop() != name):
            return None
        end = tag.end()
        if not closes:
            path.append(name)
        place = tuple(path[1:])
        role = None if closes else _PLACES.get(place)
        if role is None:
            if not closes and place in wrappers:
                return None
            wrappers.update({place} & _WRAPPERS if not closes else ())
            if not (
                _blank(text) if closes or len(path) == 1 or place in _WRAPPERS else _ignored(place, text)
            ):
                return None
            continue
        number = _NUMBER.fullmatch(text)
        if number is None or role in roles or (b"." in text and role != VALUE):
            return None
        roles.append(role)
        literals.append(reading[begin : tag.start(5) + number.end(1)])
        begin = tag.start(5) + number.end(2)
    if path or end != len(reading) or not {START, VALUE} <= set(roles):
        return None
    return Layout(prefix or b"", [*literals, reading[begin:]], roles)


def _blank(text: bytes) -> bool:
    return not text.strip(b" \t\r\n")


def _ignored(place: tuple[str, ...], text: bytes) -> bool:
    """Whether it is something that a reader passes over: text under a name that means nothing, in a reading or its period."""
    here = len(place) == 1 or (len(place) == 2 and place[:1] in _WRAPPERS)
    return here and place[-1][0].islower() and place[-1] not in _TELLING and bool(_CONSTANT.fullmatch(text))


def _attributes_fit(tag: re.Match[bytes]) -> bool:
    """Whether there are none, or an opening tag has some that no namespace counts for, each once."""
    names = [found[1].lower() for found in _ATTRIBUTES.finditer(tag[4])]
    return not names or (
        not tag[1] and len(set(names)) == len(names) and not any(n.startswith(b"xml") for n in names)
    )
