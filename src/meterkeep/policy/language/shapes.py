"""The shape of what people write in a pack: keys and types, told in their words where one is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import msgspec

from meterkeep.errors import BadInput

Scalar = bool | int | str


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """A table of a pack. Its keys are these and no others."""


class ProviderShape(Shape):
    kind: str
    jurisdiction: str


class OriginShape(Shape):
    pack: str
    digest: str
    renamed: dict[str, str]


class PackShape(Shape, rename={"from_": "from"}):
    name: str
    documents: list[str]
    provider: ProviderShape
    inherits: list[str] = []
    implied: dict[str, dict[str, Scalar]] = {}
    from_: OriginShape | None = None


class FigureShape(Shape):
    value: int
    cite: str
    effective: date
    verified: bool = True


class ParameterShape(Shape):
    says: str
    figures: list[FigureShape]


class InterpretationShape(Shape):
    question: str
    choices: dict[str, str]
    ruling: str
    on: date
    by: str
    used_by: str = ""


class PurposeShape(Shape, rename={"class_": "class"}):
    title: str
    elements: list[str]
    class_: str = ""
    states: dict[str, Scalar] = {}


class ElementShape(Shape):
    title: str
    kind: str
    contact: bool = False
    credit_or_usage: bool = False
    demographic: bool = False
    government_id: bool = False


class DocumentShape(Shape):
    id: str
    title: str
    effective: date
    until: date = date.max
    adopted: str = ""
    source: str = ""
    law: bool = False
    scope: list[str] = []


class ClauseShape(Shape):
    id: str
    summary: str
    effect: str = ""
    kind: str = ""
    actions: list[str] = []
    when: list[str] = []
    unless: list[str] = []
    under: list[str] = []
    yields: list[dict[str, str]] = []
    duties: list[dict[str, str]] = []
    interpretations: list[str] = []
    closing: bool = False
    never: bool = False
    verified: bool = True
    function: str = ""
    anchor: str = ""
    effective: date = date.min
    until: date = date.max


_WORDS = {
    "int": "a whole number without quotes",
    "str": "a text in quotes",
    "bool": "true or false",
    "date": "a date such as 2026-01-31, without quotes",
    "datetime": "a date with a time of day",
    "float": "a number with a decimal point",
    "array": "a list in brackets",
    "object": "a table",
}
_MISMATCH = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]+)`")
_ABSENT = re.compile(r"Object missing required field `([^`]+)`")
_PLACE = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`")


def check_shape(table: Mapping[str, Any], shape: type[Shape], *, where: str) -> None:
    """Raises BadInput that names the key, what is expected of it and what stands there."""
    try:
        msgspec.convert(table, shape, builtin_types=(date, datetime, time))
    except msgspec.ValidationError as error:
        raise BadInput(_told(str(error)), where=where, next=_next(str(error), shape)) from error


def _told(message: str) -> str:
    place = match[1] if (match := _PLACE.search(message)) else ""
    if match := _UNKNOWN.search(message):
        return f"There is no key {match[1]!r} here{_at(place)}."
    if match := _ABSENT.search(message):
        return f"The key {match[1]!r} is missing{_at(place)}."
    if match := _MISMATCH.search(message):
        return f"{place or 'This'} is {_said(match[1])}, not {_said(match[2])}."
    return f"{message}."


def _next(message: str, shape: type[Shape]) -> str:
    if _UNKNOWN.search(message) or _ABSENT.search(message):
        return f"The keys of a {_noun(shape)} are {', '.join(shape.__struct_encode_fields__)}."
    return "Compare it with a shipped pack; docs/policy.md shows each form."


def _noun(shape: type[Shape]) -> str:
    return shape.__name__.removesuffix("Shape").lower()


def _at(place: str) -> str:
    return f" (in {place})" if place else ""


def _said(types: str) -> str:
    return " or ".join(_WORDS.get(one.strip(), one.strip()) for one in types.split("|"))
