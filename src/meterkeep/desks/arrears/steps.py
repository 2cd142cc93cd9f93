"""Which steps of collection an account has reached by a date.

Everything follows from the account as it stands: what happened after the date is not known on it, and no step depends on
an earlier run. So a year of daily runs tells what one run at its end tells. A step stays reached once its day has come;
a payment, a dispute or another hold ends all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from meterkeep.desks.arrears.terms import Terms


class StepName(StrEnum):
    NONE = "none"
    FIRST_LETTER = "first_letter"
    SECOND_LETTER = "second_letter"
    WRITE_OFF_CANDIDATE = "write_off_candidate"
    REFERRAL_CANDIDATE = "referral_candidate"
    CREDIT_REPORT = "credit_report"
    CREDIT_REPORT_BLOCKED = "credit_report_blocked"
    LEGAL_AUTHORITY = "legal_authority"
    STOP = "stop"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Account:
    """An overdue account as the utility and the agency told of it. balance: cents owed; below zero a credit.

    due_date: the due date of the oldest unpaid bill, `date.max` where none is due. returned_on: the utility stopped collecting. referred_on: it
    went to the agency. legal_notice_on: the customer was told in writing that it may be reported. spoken_on: the agency spoke with the customer
    about it. Where disputed, bankrupt, deceased or on a payment plan without a date, it holds from the beginning.
    """

    number: str
    balance: int
    due_date: date
    returned_on: date | None = None
    referred_on: date | None = None
    legal_notice_on: date | None = None
    paid_on: date | None = None
    spoken_on: date | None = None
    written_off_on: date | None = None
    holds: tuple[Hold, ...] = ()

    def hold(self, on: date) -> Hold | None:
        return next((hold for hold in self.holds if hold.since <= on), None)


@dataclass(frozen=True, slots=True)
class Hold:
    why: str
    clause: str
    since: date = date.min


@dataclass(frozen=True, slots=True)
class Step:
    """due: the day from which it is due; None where no day follows from the account."""

    name: StepName
    clause: str
    due: date | None
    reason: str


def steps_of(account: Account, terms: Terms, on: date) -> tuple[Step, ...]:
    """At least one step: `none` with its reason where nothing is reached. Payment goes before holds, holds before the rest."""
    if ended := _ended(account, on):
        return (ended,)
    if hold := account.hold(on):
        since = None if hold.since == date.min else hold.since
        return (Step(StepName.HELD, hold.clause, since, hold.why),)
    found = tuple(_reached(account, terms, on))
    return found or (_nothing(account, terms, on),)


def _ended(account: Account, on: date) -> Step | None:
    """Paid in full: everything stops, and what others were told is taken back."""
    paid = account.paid_on if _by(account.paid_on, on) else None
    if paid is None and account.balance > 0:
        return None
    if (off := account.written_off_on) is not None and off <= on and account.balance <= 0:
        return Step(StepName.NONE, "CEA-05/5.3", None, f"It was written off on {off}.")
    if paid is None and not (_by(account.referred_on, on) or _by(account.returned_on, on)):
        return Step(StepName.NONE, "CEA-05/5.7", None, "Nothing is owed.")
    undo = "; recall it from the agency and correct what was reported" if _by(account.referred_on, on) else ""
    return Step(StepName.STOP, "CEA-05/5.7", paid, f"All overdue amounts are paid: every step ends{undo}.")


def _reached(account: Account, terms: Terms, on: date) -> Iterator[Step]:
    if on <= account.due_date:
        return
    yield from _letters(account, terms, on)
    if _by(account.returned_on, on):
        yield from _returned(account, terms, on)
    yield from _credit(account, terms, on)
    if _by(account.referred_on, on):
        yield from _legal(account, terms, on)


def _letters(account: Account, terms: Terms, on: date) -> Iterator[Step]:
    first, second = _letter_days(account, terms)
    above = account.balance > terms.letter_over
    if above and on >= first:
        reason = f"{_money(account.balance)} is overdue for {_age(account, on)} days, more than {_money(terms.letter_over)}."
        yield Step(StepName.FIRST_LETTER, "CEA-05/5.1-a", first, reason)
    if (above or not terms.still_above) and (on >= second if terms.second_stays else on == second):
        reason = f"{_money(account.balance)} is overdue for {_age(account, on)} days."
        yield Step(StepName.SECOND_LETTER, "CEA-05/5.1-b", second, reason)


def _returned(account: Account, terms: Terms, on: date) -> Iterator[Step]:
    """A named person decides about each of these; neither happens by itself."""
    if account.balance <= terms.write_off_to:
        reason = f"The utility no longer collects {_money(account.balance)}: it may be written off."
        yield Step(StepName.WRITE_OFF_CANDIDATE, "CEA-05/5.3", account.returned_on, reason)
    elif account.balance >= terms.referral_from and not _by(account.referred_on, on):
        first, _ = _letter_days(account, terms)
        returned = account.returned_on or on
        unwritten = account.balance <= terms.letter_over or returned < first
        if unwritten and terms.without_letter == "letter_first":
            return
        warning = " No letter went before." if unwritten and terms.without_letter == "warn" else ""
        reason = f"The utility no longer collects {_money(account.balance)}: it may go to an agency.{warning}"
        yield Step(StepName.REFERRAL_CANDIDATE, "CEA-05/5.2", account.returned_on, reason)


def _credit(account: Account, terms: Terms, on: date) -> Iterator[Step]:
    begun = _begun(account, terms, on)
    if begun is None or on < (due := begun + timedelta(days=terms.credit_days)):
        return
    notice = account.legal_notice_on
    if on >= years_after(account.due_date, terms.obsolete_years):
        reason = f"The debt is older than {terms.obsolete_years} years: it is too old to report (law)."
        yield Step(StepName.CREDIT_REPORT_BLOCKED, "CCP/337", due, reason)
    elif notice is None or notice > on:
        reason = "No legal notice to the customer is on record: it is told in writing first (law)."
        yield Step(StepName.CREDIT_REPORT_BLOCKED, "CIV/1785.26", due, reason)
    elif on < (ready := _ready(account, notice, terms, on)):
        reason = f"The notice went out on {notice}; the agency waits {terms.wait_days} days for it to come back (law)."
        yield Step(StepName.CREDIT_REPORT_BLOCKED, "FED/REG-F-credit", max(due, ready), reason)
    else:
        reason = (
            f"Unpaid {(on - begun).days} days after collection began on {begun}; the notice is on record."
        )
        yield Step(StepName.CREDIT_REPORT, "CEA-05/5.5", max(due, ready), reason)


def _ready(account: Account, notice: date, terms: Terms, on: date) -> date:
    """The day from which it may be reported: there was a conversation about it, or a notice had time to come back."""
    waited = notice + timedelta(days=terms.wait_days)
    spoken = account.spoken_on if account.spoken_on and account.spoken_on <= on else waited
    return max(notice, min(waited, spoken))


def _legal(account: Account, terms: Terms, on: date) -> Iterator[Step]:
    if account.balance >= terms.legal_from and on < years_after(account.due_date, terms.sue_years):
        reason = f"{_money(account.balance)} is outstanding: the agency is authorised, not told, to take legal action."
        yield Step(StepName.LEGAL_AUTHORITY, "CEA-05/5.6", account.referred_on, reason)


def _nothing(account: Account, terms: Terms, on: date) -> Step:
    """What comes next if nothing is paid, so that "none" says more than nothing."""
    if on <= account.due_date:
        return Step(StepName.NONE, "CEA-05/5.1-a", None, "Nothing is past due.")
    first, second = _letter_days(account, terms)
    age = f"{_money(account.balance)} is overdue for {_age(account, on)} days"
    if account.balance <= terms.letter_over:
        reason = f"{age}; letters are for more than {_money(terms.letter_over)}."
        return Step(StepName.NONE, "CEA-05/5.1-a", None, reason)
    return Step(StepName.NONE, "CEA-05/5.1-a", first if on < first else second, f"{age}; no step is due yet.")


def _begun(account: Account, terms: Terms, on: date) -> date | None:
    """When the collections process was initiated, as interpretation 11.5-e rules."""
    if terms.from_referral:
        return account.referred_on if _by(account.referred_on, on) else None
    first, _ = _letter_days(account, terms)
    return first if account.balance > terms.letter_over and on >= first else None


def _letter_days(account: Account, terms: Terms) -> tuple[date, date]:
    due = account.due_date
    return due + timedelta(days=terms.first_day), due + timedelta(days=terms.second_day)


def _by(day: date | None, on: date) -> bool:
    return day is not None and day <= on


def _age(account: Account, on: date) -> int:
    return (on - account.due_date).days


def years_after(day: date, years: int) -> date:
    """The same day that many years on; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02}"
