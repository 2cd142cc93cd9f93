"""The layout of a reading: bytes that do not change, with numbers between them, learned from one reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from meterkeep.readings.formats.green_button.codes import CODES

REMARK, START, DURATION, VALUE, QUALITY, TOU, COST, MARK, FRACTION = range(9)
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
_REMARK = rb"[ -,.-~]*+(?:-[ -,.-~]++)*+"
"""Text of a comment: no two hyphens, and none at its end."""
_COMMENT = re.compile(rb"<!--(" + _REMARK + rb")-->[ \t\r\n]*+")
_NUMBER = re.compile(rb"([ \t\r\n]*)(-?[0-9]{1,18}(?:\.[0-9]{1,9})?)([ \t\r\n]*)")
_CONSTANT = re.compile(rb"[ -~]*")
_CODE = b"(?:0|[1-9][0-9]{0,%d}+)"
_SHORT = {REMARK: _REMARK, START: b"(?:[123][0-9]{9}|[0-9]{1,9})", QUALITY: _CODE % 2, TOU: _CODE % 8}
"""Codes are kept as they are written, so only those count here that are written in one way. Of the starts none that would be
refused: a refusal tells the line."""


@dataclass(slots=True)
class Layout:
    """literals[i] stands before number i, the last one behind the last number. The text of a comment counts as a number."""

    prefix: bytes
    literals: list[bytes]
    roles: list[int]


def number_pattern(role: int, decimals: int) -> bytes:
    """What a number may look like so that its value × 10^decimals fits 64 bits."""
    if role in _SHORT:
        return _SHORT[role]
    digits = b"-?[0-9]{1,%d}+" % (18 - decimals)
    return digits + b"(?:[.][0-9]{1,%d}+0{0,9}+)?+" % decimals if role == VALUE and decimals else digits


@dataclass(slots=True)
class _Draft:
    """A layout while its reading is gone through, up to `end`."""

    reading: bytes
    prefix: bytes | None = None
    path: list[str] = field(default_factory=list)
    wrappers: set[tuple[str, ...]] = field(default_factory=set)
    literals: list[bytes] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    begin: int = 0
    end: int = 0

    def vary(self, begin: int, end: int, role: int) -> None:
        self.roles.append(role)
        self.literals.append(self.reading[self.begin : begin])
        self.begin = end

    def take_comments(self) -> None:
        while comment := _COMMENT.match(self.reading, self.end):
            self.vary(*comment.span(1), REMARK)
            self.end = comment.end()


def layout_of(reading: bytes) -> Layout | None:
    """The layout of one reading, if it holds nothing but the elements we know, each once, plain numbers, and what does not count."""
    if b"--" in _COMMENT.sub(b"", reading):
        return None
    draft = _Draft(reading)
    while draft.end < len(reading):
        tag = _TAG.match(reading, draft.end)
        if tag is None or not _take(draft, tag):
            return None
        draft.end = tag.end()
        draft.take_comments()
    if draft.path or draft.end != len(reading) or not {START, VALUE} <= set(draft.roles):
        return None
    return Layout(draft.prefix or b"", [*draft.literals, reading[draft.begin :]], draft.roles)


def _take(draft: _Draft, tag: re.Match[bytes]) -> bool:
    closes, name, text = bool(tag[1]), tag[3].decode(), tag[5]
    draft.prefix = tag[2] if draft.prefix is None else draft.prefix
    if tag[2] != draft.prefix or not _attributes_fit(tag):
        return False
    if closes:
        return bool(draft.path) and draft.path.pop() == name and _blank(text)
    draft.path.append(name)
    place = tuple(draft.path[1:])
    role = _PLACES.get(place)
    if role is not None:
        return _take_number(draft, tag, role)
    if place in draft.wrappers:
        return False
    draft.wrappers.update({place} & _WRAPPERS)
    return _blank(text) if len(draft.path) == 1 or place in _WRAPPERS else _ignored(place, text)


def _take_number(draft: _Draft, tag: re.Match[bytes], role: int) -> bool:
    number = _NUMBER.fullmatch(tag[5])
    if number is None or role in draft.roles or (b"." in tag[5] and role != VALUE):
        return False
    at = tag.start(5)
    draft.vary(at + number.end(1), at + number.end(2), role)
    return True


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
