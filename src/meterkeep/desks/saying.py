"""What desks find, as sentences that can be said again in the reader's language; amounts and days as people write them in the United States.

A desk keeps its sentences in one TOML: a table for each, with `en` and `es`. `{name:money}` fills in cents, `{name:day}` a day, `{name:within}` a
sentence of its own inside another, `{name}` the rest.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

Days = Callable[[date], str]
LANGUAGES = ("en", "es")
_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip
_GAP = "\u00a0"
"""Keeps a day and its month on one line."""


def said_money(cents: int) -> str:
    """Both languages write dollars alike in the United States: $1,234.56."""
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02}"


def said_day(day: date, language: str) -> str:
    month = _MONTHS[language][day.month - 1]
    return (
        f"{month}{_GAP}{day.day}, {day.year}"
        if language == "en"
        else f"{day.day}{_GAP}de{_GAP}{month} de {day.year}"
    )


def said_number(number: int) -> str:
    return f"{number:,}"


class Said(str):
    """A sentence as records, files and the command line have it: in English, its days as 2026-03-01. `told` says it to a reader. name: which
    of its desk's."""

    name: str
    wording: Mapping[str, str]
    facts: Mapping[str, Any]

    def told(self, language: str, *, day: Days | None = None) -> str:
        return _Filling(day or partial(said_day, language=language), language).vformat(
            self.wording[language], (), self.facts
        )


def told(sentence: str, language: str, *, day: Days | None = None) -> str:
    """In the reader's language, where the desk has it in that language; what people wrote stays as they wrote it. day: how days are written there."""
    return sentence.told(language, day=day) if isinstance(sentence, Said) else sentence


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of a desk: name → language → wording."""

    wordings: Mapping[str, Mapping[str, str]]

    def __call__(self, name: str, **facts: Any) -> Said:
        wording = self.wordings[name]
        said = Said(_Filling(str).vformat(wording["en"], (), facts))
        said.name, said.wording, said.facts = name, wording, facts
        return said


def read_sentences(path: Path) -> Sentences:
    """Raises ValueError where one lacks a language, or asks for other facts in one language than in the other."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, wording in found.items():
        if set(wording) != set(LANGUAGES) or len({_asked(one) for one in wording.values()}) > 1:
            raise ValueError(f"{path.name}: {name} does not say the same in {' and '.join(LANGUAGES)}.")
    return Sentences(found)


def _asked(wording: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(wording) if name)


@cache
def _parts(wording: str) -> tuple[tuple[str, str | None, str | None], ...]:
    """Of the few that the desks have: text, the fact after it, how it is written."""
    return tuple((text, name, spec) for text, name, spec, _ in string.Formatter().parse(wording))


class _Filling(string.Formatter):
    """language: of the reader; "en" for records, whose sentences stay as they were."""

    def __init__(self, day: Days, language: str = "en") -> None:
        self._day, self._language = day, language

    def vformat(self, format_string: str, args: Any, kwargs: Mapping[str, Any]) -> str:
        """Wordings name their facts plainly, so that each is taken apart once."""
        return "".join(
            text + (self.format_field(kwargs[name], spec or "") if name else "")
            for text, name, spec in _parts(format_string)
        )

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "money":
            return said_money(value)
        if format_spec == "day":
            return self._day(value)
        if format_spec == "within":
            inner = told(value, self._language, day=self._day)
            return inner[:1].lower() + inner[1:]
        return str(told(value, self._language, day=self._day))
