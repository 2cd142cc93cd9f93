from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from meterkeep.desks.policies import queries
from meterkeep.desks.policies.models import (
    Adoption,
    AdoptionAct,
    DataElement,
    Interpretation,
    RegisteredPurpose,
)
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Refused
from meterkeep.policy import Pack, pack_ids
from meterkeep.policy.language.adoption import AdoptionRecord, problems
from meterkeep.policy.language.loading import SHIPPED, own_pack_ids

OFFICER = "privacy_officer"
"""The role, in the workforce register, of whoever adopts documents and rules on ambiguous clauses."""

LONGEST_REASON = 4_000


def check_officer(by: str, *, on: date) -> None:
    """Where the register has privacy officers, they alone; a home that is being set up has none yet."""
    officers = [person.pk for person in workforce.people(on) if person.role == OFFICER]
    if officers and by not in officers:
        raise Refused(
            "Only the privacy officer adopts documents and rules on them.",
            where="by",
            next="Ask the privacy officer, or have the role entered in the register: role = “privacy_officer”.",
        )


def can_rule(by: str, *, on: date) -> bool:
    try:
        check_officer(by, on=on)
    except Refused:
        return False
    return True


def check_pack(pack_id: str | Path) -> None:
    known = [*pack_ids(), *own_pack_ids()]
    if isinstance(pack_id, str) and pack_id not in known:
        raise BadInput(f"There is no pack “{pack_id}”.", next=f"Choose one of {', '.join(sorted(known))}.")
    if (
        isinstance(pack_id, Path)
        and pack_id.resolve().name in pack_ids()
        and pack_id.resolve().parent != SHIPPED
    ):
        raise BadInput(
            f"The folder is called {pack_id.resolve().name}, as a shipped pack is.",
            where=str(pack_id),
            next="Give it a name of its own.",
        )


def check_record(record: AdoptionRecord, *, pack: Pack) -> None:
    """Raises BadInput with all that cannot be true of the act."""
    if all(document.law for document in pack.documents):
        raise BadInput(
            f"{pack.id} is the law: it is in force without anybody's adoption.",
            next="Adopt a provider's own documents, which stand on it.",
        )
    if record.kind == "board_resolution" and not record.number:
        raise BadInput("A resolution has a number.", where="resolution", next="Give it with --resolution.")
    if stray := set(record.document) - {document.id for document in pack.documents}:
        raise BadInput(
            f"The record has a header for {min(stray)}, which is no document of {pack.id}.",
            where="adoption.toml",
            next="List the document in pack.toml, or leave its header out.",
        )
    if found := problems(record):
        raise BadInput(
            "The record of the adoption cannot be true: " + " ".join(found),
            where="adoption.toml",
            next="Compare it with the minutes.",
        )


def check_roll_call(record: AdoptionRecord) -> None:
    """An act that is kept cannot be completed later, so it is not kept without the vote that made it one."""
    if record.kind == "board_resolution" and not record.votes.taken:
        raise BadInput(
            "A board resolves by a vote, and no roll call is recorded.",
            where="votes",
            next="Give it with --votes FILE.toml. What no board voted on is of another kind: `kind` in adoption.toml.",
        )


def check_adopted(record: AdoptionRecord, *, on: date) -> None:
    if record.adopted and record.adopted > on:
        raise BadInput(
            f"The record says {record.adopted}, which is still to come: nothing has been adopted yet.",
            where="adopted",
            next="Record it on the day, or later. It may take effect on a day to come.",
        )


def check_follows(effective: date, *, last: AdoptionAct | None) -> None:
    """What was in force on a day, and decided on it, stays so: an act takes effect after every other."""
    if last is None or effective > last.effective_on:
        return
    if effective == last.effective_on:
        raise Refused(
            f"Documents take effect on {effective} already: {last.pack}, {last.number or last.kind}.",
            where="effective",
            next="Nothing is left to do; a changed document takes effect on a later day.",
        )
    raise Refused(
        f"Documents adopted since take effect on {last.effective_on}; nothing can be put in force before them.",
        where="effective",
        next="Give a later day.",
    )


def check_first_of_day(versions: Iterable[Adoption]) -> None:
    """A home older than the record of acts has versions without one; no document begins twice on a day."""
    for version in versions:
        if Adoption.objects.filter(document=version.document, effective_on=version.effective_on).exists():
            raise Refused(
                f"{version.document} is on record as taking effect on {version.effective_on} already.",
                where="effective",
                next="Give a later day.",
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
    if len(reason) > LONGEST_REASON or not reason.replace("\r\n", " ").replace("\n", " ").isprintable():
        raise BadInput(
            f"A reason is plain text of up to {LONGEST_REASON:,} characters.",
            where="reason",
            next="Keep the long form elsewhere, and say where.",
        )
    if Interpretation.objects.filter(number=number, on=on).exists():
        raise Refused(f"{number} was ruled on {on} already.", next="Rule again on a later day.")


def check_not_before(first: date, *, on: date) -> None:
    """What was decided before a ruling was signed stays decided."""
    if first < on:
        raise BadInput(f"A ruling signed on {on} holds from that day on, or a later one.", where="since")


def check_approval(purpose: str, elements: Sequence[str], *, why: str, on: date, until: date | None) -> None:
    """Of a use: a registered purpose, elements that it needs, a reason, and days that are in order."""
    found = queries.purpose(purpose, on=on)
    if found is None:
        known = sorted(queries.purposes(on).values_list("code", flat=True))
        raise BadInput(
            f"The purpose register has no {purpose!r}.",
            where="purpose",
            next=f"There is {', '.join(known)}." if known else "Adopt the documents first.",
        )
    if strange := sorted(set(elements) - set(found.elements)):
        raise BadInput(
            f"{found.title} does not need {', '.join(strange)}, so nobody can approve it for that.",
            where="elements",
            next=f"It needs {', '.join(sorted(found.elements))} at most.",
        )
    if not elements or not why.strip():
        raise BadInput(
            "An approval says what may be used, and why.",
            where="why" if elements else "elements",
            next="Give both; they stay on record.",
        )
    if until is not None and until <= on:
        raise BadInput("It would end before it begins.", where="until", next="Give a later day, or none.")
