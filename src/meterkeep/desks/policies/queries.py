from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from meterkeep.desks.constraints import in_force
from meterkeep.desks.policies.models import Adoption, DataElement, Interpretation, RegisteredPurpose
from meterkeep.policy import Pack, load_pack


def adopted_pack(on: date) -> str:
    """Id of the pack that is in force, or "" where nothing is."""
    latest = _in_effect(on).order_by("-effective_on", "-pk").first()
    return latest.pack if latest else ""


def pack_in_force(on: date) -> Pack | None:
    """The adopted pack under the provider's own rulings."""
    pack_id = adopted_pack(on)
    return _ruled(pack_id, tuple(_rulings(on))) if pack_id else None


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
    """The provider's latest ruling on each question."""
    made = Interpretation.objects.filter(on__lte=on).order_by("number", "on")
    return list({ruling.number: ruling for ruling in made}.values())


def _rulings(on: date) -> Iterator[tuple[str, str, str, date]]:
    for made in interpretations(on):
        yield made.number, made.ruling, made.signed_by, made.on


@lru_cache(maxsize=32)
def _ruled(pack_id: str, rulings: tuple[tuple[str, str, str, date], ...]) -> Pack:
    """Kept, because a pack keeps its compiled clauses. A ruling on a question that the pack does not ask says nothing."""
    pack = load_pack(pack_id)
    for number, ruling, by, on in rulings:
        if number in pack.interpretations:
            pack = pack.ruled({number: ruling}, by=by, on=on)
    return pack


def _in_effect(on: date) -> QuerySet[Adoption]:
    return Adoption.objects.filter(effective_on__lte=on)
