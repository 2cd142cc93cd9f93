from datetime import date

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.parties import actions
from meterkeep.desks.parties.models import Contract, Finding, Party
from meterkeep.desks.parties.sources import PartyFacts
from meterkeep.errors import BadInput, Refused
from meterkeep.gate import Request, Subjects

ON = date(2026, 3, 2)
BEFORE, AFTER = date(2026, 3, 1), date(2026, 3, 3)
CUSTOMER = "0123456789abcdef" * 2
OWN = Subjects.of(CUSTOMER)
pytestmark = pytest.mark.django_db


@pytest.fixture
def tern(adopted):
    return actions.record_party(
        id="tern", name="Tern Analytics (synthetic)", kind="contractor", by="officer", on=BEFORE
    )


def sign(party, **changes):
    said = {"number": "K-1", "purposes": ["power_or_billing"], "start": ON, "end": AFTER}
    return actions.record_contract(party=party, **{**said, **changes}, by="officer", on=BEFORE)


def facts(recipient="tern", *, by="analyst", purpose="power_or_billing", on=ON, subjects=OWN):
    request = Request(
        action="disclose",
        purpose=purpose,
        elements=("zip",),
        subjects=subjects,
        recipient=recipient,
    )
    return dict(PartyFacts().facts(request, by=by, on=on))


@pytest.mark.parametrize(
    ("recipient", "by", "kind"),
    [
        ("", "analyst", "staff"),
        ("", CUSTOMER, "customer"),
        (CUSTOMER, "analyst", "customer"),
        ("public", "analyst", "public"),
    ],
)
def test_recipients_outside_the_register(recipient, by, kind):
    itself = {"recipient.identity_verified": True} if by == CUSTOMER else {}
    assert facts(recipient, by=by) == {"recipient.kind": kind, **itself}


@pytest.mark.parametrize("recipient", ["", CUSTOMER], ids=["looking", "receiving"])
@pytest.mark.parametrize(
    "subjects",
    [Subjects.everyone(), Subjects.of("f" * 32), Subjects.of(CUSTOMER, "f" * 32), Subjects.of()],
    ids=["everybody's", "another's", "a neighbour's too", "nobody's"],
)
def test_towards_others_information_a_customer_is_a_stranger(recipient, subjects):
    assert facts(recipient, by=CUSTOMER, subjects=subjects) == {}


def test_a_stranger_stays_unknown():
    assert facts("nobody-knows") == {}


def test_a_party_without_contract_has_none_in_force(tern):
    assert facts() == {"recipient.kind": "contractor", "recipient.ceased": False, "contract.in_force": False}


def test_a_contract_binds_from_its_first_day_to_the_day_before_its_end(tern):
    sign(tern)
    assert [facts(on=day)["contract.in_force"] for day in (BEFORE, ON, AFTER)] == [False, True, False]


def test_terms_that_nobody_looked_up_are_unknown_and_those_denied_are_false(tern):
    sign(tern, breach_term=False, on_behalf=True)
    found = facts()
    assert (found["contract.breach_term"], found["contract.on_behalf"]) == (False, True)
    assert "contract.flow_down" not in found


def test_the_contract_that_covers_the_purpose_speaks(tern):
    sign(tern, number="K-1", breach_term=False)
    sign(tern, number="K-2", purposes=["research"], breach_term=True)
    assert facts(purpose="research")["contract.breach_term"] is True
    assert facts(purpose="power_or_billing")["contract.breach_term"] is False
    assert facts(purpose="reporting")["contract.covers_purpose"] is False


def test_disclosure_ceases_with_the_finding_and_begins_again_when_reinstated(tern):
    actions.cease(party=tern, what="Shared data on, three times.", by="officer", on=ON)
    assert [facts(on=day)["recipient.ceased"] for day in (BEFORE, ON, AFTER)] == [False, True, True]
    with pytest.raises(Refused):
        actions.cease(party=tern, what="Again.", by="officer", on=AFTER)
    for wrong in ({"why": " ", "on": AFTER}, {"why": "Audited.", "on": ON}):
        with pytest.raises(BadInput):
            actions.reinstate(party=tern, by="officer", **wrong)
    actions.reinstate(party=tern, why="Audited and mended.", by="officer", on=AFTER)
    assert [facts(on=day)["recipient.ceased"] for day in (ON, AFTER)] == [True, False]
    with pytest.raises(Refused):
        actions.reinstate(party=tern, why="Once more.", by="officer", on=AFTER)


def test_what_is_attested_becomes_known(tern):
    actions.attest(party=tern, training_attested=True, by="officer", on=ON)
    found = facts()
    assert found["recipient.training_attested"] is True
    assert "recipient.identity_verified" not in found


def test_a_contract_ends_once_and_not_before_it_starts(tern):
    contract = sign(tern, end=None)
    with pytest.raises(BadInput):
        actions.end_contract(contract=contract, by="officer", on=ON)
    actions.end_contract(contract=contract, by="officer", on=AFTER)
    assert facts(on=AFTER)["contract.in_force"] is False
    with pytest.raises(Refused):
        actions.end_contract(contract=contract, by="officer", on=AFTER)


@pytest.mark.parametrize("kind", ["public", "staff", "customer", "friend", ""])
def test_only_kinds_that_are_registered_parties(kind):
    with pytest.raises(BadInput):
        actions.record_party(id="x", name="X", kind=kind, by="officer", on=ON)


@pytest.mark.parametrize("wrong", [{"end": ON}, {"purposes": ["ghost_hunting"]}])
def test_a_contract_makes_sense(tern, wrong):
    with pytest.raises(BadInput):
        sign(tern, **wrong)


def test_ids_and_numbers_are_not_used_again(tern):
    sign(tern)
    with pytest.raises(Refused):
        sign(tern)
    for taken in ("tern", "public"):
        with pytest.raises(Refused):
            actions.record_party(id=taken, name="T", kind="contractor", by="officer", on=ON)


def test_every_act_is_told(tern):
    contract = sign(tern, end=None)
    actions.end_contract(contract=contract, by="officer", on=AFTER)
    actions.cease(party=tern, what="A pattern.", by="officer", on=ON)
    actions.reinstate(party=tern, why="Mended.", by="officer", on=AFTER)
    told = set(OutboxEvent.objects.values_list("name", flat=True))
    assert {
        "party.recorded",
        "contract.recorded",
        "contract.ended",
        "party.ceased",
        "party.reinstated",
    } <= told


@pytest.mark.parametrize(
    "write",
    [
        lambda: Party.objects.create(id="x", kind=""),
        lambda: Contract.objects.create(party_id="tern", number="x", start=ON, end=ON),
        lambda: Finding.objects.create(party_id="tern", what="", found_on=ON, ceased_on=ON),
        lambda: Finding.objects.create(party_id="tern", what="x", found_on=ON, ceased_on=BEFORE),
        lambda: Finding.objects.create(
            party_id="tern", what="x", found_on=ON, ceased_on=ON, reinstated_on=AFTER
        ),
        lambda: Finding.objects.create(
            party_id="tern", what="x", found_on=ON, ceased_on=ON, reinstated_why="x"
        ),
        lambda: Finding.objects.create(
            party_id="tern", what="x", found_on=ON, ceased_on=ON, reinstated_on=ON, reinstated_why="x"
        ),
    ],
)
def test_the_database_holds_to_it_too(tern, write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
