from datetime import date

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.policies import actions as policies
from meterkeep.desks.workforce import actions
from meterkeep.desks.workforce.models import Acknowledgement, Assignment, Person, Training
from meterkeep.desks.workforce.sources import WorkforceFacts
from meterkeep.errors import BadInput, Refused
from meterkeep.gate import Request, Subjects

ON = date(2026, 3, 2)
BEFORE, AFTER = date(2026, 3, 1), date(2026, 3, 3)
pytestmark = pytest.mark.django_db


@pytest.fixture
def analyst(adopted):
    return actions.record_person(
        id="analyst", display="Load analyst", role="analyst", by="officer", on=BEFORE
    )


def facts(*, by="analyst", purpose="power_or_billing", on=ON):
    request = Request(action="access", purpose=purpose, elements=("zip",), subjects=Subjects.everyone())
    return dict(WorkforceFacts().facts(request, by=by, on=on))


def test_of_a_stranger_nothing_is_known(analyst):
    assert facts(by="stranger") == {}
    assert facts(on=date(2026, 2, 28)) == {}


def test_a_need_to_know_is_for_named_purposes_and_a_time(analyst):
    assert facts() == {"person.need_to_know": False}
    assignment = actions.assign(person=analyst, purposes=["power_or_billing"], by="officer", on=ON)
    assert facts() == {"person.need_to_know": True}
    assert facts(purpose="research") == facts(on=BEFORE) == {"person.need_to_know": False}
    actions.unassign(assignment=assignment, by="officer", on=AFTER)
    assert facts()["person.need_to_know"] and not facts(on=AFTER)["person.need_to_know"]


def test_training_counts_until_the_day_it_runs_out_and_none_is_unknown(analyst):
    assert "person.training_current" not in facts()
    actions.record_training(person=analyst, module="privacy", valid_until=AFTER, by="officer", on=BEFORE)
    assert facts(on=ON)["person.training_current"] is True
    assert facts(on=AFTER)["person.training_current"] is False


def test_an_acknowledgement_is_of_the_edition_in_force(analyst):
    assert "person.acknowledged" not in facts()
    actions.acknowledge(person=analyst, document="CEA-02", by="analyst", on=BEFORE)
    assert facts()["person.acknowledged"] is True
    policies.record_interpretation(number="R1", ruling="not_allowed", reason="Counsel.", by="officer", on=ON)
    assert facts()["person.acknowledged"] is True, "a ruling is not a new edition until it is adopted"


def test_an_older_edition_no_longer_counts(analyst):
    paper = actions.acknowledge(person=analyst, document="CEA-02", by="analyst", on=BEFORE)
    Acknowledgement.objects.filter(pk=paper.pk).update(edition="an older one")
    assert facts()["person.acknowledged"] is False


def test_an_acknowledgement_goes_to_the_head_and_then_to_the_file(analyst):
    paper = actions.acknowledge(person=analyst, document="CEA-02", by="analyst", on=ON)
    with pytest.raises(Refused):
        actions.file_acknowledgement(acknowledgement=paper, by="hr", on=ON)
    with pytest.raises(Refused):
        actions.countersign(acknowledgement=paper, by="analyst", on=ON)
    actions.countersign(acknowledgement=paper, by="head", on=ON)
    with pytest.raises(Refused):
        actions.countersign(acknowledgement=paper, by="other-head", on=ON)
    actions.file_acknowledgement(acknowledgement=paper, by="hr", on=ON)
    with pytest.raises(Refused):
        actions.file_acknowledgement(acknowledgement=paper, by="hr", on=ON)


def test_only_documents_in_force_are_acknowledged(analyst):
    with pytest.raises(BadInput, match="LCE-006"):
        actions.acknowledge(person=analyst, document="LCE-006", by="analyst", on=ON)


def test_a_leaver_needs_to_know_nothing(analyst):
    actions.assign(person=analyst, purposes=["power_or_billing"], by="officer", on=BEFORE)
    actions.end_person(person=analyst, by="officer", on=ON)
    assert facts(on=BEFORE)["person.need_to_know"] is True
    assert facts(on=ON) == {}
    with pytest.raises(Refused):
        actions.assign(person=analyst, purposes=["power_or_billing"], by="officer", on=ON)


def test_ids_are_not_used_again_and_purposes_are_registered(analyst):
    with pytest.raises(Refused):
        actions.record_person(id="analyst", display="Another", role="analyst", by="officer", on=ON)
    for purposes in ([], ["ghost_hunting"]):
        with pytest.raises(BadInput):
            actions.assign(person=analyst, purposes=purposes, by="officer", on=ON)


@pytest.mark.parametrize(
    "write",
    [
        lambda: Person.objects.create(id="x", start=ON, end=ON),
        lambda: Assignment.objects.create(person_id="analyst", start=ON, end=BEFORE),
        lambda: Training.objects.create(person_id="analyst", on=ON, valid_until=ON),
        lambda: Acknowledgement.objects.create(
            person_id="analyst", document="d", edition="e", on=ON, head="h"
        ),
        lambda: Acknowledgement.objects.create(
            person_id="analyst", document="d", edition="e", on=ON, head_on=ON
        ),
        lambda: Acknowledgement.objects.create(
            person_id="analyst", document="d", edition="e", on=ON, filed_by="h"
        ),
        lambda: Acknowledgement.objects.create(
            person_id="analyst", document="d", edition="e", on=ON, filed_by="h", filed_on=ON
        ),
    ],
)
def test_the_database_keeps_who_and_when_together(analyst, write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
