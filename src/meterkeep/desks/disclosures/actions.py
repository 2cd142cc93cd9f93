from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import date, datetime

import pyarrow.compute as pc
from django.db import transaction

from meterkeep.desks.customers import queries as customers
from meterkeep.desks.disclosures import checks, requests
from meterkeep.desks.disclosures.delivery import Delivered, FileKind, delivered, granted_table
from meterkeep.desks.disclosures.models import DataRequest, SecrecyOrder
from meterkeep.desks.disclosures.states import OF_OUTCOME, State
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.gate import Gate, Period, Request, Subjects
from meterkeep.gate.request import Secrecy
from meterkeep.ledger.names import EventName

_OPENING = 2  # entries that opening the gate leaves, and a request that is closed without does not


@transaction.atomic
def ask(*, request: Request, by: str, on: date, due_on: date | None = None) -> DataRequest:
    """Puts a request on the worklist; nothing is decided or opened yet."""
    checks.check_request(request)
    asked = DataRequest.objects.create(
        reference=f"R-{secrets.token_hex(4)}",
        request=requests.as_json(request),
        asked_by=by,
        asked_on=on,
        due_on=due_on,
        policy=policies.version(on),
    )
    _tell(EventName.REQUEST_RECEIVED, asked, by=by, on=on)
    return asked


@transaction.atomic
def decide(*, request: DataRequest, gate: Gate, by: str, on: date) -> DataRequest:
    """Has the documents decide for whoever asked, and keeps the decision with the facts it rests on. Opens nothing."""
    ruling = gate.rule(requests.from_json(request.request), by=request.asked_by, on=on)
    state = OF_OUTCOME[ruling.decision.outcome]
    checks.check_move_to(request, state)
    request.state, request.decided_by, request.decided_on = state, by, on
    request.decision = ruling.decision.as_json()
    request.facts, request.sources = dict(ruling.facts), dict(ruling.sources)
    request.permitted, request.left_out = len(ruling.permitted), len(ruling.customers) - len(ruling.permitted)
    request.save()
    _tell(EventName.REQUEST_DECIDED, request, by=by, on=on)
    return request


@transaction.atomic
def fulfil(
    *,
    request: DataRequest,
    gate: Gate,
    by: str,
    on: date,
    interval: str | None = None,
    kind: FileKind | None = None,
) -> Delivered:
    """Opens the gate and hands over what it grants on this day, which decides anew: facts may have changed since.

    kind: as a file of this kind; otherwise as a table.
    """
    checks.check_member(by, on=on)
    checks.check_move_to(request, State.FULFILLED)
    asked = requests.from_json(request.request)
    with gate.open(asked, by=by, on=on) as grant:
        table = granted_table(grant, elements=asked.elements, interval=interval)
        result = delivered(grant, table, to=asked.recipient, kind=kind)
    request.state, request.fulfilled_by, request.fulfilled_on = State.FULFILLED, by, on
    request.save()
    _tell(EventName.REQUEST_FULFILLED, request, by=by, on=on)
    return result


@transaction.atomic
def close(*, request: DataRequest, why: str, by: str, on: date) -> None:
    """Of a secret request it leaves as many entries as `fulfil` does, so that the customer cannot count which it was."""
    checks.check_closing(request, why=why)
    request.state, request.closed_why = State.CLOSED, why
    request.closed_by, request.closed_on = by, on
    request.save()
    if request.request.get("secrecy"):
        for _ in range(_OPENING):
            _tell(EventName.SECRECY_PADDED, request, by=by, on=on)
    _tell(EventName.REQUEST_CLOSED, request, by=by, on=on)


def show_usage(
    *,
    customer: str,
    period: tuple[date, date],
    interval: str | None,
    gate: Gate,
    by: str,
    on: date,
    kind: FileKind | None = None,
) -> Delivered:
    """A customer's own readings, delivered to the customer; the gate writes the log.

    Intervals as stored can be had here like anywhere. kind: as a file of this kind beside the table.
    """
    checks.check_own(customer, by=by)
    request = Request(
        action="disclose",
        purpose="customer_service",
        elements=("interval_usage",),
        subjects=Subjects.of(customer),
        period=Period(*period),
        recipient=customer,
        reason="The customer asks for their own usage.",
        declared={"access.tied_to_sharing": False, "access.detail_parity": True},
    )
    with gate.open(request, by=by, on=on) as grant:
        return delivered(grant, grant.readings(interval=interval), to=customer, kind=kind)


