"""An object of a JSON document with its place, so that whatever is wrong in it is named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from meterkeep.errors import BadInput

_DAY = re.compile(r"(19|20|21)\d\d-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Given:
    """Reads fields of `content`; a field that is null counts as not given. Every reader raises BadInput at the field."""

    place: str
    content: dict[str, Any]

    @classmethod
    def of(cls, content: Any, place: str) -> Given:
        if not isinstance(content, dict):
            raise BadInput("Here belongs an object.", where=place, next="See docs/expenses.md for the form.")
        return cls(place, {name: value for name, value in content.items() if value is not None})

    def at(self, name: str) -> str:
        return f"{self.place}.{name}"

    def has(self, name: str) -> bool:
        return name in self.content

    def unknown(self, known: Collection[str]) -> list[str]:
        """The fields that nobody reads: most often a slip of the pen."""
        return [self.at(name[:40]) for name in sorted(set(self.content) - set(known))]

    def part(self, name: str) -> Given:
        return Given.of(self.content.get(name, {}), self.at(name))

    def parts(self, name: str) -> list[Given]:
        return [Given.of(each, f"{self.at(name)}[{at}]") for at, each in enumerate(self._list(name))]

    def texts(self, name: str) -> list[str]:
        return [self._text(each, f"{self.at(name)}[{at}]") for at, each in enumerate(self._list(name))]

    def text(self, name: str) -> str:
        """Empty where it is not given."""
        return self._text(self.content.get(name, ""), self.at(name)).strip()

    def needed(self, name: str) -> str:
        found = self.content.get(name)
        text = str(found) if isinstance(found, int) and not isinstance(found, bool) else self.text(name)
        return text or self._refuse(name, "is needed", "Give it.")

    def choice(self, name: str, choices: type[StrEnum]) -> str:
        text = self.text(name)
        return (
            text
            if text in set(choices)
            else self._refuse(name, "is none of those known", f"Use one of {', '.join(choices)}.")
        )

    def day(self, name: str) -> date:
        text = self.needed(name)
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        return self._refuse(name, "is no day", "Write it as 2026-03-01.")

    def moment(self, name: str) -> date | datetime | None:
        """A day where no time was given, else a moment; None where it is not given."""
        if not (text := self.text(name)):
            return None
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
            if _DAY.fullmatch(text[:10]) and text[10] in "T ":
                return datetime.fromisoformat(text)
        except ValueError:
            pass
        return self._refuse(name, "is neither a day nor a moment", "Write it as 2026-03-01T14:30.")

    def flag(self, name: str) -> bool | None:
        found = self.content.get(name)
        return (
            found
            if found is None or isinstance(found, bool)
            else self._refuse(name, "is neither true nor false", "Use one of them.")
        )

    def number(self, name: str) -> Decimal | None:
        """At least zero. A string is taken as well as a number."""
        found = self.content.get(name)
        if found is None:
            return None
        text = str(found) if isinstance(found, str | int | Decimal) and not isinstance(found, bool) else ""
        if _NUMBER.fullmatch(text):
            return Decimal(text)
        return self._refuse(
            name,
            "is no number of zero or more",
            "Write it as 1234.50: a point, no comma, no sign, no currency.",
        )

    def cents(self, name: str) -> int | None:
        value = self.number(name)
        if value is None:
            return None
        cents = value * 100
        return (
            int(cents)
            if cents == int(cents)
            else self._refuse(name, "has parts of a cent", "Give dollars and cents, as in 12.50.")
        )

    def _list(self, name: str) -> Iterable[Any]:
        found = self.content.get(name, [])
        return found if isinstance(found, list) else self._refuse(name, "is no list", "Put it in brackets.")

    def _text(self, found: Any, place: str) -> str:
        if isinstance(found, str):
            return found
        raise BadInput("Here belongs a text.", where=place, next="Put it in quotes.")

    def _refuse(self, name: str, what: str, next: str) -> Any:
        raise BadInput(f"{name} {what}.", where=self.at(name), next=next)
