"""What the public pages show, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.utils.formats import date_format
from django.utils.translation import gettext


class Adopted(Protocol):
    document: str
    resolution: str
    adopted_on: date
    effective_on: date


class Purpose(Protocol):
    title: str
    cls: str


@dataclass(frozen=True)
class DocumentRow:
    id: str
    resolution: str
    adopted: str
    since: str


@dataclass(frozen=True)
class PurposeRow:
    title: str
    consent: str


@dataclass(frozen=True)
class NoticePage:
    documents: tuple[DocumentRow, ...]
    purposes: tuple[PurposeRow, ...]


def notice_page(documents: Mapping[str, Adopted], purposes: Iterable[Purpose]) -> NoticePage:
    return NoticePage(
        documents=tuple(
            DocumentRow(name, adopted.resolution, _day(adopted.adopted_on), _day(adopted.effective_on))
            for name, adopted in documents.items()
        ),
        purposes=tuple(PurposeRow(purpose.title, _consent(purpose.cls)) for purpose in purposes),
    )


def _consent(cls: str) -> str:
    return gettext("No, it is part of your service") if cls == "primary" else gettext("Yes, you decide")


def _day(day: date) -> str:
    return date_format(day, "j F Y")
