"""Every stored datum carries the documents in force when it was collected, and what was stated then decides (CIT-24b, CIT-24c)."""

from dataclasses import replace
from datetime import date

import pytest

from meterkeep.desks.authorizations import actions as authorizations
from meterkeep.desks.customers.models import Customer, ServiceAgreement
from meterkeep.desks.disclosures import actions as disclosures
from meterkeep.desks.intake.models import InboundFile
from meterkeep.desks.intake.sources import STATED, CollectionFacts
from meterkeep.desks.policies import actions, queries
from meterkeep.gate import Period, Request, Subjects

pytestmark = pytest.mark.django_db
source = CollectionFacts()


@pytest.fixture
def ask(today):
    def request(purpose="power_or_billing", elements=("interval_usage",), **more):
        period = Period(date(2026, 2, 1), date(2026, 3, 1))
        subjects = Subjects.everyone()
        return Request(
            action="use", purpose=purpose, elements=elements, subjects=subjects, **{"period": period, **more}
        )

    return request


def said(request, customers, on):
    facts = source.facts(request, customers, by="officer", on=on)
    return {customer: {**facts.common, **facts.exceptions.get(customer, {})} for customer in customers}


def test_what_comes_in_carries_the_documents_of_its_day(people, contractors, take_in, today):
    taken = take_in(("C-1", "M-1", "95501"))
    stamp = queries.version(today)
    assert len(stamp) == 64
    assert [file.policy for file in InboundFile.objects.all()] == [stamp]
    assert [(one.taken_in, one.policy) for one in Customer.objects.all()] == [(today, stamp)]
    assert {one.policy for one in ServiceAgreement.objects.all()} == {stamp}
    offered = authorizations.offer(
        customer=taken.customers["C-1"], party="tern", purposes=["power_or_billing"], elements=["interval_usage"],
        start=today, mechanism="web", by="clerk", on=today,
    )  # fmt: skip
    request = Request(
        action="disclose", purpose="power_or_billing", elements=("interval_usage",),
        subjects=Subjects.of(taken.customers["C-1"]), recipient="tern",
    )  # fmt: skip
    asked = disclosures.ask(request=request, by="officer", on=today)
    assert (offered.policy, asked.policy) == (stamp, stamp)


def test_a_stamp_tells_the_rulings_apart(people, take_in, today):
    take_in(("C-1", "M-1", "95501"))
    before = InboundFile.objects.get().policy
    actions.record_interpretation(
        number="R1", ruling="not_allowed", reason="Counsel's advice.", by="officer", on=today
    )
    assert queries.version(today) != before, "the stamp on what came in earlier does not move with it"
    assert InboundFile.objects.get().policy == before


def test_without_documents_there_is_no_stamp_and_no_answer(gate, take_in, ask, today):
    taken = take_in(("C-1", "M-1", "95501"))
    assert InboundFile.objects.get().policy == ""
    assert said(ask(), list(taken.customers.values()), today) == {taken.customers["C-1"]: {}}


def test_a_use_is_as_stated_where_the_purpose_was_on_record_when_it_came_in(people, take_in, ask, today):
    customer = take_in(("C-1", "M-1", "95501")).customers["C-1"]
    assert said(ask(), [customer], today)[customer][STATED] is True
    assert said(ask("ghost_hunting"), [customer], today)[customer][STATED] is False


def test_a_purpose_registered_later_was_not_stated(people, take_in, ask, today):
    customer = take_in(("C-1", "M-1", "95501")).customers["C-1"]
    later = date(2026, 3, 9)
    actions.register_purpose(
        code="load_study", name="research", title="Load study", cls="secondary",
        elements=["interval_usage", "name"], by="officer", on=later,
    )  # fmt: skip
    for elements in (("interval_usage",), ("name",), ("interval_usage", "name")):
        assert said(ask("load_study", elements), [customer], later)[customer][STATED] is False
    Customer.objects.update(taken_in=later)
    assert said(ask("load_study", ("name",)), [customer], later)[customer][STATED] is True


def test_files_that_came_in_under_different_statements_leave_it_open(people, take_in, ask, today):
    customer = take_in(("C-1", "M-1", "95501")).customers["C-1"]
    later = date(2026, 3, 9)
    actions.register_purpose(
        code="load_study", name="research", title="Load study", cls="secondary",
        elements=["interval_usage"], by="officer", on=later,
    )  # fmt: skip
    InboundFile.objects.create(reference="f" * 32, sha256="a" * 64, by="clerk", on=later, status="stored")
    both = ask("load_study")
    assert said(both, [customer], later)[customer] == {}
    newer = replace(both, period=Period(date(2026, 3, 5), date(2026, 3, 6)))
    assert said(newer, [customer], later)[customer][STATED] is True, "no earlier file can hold these days"


def test_customers_who_came_in_on_different_days_differ(people, take_in, ask, today):
    taken = take_in(("C-1", "M-1", "95501"), ("C-2", "M-2", "95501")).customers
    later = date(2026, 3, 9)
    actions.register_purpose(
        code="load_study", name="research", title="Load study", cls="secondary", elements=["name"],
        by="officer", on=later,
    )  # fmt: skip
    Customer.objects.filter(pk=taken["C-2"]).update(taken_in=later)
    found = said(ask("load_study", ("name",)), list(taken.values()), later)
    assert (found[taken["C-1"]][STATED], found[taken["C-2"]][STATED]) == (False, True)


def test_the_gate_hears_it(people, gate, take_in, ask, today):
    customer = take_in(("C-1", "M-1", "95501")).customers["C-1"]
    ruling = gate.rule(replace(ask(), subjects=Subjects.of(customer)), by="analyst", on=today)
    assert (ruling.facts[STATED], ruling.sources[STATED]) == (True, "policy-version stamps")
