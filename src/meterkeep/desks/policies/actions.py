from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from django.db import transaction

from meterkeep.desks.outbox.actions import Event
from meterkeep.desks.outbox.actions import record as record_event
from meterkeep.desks.policies import checks, queries
from meterkeep.desks.policies.copies import check_examined, files_of
from meterkeep.desks.policies.models import (
    VOTES,
    Adoption,
    AdoptionAct,
    Attachment,
    Ballot,
    DataElement,
    Interpretation,
    PackCopy,
    RegisteredPurpose,
    Signature,
    UseApproval,
)
from meterkeep.desks.policies.records import effective_of, passages, settled, versions
from meterkeep.ledger.names import EventName
from meterkeep.policy import Pack, Purpose, load_pack
from meterkeep.policy.language.adoption import AdoptionRecord, adoption_of


@transaction.atomic
def adopt(
    *,
    pack_id: str | Path,
    by: str,
    on: date,
    record: AdoptionRecord | None = None,
    resolution: str = "",
    adopted_on: date | None = None,
    effective_on: date | None = None,
    examined: str = "",
) -> list[Adoption]:
    """Brings a pack into force from a day on: keeps its files and the record of the act, and enters purposes and elements.

    pack_id: a pack's id, or the folder of a provider's own. record: the act, if not the one beside the pack; what is given
    besides is said of it. examined: the digest of the files that were examined, and no others are adopted. What was in force
    until then ends on that day, and still decides the days before it.
    """
    checks.check_pack(pack_id)
    checks.check_officer(by, on=on)
    pack = load_pack(pack_id)
    last = queries.last_act()
    said = settled(
        record or adoption_of(pack_id) or AdoptionRecord(kind="web_notice"),
        pack,
        resolution=resolution,
        adopted_on=adopted_on,
        effective_on=effective_on,
    )
    checks.check_record(said, pack=pack)
    checks.check_adopted(said, on=on)
    checks.check_follows(effective_of(said), last=last)
    before = queries.pack_in_force(effective_of(said))
    copy = _keep(pack_id, pack)
    check_examined(copy.pk, examined=examined)
    act = _enter_act(said, pack, copy=copy, by=by, on=on)
    rows = versions(said, pack, act)
    checks.check_first_of_day(rows)
    adoptions = Adoption.objects.bulk_create(rows)
    if last:
        _supersede(last, act, by=by, on=on)
    _enter_elements(pack)
    _enter_purposes(pack, start=min(adoption.effective_on for adoption in adoptions), before=before)
    documents = " ".join(adoption.document for adoption in adoptions)
    detail = {
        "pack": pack.id,
        "digest": pack.digest,
        "copy": act.copy_id,
        "record": act.record_digest,
        "number": act.number,
        "documents": documents,
        "effective": act.effective_on.isoformat(),
    }
    record_event(Event(name=EventName.POLICY_ADOPTED, by=by, on=on, detail=detail))
    return adoptions


@transaction.atomic
def rehearse(*, pack_id: str | Path, record: AdoptionRecord, by: str, on: date) -> AdoptionAct:
    """The act as it would be kept, after every check and constraint; nothing of it stays."""
    adoptions = adopt(pack_id=pack_id, record=record, by=by, on=on)
    transaction.set_rollback(True)
    act: AdoptionAct = adoptions[0].act
    return act


@transaction.atomic
def record_operational(*, act: AdoptionAct, since: date, by: str, on: date) -> None:
    """Since when the provider serves customers: audits and yearly reports count from it (CEA-ADM-7)."""
    checks.check_officer(by, on=on)
    act.operational_on = since
    act.save(update_fields=["operational_on"])
    detail = {"pack": act.pack, "number": act.number, "operational": since.isoformat()}
    record_event(Event(name=EventName.POLICY_ADOPTED, by=by, on=on, detail=detail))


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
    record_event(Event(name=EventName.PURPOSE_REGISTERED, by=by, on=on, detail=detail))
    return purpose


@transaction.atomic
def retire_purpose(*, purpose: RegisteredPurpose, by: str, on: date) -> None:
    """From the day on, a request that names it is one for an unregistered, hence secondary purpose."""
    checks.check_purpose_retirable(purpose, on=on)
    purpose.end = on
    purpose.save(update_fields=["end"])
    record_event(Event(name=EventName.PURPOSE_RETIRED, by=by, on=on, detail={"purpose": purpose.code}))


@transaction.atomic
def record_interpretation(
    *, number: str, ruling: str, reason: str, by: str, on: date, since: date | None = None
) -> Interpretation:
    """Rules on an ambiguous clause; `by` signs. From the day on (or since a later one), decisions rest on it and cite it."""
    first = since or on
    checks.check_officer(by, on=on)
    checks.check_interpretation(number, ruling, pack=queries.pack_in_force(first), reason=reason, on=first)
    checks.check_not_before(first, on=on)
    interpretation = Interpretation.objects.create(
        number=number, ruling=ruling, reason=reason, on=first, signed_by=by
    )
    detail = {"interpretation": number, "ruling": ruling, "since": first.isoformat()}
    record_event(Event(name=EventName.INTERPRETATION_RECORDED, by=by, on=on, detail=detail))
    return interpretation


