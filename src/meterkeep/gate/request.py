"""What somebody asks of the custodian, in one value: who is meant, what, for what purpose, for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

FactValue = bool | int | str
Facts = Mapping[str, FactValue]
Action = Literal["collect", "access", "use", "disclose", "release_aggregate"]
NO_FACTS: Facts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Period:
    """Civil days of the provider's zone, half-open: from `start` up to and without `end`."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"


@dataclass(frozen=True, slots=True)
class Subjects:
    """The customers a request is about: named ones, those who match every attribute, or (neither given) everyone."""

    customers: tuple[str, ...] | None = None
    where: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, *customers: str) -> Subjects:
        return cls(customers=customers)

    @classmethod
    def matching(cls, **attributes: str) -> Subjects:
        """Attributes: zip, city, customer_class, rate_class, solar."""
        return cls(where=attributes)

    @classmethod
    def everyone(cls) -> Subjects:
        return cls()


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; the gate decides it as a whole.

    purpose: a code of the purpose register. elements: names of the data catalogue. recipient: the id of a party, a
    customer or "public"; "" means the person who acts. reason: why it is necessary, in the asker's words, no identity in it.
    declared: facts that only the asker or a desk can know (the vocabulary's names); a source's own word wins over them.
    """

    action: Action
    purpose: str
    elements: tuple[str, ...]
    subjects: Subjects
    period: Period | None = None
    recipient: str = ""
    channel: str = "secure"
    reason: str = ""
    declared: Facts = field(default_factory=dict)
