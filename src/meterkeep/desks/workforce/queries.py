from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from meterkeep.desks.constraints import in_force
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.workforce.models import Assignment, Person


def people(on: date) -> QuerySet[Person]:
    return Person.objects.filter(in_force(on)).order_by("pk")


def person(id: str, *, on: date) -> Person | None:
    return people(on).filter(pk=id).first()


def ever_had(role: str) -> bool:
    """Whether anybody was ever entered in this role, on whatever day."""
    return Person.objects.filter(role=role).exists()


def on_record(id: str) -> Person | None:
    """Whoever has ever been in the register, leavers too."""
    return Person.objects.filter(pk=id).first()


def assignments(person: Person, *, on: date | None = None) -> list[Assignment]:
    """Those of the day, or all there ever were."""
    return list(person.assignments.filter(in_force(on) if on else Q()).order_by("pk"))


def trained_on(person: Person, *, module: str, on: date) -> bool:
    return person.trainings.filter(module=module, on=on).exists()


def signed(person: Person, *, document: str, on: date) -> bool:
    return person.acknowledgements.filter(document=document, on=on).exists()


def needs_to_know(person: Person, purpose: str, *, on: date) -> bool:
    return any(purpose in assignment.purposes for assignment in person.assignments.filter(in_force(on)))


def training_current(person: Person, *, on: date) -> bool | None:
    """None where no training is on record: what was never written down is not known to be missing."""
    ends = [training.valid_until for training in person.trainings.filter(on__lte=on)]
    return max(ends) > on if ends else None


def acknowledged(person: Person, *, on: date) -> bool | None:
    """Whether the latest signature under each document is one under the edition in force; None where there is none."""
    in_force_now = policies.documents_in_force(on)
    signed = {
        paper.document: paper.edition
        for paper in person.acknowledgements.filter(on__lte=on).order_by("on", "pk")
        if paper.document in in_force_now
    }
    if not signed:
        return None
    return all(edition == in_force_now[document].digest for document, edition in signed.items())
