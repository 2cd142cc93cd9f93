from datetime import date

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.authorizations import actions as authorizations
from meterkeep.desks.disclosures import actions, checks, queries, requests
from meterkeep.desks.disclosures.models import DataRequest
from meterkeep.desks.disclosures.states import DECIDED, OPEN, TABLE, State
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.parties import actions as parties
from meterkeep.desks.workforce import actions as workforce
from meterkeep.desks.workforce.models import Person
from meterkeep.errors import BadInput, Refused, Undetermined
from meterkeep.gate import Period, Request, Subjects

ON = date(2026, 3, 2)
FEBRUARY = (date(2026, 2, 1), date(2026, 3, 1))
pytestmark = pytest.mark.django_db


def disclosure(**changes):
    said = {
        "action": "disclose",
        "purpose": "power_or_billing",
        "elements": ("interval_usage",),
        "subjects": Subjects.everyone(),
        "period": Period(*FEBRUARY),
        "recipient": "tern",
        "reason": "Load settlement.",
    }
    return Request(**{**said, **changes})


def asked(**changes):
    return actions.ask(request=disclosure(**changes), by="analyst", on=ON)


@pytest.fixture
def two(people, contractors, take_in):
    return take_in(("C-1", "SYN-1", "91910"), ("C-2", "SYN-2", "91911"))


@pytest.mark.parametrize(
    "request_",
    [
        disclosure(),
        disclosure(period=None, subjects=Subjects.matching(zip="91910"), declared={"use.sale": False}),
        disclosure(subjects=Subjects.of("a" * 32), channel="post"),
        disclosure(subjects=Subjects.of()),
    ],
)
def test_a_request_comes_back_as_it_was_kept(request_):
    assert requests.from_json(requests.as_json(request_)) == request_


def test_a_contractor_under_contract_is_permitted_and_served(two, gate):
    request = actions.decide(request=asked(), gate=gate, by="officer", on=ON)
    assert (request.state, request.permitted, request.left_out) == ("permitted", 2, 0)
    assert "CEA-04/6.5-b" in [clause["id"] for clause in request.decision["clauses"]]
    assert request.facts["contract.in_force"] is True
    assert request.sources["contract.in_force"] == "party and contract register"
    table = actions.fulfil(request=request, gate=gate, by="analyst", on=ON, interval="P1D").table
    assert set(table["customer"].to_pylist()) == set(two.customers.values())
    assert DataRequest.objects.get().state == "fulfilled"


def test_one_in_breach_is_refused_by_the_clause_and_gets_nothing(two, gate):
    request = actions.decide(request=asked(recipient="riptide"), gate=gate, by="officer", on=ON)
    assert request.state == "refused"
    assert "CEA-04/6.8" in [clause["id"] for clause in request.decision["clauses"]]
    with pytest.raises(Refused):
        actions.fulfil(request=request, gate=gate, by="analyst", on=ON)


def test_what_was_permitted_is_decided_anew_when_it_is_fulfilled(two, gate):
    request = actions.decide(request=asked(), gate=gate, by="officer", on=ON)
    tern = parties.queries.party("tern")
    parties.cease(party=tern, what="A pattern.", by="officer", on=ON)
    with pytest.raises(Refused):
        actions.fulfil(request=request, gate=gate, by="analyst", on=ON)
    assert DataRequest.objects.get().state == "permitted"
    assert actions.decide(request=request, gate=gate, by="officer", on=ON).state == "refused"


def test_a_permitted_disclosure_goes_through_the_hands_of_members_only(two, gate):
    request = actions.decide(request=asked(), gate=gate, by="officer", on=ON)
    workforce.end_person(person=Person.objects.get(pk="clerk"), by="officer", on=ON)
    for by in ("clerk", "nobody-knows", two.customers["C-1"]):
        with pytest.raises(Refused, match="Only members"):
            actions.fulfil(request=request, gate=gate, by=by, on=ON)
    assert DataRequest.objects.get().state == "permitted"


