from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.workforce import checks
from meterkeep.desks.workforce.models import Acknowledgement, Assignment, Person, Training
from meterkeep.ledger.names import EventName


@transaction.atomic
def record_person(
    *, id: str, display: str, role: str, by: str, on: date, start: date | None = None
) -> Person:
    """display: what others see, such as "Privacy officer"; the log knows the id alone."""
    checks.check_new(id)
    person = Person.objects.create(id=id, display=display, role=role, start=start or on)
    record(Event(name=EventName.PERSON_ASSIGNED, by=by, on=on, detail={"person": id, "role": role}))
    return person


@transaction.atomic
def end_person(*, person: Person, by: str, on: date) -> None:
    """A leaver: every need to know ends with the membership."""
    checks.check_active(person, on=on)
    person.assignments.filter(end=None, start__lt=on).update(end=on)
    person.end = on
    person.save(update_fields=["end"])
    record(
        Event(
            name=EventName.PERSON_UNASSIGNED, by=by, on=on, detail={"person": person.pk, "role": person.role}
        )
    )


@transaction.atomic
def assign(
    *,
    person: Person,
    purposes: Sequence[str],
    by: str,
    on: date,
    start: date | None = None,
    end: date | None = None,
) -> Assignment:
    checks.check_active(person, on=on)
    checks.check_purposes(purposes, on=on)
    assignment = Assignment.objects.create(
        person=person, purposes=sorted(purposes), start=start or on, end=end
    )
    detail = {"person": person.pk, "purposes": " ".join(assignment.purposes)}
    record(Event(name=EventName.PERSON_ASSIGNED, by=by, on=on, detail=detail))
    return assignment


@transaction.atomic
def unassign(*, assignment: Assignment, by: str, on: date) -> None:
    checks.check_unassignable(assignment, on=on)
    assignment.end = on
    assignment.save(update_fields=["end"])
    detail = {"person": assignment.person_id, "purposes": " ".join(assignment.purposes)}
    record(Event(name=EventName.PERSON_UNASSIGNED, by=by, on=on, detail=detail))


@transaction.atomic
def record_training(*, person: Person, module: str, valid_until: date, by: str, on: date) -> Training:
    checks.check_active(person, on=on)
    training = Training.objects.create(person=person, module=module, on=on, valid_until=valid_until)
    detail = {"person": person.pk, "module": module, "valid_until": valid_until.isoformat()}
    record(Event(name=EventName.TRAINING_RECORDED, by=by, on=on, detail=detail))
    return training


@transaction.atomic
def acknowledge(*, person: Person, document: str, by: str, on: date) -> Acknowledgement:
    """The person signs the edition that is in force on the day."""
    checks.check_active(person, on=on)
    checks.check_document(document, on=on)
    edition = policies.documents_in_force(on)[document].digest
    acknowledgement, _ = Acknowledgement.objects.get_or_create(
        person=person, document=document, edition=edition, defaults={"on": on}
    )
    _tell(acknowledgement, "signed", by=by, on=on)
    return acknowledgement


@transaction.atomic
def countersign(*, acknowledgement: Acknowledgement, by: str, on: date) -> None:
    """The department head, who is `by`, signs."""
    checks.check_head_differs(acknowledgement, head=by)
    acknowledgement.head, acknowledgement.head_on = by, on
    acknowledgement.save(update_fields=["head", "head_on"])
    _tell(acknowledgement, "countersigned", by=by, on=on)


@transaction.atomic
def file_acknowledgement(*, acknowledgement: Acknowledgement, by: str, on: date) -> None:
    checks.check_filable(acknowledgement)
    acknowledgement.filed_by, acknowledgement.filed_on = by, on
    acknowledgement.save(update_fields=["filed_by", "filed_on"])
    _tell(acknowledgement, "filed", by=by, on=on)


def _tell(acknowledgement: Acknowledgement, step: str, *, by: str, on: date) -> None:
    detail = {"person": acknowledgement.person_id, "document": acknowledgement.document, "step": step}
    record(Event(name=EventName.ACKNOWLEDGEMENT_RECORDED, by=by, on=on, detail=detail))
