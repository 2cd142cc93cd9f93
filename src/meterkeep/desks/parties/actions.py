from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict, Unpack

from django.db import transaction

from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.parties import checks, queries
from meterkeep.desks.parties.models import Contract, Finding, Party
from meterkeep.ledger.names import EventName


class Terms(TypedDict, total=False):
    """What a contract says; a term that nobody has looked up is left out."""

    on_behalf: bool | None
    program_use_only: bool | None
    no_less_protective: bool | None
    breach_term: bool | None
    flow_down: bool | None


@transaction.atomic
def record_party(
    *,
    id: str,
    name: str,
    kind: str,
    by: str,
    on: date,
    identity_verified: bool | None = None,
    training_attested: bool | None = None,
) -> Party:
    checks.check_new(id)
    checks.check_kind(kind)
    party = Party.objects.create(
        id=id, name=name, kind=kind, identity_verified=identity_verified, training_attested=training_attested
    )
    record(Event(name=EventName.PARTY_RECORDED, by=by, on=on, detail={"party": id, "kind": kind}))
    return party


@transaction.atomic
def attest(
    *,
    party: Party,
    by: str,
    on: date,
    identity_verified: bool | None = None,
    training_attested: bool | None = None,
) -> None:
    """Records what has become known of the party; what is left out stays as it was."""
    if identity_verified is not None:
        party.identity_verified = identity_verified
    if training_attested is not None:
        party.training_attested = training_attested
    party.save(update_fields=["identity_verified", "training_attested"])
    detail = {
        "party": party.pk,
        "identity_verified": str(party.identity_verified),
        "training_attested": str(party.training_attested),
    }
    record(Event(name=EventName.PARTY_RECORDED, by=by, on=on, detail=detail))


@transaction.atomic
def record_contract(
    *,
    party: Party,
    number: str,
    purposes: Sequence[str],
    start: date,
    by: str,
    on: date,
    end: date | None = None,
    **terms: Unpack[Terms],
) -> Contract:
    """purposes: codes of the purpose register. start, end: half-open."""
    checks.check_contract(party, number=number, purposes=purposes, start=start, end=end)
    contract = Contract.objects.create(
        party=party, number=number, purposes=sorted(purposes), start=start, end=end, **terms
    )
    detail = {"party": party.pk, "contract": number, "purposes": " ".join(contract.purposes)}
    record(Event(name=EventName.CONTRACT_RECORDED, by=by, on=on, detail=detail))
    return contract


@transaction.atomic
def end_contract(*, contract: Contract, by: str, on: date) -> None:
    checks.check_contract_open(contract, on=on)
    contract.end = on
    contract.save(update_fields=["end"])
    detail = {"party": contract.party_id, "contract": contract.number}
    record(Event(name=EventName.CONTRACT_ENDED, by=by, on=on, detail=detail))


@transaction.atomic
def cease(*, party: Party, what: str, by: str, on: date, found_on: date | None = None) -> Finding:
    """Disclosure to the party stops with the finding (CEA-04 6.8). what: the pattern or practice, without identities."""
    checks.check_not_ceased(party)
    finding = Finding.objects.create(party=party, what=what, found_on=found_on or on, ceased_on=on)
    record(
        Event(name=EventName.PARTY_CEASED, by=by, on=on, detail={"party": party.pk, "finding": finding.pk})
    )
    return finding


@transaction.atomic
def reinstate(*, party: Party, why: str, by: str, on: date) -> None:
    finding = queries.open_finding(party)
    checks.check_reinstatable(finding, on=on, why=why)
    finding.reinstated_on, finding.reinstated_why = on, why
    finding.save(update_fields=["reinstated_on", "reinstated_why"])
    record(
        Event(
            name=EventName.PARTY_REINSTATED, by=by, on=on, detail={"party": party.pk, "finding": finding.pk}
        )
    )