def test_an_unknown_recipient_is_undetermined_and_the_missing_fact_is_named(two, gate):
    request = actions.decide(request=asked(recipient="nobody-knows"), gate=gate, by="officer", on=ON)
    assert request.state == "undetermined"
    assert "recipient.kind" in request.decision["missing"]


def test_an_authorized_third_party_receives_exactly_what_was_granted(two, gate):
    party = parties.record_party(
        id="sunwise", name="Sunwise (synthetic)", kind="authorised_third_party", by="officer", on=ON
    )
    ana = two.customers["C-1"]
    authorization = authorizations.offer(
        customer=ana, party=party.pk, purposes=["energy_products"], elements=["interval_usage"], start=date(2026, 1, 1),
        mechanism="web", by=ana, on=date(2026, 1, 1), data_start=date(2026, 2, 8), data_end=date(2026, 2, 15),
        incentive=False,
    )  # fmt: skip
    authorizations.grant(authorization=authorization, by=ana, on=date(2026, 1, 1))
    granted = {
        "recipient": "sunwise",
        "purpose": "energy_products",
        "period": Period(date(2026, 2, 8), date(2026, 2, 15)),
    }
    request = actions.decide(request=asked(**granted), gate=gate, by="officer", on=ON)
    assert (request.state, request.permitted, request.left_out) == ("permitted", 1, 1)
    table = actions.fulfil(request=request, gate=gate, by="analyst", on=ON, interval="P1D").table
    assert set(table["customer"].to_pylist()) == {ana}
    assert len(table) == 7
    for more in (
        {"period": Period(date(2026, 2, 8), date(2026, 2, 16))},
        {"elements": ("interval_usage", "rate_class")},
        {"purpose": "research"},
    ):
        request = actions.decide(request=asked(**{**granted, **more}), gate=gate, by="officer", on=ON)
        assert request.state != "permitted", more
    authorizations.cancel(authorization=authorization, mechanism="web", by=ana, on=ON)
    assert actions.decide(request=asked(**granted), gate=gate, by="officer", on=ON).state == "refused"


def test_attributes_stand_beside_each_customer_s_readings_which_keep_their_order(two, gate):
    elements = ("interval_usage", "zip")
    request = actions.decide(request=asked(elements=elements), gate=gate, by="officer", on=ON)
    table = actions.fulfil(request=request, gate=gate, by="analyst", on=ON, interval="P1D").table
    rows = list(zip(*(table[name].to_pylist() for name in ("usage_point", "channel", "start")), strict=True))
    assert rows == sorted(rows)
    assert len(rows) == 2 * 28
    where = set(zip(table["customer"].to_pylist(), table["zip"].to_pylist(), strict=True))
    assert where == {(two.customers["C-1"], "91910"), (two.customers["C-2"], "91911")}


def test_solicitation_is_refused_whatever_the_consent(two, gate):
    request = asked(declared={"use.third_party_solicitation": True})
    decided = actions.decide(request=request, gate=gate, by="officer", on=ON)
    assert decided.state == "refused"
    assert any(clause["id"].startswith("CEA-03/5.3") for clause in decided.decision["clauses"])


def test_customers_see_their_own_usage_and_nobody_elses(two, gate):
    ana = two.customers["C-1"]
    table = actions.show_usage(customer=ana, period=FEBRUARY, interval="P1D", gate=gate, by=ana, on=ON).table
    assert set(table["usage_point"].to_pylist()) == {two.points["C-1"]}
    assert len(table) == 28
    with pytest.raises((Refused, Undetermined)):
        actions.show_usage(
            customer=ana, period=FEBRUARY, interval="P1D", gate=gate, by=two.customers["C-2"], on=ON
        )


def test_customers_see_who_has_seen_their_data(two, gate):
    ana = two.customers["C-1"]
    request = actions.decide(request=asked(), gate=gate, by="officer", on=ON)
    actions.fulfil(request=request, gate=gate, by="analyst", on=ON)
    seen = queries.seen(ana, gate)
    assert ("disclosure", "tern", "delivered") in [(row.family, row.recipient, row.outcome) for row in seen]


