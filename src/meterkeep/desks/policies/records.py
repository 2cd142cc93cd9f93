"""From the record of an adoption to the rows that keep it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from meterkeep.desks.policies.models import VOTES, Adoption, AdoptionAct
from meterkeep.errors import BadInput
from meterkeep.policy import Document, Pack
from meterkeep.policy.language.adoption import (
    FILE,
    AdoptionRecord,
    Attachment,
    Header,
    Passage,
    Provenance,
    Signature,
    Votes,
)


def settled(
    record: AdoptionRecord,
    pack: Pack,
    *,
    resolution: str = "",
    adopted_on: date | None = None,
    effective_on: date | None = None,
) -> AdoptionRecord:
    """The record with what is given now. Raises BadInput where nobody says the days: those that stand in the documents of
    a copied pack are its model's."""
    said = record.changed(number=resolution, adopted=adopted_on, effective=effective_on)
    for day, asked in (
        ("adopted", "On which day were the documents adopted?"),
        ("effective", "From which day do they decide?"),
    ):
        if getattr(said, day) is None:
            raise BadInput(
                f"{asked} The record of {pack.id} does not say.",
                where=day,
                next=f"Give --{day} DATE, or `{day}` in {FILE} beside the pack.",
            )
    return said


def effective_of(record: AdoptionRecord) -> date:
    """Of a settled record."""
    assert record.effective is not None  # noqa: S101
    return record.effective


def passages(said: Iterable[Passage]) -> list[dict[str, Any]]:
    return [{"id": one.id, "says": one.says, "on": one.on.isoformat() if one.on else ""} for one in said]


def adopted_documents(record: AdoptionRecord, pack: Pack) -> list[Document]:
    """Those with a header block, and every one that decides; a pack may hold papers besides, such as the staff report."""
    if not record.document:
        return list(pack.documents)
    return [
        document
        for document in pack.documents
        if document.id in record.document or any(clause.deciding for clause in document.clauses)
    ]


def versions(record: AdoptionRecord, pack: Pack, act: AdoptionAct) -> list[Adoption]:
    """One row for each document. One whose own date is later than the act's takes effect on its own."""
    return [
        _version(document, record.document.get(document.id, Header()), act)
        for document in adopted_documents(record, pack)
    ]


def _version(document: Document, header: Header, act: AdoptionAct) -> Adoption:
    return Adoption(
        act=act,
        pack=act.pack,
        document=document.id,
        digest=act.pack_digest,
        resolution=act.number or document.adopted,
        adopted_on=act.adopted_on,
        effective_on=max(act.effective_on, document.effective),
        title=document.title,
        subject=header.subject,
        number=header.number,
        supersedes=header.supersedes,
        staff_contact=header.staff_contact,
        pages_said=header.pages,
        pages_run=header.pages_run,
        aliases=list(header.aliases),
        anchor=header.anchor,
        by=act.by,
    )


def record_of(act: AdoptionAct) -> AdoptionRecord:
    """The record as the rows keep it, as far as what it leaves open hangs on it."""
    roll = {answer: tuple(one.name for one in act.ballots.all() if one.vote == answer) for answer in VOTES}
    return AdoptionRecord(
        kind=act.kind,
        operational=act.operational_on,
        votes=Votes(**roll, detached=act.detached),
        signature=tuple(
            Signature(one.role, one.state, one.name, one.on, one.document) for one in act.signatures.all()
        ),
        attachment=tuple(Attachment(one.title, one.sha256) for one in act.attachments.all()),
        document={version.document: _header(version) for version in act.documents.all()},
        source=Provenance(authoritative=act.authoritative),
    )


def _header(version: Adoption) -> Header:
    return Header(
        subject=version.subject,
        staff_contact=version.staff_contact,
        pages=version.pages_said,
        pages_run=version.pages_run,
        aliases=tuple(version.aliases),
    )
