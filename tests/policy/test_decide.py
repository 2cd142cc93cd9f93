"""What a decision promises, whatever the pack: shape, citations, unknown facts, dates, providers, rulings."""

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.clocks import Closure
from meterkeep.errors import BadInput
from meterkeep.policy import decide, load_pack, pack_ids
from meterkeep.policy.language.clauses import DutyRule
from meterkeep.policy.language.vocabulary import REMEDIES, vocabulary

ON = date(2026, 1, 5)
ACTIONS = ("collect", "access", "use", "disclose", "release_aggregate")
CONTRACTOR = {
    "data.kind": "covered",
    "recipient.kind": "contractor",
    "purpose.class": "primary",
    "purpose.name": "efficiency_program",
    "contract.on_behalf": True,
    "contract.in_force": True,
    "contract.covers_purpose": True,
    "contract.program_use_only": True,
    "contract.no_less_protective": True,
    "contract.breach_term": True,
    "elements.within_need": True,
    "recipient.ceased": False,
    "order.explicit": False,
    "authorization.given": False,
    "channel": "secure",
    "use.third_party_solicitation": False,
    "use.sale": False,
}


def values(fact):
    if fact.type == "int":
        return st.sampled_from((0, 6, 7, 14, 15, 149_999, 150_000))
    return st.sampled_from((True, False) if fact.type == "bool" else fact.values)


named = {name: values(fact) for name, fact in vocabulary().facts.items() if not name.startswith("provider.")}
most_facts = st.fixed_dictionaries(named).flatmap(
    lambda facts: st.sets(st.sampled_from(sorted(facts)), max_size=5).map(
        lambda gone: {name: value for name, value in facts.items() if name not in gone}
    )
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(("cea", "cpa")), st.sampled_from(ACTIONS), most_facts)
def test_every_outcome_is_carried_by_a_clause_and_asks_only_for_absent_facts(provider, action, facts):
    decision = decide(load_pack(provider), action=action, facts=facts, on=ON)
    if decision.why == "facts":
        assert decision.clauses
        assert bool(decision.missing) == (decision.outcome == "undetermined")
    assert not set(decision.missing) & facts.keys()
    wanted = {"permit": {"permit"}, "refuse": {"forbid"}}.get(decision.outcome, {"permit", "forbid"})
    assert {clause.effect for clause in decision.clauses} <= wanted


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(("cea", "cpa")), st.sampled_from(ACTIONS), most_facts, st.data())
def test_supplying_missing_facts_never_unsettles_a_settled_outcome(provider, action, facts, data):
    pack = load_pack(provider)
    before = decide(pack, action=action, facts=facts, on=ON)
    full = {name: data.draw(values(fact)) for name, fact in vocabulary().facts.items() if name in named}
    said_by_the_action = dict(pack.implied.get(action, {}))  # totals are aggregates, whatever is not said
    after = decide(pack, action=action, facts=full | said_by_the_action | facts, on=ON)
    assert after.outcome != "undetermined" or after.why == "not_applicable"
    if before.outcome != "undetermined":
        assert after.outcome == before.outcome


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(("cea", "cpa")), st.sampled_from(("access", "disclose", "release_aggregate")), most_facts
)
def test_advice_is_lawful_and_ends_the_refusal(provider, action, facts):
    decision = decide(load_pack(provider), action=action, facts=facts, on=ON)
    assert not decision.advice or decision.outcome == "refuse"
    for way in decision.advice:
        assert way.unmet
        assert all(vocabulary().facts[one.fact].remedy in REMEDIES for one in way.unmet)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(("cea", "cpa")), most_facts)
def test_solicitation_is_refused_whatever_else_holds_and_without_advice(provider, facts):
    told = facts | {"use.third_party_solicitation": True}
    decision = decide(load_pack(provider), action="disclose", facts=told, on=ON)
    assert decision.outcome == "refuse"
    assert not decision.advice


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(("covered", "customer")), most_facts)
def test_a_contractor_in_breach_never_receives(kind, facts):
    told = facts | {"recipient.kind": "contractor", "recipient.ceased": True, "data.kind": kind}
    assert decide(load_pack("cea"), action="disclose", facts=told, on=ON).outcome == "refuse"


@settings(max_examples=60, deadline=None)
@given(most_facts, st.integers(0, 14))
def test_an_aggregate_below_the_number_never_goes_out(facts, customers):
    told = {name: value for name, value in facts.items() if name != "data.kind"} | {
        "aggregate.customers": customers
    }
    assert decide(load_pack("cea"), action="release_aggregate", facts=told, on=ON).outcome == "refuse"


def test_the_json_has_the_fixed_shape():
    refused = decide(
        load_pack("cea"), action="disclose", facts=CONTRACTOR | {"contract.in_force": False}, on=ON
    )
    told = refused.as_json()
    assert list(told) == [
        "outcome", "why", "clauses", "missing", "duties", "advice", "interpretations", "provider", "pack_digest", "on",
    ]  # fmt: skip
    assert told["clauses"][0].keys() == {"id", "effect", "summary"}
    assert told["advice"][0] == {
        "clause": "CEA-04/6.5-b",
        "unmet": [
            {
                "fact": "contract.in_force",
                "says": "the contract is in force on the date",
                "remedy": "contract",
            }
        ],
    }
    assert (told["provider"], told["on"], len(told["pack_digest"])) == ("cea", "2026-01-05", 64)