def look_at_usage(
    *,
    usage_point: str,
    period: tuple[date, date],
    interval: str | None,
    purpose: str,
    gate: Gate,
    by: str,
    on: date,
    known: datetime | None = None,
    kind: FileKind | None = None,
) -> Delivered:
    """Staff look at one usage point: an access to the usage of those who held it in the period.

    known: as the store was then. kind: as a file of this kind beside the table.
    """
    number = checks.usage_point_number(usage_point)
    holders = customers.holders(number, *period)
    checks.check_held(holders, start=period[0], end=period[1])
    request = Request(
        action="access",
        purpose=purpose,
        elements=("interval_usage",),
        subjects=Subjects.of(*holders),
        period=Period(*period),
    )
    with gate.open(request, by=by, on=on) as grant:
        readings = grant.readings(interval=interval, known=known)
        mine = readings.filter(pc.field("usage_point") == number)
        return delivered(grant, mine, to="", kind=kind, usage_point=number)


@transaction.atomic
def forget(*, customers: Collection[str], by: str, on: date) -> int:
    """Takes destroyed customers out of the requests that named them; how many requests that was. That there was a request stays."""
    changed, gone = 0, frozenset(customers)
    for asked in DataRequest.objects.order_by("pk").iterator():
        left = requests.without(asked.request, gone)
        who = "customer" if asked.asked_by in gone else asked.asked_by
        if left != asked.request or who != asked.asked_by:
            asked.request, asked.asked_by = left, who
            asked.save(update_fields=["request", "asked_by"])
            changed += 1
    if changed:
        told = {"desk": "disclosures", "records": changed}
        record(Event(name=EventName.RECORDS_FORGOTTEN, by=by, on=on, detail=told))
    return changed


@transaction.atomic
def order_secrecy(*, until: date, clause: str, basis: str, by: str, on: date) -> Secrecy:
    """For a request: all that is logged under it is withheld from the customers it concerns, from the first entry on."""
    checks.check_secrecy_until(until, on=on)
    return _ordered(until=until, clause=clause, basis=basis, entry=None, by=by, on=on)


@transaction.atomic
def withhold(*, entry: int, until: date, clause: str, basis: str, gate: Gate, by: str, on: date) -> int:
    """Withholds an entry that is in the log already, puts the day off, or ends it where the day has come; gives the position of
    the new entry that says so."""
    secrecy = _ordered(until=until, clause=clause, basis=basis, entry=entry, by=by, on=on)
    return gate.chains.withholding.place(entry, secrecy, on=on)


def _ordered(*, until: date, clause: str, basis: str, entry: int | None, by: str, on: date) -> Secrecy:
    checks.check_secrecy(clause=clause, basis=basis, by=by, on=on)
    salt = secrets.token_hex(16)
    kept = SecrecyOrder.objects.create(
        reference=f"S-{secrets.token_hex(4)}",
        until=until,
        clause=clause,
        basis=basis,
        salt=salt,
        digest=hashlib.sha256(f"{salt}\n{basis}".encode()).hexdigest(),
        entry=entry,
        ordered_by=by,
        ordered_on=on,
    )
    told = {"secrecy": kept.reference, "until": until.isoformat(), "clause": clause, "basis": kept.digest}
    record(Event(name=EventName.ORDER_RECORDED, by=by, on=on, detail=told))
    return Secrecy(until=until, clause=clause, basis=kept.digest, by=by)


def _tell(event: EventName, request: DataRequest, *, by: str, on: date) -> None:
    named: Sequence[str] = request.request["customers"] or ()
    detail = {
        "request": request.reference,
        "purpose": request.request["purpose"],
        "state": str(request.state),
        **request.request.get("secrecy", {}),
    }
    record(Event(name=event, by=by, on=on, subjects=customers.chains(named), detail=detail))
