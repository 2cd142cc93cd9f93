from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import checks, queries
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
    """Adopts every document of a pack, and enters its purposes and data elements.

    What is not given is as the documents themselves say: they may be in effect long before the day of this act.
    """
    checks.check_pack(pack_id)
    pack = load_pack(pack_id)
    adoptions = [
        Adoption(
            pack=pack_id,
            document=document.id,
            digest=pack.digest,
            resolution=resolution or document.adopted,
            adopted_on=adopted_on or min(document.effective, effective_on or document.effective),
            effective_on=effective_on or adopted_on or document.effective,
            by=by,
        )
        for document in pack.documents
    ]
    checks.check_adoptions(adoptions)
    Adoption.objects.bulk_create(adoptions)
    _enter_elements(pack)
    _enter_purposes(pack, start=min(adoption.effective_on for adoption in adoptions))
    documents = " ".join(adoption.document for adoption in adoptions)
    detail = {"pack": pack_id, "digest": pack.digest, "documents": documents}
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
def record_interpretation(*, number: str, ruling: str, reason: str, by: str, on: date) -> Interpretation:
    """Rules on an ambiguous clause; `by` signs. From the day on, decisions rest on it and cite it."""
    checks.check_interpretation(number, ruling, pack=queries.pack_in_force(on), reason=reason, on=on)
    interpretation = Interpretation.objects.create(
        number=number, ruling=ruling, reason=reason, on=on, signed_by=by
    )
    detail = {"interpretation": number, "ruling": ruling}
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
