from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from meterkeep.desks.constraints import in_force
from meterkeep.desks.policies.models import Adoption, DataElement, Interpretation, RegisteredPurpose


def adopted_pack(on: date) -> str:
    """Id of the pack that is in force, or "" where nothing is."""
    latest = _in_effect(on).order_by("-effective_on", "-pk").first()
    return latest.pack if latest else ""


def documents_in_force(on: date) -> dict[str, Adoption]:
    """Document → its adoption in force, of the adopted pack."""
    pack = adopted_pack(on)
    return {
        adoption.document: adoption
        for adoption in _in_effect(on).filter(pack=pack).order_by("effective_on", "pk")
    }


def adoptions() -> QuerySet[Adoption]:
    return Adoption.objects.order_by("-effective_on", "document")


def purposes(on: date) -> QuerySet[RegisteredPurpose]:
    return RegisteredPurpose.objects.filter(in_force(on))


def purpose(code: str, *, on: date) -> RegisteredPurpose | None:
    return purposes(on).filter(code=code).first()


def elements() -> QuerySet[DataElement]:
    return DataElement.objects.all()


def interpretations(on: date) -> list[Interpretation]:
    """The latest ruling on each question."""
    return list(
        {
            ruling.number: ruling
            for ruling in Interpretation.objects.filter(on__lte=on).order_by("number", "on")
        }.values()
    )


def _in_effect(on: date) -> QuerySet[Adoption]:
    return Adoption.objects.filter(effective_on__lte=on)
