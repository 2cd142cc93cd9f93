"""What a letter about an overdue account is made from: facts of the account, and who writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    FIRST = "first_letter"
    SECOND = "second_letter"
    VALIDATION = "validation_notice"
    CREDIT = "credit_notice"
    WRITTEN_OFF = "written_off"
    PAID = "paid_in_full"
    RETURNED = "returned_letter"
    DISPUTE = "dispute_letter"
    PLAN = "plan_letter"


ABOUT_OVERDUE = (Kind.FIRST, Kind.SECOND, Kind.RETURNED)
"""Kinds that have to state that charges are overdue, and the ways to pay (CEA-05 5.1)."""
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Office:
    """Somebody with an address that customers can turn to. address: its lines, the name left out."""

    name: str
    address: tuple[str, ...]
    phone: str
    website: str = ""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and what every letter says alike. ways: language → the ways to pay. agencies: by the id of the party register."""

    office: Office
    utility: str
    ways: Mapping[str, tuple[str, ...]]
    agencies: Mapping[str, Office]


@dataclass(frozen=True, slots=True)
class Addressee:
    """Of the vault, and of nowhere else. address: billing address, in lines. account: the account's number, whole."""

    name: str
    address: tuple[str, ...]
    account: str
    service_address: str = ""


@dataclass(frozen=True, slots=True)
class Itemised:
    """What was owed on the day that a validation notice counts from, and what came since, in cents. day: of the last statement that the customer has."""

    day: date
    owed: int
    interest: int = 0
    fees: int = 0
    paid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """reference: names the letter, and nobody. balance: cents owed; of a debt that was written off, the amount. next_on: the day
    on which the next letter is due. report_from: the first day on which the debt may be told to credit bureaus. recalled, reported: what of
    the agency was taken back. billed: the utility still bills it; returned: it no longer does, and no agency has it; referred: one has.
    never_referred, never_reported: neither an agency nor a bureau ever heard of it. too_old_to_sue, too_old_to_report: whether the law's times have run.
    instalments: of a payment plan, days and cents. bills: all that is overdue, due days and cents."""

    kind: Kind
    reference: str
    to: Addressee
    balance: int
    due_date: date
    on: date
    agency: str = ""
    itemised: Itemised | None = None
    next_on: date | None = None
    dispute_by: date | None = None
    report_from: date | None = None
    credit_days: int = 0
    disputed_on: date | None = None
    planned_on: date | None = None
    instalments: tuple[tuple[date, int], ...] = ()
    bills: tuple[tuple[date, int], ...] = ()
    billed: bool = False
    returned: bool = False
    referred: bool = False
    never_referred: bool = False
    never_reported: bool = False
    recalled: bool = False
    reported: bool = False
    too_old_to_sue: bool = False
    too_old_to_report: bool = False

    @property
    def more_bills(self) -> bool:
        return len(self.bills) > 1

    @property
    def one_bill(self) -> bool:
        return not self.more_bills
