"""Promise 2: a refused or undetermined request yields no data, and says which clause or which missing fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from gate.world import ON, STAFF

from meterkeep import errors
from meterkeep.errors import BadInput
from meterkeep.gate import CustomerFacts, NoPolicy, Refused, Subjects, Undetermined


def test_a_permitted_use_opens_and_is_recorded(metered) -> None:
    with metered.gate.open(metered.ask(), by="analyst", on=ON) as grant:
        table = grant.readings()
        grant.deliver(table, to="")
    assert len(table) == 2 * 59 * 24
    assert metered.names()[-2:] == ["use.intent", "use.delivered"]


def test_solicitation_is_refused_with_its_clause_and_logged(metered) -> None:
    ask = metered.ask(
        action="disclose",
        recipient="mailer",
        declared={"use.third_party_solicitation": True},
        purpose="other",
    )
    metered.facts.told = {**STAFF, "recipient.kind": "contractor"}
    with pytest.raises(Refused) as refused, metered.gate.open(ask, by="analyst", on=ON):
        pytest.fail("a refused request opened")
    assert any(clause.id.startswith("CEA-03/5.3") for clause in refused.value.decision.clauses)
    assert metered.names()[-1] == "disclosure.refused"


def test_a_missing_fact_is_named_and_nothing_opens(metered) -> None:
    metered.facts.told = {name: value for name, value in STAFF.items() if name != "person.need_to_know"}
    ask = metered.ask(action="access", elements=("interval_usage", "name"))
    with (
        pytest.raises(Undetermined, match=r"person\.need_to_know"),
        metered.gate.open(ask, by="clerk", on=ON),
    ):
        pytest.fail("an undetermined request opened")
    assert metered.names()[-1] == "access.undetermined"


def test_without_adopted_documents_nothing_opens(metered) -> None:
    metered.policy.pack_id = None
    with pytest.raises(NoPolicy), metered.gate.open(metered.ask(), by="analyst", on=ON):
        pytest.fail("opened without a policy")
    assert metered.names()[-1] == "use.undetermined"


def test_a_day_to_come_is_refused(metered) -> None:
    with pytest.raises(BadInput, match="still to come"):
        metered.gate.rule(metered.ask(), by="analyst", on=ON + timedelta(days=1))


def test_nobody_acting_is_refused(metered) -> None:
    with pytest.raises(BadInput, match="Nobody is named"):
        metered.gate.rule(metered.ask(), by=" ", on=ON)


def test_customers_whose_own_facts_differ_are_left_out_and_counted(metered) -> None:
    limited = "c" * 31 + "3"
    metered.facts.told = {**STAFF, "recipient.kind": "authorised_third_party"}
    given = {f"authorization.{fact}": True for fact in AUTHORIZED}
    metered.choices.told = CustomerFacts(
        common={**given, "authorization.cancelled": False, "authorization.incentive": False},
        exceptions={limited: {"authorization.cancelled": True}},
    )
    ask = metered.ask(
        action="disclose",
        purpose="research",
        recipient="study",
        declared={"use.third_party_solicitation": False, "use.sale": False, "data.real_time": False},
    )
    ruling = metered.gate.rule(ask, by="analyst", on=ON)
    assert limited not in ruling.permitted
    assert len(ruling.permitted) == 2, ruling.decision
    assert [left.customers for left in ruling.left_out] == [(limited,)]


AUTHORIZED = (
    "given",
    "names_recipient",
    "names_purpose",
    "covers_elements",
    "in_period",
    "written",
    "separate",
)


def test_a_grant_gives_only_what_was_asked(metered) -> None:
    with metered.gate.open(metered.ask(), by="analyst", on=ON) as grant:
        with pytest.raises(BadInput, match="was not asked for"):
            grant.identities()
        with pytest.raises(BadInput, match="another recipient"):
            grant.deliver(b"", to="somebody else")
        outside = type(metered.ask().period)(date(2025, 12, 1), date(2026, 2, 1))
        with pytest.raises(BadInput, match="outside the granted period"):
            grant.readings(period=outside)
    with pytest.raises(BadInput, match="closed"):
        grant.readings()


RELEASABLE = {
    **dict.fromkeys(("identifiers_removed", "similarly_situated", "one_area"), True),
    **dict.fromkeys(
        ("traceable", "habits_deducible", "size_reveals", "class_reveals", "nature_reveals"), False
    ),
    "customers": 100,
    "largest_share_ppm": 10,
    "largest_share_ppm_up": 10,
}


@pytest.mark.parametrize(
    "asked",
    [
        {"action": "collect"},
        {
            "action": "release_aggregate",
            "purpose": "reporting",
            "declared": {f"aggregate.{name}": value for name, value in RELEASABLE.items()}
            | {"approval.given": True, "discretion.recorded": True},
        },
    ],
    ids=["collecting", "a release"],
)
def test_neither_collecting_nor_a_release_opens_anybodys_data(metered, asked) -> None:
    """Both are decided without asking whether whoever acts needs to know."""
    metered.facts.told = {"recipient.kind": "public"}
    ask = metered.ask(**asked, elements=("interval_usage", "zip", "name"), channel="website")
    with metered.gate.open(ask, by="anybody", on=ON) as grant:
        for opening in (grant.readings, grant.totals, grant.attributes, grant.identities):
            with pytest.raises(BadInput, match="opens nobody's data"):
                opening()


def test_a_grant_left_without_delivery_says_so(metered) -> None:
    with metered.gate.open(metered.ask(), by="analyst", on=ON):
        pass
    assert metered.names()[-1] == "use.not_delivered"


def test_a_failure_inside_is_recorded(metered) -> None:
    with pytest.raises(ZeroDivisionError), metered.gate.open(metered.ask(), by="analyst", on=ON):
        1 / 0  # noqa: B018
    assert metered.names()[-1] == "use.failed"


def test_what_a_register_answers_for_cannot_be_declared(metered) -> None:
    ask = metered.ask(declared={"person.training_current": True})
    with pytest.raises(BadInput, match="cannot be declared"):
        metered.gate.rule(ask, by="stranger", on=ON)


@pytest.mark.parametrize("by", ["jane@example.org", "Jane Sample", "a" * 65, "-x", "x\ny"])
def test_the_log_never_learns_a_name_as_who_acts(metered, by) -> None:
    before = metered.gate.journal.size
    with pytest.raises(BadInput, match="named by an id"):
        metered.gate.rule(metered.ask(), by=by, on=ON)
    with pytest.raises(BadInput, match="named by an id"):
        metered.gate.take_in(metered.folder / "none", by=by, on=ON)
    assert metered.gate.journal.size == before


@pytest.mark.parametrize("where", ["purpose", "recipient"])
def test_nor_a_sentence_as_purpose_or_recipient(metered, where) -> None:
    with pytest.raises(BadInput, match="by its code") as told:
        metered.gate.rule(metered.ask(**{where: "for Jane Sample"}), by="analyst", on=ON)
    assert told.value.where == where and "Jane" not in str(told.value)


class Since:
    """FactSource whose facts hold up to a day and not from it on."""

    name = "register"

    def __init__(self, day: date) -> None:
        self.day = day

    def facts(self, request, *, by, on):
        return {**STAFF, "person.need_to_know": on < self.day}


@pytest.mark.parametrize(("lapsed", "opens"), [(ON, False), (date(2026, 3, 3), True)])
def test_a_day_gone_by_opens_nothing_that_today_would_not(metered, lapsed, opens) -> None:
    gate = replace(metered.gate, sources=replace(metered.gate.sources, facts=(Since(lapsed),)))
    yesterday = date(2026, 3, 1)
    assert gate.rule(metered.ask(), by="analyst", on=yesterday).decision.outcome == "permit"
    if opens:
        with gate.open(metered.ask(), by="analyst", on=yesterday) as grant:
            assert len(grant.customers) == 3
    else:
        with pytest.raises(Refused), gate.open(metered.ask(), by="analyst", on=yesterday):
            pass
        assert metered.names()[-1] == "use.refused"


def test_nor_for_a_customer_who_has_withdrawn_since(metered) -> None:
    yesterday, withdrawn = date(2026, 3, 1), "c" * 31 + "3"
    metered.facts.told = {**STAFF, "recipient.kind": "authorised_third_party"}
    given = {f"authorization.{fact}": True for fact in AUTHORIZED}
    given |= {"authorization.cancelled": False, "authorization.incentive": False}

    class Choices:
        name = "choices"

        def facts(self, request, customers, *, by, on):
            over = {withdrawn: {"authorization.cancelled": True}} if on == ON else {}
            return CustomerFacts(common=given, exceptions=over)

    gate = replace(metered.gate, sources=replace(metered.gate.sources, customer_facts=(Choices(),)))
    ask = metered.ask(
        action="disclose",
        purpose="research",
        recipient="study",
        declared={"use.third_party_solicitation": False, "use.sale": False, "data.real_time": False},
    )
    assert withdrawn in gate.rule(ask, by="analyst", on=yesterday).permitted
    with gate.open(ask, by="analyst", on=yesterday) as grant:
        assert len(grant.customers) == 2 and withdrawn not in grant.customers
        assert [left.customers for left in grant.left_out] == [(withdrawn,)]


@pytest.mark.parametrize("subjects", [Subjects.of("b" * 31 + "2"), Subjects.everyone()])
def test_a_customer_opens_nobody_elses_information_whoever_may_receive_it(metered, subjects) -> None:
    ask = metered.ask(subjects=subjects)
    assert metered.gate.rule(ask, by="a" * 32, on=ON).decision.outcome == "permit"
    with pytest.raises(errors.Refused, match="nobody else's"), metered.gate.open(ask, by="a" * 32, on=ON):
        pass
