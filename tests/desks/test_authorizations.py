from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.authorizations import actions, checks, queries
from meterkeep.desks.authorizations.models import Authorization
from meterkeep.desks.authorizations.sources import AuthorizationFacts
from meterkeep.desks.authorizations.states import ENDED, TABLE, State
from meterkeep.desks.customers.models import Customer
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.parties.actions import record_party
from meterkeep.errors import BadInput, Refused
from meterkeep.gate import Period, Request, Subjects

ON = date(2026, 3, 2)
BEFORE, AFTER = date(2026, 3, 1), date(2026, 3, 3)
ANA, BEN = "a" * 32, "b" * 32
pytestmark = pytest.mark.django_db


@pytest.fixture
def sunwise(adopted):
    Customer.objects.create(id=ANA, chain="c" * 32)
    Customer.objects.create(id=BEN, chain="d" * 32)
    return record_party(
        id="sunwise", name="Sunwise (synthetic)", kind="authorised_third_party", by="officer", on=BEFORE
    )


def offer(customer=ANA, **changes):
    said = {
        "party": "sunwise",
        "purposes": ["efficiency_program"],
        "elements": ["interval_usage", "rate_class"],
        "start": ON,
        "end": date(2027, 3, 2),
        "mechanism": "web",
    }
    return actions.offer(customer=customer, **{**said, **changes}, by=customer, on=BEFORE)


def granted(customer=ANA, **changes):
    authorization = offer(customer, **changes)
    actions.grant(authorization=authorization, by=customer, on=BEFORE)
    return authorization


def facts(customer=ANA, *, on=ON, **changes):
    said = {
        "action": "disclose",
        "purpose": "efficiency_program",
        "elements": ("interval_usage",),
        "subjects": Subjects.everyone(),
        "period": Period(date(2025, 1, 1), date(2026, 1, 1)),
        "recipient": "sunwise",
    }
    found = AuthorizationFacts().facts(Request(**{**said, **changes}), [ANA, BEN], by="analyst", on=on)
    told = {**found.common, **found.exceptions.get(customer, {})}
    return {name.removeprefix("authorization."): value for name, value in told.items()}


ALL_GOOD = {
    "given": True,
    "names_recipient": True,
    "names_purpose": True,
    "covers_elements": True,
    "in_period": True,
    "cancelled": False,
    "written": True,
    "separate": True,
}


def test_without_an_authorization_none_is_given(sunwise):
    offer()
    assert facts() == {"given": False}


def test_what_a_customer_grants_on_the_web_is_written_and_separate(sunwise):
    granted()
    assert facts() == ALL_GOOD
    assert facts(BEN) == {"given": False}


@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        ({"recipient": "somebody-else"}, "names_recipient"),
        ({"purpose": "research"}, "names_purpose"),
        ({"elements": ("interval_usage", "billing")}, "covers_elements"),
        ({"on": BEFORE}, "in_period"),
        ({"on": date(2027, 3, 2)}, "in_period"),
    ],
)
def test_each_thing_that_was_not_granted_is_false(sunwise, asked, fact):
    granted()
    assert facts(**asked) == {**ALL_GOOD, fact: False}


def test_the_last_day_is_inside(sunwise):
    granted()
    assert facts(on=date(2027, 3, 1)) == ALL_GOOD


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        (date(2025, 6, 1), date(2025, 9, 1), True),
        (date(2025, 5, 31), date(2025, 9, 1), False),
        (date(2025, 6, 1), date(2025, 9, 2), False),
    ],
)
def test_only_readings_of_the_granted_days_are_covered(sunwise, start, end, inside):
    granted(data_start=date(2025, 6, 1), data_end=date(2025, 9, 1))
    assert facts(period=Period(start, end))["in_period"] is inside


def test_on_paper_it_is_written_and_separate_only_where_somebody_says_so(sunwise):
    authorization = offer(mechanism="paper")
    actions.grant(authorization=authorization, by="clerk", on=BEFORE, written=True)
    found = facts()
    assert found["written"] is True and "separate" not in found


def test_cancelling_counts_from_its_day_on(sunwise):
    actions.cancel(authorization=granted(), mechanism="web", by=ANA, on=ON)
    assert facts(on=ON)["cancelled"] is True
    assert Authorization.objects.get().state == State.CANCELLED_BY_CUSTOMER


def test_as_of_a_day_before_the_cancellation_it_was_in_force(sunwise):
    actions.cancel(authorization=granted(), mechanism="web", by=ANA, on=AFTER)
    assert facts(on=ON) == ALL_GOOD
    assert facts(on=AFTER)["cancelled"] is True


def test_of_several_the_one_that_fits_speaks(sunwise):
    actions.cancel(authorization=granted(), mechanism="web", by=ANA, on=ON)
    granted(purposes=["research"])
    granted()
    assert facts() == ALL_GOOD
    assert facts(purpose="research") == ALL_GOOD


