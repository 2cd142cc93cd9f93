from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from meterkeep.desks.accounts import actions as accounts
from meterkeep.desks.arrears import actions as arrears
from meterkeep.desks.arrears import queries as arrears_queries
from meterkeep.desks.authorizations import actions as authorizations
from meterkeep.desks.customers import actions as customer_acts
from meterkeep.desks.customers import queries as customers
from meterkeep.desks.disclosures import actions as disclosures
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.releases import actions as releases
from meterkeep.desks.retention import certificates, checks, counting, queries, scrubbing
from meterkeep.desks.retention.models import HeldCustomer, Hold, Kind, Lot, Place, State
from meterkeep.desks.retention.plan import EVER, Due, old_files, plan
from meterkeep.errors import BadInput, Refused, Undetermined
from meterkeep.gate import Disposal, Farewell, Gate, Period
from meterkeep.ledger.names import EventName
from meterkeep.policy.language.retaining import RECORDS

LOT = 10_000
"""Customers of one act of destruction, and of its certificate."""


@transaction.atomic
def place_hold(
    *,
    why: str,
    by: str,
    on: date,
    named: Sequence[str] = (),
    everyone: bool = False,
    kind: str = Kind.LEGAL,
    record_class: str = "",
    until: date | None = None,
    asked: date | None = None,
) -> Hold:
    """named: ids of customers. record_class: one of RECORDS, "" for all. until: the first day on which it no longer holds.
    asked: the day on which `by` asks, as everywhere here, where `on` is another."""
    checks.check_officer(by, on=asked or on)
    checks.check_why(why)
    checks.check_hold(kind=kind, record=record_class, named=named, everyone=everyone, until=until, on=on)
    hold = Hold.objects.create(
        reference=f"H-{secrets.token_hex(4)}",
        kind=kind,
        record=record_class,
        everyone=everyone,
        why=why.strip(),
        placed_by=by,
        placed_on=on,
        until=until,
    )
    HeldCustomer.objects.bulk_create(HeldCustomer(hold=hold, customer=one) for one in dict.fromkeys(named))
    detail = {"hold": hold.reference, "kind": str(kind), "records": record_class or " ".join(RECORDS)}
    whom = customers.chains(list(dict.fromkeys(named)))
    record(Event(name=EventName.HOLD_PLACED, by=by, on=on, subjects=whom, detail=detail))
    return hold


@transaction.atomic
def lift_hold(*, reference: str, why: str, by: str, on: date, asked: date | None = None) -> Hold:
    checks.check_officer(by, on=asked or on)
    checks.check_why(why)
    hold = checks.liftable(queries.hold(reference), reference, on=on)
    hold.lifted_by, hold.lifted_on, hold.lifted_why = by, on, why.strip()
    hold.save(update_fields=["lifted_by", "lifted_on", "lifted_why"])
    named = customers.known(list(hold.customers.order_by("customer").values_list("customer", flat=True)))
    detail = {"hold": reference, "kind": hold.kind}
    record(Event(name=EventName.HOLD_LIFTED, by=by, on=on, subjects=customers.chains(named), detail=detail))
    return hold


@transaction.atomic
def enter_place(*, path: Path, by: str, on: date, asked: date | None = None) -> Place:
    """A folder that is looked through for files about customers whenever some are destroyed."""
    checks.check_officer(by, on=asked or on)
    checks.check_new_place(path)
    place = Place.objects.create(path=str(path.resolve()), since=on, by=by)
    record(Event(name=EventName.PLACE_RECORDED, by=by, on=on, detail={"place": place.pk, "entered": 1}))
    return place


@transaction.atomic
def leave_place(*, path: Path, by: str, on: date, asked: date | None = None) -> None:
    checks.check_officer(by, on=asked or on)
    place = queries.place(path)
    record(Event(name=EventName.PLACE_RECORDED, by=by, on=on, detail={"place": place.pk, "entered": 0}))
    place.delete()


def apply(
    *,
    gate: Gate,
    home: Path,
    by: str,
    on: date,
    consent: str = "",
    asked: date | None = None,
    told: Callable[[Lot], object] = lambda lot: None,
) -> list[Lot]:
    """Destroys what is due, lot by lot, each to its certificate; first what an earlier process has left. told: of each lot that has ended.

    A lot that the documents refuse stays, with the reason, and the others go on. Killed anywhere, it is carried on by the next.
    """
    checks.check_officer(by, on=asked or on)
    for folder in queries.places():
        checks.check_place(folder)
    checks.check_store(gate.prove())
    ended = [
        _carried_out(taken_up(lot=lot, by=by, on=on), gate=gate, home=home, told=told)
        for lot in list(queries.under_way())
    ]
    for due in plan(gate=gate, by=by, on=on).due:
        ended += [
            _carried_out(lot, gate=gate, home=home, told=told)
            for lot in begin(due=due, consent=consent, by=by, on=on)
        ]
    return ended


@transaction.atomic
def begin(*, due: Due, by: str, on: date, consent: str = "") -> list[Lot]:
    """Enters what is to be destroyed, before any of it goes; whoever an earlier lot destroyed since it was planned is in none.
    consent: the resolution and the attorney's word, as the certificate will say."""
    whose = customers.known(due.customers)
    some = [whose[at : at + LOT] for at in range(0, len(whose), LOT)] if due.customers else [[]]
    return [
        Lot.objects.create(
            reference=f"D-{secrets.token_hex(4)}",
            record=due.record,
            customers=whom,
            number=len(whom),
            start=due.start,
            end=due.end,
            facts={**_schedule(due), **({"consent": consent.strip()} if consent.strip() else {})},
            why=f"{due.record}: {due.why}",
            by=by,
            on=on,
        )
        for whom in some
    ]


