"""What somebody asks of the custodian, in one value: who is meant, what, for what purpose, for whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from meterkeep.errors import BadInput, Refused

FactValue = bool | int | str
Facts = Mapping[str, FactValue]
Action = Literal["collect", "access", "use", "disclose", "release_aggregate", "destroy"]
NO_FACTS: Facts = MappingProxyType({})
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Ids of people, parties and customers, codes of purposes. The log keeps them for ever, and a sentence may name somebody."""


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
        """Attributes: zip, city, census_tract, customer_class, rate_class, solar."""
        return cls(where=attributes)

    @classmethod
    def everyone(cls) -> Subjects:
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrecy:
    """Law keeps what is done under a request from the customers it concerns until a day, `until`, on which it is shown.

    clause: that says so. basis: SHA-256 (hex) of the record that says why. by: the person who ordered it.
    """

    until: date
    clause: str
    basis: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; the gate decides it as a whole.

    purpose: a code of the purpose register. elements: names of the data catalogue. recipient: the id of a party, a
    customer or "public"; "" means the person who acts. reason: why it is necessary, in the asker's words, no identity in it.
    declared: facts that only the asker or a desk can know (the vocabulary's names); a source's own word wins over them.
    secrecy: everything that is logged under the request is withheld from the customers it concerns.
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
    secrecy: Secrecy | None = None


def check_actor(by: str) -> None:
    if not by.strip():
        raise BadInput("Nobody is named as acting.", next="Say who acts: --by PERSON, or METERKEEP_PERSON.")
    if not _CODE.fullmatch(by):
        raise BadInput(
            "Who acts is named by an id, never by a name or an address.",
            where="by",
            next="Give the person's id of the workforce register.",
        )


def check_codes(request: Request) -> None:
    for where, code in (("purpose", request.purpose), ("recipient", request.recipient)):
        if code and not _CODE.fullmatch(code):
            raise BadInput(
                f"The {where} is named by its code, never in words.",
                where=where,
                next="Give a code of the purpose register or an id of the party register.",
            )


def is_customer(id: str) -> bool:
    """Customers' ids are the vault's, 32 hexadecimal digits; people and parties have names that are made by hand."""
    return re.fullmatch(r"[0-9a-f]{32}", id) is not None


def check_own(request: Request, *, by: str) -> None:
    """Whoever opens a grant holds the data in their hands, wherever it goes next."""
    if is_customer(by) and request.subjects != Subjects.of(by):
        raise Refused("A customer opens nobody else's information.", next="Ask for your own.")
