from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import checks
from meterkeep.desks.policies.models import Adoption, DataElement, Interpretation, RegisteredPurpose
from meterkeep.ledger.names import EventName
from meterkeep.policy import Pack, Purpose, load_pack


@transaction.atomic
def adopt(
    *,
    pack_id: str,
    by: str,
    on: date,
    resolution: str = "",
    adopted_on: date | None = None,
    effective_on: date | None = None,
) -> list[Adoption]:
    """Adopts every document of a pack, and enters its purposes and data elements. Dates default to the day of the act."""
    adopted, effective = adopted_on or on, effective_on or adopted_on or on
    checks.check_pack(pack_id)
    checks.check_adoption_dates(adopted_on=adopted, effective_on=effective)
    pack = load_pack(pack_id)
    checks.check_not_adopted([document.id for document in pack.documents], effective_on=effective)
    adoptions = Adoption.objects.bulk_create(
        Adoption(
            pack=pack_id,
            document=document.id,
            digest=pack.digest,
            resolution=resolution,
            adopted_on=adopted,
            effective_on=effective,
            by=by,
        )
        for document in pack.documents
    )
    _enter_elements(pack)
    _enter_purposes(pack, start=effective)
    documents = " ".join(adoption.document for adoption in adoptions)
    detail = {
        "pack": pack_id,
        "digest": pack.digest,
        "documents": documents,
        "effective_on": effective.isoformat(),
    }
    record(Event(name=EventName.POLICY_ADOPTED, by=by, on=on, detail=detail))
    return adoptions


@transaction.atomic
def register_purpose(
    *,
    code: str,
    name: str,
    title: str,
    cls: str,
    elements: Sequence[str],
    by: str,
    on: date,
    states: Mapping[str, bool | int | str] | None = None,
) -> RegisteredPurpose:
    """Enters a purpose of the provider's own. name: the vocabulary's word for it."""
    checks.check_elements(elements)
    checks.check_purpose_free(code)
    purpose = RegisteredPurpose.objects.create(
        code=code,
        name=name,
        title=title,
        cls=cls,
        elements=sorted(elements),
        states=dict(states or {}),
        start=on,
    )
    detail = {"purpose": code, "class": cls, "elements": " ".join(purpose.elements)}
    record(Event(name=EventName.PURPOSE_REGISTERED, by=by, on=on, detail=detail))
    return purpose


@transaction.atomic
def retire_purpose(*, purpose: RegisteredPurpose, by: str, on: date) -> None:
    """From the day on, a request that names it is one for an unregistered, hence secondary purpose."""
    checks.check_purpose_retirable(purpose, on=on)
    purpose.end = on
    purpose.save(update_fields=["end"])
    record(Event(name=EventName.PURPOSE_RETIRED, by=by, on=on, detail={"purpose": purpose.code}))


@transaction.atomic
def record_interpretation(
    *, number: str, clause: str, question: str, ruling: str, signed_by: str, by: str, on: date
) -> Interpretation:
    checks.check_interpretation(number, signed_by=signed_by, on=on)
    interpretation = Interpretation.objects.create(
        number=number, clause=clause, question=question, ruling=ruling, on=on, signed_by=signed_by
    )
    detail = {"interpretation": number, "clause": clause, "signed_by": signed_by}
    record(Event(name=EventName.INTERPRETATION_RECORDED, by=by, on=on, detail=detail))
    return interpretation


def _enter_elements(pack: Pack) -> None:
    for name, element in pack.elements.items():
        DataElement.objects.update_or_create(
            name=name,
            defaults={
                "title": element.title,
                "kind": element.kind,
                "contact": element.contact,
                "credit_or_usage": element.credit_or_usage,
                "demographic": element.demographic,
                "government_id": element.government_id,
            },
        )


def _enter_purposes(pack: Pack, *, start: date) -> None:
    """Only what changed is entered anew, so that the register keeps since when a purpose has been what it is."""
    registered = {purpose.code: purpose for purpose in RegisteredPurpose.objects.filter(end=None)}
    for code, purpose in pack.purposes.items():
        earlier, fields = registered.get(code), _fields(purpose)
        if earlier and all(getattr(earlier, name) == value for name, value in fields.items()):
            continue
        if earlier:
            earlier.end = start
            earlier.save(update_fields=["end"])
        RegisteredPurpose.objects.create(code=code, start=start, **fields)


def _fields(purpose: Purpose) -> dict[str, object]:
    return {
        "name": purpose.name,
        "title": purpose.title,
        "cls": purpose.cls,
        "elements": sorted(purpose.elements),
        "states": dict(purpose.states),
    }
