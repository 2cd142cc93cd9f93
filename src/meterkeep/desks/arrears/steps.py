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

from meterkeep.desks.arrears.reasons import say
from meterkeep.desks.arrears.terms import Terms
from meterkeep.desks.saying import Said


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
    why: Said
    clause: str
    since: date = date.min


@dataclass(frozen=True, slots=True)
class Step:
    """due: the day from which it is due; None where no day follows from the account."""

    name: StepName
    clause: str
    due: date | None
    reason: Said


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
        return Step(StepName.NONE, "CEA-05/5.3", None, say("written_off", off=off))
    if paid is None and not (_by(account.referred_on, on) or _by(account.returned_on, on)):
        return Step(StepName.NONE, "CEA-05/5.7", None, say("nothing_owed"))
    reason = say("all_paid_undo" if _by(account.referred_on, on) else "all_paid")
    return Step(StepName.STOP, "CEA-05/5.7", paid, reason)


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
        reason = say("first_letter", balance=account.balance, days=_age(account, on), floor=terms.letter_over)
        yield Step(StepName.FIRST_LETTER, "CEA-05/5.1-a", first, reason)
    if (above or not terms.still_above) and (on >= second if terms.second_stays else on == second):
        reason = say("second_letter", balance=account.balance, days=_age(account, on))
        yield Step(StepName.SECOND_LETTER, "CEA-05/5.1-b", second, reason)


def _returned(account: Account, terms: Terms, on: date) -> Iterator[Step]:
    """A named person decides about each of these; neither happens by itself."""
    if account.balance <= terms.write_off_to:
        word = "write_off_after_recall" if _by(account.referred_on, on) else "write_off"
        reason = say(word, balance=account.balance)
        yield Step(StepName.WRITE_OFF_CANDIDATE, "CEA-05/5.3", account.returned_on, reason)
    elif account.balance >= terms.referral_from and not _by(account.referred_on, on):
        first, _ = _letter_days(account, terms)
        returned = account.returned_on or on
        unwritten = account.balance <= terms.letter_over or returned < first
        if unwritten and terms.without_letter == "letter_first":
            return
        warned = unwritten and terms.without_letter == "warn"
        reason = say("referral_unwritten" if warned else "referral", balance=account.balance)
        yield Step(StepName.REFERRAL_CANDIDATE, "CEA-05/5.2", account.returned_on, reason)


def _credit(account: Account, terms: Terms, on: date) -> Iterator[Step]:
    begun = _begun(account, terms, on)
    if begun is None or on < (due := begun + timedelta(days=terms.credit_days)):
        return
    notice = account.legal_notice_on
    if on > years_after(account.due_date, terms.obsolete_years):
        reason = say("too_old_to_report", years=terms.obsolete_years)
        yield Step(StepName.CREDIT_REPORT_BLOCKED, "CCP/337", due, reason)
    elif notice is None or notice > on:
        reason = say("no_notice")
        yield Step(StepName.CREDIT_REPORT_BLOCKED, "CIV/1785.26", due, reason)
    elif on < (ready := _ready(account, notice, terms, on)):
        reason = say("notice_waits", notice=notice, days=terms.wait_days)
        yield Step(StepName.CREDIT_REPORT_BLOCKED, "FED/REG-F-credit", max(due, ready), reason)
    else:
        reason = say("credit_report", days=(on - begun).days, begun=begun)
        yield Step(StepName.CREDIT_REPORT, "CEA-05/5.5", max(due, ready), reason)


def _ready(account: Account, notice: date, terms: Terms, on: date) -> date:
    """The day from which it may be reported: there was a conversation about it, or a notice had time to come back."""
    waited = notice + timedelta(days=terms.wait_days)
    spoken = account.spoken_on if account.spoken_on and account.spoken_on <= on else waited
    return max(notice, min(waited, spoken))


def _legal(account: Account, terms: Terms, on: date) -> Iterator[Step]:
    if account.balance >= terms.legal_from and on <= years_after(account.due_date, terms.sue_years):
        reason = say("legal", balance=account.balance)
        yield Step(StepName.LEGAL_AUTHORITY, "CEA-05/5.6", account.referred_on, reason)


def _nothing(account: Account, terms: Terms, on: date) -> Step:
    """What comes next if nothing is paid, so that "none" says more than nothing."""
    if on <= account.due_date:
        return Step(StepName.NONE, "CEA-05/5.1-a", None, say("not_due"))
    first, second = _letter_days(account, terms)
    balance, days = account.balance, _age(account, on)
    if balance <= terms.letter_over:
        reason = say("below_letters", balance=balance, days=days, floor=terms.letter_over)
        return Step(StepName.NONE, "CEA-05/5.1-a", None, reason)
    reason = say("no_step_yet", balance=balance, days=days)
    return Step(StepName.NONE, "CEA-05/5.1-a", first if on < first else second, reason)


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