def test_what_the_provider_ends_is_no_longer_in_its_period(sunwise):
    authorization = granted()
    with pytest.raises(BadInput):
        actions.end_by_provider(authorization=authorization, why=" ", by="officer", on=ON)
    actions.end_by_provider(authorization=authorization, why="The programme closed.", by="officer", on=ON)
    assert facts() == {**ALL_GOOD, "in_period": False}


def test_what_has_run_out_is_closed_and_only_that(sunwise):
    granted(end=AFTER)
    offer(BEN, end=AFTER)
    still = [granted(BEN, end=date(2026, 3, 4)), offer(BEN, end=date(2026, 3, 4)), granted(BEN, end=None)]
    assert actions.expire(by="tick", on=AFTER) == 2
    assert actions.expire(by="tick", on=AFTER) == 0
    assert queries.of_customer(ANA).get().state == State.EXPIRED
    assert queries.to_party("sunwise").filter(state=State.TIMED_OUT).count() == 1
    for authorization in still:
        assert queries.by_reference(authorization.reference).state == authorization.state


@pytest.mark.parametrize(
    ("given", "cancelled", "allowed"),
    [
        ("web", "web", True),
        ("web", "phone", False),
        ("web", "paper", False),
        ("phone", "web", True),
        ("phone", "phone", True),
        ("phone", "paper", False),
        ("paper", "paper", True),
        ("paper", "web", True),
    ],
)
def test_cancelling_is_never_harder_than_granting_was(sunwise, given, cancelled, allowed):
    authorization = granted(mechanism=given)
    assert checks.can_cancel(authorization, mechanism=cancelled) is allowed
    if not allowed:
        with pytest.raises(Refused):
            actions.cancel(authorization=authorization, mechanism=cancelled, by=ANA, on=ON)


def test_only_the_customer_answers(sunwise):
    authorization = offer()
    for stranger in (BEN, "clerk"):
        with pytest.raises(Refused):
            actions.grant(authorization=authorization, by=stranger, on=ON)
    on_paper = offer(mechanism="paper")
    with pytest.raises(Refused):
        actions.decline(authorization=on_paper, by=BEN, on=ON)
    actions.decline(authorization=on_paper, by="clerk", on=ON)


def test_staff_cannot_cancel_in_a_customers_name_on_the_web(sunwise):
    with pytest.raises(Refused):
        actions.cancel(authorization=granted(), mechanism="web", by="clerk", on=ON)


@pytest.mark.parametrize("old", list(State))
@pytest.mark.parametrize("new", list(State))
def test_the_table_of_states_is_the_law(sunwise, old, new):
    authorization = offer()
    authorization.state = old
    if new in TABLE[old]:
        checks.check_move(TABLE, authorization.state, new, thing="authorization")
    else:
        with pytest.raises(Refused):
            checks.check_move(TABLE, authorization.state, new, thing="authorization")


@pytest.mark.parametrize(
    "wrong",
    [
        {"party": "nobody"},
        {"purposes": []},
        {"elements": []},
        {"purposes": ["ghost_hunting"]},
        {"elements": ["shoe_size"]},
        {"end": ON},
        {"data_start": ON, "data_end": ON},
        {"mechanism": "pigeon"},
    ],
)
def test_an_offer_makes_sense(sunwise, wrong):
    with pytest.raises(BadInput):
        offer(**wrong)


def test_the_log_learns_the_chain_and_never_the_customer(sunwise):
    actions.cancel(authorization=granted(), mechanism="web", by=ANA, on=ON)
    told = OutboxEvent.objects.filter(name__startswith="authorization.").order_by("at")
    assert {event.name for event in told} == {
        "authorization.offered",
        "authorization.granted",
        "authorization.cancelled",
    }
    assert all((event.subjects, event.actor) == (["c" * 32], "customer") for event in told)
    assert ANA not in str(list(told.values()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "odd"},
        {"mechanism": "pigeon"},
        {"end": ON},
        {"answered_by": ""},
        {"answered_on": None},
        {"state": State.OFFERED},
        {"state": State.EXPIRED},
        {"ended_by": "x"},
        {"ended_on": ON},
        {"ended_by": "x", "ended_on": ON},
        {"answered_on": date(2026, 2, 28)},
        {"data_start": ON, "data_end": ON},
    ],
)
def test_the_database_keeps_states_and_dates_together(sunwise, wrong):
    authorization = granted()
    with pytest.raises(IntegrityError), transaction.atomic():
        Authorization.objects.filter(pk=authorization.pk).update(**wrong)


def test_every_state_is_in_the_table_and_can_be_reached():
    assert set(TABLE) == set(State)
    assert {State.OFFERED, *(new for following in TABLE.values() for new in following)} == set(State)
    assert set(ENDED) == TABLE[State.GRANTED]


def test_the_diagrams_in_the_docs_are_the_tables():
    from meterkeep.desks.disclosures import states as disclosures
    from meterkeep.desks.releases import states as releases
    from meterkeep.desks.state_table import as_mermaid

    page = (Path(__file__).parents[2] / "docs" / "desks.md").read_text(encoding="utf-8")
    for table in (TABLE, disclosures.TABLE, releases.TABLE):
        assert as_mermaid(table) in page
