from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from meterkeep.desks.policies.models import Adoption, DataElement, Interpretation, RegisteredPurpose
from meterkeep.errors import BadInput, Refused
from meterkeep.policy import pack_ids


def check_pack(pack_id: str) -> None:
    if pack_id not in pack_ids():
        raise BadInput(
            f"There is no pack “{pack_id}”.", next=f"Choose one of {', '.join(sorted(pack_ids()))}."
        )


def check_adoption_dates(*, adopted_on: date, effective_on: date) -> None:
    if effective_on < adopted_on:
        raise BadInput("A document cannot take effect before it is adopted.", where="effective_on")


def check_not_adopted(documents: Iterable[str], *, effective_on: date) -> None:
    taken = Adoption.objects.filter(document__in=documents, effective_on=effective_on).values_list(
        "document", flat=True
    )
    if taken:
        raise Refused(
            f"{', '.join(sorted(taken))} is adopted as of {effective_on} already.",
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


def check_interpretation(number: str, *, signed_by: str, on: date) -> None:
    if not signed_by.strip():
        raise BadInput("An interpretation needs the person who signs it.", where="signed_by")
    if Interpretation.objects.filter(number=number, on=on).exists():
        raise Refused(
            f"Interpretation {number} was ruled on {on} already.", next="Rule again on a later day."
        )
