from datetime import date

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.policies import actions, queries
from meterkeep.desks.policies.models import Adoption, DataElement, Interpretation, RegisteredPurpose
from meterkeep.desks.policies.sources import AdoptedPolicy
from meterkeep.errors import BadInput, Refused

ON = date(2026, 3, 2)
EFFECT = date(2020, 2, 20)
pytestmark = pytest.mark.django_db
source = AdoptedPolicy()


def test_where_nothing_is_adopted_there_is_no_pack():
    assert source.pack(ON) is None
    assert queries.documents_in_force(ON) == {}


def test_an_adopted_pack_is_in_force_from_its_first_day_on(adopted):
    assert source.pack(date(2020, 2, 19)) is None
    assert source.pack(EFFECT).id == source.pack(ON).id == "cea"
    assert {"CEA-02", "CEA-03", "CEA-04"} <= set(queries.documents_in_force(ON))


def test_adoption_enters_the_packs_purposes_and_elements(adopted):
    pack = source.pack(ON)
    assert {purpose.code for purpose in queries.purposes(ON)} == set(pack.purposes)
    assert {element.name for element in queries.elements()} == set(pack.elements)
    for code, purpose in pack.purposes.items():
        assert source.purpose(code, ON) == purpose


def test_an_unregistered_purpose_is_none(adopted):
    assert source.purpose("ghost_hunting", ON) is None
    assert source.purpose("power_or_billing", date(2020, 2, 19)) is None


def test_adoption_tells_the_log_which_documents_and_their_digest(adopted):
    event = OutboxEvent.objects.get(name="policy.adopted")
    assert event.detail["digest"] == source.pack(ON).digest
    assert event.detail["documents"].split() == sorted(queries.documents_in_force(ON))
    assert event.detail["record"] == queries.act_in_force(ON).record_digest


def test_the_same_documents_are_not_adopted_twice_for_one_day(adopted):
    with pytest.raises(Refused):
        actions.adopt(pack_id="cea", by="board", on=ON)
    actions.adopt(pack_id="cea", by="board", on=ON, effective_on=ON)
    assert {one.effective_on for one in queries.documents_in_force(ON).values()} == {ON}


def test_adopting_again_leaves_purposes_that_did_not_change_alone(adopted):
    before = RegisteredPurpose.objects.count()
    changed = RegisteredPurpose.objects.get(code="research")
    RegisteredPurpose.objects.filter(pk=changed.pk).update(title="An older title")
    actions.adopt(pack_id="cea", by="board", on=ON, effective_on=ON)
    assert RegisteredPurpose.objects.count() == before + 1
    assert source.purpose("research", date(2026, 3, 1)).title == "An older title"
    assert source.purpose("research", ON).title == changed.title


def test_a_document_takes_effect_no_earlier_than_it_is_adopted():
    with pytest.raises(BadInput):
        actions.adopt(pack_id="cea", by="board", on=ON, adopted_on=ON, effective_on=date(2026, 3, 1))
    actions.adopt(pack_id="cea", by="board", on=ON, adopted_on=ON, effective_on=ON)


def test_an_unknown_pack_names_the_known_ones():
    with pytest.raises(BadInput, match="no pack") as refused:
        actions.adopt(pack_id="atlantis", by="board", on=ON)
    assert "cea" in refused.value.next


def register(**changes):
    said = {
        "code": "load_study",
        "name": "research",
        "title": "Load study",
        "cls": "secondary",
        "elements": ["monthly_usage"],
    }
    return actions.register_purpose(**{**said, **changes}, by="officer", on=ON)


def test_a_purpose_of_ones_own_is_registered_and_retired(adopted):
    purpose = register(states={"use.sale": False})
    assert source.purpose("load_study", ON).states == {"use.sale": False}
    with pytest.raises(Refused):
        register()
    with pytest.raises(BadInput):
        actions.retire_purpose(purpose=purpose, by="officer", on=ON)
    actions.retire_purpose(purpose=purpose, by="officer", on=date(2026, 3, 3))
    assert source.purpose("load_study", ON) and source.purpose("load_study", date(2026, 3, 3)) is None
    with pytest.raises(Refused):
        actions.retire_purpose(purpose=purpose, by="officer", on=date(2026, 3, 4))


def test_a_purpose_needs_elements_of_the_catalogue(adopted):
    with pytest.raises(BadInput, match="shoe_size"):
        register(elements=["shoe_size"])


def test_an_interpretation_changes_decisions_from_its_day_on(adopted):
    actions.record_interpretation(
        number="R1", ruling="not_allowed", reason="Counsel's advice.", by="officer", on=ON
    )
    assert source.pack(date(2026, 3, 1)).interpretations["R1"].ruling == "allowed"
    ruled = source.pack(ON).interpretations["R1"]
    assert (ruled.ruling, ruled.by, ruled.on) == ("not_allowed", "officer", ON)
    assert source.pack(ON).digest != source.pack(date(2026, 3, 1)).digest
    assert source.pack(ON) is source.pack(ON)


@pytest.mark.parametrize("wrong", [{"ruling": "perhaps"}, {"number": "R99"}, {"reason": " "}])
def test_an_interpretation_answers_a_question_of_the_pack_with_a_reason(adopted, wrong):
    said = {"number": "R1", "ruling": "allowed", "reason": "As before."}
    with pytest.raises(BadInput):
        actions.record_interpretation(**{**said, **wrong}, by="officer", on=ON)


def test_nothing_adopted_is_nothing_to_interpret():
    with pytest.raises(Refused):
        actions.record_interpretation(number="R1", ruling="allowed", reason="As before.", by="officer", on=ON)


@pytest.mark.parametrize(
    "write",
    [
        lambda: Adoption.objects.create(document="D", adopted_on=ON, effective_on=EFFECT, by="x"),
        lambda: RegisteredPurpose.objects.create(code="x", cls="tertiary", start=ON),
        lambda: RegisteredPurpose.objects.create(code="x", cls="primary", start=ON, end=ON),
        lambda: RegisteredPurpose.objects.create(code="research", cls="primary", start=ON),
        lambda: DataElement.objects.create(
            name="x", kind="odd", contact=False, credit_or_usage=False, demographic=False, government_id=False
        ),
        lambda: Interpretation.objects.create(number="R1", ruling="allowed", reason="", on=ON, signed_by="x"),
        lambda: Interpretation.objects.create(number="R1", ruling="allowed", reason="x", on=ON, signed_by=""),
    ],
)
def test_the_database_holds_to_the_rules_too(adopted, write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