@transaction.atomic
def approve_use(
    *, purpose: str, elements: Sequence[str], why: str, by: str, on: date, until: date | None = None
) -> UseApproval:
    """The approval with a reason that the documents ask for where a purpose is none of their examples; `by` signs. until: the first day on which it holds no longer; none: open."""
    checks.check_officer(by, on=on)
    checks.check_approval(purpose, elements, why=why, on=on, until=until)
    approval: UseApproval = UseApproval.objects.create(
        purpose=purpose, elements=sorted(set(elements)), why=why.strip(), on=on, signed_by=by, until=until
    )
    detail = {"purpose": purpose, "elements": " ".join(approval.elements), "approves": "use"}
    record_event(Event(name=EventName.APPROVAL_RECORDED, by=by, on=on, detail=detail))
    return approval


def _keep(pack_id: str | Path, pack: Pack) -> PackCopy:
    digest, files = files_of(pack_id)
    copy: PackCopy
    copy, _ = PackCopy.objects.get_or_create(pk=digest, defaults={"pack": pack.id, "files": files})
    return copy


def _enter_act(record: AdoptionRecord, pack: Pack, *, copy: PackCopy, by: str, on: date) -> AdoptionAct:
    votes, source, meeting = record.votes, record.source, record.meeting
    act: AdoptionAct = AdoptionAct.objects.create(
        kind=record.kind,
        number=record.number,
        title=record.title,
        body=record.body,
        adopted_on=record.adopted,
        effective_on=record.effective,
        meeting_on=meeting.on if meeting else None,
        item=meeting.item if meeting else "",
        pages=meeting.pages if meeting else "",
        from_whom=record.from_,
        to_whom=record.to,
        legal_basis=list(record.legal_basis),
        recitals=passages(record.recital),
        sections=passages(record.section),
        **{answer: len(names) for answer, names in votes.roll.items()},
        members=votes.members,
        result=votes.result or (votes.counted if votes.taken else ""),
        detached=votes.detached,
        operational_on=record.operational,
        source_file=source.file,
        source_lines=source.lines,
        authoritative=source.authoritative,
        note=source.note,
        pack=pack.id,
        pack_digest=pack.digest,
        copy=copy,
        record_digest=record.digest,
        by=by,
        on=on,
    )
    _enter_people(record, act)
    return act


def _enter_people(record: AdoptionRecord, act: AdoptionAct) -> None:
    """Who voted and who signed, and what was attached."""
    roll = record.votes.roll
    Ballot.objects.bulk_create(
        Ballot(act=act, name=name, vote=answer) for answer in VOTES for name in roll[answer]
    )
    Signature.objects.bulk_create(
        Signature(act=act, document=one.document, role=one.role, name=one.name, on=one.on, state=one.state)
        for one in record.signature
    )
    Attachment.objects.bulk_create(
        Attachment(act=act, title=one.title, sha256=one.sha256) for one in record.attachment
    )


def _supersede(earlier: AdoptionAct, act: AdoptionAct, *, by: str, on: date) -> None:
    earlier.until = act.effective_on
    earlier.save(update_fields=["until"])
    for version in earlier.documents.filter(until=None):
        version.until = max(act.effective_on, version.effective_on)
        version.save(update_fields=["until"])
    detail = {"pack": earlier.pack, "number": earlier.number, "until": act.effective_on.isoformat()}
    record_event(Event(name=EventName.POLICY_SUPERSEDED, by=by, on=on, detail=detail))


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


def _enter_purposes(pack: Pack, *, start: date, before: Pack | None) -> None:
    """Only what changed is entered anew, so that the register keeps since when a purpose has been what it is. What only
    the earlier pack named ends; what the provider registered besides stays."""
    registered = {purpose.code: purpose for purpose in RegisteredPurpose.objects.filter(end=None)}
    for code in set(before.purposes) - set(pack.purposes) if before else ():
        if code in registered:
            _end(registered[code], start)
    for code, purpose in pack.purposes.items():
        earlier, fields = registered.get(code), _fields(purpose)
        if earlier and all(getattr(earlier, name) == value for name, value in fields.items()):
            continue
        if earlier:
            checks.check_purpose_retirable(earlier, on=start)
            _end(earlier, start)
        RegisteredPurpose.objects.create(code=code, start=start, **fields)


def _end(purpose: RegisteredPurpose, on: date) -> None:
    purpose.end = on
    purpose.save(update_fields=["end"])


def _fields(purpose: Purpose) -> dict[str, object]:
    return {
        "name": purpose.name,
        "title": purpose.title,
        "cls": purpose.cls,
        "elements": sorted(purpose.elements),
        "states": dict(purpose.states),
    }