def test_staff_look_at_one_usage_point_for_a_purpose(two, gate):
    look = {"period": FEBRUARY, "interval": "P1M", "purpose": "customer_service", "gate": gate, "on": ON}
    table = actions.look_at_usage(usage_point=str(two.points["C-1"]), by="clerk", **look).table
    assert table["usage_point"].to_pylist() == [two.points["C-1"]]
    with pytest.raises((Refused, Undetermined)):
        actions.look_at_usage(usage_point=str(two.points["C-1"]), by="officer", **look)
    for wrong in ("seven", "-1", "²", "1"):
        with pytest.raises(BadInput):
            actions.look_at_usage(usage_point=wrong, by="clerk", **look)


@pytest.mark.parametrize(
    ("elements", "columns"),
    [
        (("monthly_usage", "zip"), {"customer", "month", "total", "zip"}),
        (("zip", "customer_class"), {"customer", "zip", "customer_class"}),
        (("name",), {"customer", "name"}),
    ],
)
def test_what_is_delivered_is_what_was_asked_for(two, gate, elements, columns):
    request = actions.decide(request=asked(elements=elements), gate=gate, by="officer", on=ON)
    assert request.state == "permitted"
    assert columns <= set(actions.fulfil(request=request, gate=gate, by="analyst", on=ON).table.column_names)


def test_the_worklist_has_what_is_open_the_most_urgent_first(adopted):
    late = actions.ask(request=disclosure(), by="analyst", on=ON, due_on=date(2026, 3, 20))
    whenever = asked()
    soon = actions.ask(request=disclosure(), by="analyst", on=ON, due_on=date(2026, 3, 10))
    actions.close(request=asked(), why="Withdrawn.", by="officer", on=ON)
    assert list(queries.worklist()) == [soon, late, whenever]
    assert queries.by_reference(soon.reference) == soon
    assert queries.all_requests().count() == 4


def test_closing_needs_a_reason_and_is_the_end(adopted, gate):
    request = asked()
    with pytest.raises(BadInput):
        actions.close(request=request, why="", by="officer", on=ON)
    actions.close(request=request, why="Withdrawn.", by="officer", on=ON)
    with pytest.raises(Refused):
        actions.close(request=request, why="Again.", by="officer", on=ON)
    assert not any(checks.can_move_to(request, state) for state in State)


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": ""},
        {"elements": ()},
        {"recipient": ""},
        {"period": Period(date(2026, 2, 1), date(2026, 2, 1))},
        {"subjects": Subjects.of("f" * 32)},
    ],
)
def test_what_makes_no_sense_does_not_reach_the_documents(adopted, wrong):
    with pytest.raises(BadInput):
        asked(**wrong)


def test_the_log_learns_each_step_by_reference_and_chain(two, gate):
    request = actions.decide(
        request=asked(subjects=Subjects.of(two.customers["C-1"])), gate=gate, by="officer", on=ON
    )
    actions.fulfil(request=request, gate=gate, by="analyst", on=ON)
    told = OutboxEvent.objects.filter(name__startswith="request.")
    assert {event.name for event in told} == {"request.received", "request.decided", "request.fulfilled"}
    chains = gate.sources.customers.chains([two.customers["C-1"]])
    assert all(event.subjects == chains and event.detail["request"] == request.reference for event in told)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "odd"},
        {"state": "permitted"},
        {"state": "fulfilled"},
        {"state": "closed"},
        {"decided_by": "x"},
        {"fulfilled_by": "x", "fulfilled_on": ON},
        {"closed_by": "x", "closed_on": ON},
        {"asked_by": ""},
    ],
)
def test_the_database_keeps_states_and_dates_together(adopted, wrong):
    request = asked()
    with pytest.raises(IntegrityError), transaction.atomic():
        DataRequest.objects.filter(pk=request.pk).update(**wrong)


def test_every_open_request_can_be_decided_and_closed():
    assert set(TABLE) == set(State)
    for state in OPEN:
        assert {*DECIDED, State.CLOSED} <= TABLE[state]
