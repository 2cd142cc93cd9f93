from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from meterkeep.desks.constraints import in_force
from meterkeep.desks.policies.copies import drifted, stored_pack
from meterkeep.desks.policies.models import (
    Adoption,
    AdoptionAct,
    DataElement,
    Interpretation,
    RegisteredPurpose,
    UseApproval,
)
from meterkeep.desks.policies.records import record_of
from meterkeep.errors import BadInput
from meterkeep.policy import Pack, load_pack, pack_ids
from meterkeep.policy.language.adoption import findings
from meterkeep.policy.language.newpack import NOBODY, SHIPPED_DEFAULT, unruled
from meterkeep.policy.language.sentences import Sentence

Ruling = tuple[str, str, str, date]
"""Number, choice, who ruled, and the day."""


def act_in_force(on: date) -> AdoptionAct | None:
    """The act of adoption whose pack decides on the day."""
    return AdoptionAct.objects.filter(in_force(on, start="effective_on", end="until")).first()


def acts() -> QuerySet[AdoptionAct]:
    """Newest first, those that take effect in days to come included."""
    return AdoptionAct.objects.prefetch_related("documents", "ballots", "signatures", "attachments")


def act(number: int) -> AdoptionAct | None:
    return acts().filter(pk=number).first()


def adopted_pack(on: date) -> str:
    """Id of the pack that is in force, or "" where nothing is."""
    if found := act_in_force(on):
        return str(found.pack)
    latest = _before_acts(on).order_by("-effective_on", "-pk").first()
    return latest.pack if latest else ""


def pack_in_force(on: date) -> Pack | None:
    """The adopted pack as it was kept, under the provider's own rulings. The folder it came from may have changed since."""
    if found := act_in_force(on):
        return _ruled(str(found.copy_id), tuple(_rulings(on)))
    pack_id = adopted_pack(on)
    return _unkept(pack_id, tuple(_rulings(on))) if pack_id else None


def pack_of(found: AdoptionAct, *, on: date) -> Pack:
    """The act's pack as it was kept, under the rulings of the day."""
    return _ruled(str(found.copy_id), tuple(_rulings(on)))


def ever_adopted(pack_id: str) -> bool:
    return AdoptionAct.objects.filter(pack=pack_id).exists()


def as_adopted(pack_id: str, on: date) -> Pack | None:
    """What decides on the day for whoever adopted this pack on any day: an earlier pack decides the days before it, and a
    later one those since. One without a document in force where none was; None where the pack was never adopted.
    """
    latest = AdoptionAct.objects.filter(pack=pack_id).first()
    if latest is None:
        return None
    return pack_in_force(on) or _out_of_force(stored_pack(latest.copy_id))


def version(on: date) -> str:
    """Digest of the pack in force, rulings included: the stamp of whatever is collected on the day. "" where nothing is."""
    pack = pack_in_force(on)
    return pack.digest if pack else ""


def documents_in_force(on: date) -> dict[str, Adoption]:
    """Document → its adoption in force, of the adopted pack."""
    if found := act_in_force(on):
        rows = found.documents.filter(in_force(on, start="effective_on", end="until"))
    else:
        rows = _before_acts(on).filter(pack=adopted_pack(on))
    return {adoption.document: adoption for adoption in rows.order_by("effective_on", "pk")}


def adoptions() -> QuerySet[Adoption]:
    return Adoption.objects.select_related("act").order_by("-effective_on", "document")


def drift(found: AdoptionAct) -> list[str]:
    """Files that no longer are as they were adopted; what is in force has not changed. Raises BadInput for a lost folder."""
    return drifted(found.copy_id, found.pack)


