"""The people and parties of the demonstration, and what they agreed to, as plain data. All of them are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

PROVIDER = "Coastal Example Energy (synthetic)"


@dataclass(frozen=True)
class Staff:
    """purposes: what the person may ask for; empty without an assignment."""

    id: str
    display: str
    role: str
    purposes: tuple[str, ...]
    trained: bool = True
    acknowledged: bool = True


@dataclass(frozen=True)
class Contractor:
    """contract: the facts that its contract fixes. ceased_on: when a breach was found and disclosure to it stopped."""

    id: str
    name: str
    purpose: str
    contract: Mapping[str, bool]
    since: date
    ceased_on: date | None = None


@dataclass(frozen=True)
class ThirdParty:
    id: str
    name: str


@dataclass(frozen=True)
class Authorization:
    """reference: the customer's `customer_id` in the customers file. start, end: the days of usage that it covers, half-open."""

    reference: str
    recipient: str
    purpose: str
    elements: tuple[str, ...]
    start: date
    end: date
    given_on: date
    cancelled_on: date | None = None


@dataclass(frozen=True)
class Release:
    """A published table of totals: which columns group it, over which months (first days)."""

    title: str
    by: tuple[str, ...]
    months: tuple[date, ...]
    published_on: date


@dataclass(frozen=True)
class Cast:
    staff: tuple[Staff, ...]
    contractors: tuple[Contractor, ...]
    third_parties: tuple[ThirdParty, ...]
    authorizations: tuple[Authorization, ...]
    past_release: Release
    next_release: Release


_PROTECTIVE = MappingProxyType(
    {
        "contract.on_behalf": True,
        "contract.program_use_only": True,
        "contract.no_less_protective": True,
        "contract.breach_term": True,
        "contract.flow_down": True,
    }
)
_CELL = ("zip", "customer_class", "month")


def cast(*, months: tuple[date, ...], on: date) -> Cast:
    """months: first days of the months with readings. on: the day of the demonstration, after them."""
    first = months[0]
    return Cast(
        staff=(
            Staff(
                "privacy-officer",
                "Privacy officer",
                "privacy_officer",
                ("power_or_billing", "reporting", "customer_service"),
            ),
            Staff("program-manager", "Program manager", "program_manager", ("reporting",)),
            Staff("analyst", "Load analyst", "analyst", ("power_or_billing", "grid_operations", "reporting")),
            Staff(
                "clerk", "Front-desk clerk", "clerk", ("customer_service",), trained=False, acknowledged=False
            ),
        ),
        contractors=(
            Contractor("tern-analytics", "Tern Load Analytics", "power_or_billing", _PROTECTIVE, first),
            Contractor("marsh-efficiency", "Marshlight Efficiency", "efficiency_program", _PROTECTIVE, first),
            Contractor(
                "riptide-billing",
                "Riptide Billing Services",
                "power_or_billing",
                _PROTECTIVE,
                first,
                ceased_on=on - timedelta(days=20),
            ),
        ),
        third_parties=(ThirdParty("sunwise-advice", "Sunwise Home Advice"),),
        authorizations=_authorizations(months, on),
        past_release=Release("Usage by area and class", _CELL, months[:-1], on - timedelta(days=25)),
        next_release=Release("Usage by area and class, one month more", _CELL, months, on),
    )


def _authorizations(months: tuple[date, ...], on: date) -> tuple[Authorization, ...]:
    """Customer 0 shares the last half year of hourly usage; customer 1 shared and cancelled; customer 2 shares monthly sums."""
    hourly = Authorization(
        reference="C-0000000",
        recipient="sunwise-advice",
        purpose="efficiency_program",
        elements=("interval_usage", "rate_class"),
        start=months[len(months) // 2],
        end=on,
        given_on=on - timedelta(days=40),
    )
    return (
        hourly,
        replace(hourly, reference="C-0000001", cancelled_on=on - timedelta(days=5)),
        replace(hourly, reference="C-0000002", elements=("monthly_usage",)),
    )
