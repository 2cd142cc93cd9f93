"""What the public pages show, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.utils.translation import gettext

from meterkeep.faces import words
from meterkeep.faces.dates import day
from meterkeep.policy import Document, Pack


class Adopted(Protocol):
    document: str
    resolution: str
    adopted_on: date
    effective_on: date


class Version(Adopted, Protocol):
    title: str
    until: date | None


class Purpose(Protocol):
    code: str
    name: str
    title: str
    cls: str


@dataclass(frozen=True)
class DocumentRow:
    id: str
    title: str
    resolution: str
    clauses: int
    adopted: str
    since: str


@dataclass(frozen=True)
class PurposeRow:
    title: str
    consent: str


@dataclass(frozen=True)
class VersionRow:
    id: str
    title: str
    resolution: str
    since: str
    until: str
    state: str
    tone: str


@dataclass(frozen=True)
class NoticePage:
    documents: tuple[DocumentRow, ...]
    purposes: tuple[PurposeRow, ...]


def notice_page(
    documents: Mapping[str, Adopted], purposes: Iterable[Purpose], pack: Pack | None
) -> NoticePage:
    """pack: the executable form in force; None where nothing is adopted."""
    known = {document.id: document for document in pack.documents} if pack else {}
    rows = [_document(adopted, known[name]) for name, adopted in documents.items() if name in known]
    return NoticePage(
        documents=tuple(rows),
        purposes=tuple(PurposeRow(_purpose(purpose), _consent(purpose.cls)) for purpose in purposes),
    )


def versions(adoptions: Iterable[Version], *, today: date) -> tuple[VersionRow, ...]:
    """Every version of every document, those that ended and those to come too."""
    return tuple(_row(one, today) for one in adoptions)


def _row(one: Version, today: date) -> VersionRow:
    state, tone = gettext("In force"), "good"
    if one.effective_on > today:
        state, tone = gettext("To come"), "open"
    elif one.until and one.until <= today:
        state, tone = gettext("Ended"), "plain"
    until = day(one.until)
    return VersionRow(one.document, one.title, one.resolution, day(one.effective_on), until, state, tone)


def _document(adopted: Adopted, document: Document) -> DocumentRow:
    return DocumentRow(
        id=document.id,
        title=document.title,
        resolution=adopted.resolution,
        clauses=len(document.clauses),
        adopted=day(adopted.adopted_on),
        since=day(adopted.effective_on),
    )


def _purpose(purpose: Purpose) -> str:
    return words.purpose(purpose.code) if purpose.code == purpose.name else purpose.title


def _consent(cls: str) -> str:
    """Secondary purposes need the customer's consent unless a clause says otherwise, case by case (CEA-04 6.9)."""
    return gettext("No, it is part of your service") if cls == "primary" else gettext("As a rule, yes")
