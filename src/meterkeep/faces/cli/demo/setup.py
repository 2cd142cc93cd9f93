"""What has to be on record before the day begins: staff, parties and contracts, sign-ins, authorizations."""

from __future__ import annotations

from datetime import date, timedelta

from meterkeep.desks.accounts import actions as accounts
from meterkeep.desks.authorizations import actions as authorizations
from meterkeep.desks.parties import actions as parties
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.workforce import actions as workforce
from meterkeep.faces.cli.demo.cast import Authorization, Cast, Contractor, Staff

OFFICER = "privacy-officer"


def record_staff(cast: Cast, *, since: date, on: date) -> None:
    for member in cast.staff:
        _record(member, since=since, on=on)
    for member in (OFFICER, "analyst"):
        accounts.open_account(username=member, password=None, kind="staff", person=member, by=OFFICER, on=on)


def _record(member: Staff, *, since: date, on: date) -> None:
    person = workforce.record_person(
        id=member.id, display=member.display, role=member.role, by=OFFICER, on=since
    )
    workforce.assign(person=person, purposes=member.purposes, by=OFFICER, on=since)
    if member.trained:
        until = on + timedelta(days=300)
        workforce.record_training(
            person=person, module="Covered information", valid_until=until, by=OFFICER, on=since
        )
    if member.acknowledged:
        for document in policies.documents_in_force(since):
            workforce.acknowledge(person=person, document=document, by=member.id, on=since)


def record_parties(cast: Cast, *, on: date) -> None:
    for contractor in cast.contractors:
        _record_contractor(contractor, on=on)
    for third in cast.third_parties:
        parties.record_party(
            id=third.id,
            name=third.name,
            kind="authorised_third_party",
            by=OFFICER,
            on=on,
            identity_verified=True,
        )


def _record_contractor(contractor: Contractor, *, on: date) -> None:
    party = parties.record_party(
        id=contractor.id, name=contractor.name, kind="contractor", by=OFFICER, on=on, training_attested=True
    )
    terms = {name.removeprefix("contract."): value for name, value in contractor.contract.items()}
    parties.record_contract(
        party=party,
        number=f"{contractor.id}-1",
        purposes=[contractor.purpose],
        start=contractor.since,
        by=OFFICER,
        on=on,
        **terms,  # type: ignore[arg-type]
    )


def record_authorization(given: Authorization, *, customer: str) -> None:
    """The customer's own act on the web: asked, answered, and in one case taken back."""
    offered = authorizations.offer(
        customer=customer,
        party=given.recipient,
        purposes=[given.purpose],
        elements=given.elements,
        start=given.given_on,
        mechanism="web",
        data_start=given.start,
        data_end=given.end,
        incentive=False,
        by=OFFICER,
        on=given.given_on,
    )
    authorizations.grant(authorization=offered, by=customer, on=given.given_on)
    if given.cancelled_on:
        authorizations.cancel(authorization=offered, mechanism="web", by=customer, on=given.cancelled_on)