@transaction.atomic
def taken_up(*, lot: Lot, by: str, on: date) -> Lot:
    """What a process has left is asked for anew, as of today: a hold that was placed since then counts. Nobody who is gone stays in it."""
    if lot.certificate is None:
        lot.by, lot.on, lot.customers = by, on, customers.known(lot.customers)
        lot.save(update_fields=["by", "on", "customers"])
    return lot


def _schedule(due: Due) -> dict[str, Any]:
    said = {"since": due.since.isoformat(), "clauses": due.term.cites}
    for name, bound in (("ceiling", due.term.ceiling), ("floor", due.term.floor)):
        said[name] = {"value": bound.value, "unit": bound.unit, "clause": bound.cite} if bound else None
    return said


def _carried_out(lot: Lot, *, gate: Gate, home: Path, told: Callable[[Lot], object]) -> Lot:
    """From wherever it is: not begun, destroyed but not certified, or certified but not scrubbed."""
    try:
        if lot.certificate is None:
            checks.check_anybody(lot)
            _finish(lot=lot, done=_added_up(lot, gate=gate, home=home), gate=gate, home=home)
    except (BadInput, Refused, Undetermined) as stopped:
        _end(lot, State.STOPPED, stopped=stopped.message)
    else:
        scrubbing.scrub()
        _end(lot, State.DONE)
    told(lot)
    return lot


def _added_up(lot: Lot, *, gate: Gate, home: Path) -> dict[str, Any]:
    """The gate's word on it, with what earlier passes destroyed, that ended before their end: what was there first is kept in the lot."""
    seen = _asked(lot, gate=gate, home=home, apply=False)
    lot.found = counting.together(lot.found, seen)
    lot.save(update_fields=["found"])
    done = _asked(lot, gate=gate, home=home, apply=True)
    checks.check_whole(done["findings"])
    return counting.summed(lot.found, done)


def _asked(lot: Lot, *, gate: Gate, home: Path, apply: bool) -> dict[str, Any]:
    """apply: destroys; without, only counts what is there."""
    if lot.record == "readings":
        disposal = Disposal(customers=tuple(lot.customers), period=Period(lot.start or EVER, lot.end or EVER))
        return msgspec.to_builtins(gate.destroy(disposal, why=lot.why, by=lot.by, on=lot.on, apply=apply))
    whom = _leaving(lot, home) if lot.record == "customer" else old_files(lot.end or EVER)
    return msgspec.to_builtins(gate.forget(whom, why=lot.why, by=lot.by, on=lot.on, apply=apply))


def _leaving(lot: Lot, home: Path) -> Farewell:
    return Farewell(
        customers=tuple(lot.customers),
        usage_points=tuple(customers.alone_at(lot.customers)),
        folders=(home, *queries.places()),
        spared=tuple(customers.known(list(queries.held("files", on=lot.on)))),
    )


def _finish(*, lot: Lot, done: dict[str, Any], gate: Gate, home: Path) -> None:
    """What desks keep beside goes, and the certificate is written; the log has its digest."""
    certificate = _certificate(lot, done)
    sha256 = certificates.written(home / certificates.FOLDER, lot.reference, certificate)
    with transaction.atomic():
        if lot.record == "customer":
            _forget(list(lot.customers), by=lot.by, on=lot.on)
        elif lot.record == "readings":
            # Usage and billing records have one term; a bill goes with the readings of its month.
            whose = list(lot.customers) or customers.everyone()
            customer_acts.destroy_bills(customers=whose, before=lot.end, by=lot.by, on=lot.on)
            gate.bills_destroyed(customers=lot.customers, before=lot.end or EVER)
        lot.customers, lot.certificate, lot.sha256 = (
            [],
            json.loads(certificates.as_bytes(certificate)),
            sha256,
        )
        lot.save(update_fields=["customers", "certificate", "sha256"])
        detail = {"lot": lot.reference, "sha256": sha256, "records": lot.record, "customers": lot.number}
        record(Event(name=EventName.DESTRUCTION_CERTIFIED, by=lot.by, on=lot.on, detail=detail))


def _end(lot: Lot, state: State, *, stopped: str = "") -> None:
    lot.customers, lot.state, lot.stopped = [], state, stopped
    lot.save(update_fields=["customers", "state", "stopped"])


def _forget(gone: list[str], *, by: str, on: date) -> None:
    """The customers' own rows go last: their chains are asked for until then."""
    atoms = {int(chain[:15], 16) for chain in customers.chains(customers.known(gone))}
    releases.forget(atoms=atoms, by=by, on=on)
    authorizations.forget(customers=gone, by=by, on=on)
    disclosures.forget(customers=gone, by=by, on=on)
    accounts.forget(customers=gone, by=by, on=on)
    arrears.forget(customers=gone, by=by, on=on)
    HeldCustomer.objects.filter(customer__in=gone).delete()
    customer_acts.forget(customers=gone, by=by, on=on)


def _certificate(lot: Lot, done: dict[str, Any]) -> dict[str, Any]:
    return {
        "certificate": lot.reference,
        "title": certificates.TITLE,
        "records": lot.record,
        "customers": lot.number if lot.record == "customer" or lot.number else None,
        "period": [lot.start, lot.end] if lot.start else None,
        "destroyed": counting.told_of(done),
        "copies": done.get("copies", []),
        "collections": arrears_queries.forgettable(customers=lot.customers)
        if lot.record == "customer"
        else None,
        "why": lot.why,
        "schedule": lot.facts,
        "clauses": done["clauses"],
        "documents": done["pack_digest"],
        "by": lot.by,
        "on": lot.on,
        "at": done["at"],
        "intent": done["intent"],
    }