def open_points(found: AdoptionAct, *, on: date) -> list[Sentence]:
    """What the register leaves to be done about an act: in its record, its rulings, and the folder it came from."""
    points = findings(record_of(found))
    if waiting := questions_to_rule(pack_of(found, on=on)):
        points.append(Sentence("Nobody of the provider has ruled on %(names)s.", names=", ".join(waiting)))
    try:
        changed = drift(found)
    except BadInput:
        gone = Sentence("The folder of %(pack)s is gone; what is in force is the kept copy.", pack=found.pack)
        return [*points, gone]
    if changed and found.pack in pack_ids():
        points.append(
            Sentence(
                "Another edition of %(pack)s comes with Meterkeep now. What is in force has not changed; adopt again to take it over.",
                pack=found.pack,
            )
        )
    elif changed:
        points.append(
            Sentence(
                "%(files)s: not as adopted any more. What is in force has not changed; adopt again to change it.",
                files=", ".join(changed),
            )
        )
    return points


def last_act() -> AdoptionAct | None:
    """The one that takes effect last."""
    return AdoptionAct.objects.order_by("-effective_on").first()


def purposes(on: date) -> QuerySet[RegisteredPurpose]:
    return RegisteredPurpose.objects.filter(in_force(on))


def purpose(code: str, *, on: date) -> RegisteredPurpose | None:
    return purposes(on).filter(code=code).first()


def stated(code: str, *, on: date) -> bool | None:
    """Whether the documents of the day named the purpose, to whoever gave information on it; None where none were in force."""
    return purposes(on).filter(code=code).exists() if adopted_pack(on) else None


def use_approvals() -> QuerySet[UseApproval]:
    return UseApproval.objects.all()


def use_approved(code: str, elements: Collection[str], *, on: date) -> bool:
    """Whether one approval of this day has all of these elements for the purpose."""
    standing = UseApproval.objects.filter(in_force(on, start="on", end="until"), purpose=code)
    found = standing.values_list("elements", flat=True)
    return any(set(elements) <= set(approved) for approved in found)


def elements() -> QuerySet[DataElement]:
    return DataElement.objects.all()


def interpretations(on: date) -> list[Interpretation]:
    """The provider's latest ruling on each question."""
    made = Interpretation.objects.filter(on__lte=on).order_by("number", "on")
    return list({ruling.number: ruling for ruling in made}.values())


def rulings_on(number: str) -> QuerySet[Interpretation]:
    """Every ruling that was ever signed on a question, newest first."""
    return Interpretation.objects.filter(number=number).order_by("-on")


def questions_to_rule(pack: Pack) -> list[str]:
    """Those on which the provider has not ruled: neither at the desk nor in the pack that it adopted."""
    return unruled(pack)


def _rulings(on: date) -> Iterator[Ruling]:
    for made in interpretations(on):
        yield made.number, made.ruling, made.signed_by, made.on


@lru_cache(maxsize=64)
def _ruled(digest: str, rulings: tuple[Ruling, ...]) -> Pack:
    """Kept, because a pack keeps its compiled clauses."""
    return _under(stored_pack(digest), rulings)


@lru_cache(maxsize=8)
def _unkept(pack_id: str, rulings: tuple[Ruling, ...]) -> Pack:
    return _under(load_pack(pack_id), rulings)


def _under(pack: Pack, rulings: tuple[Ruling, ...]) -> Pack:
    """A ruling on a question that the pack does not ask says nothing; of two rulings the later one holds."""
    for number, ruling, by, on in rulings:
        asked = pack.interpretations.get(number)
        if asked is None or ruling not in asked.choices:
            continue
        if asked.on > on and not asked.by.startswith((NOBODY, SHIPPED_DEFAULT)):
            continue
        pack = pack.ruled({number: ruling}, by=by, on=on)
    return pack


def _out_of_force(pack: Pack) -> Pack:
    documents = tuple(replace(document, until=document.effective) for document in pack.documents)
    return replace(pack, documents=documents, compiled={})


def _before_acts(on: date) -> QuerySet[Adoption]:
    """Rows of a home that was made before acts were kept."""
    return Adoption.objects.filter(effective_on__lte=on, act=None)
