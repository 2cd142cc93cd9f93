from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from django.db import transaction

from meterkeep.desks.authorizations import checks, queries
from meterkeep.desks.authorizations.models import Authorization, Mechanism
from meterkeep.desks.authorizations.states import State
from meterkeep.desks.customers import queries as customers
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.ledger.names import EventName

_AT_ONCE = 10_000


@transaction.atomic
def offer(
    *,
    customer: str,
    party: str,
    purposes: Sequence[str],
    elements: Sequence[str],
    start: date,
    mechanism: str,
    by: str,
    on: date,
    end: date | None = None,
    data_start: date | None = None,
    data_end: date | None = None,
    incentive: bool | None = None,
    notice_version: str = "",
) -> Authorization:
    """Puts a question to one customer; nothing is authorized before the customer answers."""
    checks.check_offer(party=party, purposes=purposes, elements=elements, mechanism=mechanism, on=on)
    checks.check_period(start, end, what="authorization")
    checks.check_period(data_start, data_end, what="period of readings")
    authorization = Authorization.objects.create(
        reference=secrets.token_hex(16),
        customer=customer,
        party=party,
        purposes=sorted(purposes),
        elements=sorted(elements),
        start=start,
        end=end,
        data_start=data_start,
        data_end=data_end,
        mechanism=Mechanism(mechanism),
        incentive=incentive,
        notice_version=notice_version,
        policy=policies.version(on),
        state=State.OFFERED,
        offered_by=by,
        offered_on=on,
    )
    _tell(EventName.AUTHORIZATION_OFFERED, authorization, by=by, on=on)
    return authorization


@transaction.atomic
def grant(
    *,
    authorization: Authorization,
    by: str,
    on: date,
    written: bool | None = None,
    separate: bool | None = None,
) -> None:
    """The customer says yes. What is signed in on the web is in writing and separate; for paper and telephone, say so."""
    checks.check_answerable(authorization, new=State.GRANTED, by=by)
    on_the_web = True if authorization.mechanism == Mechanism.WEB else None
    authorization.written = on_the_web if written is None else written
    authorization.separate = on_the_web if separate is None else separate
    _answer(authorization, State.GRANTED, EventName.AUTHORIZATION_GRANTED, by=by, on=on)


@transaction.atomic
def decline(*, authorization: Authorization, by: str, on: date) -> None:
    checks.check_answerable(authorization, new=State.DECLINED, by=by)
    _answer(authorization, State.DECLINED, EventName.AUTHORIZATION_DECLINED, by=by, on=on)


@transaction.atomic
def cancel(*, authorization: Authorization, mechanism: str, by: str, on: date) -> None:
    """The customer stops sharing, at once."""
    checks.check_own(authorization, by=by)
    checks.check_cancellable(authorization, mechanism=mechanism)
    _end(authorization, State.CANCELLED_BY_CUSTOMER, EventName.AUTHORIZATION_CANCELLED, by=by, on=on)


@transaction.atomic
def end_by_provider(*, authorization: Authorization, why: str, by: str, on: date) -> None:
    checks.check_endable(authorization, why=why)
    _end(authorization, State.ENDED_BY_PROVIDER, EventName.AUTHORIZATION_ENDED, by=by, on=on, why=why)


@transaction.atomic
def expire(*, by: str, on: date) -> int:
    """Closes what has run out, granted or never answered, and says how many. The dates alone decide; this makes the
    register say so."""
    unanswered, over = list(queries.unanswered(on)), list(queries.run_out(on))
    for authorization in unanswered:
        _answer(authorization, State.TIMED_OUT, EventName.AUTHORIZATION_EXPIRED, by=by, on=on)
    for authorization in over:
        _end(authorization, State.EXPIRED, EventName.AUTHORIZATION_EXPIRED, by=by, on=on)
    return len(unanswered) + len(over)


@transaction.atomic
def forget(*, customers: Sequence[str], by: str, on: date) -> int:
    """Deletes what destroyed customers had granted or were offered; how many authorizations that was."""
    gone = 0
    for first in range(0, len(customers), _AT_ONCE):
        some = customers[first : first + _AT_ONCE]
        gone += Authorization.objects.filter(customer__in=some).delete()[0]
    if gone:
        told = {"desk": "authorizations", "records": gone}
        record(Event(name=EventName.RECORDS_FORGOTTEN, by=by, on=on, detail=told))
    return gone


def _answer(authorization: Authorization, state: State, event: EventName, *, by: str, on: date) -> None:
    authorization.state, authorization.answered_by, authorization.answered_on = state, by, on
    authorization.save()
    _tell(event, authorization, by=by, on=on)


def _end(
    authorization: Authorization, state: State, event: EventName, *, by: str, on: date, why: str = ""
) -> None:
    authorization.state, authorization.ended_why = state, why
    authorization.ended_by, authorization.ended_on = by, on
    authorization.save()
    _tell(event, authorization, by=by, on=on)


def _tell(event: EventName, authorization: Authorization, *, by: str, on: date) -> None:
    detail = {
        "authorization": authorization.reference,
        "party": authorization.party,
        "purposes": " ".join(authorization.purposes),
        "elements": " ".join(authorization.elements),
    }
    record(Event(name=event, by=by, on=on, subjects=[customers.chain(authorization.customer)], detail=detail))
