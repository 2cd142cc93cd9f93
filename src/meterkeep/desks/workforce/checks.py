from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from meterkeep.desks.policies import queries as policies
from meterkeep.desks.workforce.models import Acknowledgement, Assignment, Person
from meterkeep.errors import BadInput, Refused


def check_new(person_id: str) -> None:
    if Person.objects.filter(pk=person_id).exists():
        raise Refused(
            f"{person_id} is in the workforce register.", next="Choose another id; ids are not used again."
        )


def check_active(person: Person, *, on: date) -> None:
    if on < person.start or (person.end and on >= person.end):
        raise Refused(
            f"{person.pk} is not a member of the workforce on {on}, but from {person.start}"
            f"{f' until {person.end}' if person.end else ''}.",
            next="Give a day of the membership; whoever came back is recorded under a new id.",
        )


def check_purposes(codes: Sequence[str], *, on: date) -> None:
    if not codes:
        raise BadInput("A need to know names at least one purpose.", where="purposes")
    known = {purpose.code for purpose in policies.purposes(on)}
    if unknown := set(codes) - known:
        raise BadInput(
            f"Not in the purpose register: {', '.join(sorted(unknown))}.",
            next=f"It has {', '.join(sorted(known))}.",
        )


def check_unassignable(assignment: Assignment, *, on: date) -> None:
    if on <= assignment.start:
        raise Refused(
            f"This need to know began on {assignment.start}; it can end on a later day only.",
            next="Take it away tomorrow.",
        )


def check_document(document: str, *, on: date) -> None:
    in_force = policies.documents_in_force(on)
    if document not in in_force:
        raise BadInput(
            f"{document} is not in force on {on}.",
            where="document",
            next=f"In force: {', '.join(in_force) or 'none'}.",
        )


def check_head_differs(acknowledgement: Acknowledgement, *, head: str) -> None:
    if head == acknowledgement.person_id:
        raise Refused("Nobody signs as their own department head.", next="Have another person sign.")
    if acknowledgement.head:
        raise Refused(f"{acknowledgement.head} has signed as department head.")


def check_filable(acknowledgement: Acknowledgement) -> None:
    if not acknowledgement.head:
        raise Refused("The department head has not signed yet.", next="Have it signed, then file it.")
    if acknowledgement.filed_by:
        raise Refused(f"It was filed on {acknowledgement.filed_on}.")
