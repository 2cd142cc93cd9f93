from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from meterkeep.desks.policies.models import Adoption, DataElement, Interpretation, RegisteredPurpose
from meterkeep.errors import BadInput, Refused
from meterkeep.policy import Pack, pack_ids


def check_pack(pack_id: str) -> None:
    if pack_id not in pack_ids():
        raise BadInput(
            f"There is no pack “{pack_id}”.", next=f"Choose one of {', '.join(sorted(pack_ids()))}."
        )


def check_adoptions(adoptions: Sequence[Adoption]) -> None:
    for adoption in adoptions:
        if adoption.effective_on < adoption.adopted_on:
            raise BadInput("A document cannot take effect before it is adopted.", where=adoption.document)
        if Adoption.objects.filter(document=adoption.document, effective_on=adoption.effective_on).exists():
            raise Refused(
                f"{adoption.document} is adopted as of {adoption.effective_on} already.",
                next="Nothing is left to do; a changed document takes effect on a later day.",
            )


def check_elements(names: Iterable[str]) -> None:
    known = set(DataElement.objects.values_list("name", flat=True))
    if unknown := set(names) - known:
        raise BadInput(
            f"The data catalogue has no element {', '.join(sorted(unknown))}.",
            next=f"It has {', '.join(sorted(known))}.",
        )


def check_purpose_free(code: str) -> None:
    if RegisteredPurpose.objects.filter(code=code, end=None).exists():
        raise Refused(f"The purpose {code} is registered.", next="Retire it first, or choose another code.")


def check_purpose_retirable(purpose: RegisteredPurpose, *, on: date) -> None:
    if purpose.end is not None:
        raise Refused(f"The purpose {purpose.code} ended on {purpose.end}.")
    if on <= purpose.start:
        raise BadInput(
            f"The purpose {purpose.code} begins on {purpose.start}; it can end on a later day only."
        )


def check_interpretation(number: str, ruling: str, *, pack: Pack | None, reason: str, on: date) -> None:
    if pack is None:
        raise Refused("Nothing is adopted, so there is nothing to interpret.", next="Adopt a pack first.")
    pack.ruled({number: ruling}, by="", on=on)
    if not reason.strip():
        raise BadInput("An interpretation needs its reason.", where="reason")
    if Interpretation.objects.filter(number=number, on=on).exists():
        raise Refused(f"{number} was ruled on {on} already.", next="Rule again on a later day.")