def test_duties_come_with_their_day():
    facts = {
        "data.kind": "covered", "recipient.kind": "court_or_police", "order.subpoena": True, "legal.notice_days": 2,
        "order.notice_forbidden": False, "data.contact_only": False, "circumstance.imminent_threat": False,
    }  # fmt: skip
    (duty,) = decide(load_pack("us-ca-cca"), action="disclose", facts=facts, on=ON).duties
    assert duty.due == date(2026, 1, 12)


def test_a_clause_of_the_law_says_that_it_is_not_the_providers():
    sold = decide(
        load_pack("cea"), action="disclose", facts={"data.kind": "covered", "use.sale": True}, on=ON
    )
    assert "not from the provider's own documents" in sold.clauses[0].summary
    facts = CONTRACTOR | {"recipient.kind": "emergency_services", "circumstance.imminent_threat": True}
    helped = decide(load_pack("cea"), action="disclose", facts=facts, on=ON)
    assert any("not yet checked" in clause.summary for clause in helped.clauses if clause.id == "CPUC/4-d")


@pytest.mark.parametrize("provider", ["cea", "cpa"])
@pytest.mark.parametrize("action", ACTIONS)
def test_before_adoption_nothing_is_in_force(provider, action):
    pack = load_pack(provider)
    day = min(document.effective for document in pack.documents)
    early = decide(pack, action=action, facts=CONTRACTOR, on=date.fromordinal(day.toordinal() - 1))
    assert (early.outcome, early.why, early.clauses, early.missing) == (
        "undetermined",
        "not_in_force",
        (),
        (),
    )
    assert decide(pack, action=action, facts=CONTRACTOR, on=day).why != "not_in_force"


def test_provider_facts_given_override_the_packs_own():
    told = CONTRACTOR | {"provider.kind": "municipal"}
    assert decide(load_pack("cea"), action="disclose", facts=told, on=ON).why == "not_applicable"


def test_what_no_document_speaks_of_is_not_applicable():
    decision = decide(load_pack("cea"), action="collect", facts={"data.kind": "aggregate"}, on=ON)
    assert (decision.outcome, decision.why, decision.missing) == ("undetermined", "not_applicable", ())


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"contract.in_forse": True}, "contract.in_forse"),
        ({"contract.in_force": "yes"}, "contract.in_force"),
        ({"contract.in_force": 1}, "contract.in_force"),
        ({"aggregate.customers": True}, "aggregate.customers"),
        ({"aggregate.customers": 15.0}, "aggregate.customers"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": None}, "channel"),
    ],
)
def test_a_fact_outside_the_vocabulary_is_named(facts, named):
    with pytest.raises(BadInput) as caught:
        decide(load_pack("cea"), action="disclose", facts=facts, on=ON)
    assert named in caught.value.message
    assert caught.value.next


def test_a_ruling_changes_decisions_without_code_and_is_cited():
    pack = load_pack("cea")
    facts = CONTRACTOR | {"recipient.kind": "emergency_services", "circumstance.imminent_threat": True}
    as_shipped = decide(pack, action="disclose", facts=facts, on=ON)
    strict = pack.ruled({"R2": "refused"}, by="Privacy officer", on=ON)
    as_ruled = decide(strict, action="disclose", facts=facts, on=ON)
    assert (as_shipped.outcome, as_ruled.outcome) == ("permit", "refuse")
    assert "R2" in [one.id for one in as_shipped.interpretations]
    assert as_shipped.pack_digest != as_ruled.pack_digest


def test_a_ruling_outside_its_choices_is_refused():
    with pytest.raises(BadInput, match="R2"):
        load_pack("cea").ruled({"R2": "perhaps"}, by="Privacy officer", on=ON)


def test_the_adopted_numbers_are_dated_and_cited():
    figure = load_pack("cea").figure("aggregate.minimum_customers", ON)
    assert (figure.value, figure.cite) == (15, "CEA-03/4.1-a")
    with pytest.raises(BadInput):
        load_pack("cea").figure("aggregate.minimum_customers", date(2020, 2, 19))
    assert "aggregate.minimum_customers" not in load_pack("cpa").parameters


def test_purposes_fix_what_routine_work_need_not_be_asked():
    purposes = load_pack("cea").purposes
    assert purposes["power_or_billing"].states["use.third_party_solicitation"] is False
    assert purposes["bill_collection"].states["purpose.class"] == "primary"
    assert "purpose.class" not in purposes["program_communication"].states


def test_every_pack_loads_and_has_its_own_digest():
    assert {"cea", "cpa", "us-ca-cca"} <= set(pack_ids())
    assert len({load_pack(pack).digest for pack in pack_ids()}) == len(pack_ids())


@pytest.mark.slow
def test_many_decisions_a_second():
    pack, started = load_pack("cea"), time.process_time()
    for _ in range(100_000):
        decide(pack, action="disclose", facts=CONTRACTOR, on=ON)
    assert 100_000 / (time.process_time() - started) > 100_000


def test_closures_given_pause_a_staff_clock_and_are_not_remembered():
    pack = load_pack("cea")
    staffs = DutyRule(do="Tell the customer.", within="3 business days", clock="staff")
    documents = tuple(
        replace(document, clauses=tuple(replace(clause, duties=(staffs,)) for clause in document.clauses))
        for document in pack.documents
    )
    pack = replace(pack, documents=documents, compiled={})
    shut = Closure(on=date(2026, 1, 7), name="Inventory", cite="")

    def due(**more):
        decision = decide(pack, action="disclose", facts=CONTRACTOR, on=ON, **more)
        return next(duty.due for duty in decision.duties if duty.do == staffs.do)

    assert (due(), due(closures=[shut]), due()) == (date(2026, 1, 8), date(2026, 1, 9), date(2026, 1, 8))
