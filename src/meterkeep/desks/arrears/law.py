"""What the law asks of whoever collects, beside the provider's own policy: each figure is cited as law, from the overlay pack.

Told as findings on what is on record. It stops nobody from entering what has happened: a call too many was made all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.ledger import Deed
from meterkeep.desks.arrears.reasons import say
from meterkeep.desks.arrears.steps import years_after
from meterkeep.desks.arrears.terms import law_figure
from meterkeep.desks.saying import Said
from meterkeep.policy import Pack

_CALLS = (ActKind.CALL, ActKind.CONVERSATION)
_TOUCHES = (*_CALLS, ActKind.VALIDATION_NOTICE)


@dataclass(frozen=True, slots=True)
class Law:
    """calls: at most so many in `call_days`, and none in as many after a conversation. The rest in days, or years as named; None
    where that law was not in force on the day."""

    calls: int | None
    call_days: int
    validation_days: int | None
    dispute_days: int | None
    direct_dispute_days: int | None
    sue_years: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """due: the day by which, or on which. broken: whether it is too late, or only due."""

    clause: str
    due: date
    says: Said
    broken: bool


def law_of(pack: Pack, on: date) -> Law:
    def figure(name: str) -> int | None:
        return law_figure(pack, name, on)

    return Law(
        calls=figure("calls"),
        call_days=figure("call_period_days") or 0,
        validation_days=figure("validation_days"),
        dispute_days=figure("dispute_days"),
        direct_dispute_days=figure("direct_dispute_days"),
        sue_years=figure("limitation_years"),
    )


def call_forbidden(deeds: Iterable[Deed], law: Law, on: date) -> Said | None:
    """Why the agency may not call on the day; None where it may. The day of a conversation is the first of its days."""
    if law.calls is None:
        return None
    since = on - timedelta(days=law.call_days - 1)
    window = [deed for deed in deeds if deed.kind in _CALLS and since <= deed.on <= on]
    if any(deed.kind == ActKind.CONVERSATION for deed in window):
        return say("conversation", days=law.call_days)
    if len(window) >= law.calls:
        return say("calls", calls=len(window), days=law.call_days, most=law.calls)
    return None


def findings(deeds: Sequence[Deed], law: Law, on: date, *, oldest_due: date | None = None) -> list[Finding]:
    """In the order of the days. oldest_due: the due day of the oldest open bill."""
    known = sorted((deed for deed in deeds if deed.on <= on), key=lambda deed: deed.on)
    found = [*_calls(known, law), *_validation(known, law, on), *_disputes(known, law, on), *_notices(known)]
    found += [*_suits(known, law, oldest_due), *_too_old(known, law, on, oldest_due)]
    return sorted(found, key=lambda one: (one.due, one.clause))


def _calls(deeds: Sequence[Deed], law: Law) -> Iterator[Finding]:
    made: list[Deed] = []
    for deed in (one for one in deeds if one.kind in _CALLS):
        if why := call_forbidden(made, law, deed.on):
            yield Finding("FED/REG-F-calls", deed.on, say("call_not_allowed", why=why), True)
        made.append(deed)


def _validation(deeds: Sequence[Deed], law: Law, on: date) -> Iterator[Finding]:
    """Counted from the agency's first communication after the referral."""
    if law.validation_days is None:
        return
    for referral in (deed for deed in deeds if deed.kind == ActKind.REFERRED):
        touches = [deed for deed in deeds if deed.kind in _TOUCHES and deed.on >= referral.on]
        if not touches:
            continue
        due = touches[0].on + timedelta(days=law.validation_days)
        notice = next((deed.on for deed in touches if deed.kind == ActKind.VALIDATION_NOTICE), None)
        if notice is None or notice > due:
            says = (
                say("validation_late", due=due, sent=notice) if notice else say("validation_lacking", due=due)
            )
            yield Finding("FED/1692g", due, says, max(notice or on, on) > due)


def _disputes(deeds: Sequence[Deed], law: Law, on: date) -> Iterator[Finding]:
    if law.dispute_days is None or law.direct_dispute_days is None:
        return
    notices = [deed.on for deed in deeds if deed.kind == ActKind.VALIDATION_NOTICE]
    for deed in (one for one in deeds if one.kind == ActKind.DISPUTE_OPENED):
        reported = any(one.kind == ActKind.REPORTED and one.on <= deed.on for one in deeds)
        in_time = not notices or deed.on <= notices[0] + timedelta(days=law.dispute_days)
        if reported:
            due = deed.on + timedelta(days=law.direct_dispute_days)
            if deed.ended is None or deed.ended > due:
                yield Finding("FED/REG-V", due, say("dispute_open", opened=deed.on, due=due), on > due)
        elif notices and not in_time:
            says = say("dispute_late", opened=deed.on, days=law.dispute_days)
            yield Finding("FED/1692g", deed.on, says, False)


def _notices(deeds: Sequence[Deed]) -> Iterator[Finding]:
    """The safer way: the customer is told in writing before anything is reported."""
    for deed in (one for one in deeds if one.kind == ActKind.REPORTED):
        if not any(one.kind == ActKind.CREDIT_NOTICE and one.on <= deed.on for one in deeds):
            yield Finding("CIV/1785.26", deed.on, say("reported_untold", reported=deed.on), True)


def _suits(deeds: Sequence[Deed], law: Law, oldest_due: date | None) -> Iterator[Finding]:
    for deed in (one for one in deeds if one.kind == ActKind.SUED):
        if oldest_due and law.sue_years and deed.on > years_after(oldest_due, law.sue_years):
            yield Finding("CCP/337", deed.on, say("sued_late", years=law.sue_years), True)


def _too_old(deeds: Sequence[Deed], law: Law, on: date, oldest_due: date | None) -> Iterator[Finding]:
    """Why an account with an agency has no step of legal action. The last day of the years is still in time."""
    if not oldest_due or not law.sue_years:
        return
    last = years_after(oldest_due, law.sue_years)
    if on > last and any(
        deed.kind == ActKind.REFERRED and not (deed.ended and deed.ended <= on) for deed in deeds
    ):
        yield Finding("CCP/337", last, say("too_old_to_sue", years=law.sue_years), False)
