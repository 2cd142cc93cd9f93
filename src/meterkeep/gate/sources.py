"""Where the gate learns its facts: small Protocols that the desks fulfil and `site` plugs in.

The gate never guesses: what no source says stays unknown, and unknown ends in `undetermined`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from meterkeep.gate.request import Facts, Period, Request, Subjects
from meterkeep.policy import Pack, Purpose


class PolicySource(Protocol):
    """The policies desk: what the provider has adopted and registered."""

    def pack(self, on: date) -> Pack | None:
        """The adopted pack, or None where the provider has adopted nothing."""

    def purpose(self, code: str, on: date) -> Purpose | None:
        """The registered purpose, or None: an unregistered purpose is a secondary one (CEA-04 4.4)."""


class CustomerSource(Protocol):
    """The customers desk: who is a customer, and which usage points they held when."""

    def select(self, subjects: Subjects, *, on: date) -> Sequence[str]:
        """Ids of the customers meant."""

    def chains(self, customers: Sequence[str]) -> list[str]:
        """Their secret, stable chain ids in the log, in the same order."""

    def holdings(self, customers: Sequence[str], period: Period) -> Any:
        """Arrow table: customer string, usage_point int32, start int64, end int64 (UTC epoch seconds, half-open).

        Clipped to the period and to the service agreements: a new occupant never sees the old occupant's usage.
        """

    def billed(self, customers: Sequence[str], period: Period) -> Any:
        """Arrow table: customer string, usage_point int32, month date32, cents int64, null where somebody held the usage point in the
        month and no bill came in. Of months that lie in the period as a whole."""

    def attributes(self, customers: Sequence[str], *, on: date) -> Any:
        """Arrow table: customer, zip, city, census_tract, customer_class, rate_class (strings), solar (bool), as of the date."""


class FactSource(Protocol):
    """Facts that are the same for every customer of a request (workforce, parties and contracts, approvals)."""

    name: str

    def facts(self, request: Request, *, by: str, on: date) -> Facts: ...


@dataclass(frozen=True)
class CustomerFacts:
    """Facts customer by customer, folded: `exceptions` where a customer differs, `common` for all others."""

    common: Facts = field(default_factory=dict)
    exceptions: Mapping[str, Facts] = field(default_factory=dict)


class CustomerFactSource(Protocol):
    """Facts that differ from customer to customer (authorizations, choices)."""

    name: str

    def facts(self, request: Request, customers: Sequence[str], *, by: str, on: date) -> CustomerFacts: ...


@dataclass(frozen=True)
class Sources:
    policy: PolicySource
    customers: CustomerSource
    facts: tuple[FactSource, ...] = ()
    customer_facts: tuple[CustomerFactSource, ...] = ()
