"""Every ruling of the Citizens pack: ruled otherwise, the decision is another one. And the seven uses, one by one."""

from datetime import date

import pytest

from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.cases import read_cases

TODAY = date(2026, 1, 5)
GOOD = {case.about: case for case in read_cases("citizens")}
SILENT = GOOD["a new use, told and met with silence"]
SEVEN = {
    "CIT/4-a": "customer_service",
    "CIT/4-b": "dispute_or_inquiry",
    "CIT/4-c": "service_interruption",
    "CIT/4-d": "site_operation",
    "CIT/4-e": "forward_communication",
    "CIT/4-f": "internet_security",
    "CIT/4-g": "legal_compliance",
}


@pytest.mark.parametrize(
    ("case", "changed", "ruling", "before", "after"),
    [
        (
            GOOD["a promotion to an address given for service"],
            {},
            {"11.12": "own_promotions"},
            "refuse",
            "permit",
        ),
        (
            GOOD["an e-mail address from a question is used for marketing"],
            {"use.third_party_solicitation": False},
            {"11.12": "own_promotions"},
            "refuse",
            "permit",
        ),
        (
            GOOD["an e-mail address from a question is used for marketing"],
            {"use.third_party_solicitation": True},
            {"11.12": "own_promotions"},
            "refuse",
            "refuse",
        ),
        (SILENT, {"customer.limited": False}, {"R6": "silence_accepts"}, "refuse", "permit"),
        (SILENT, {"customer.limited": True}, {"R6": "silence_accepts"}, "refuse", "refuse"),
        (
            GOOD["a child registers with a parent's consent"],
            {},
            {"R9": "parental_consent"},
            "refuse",
            "permit",
        ),
        (
            GOOD["a child registers"],
            {"customer.parental_consent": False},
            {"R9": "parental_consent"},
            "refuse",
            "refuse",
        ),
        (GOOD["the business is sold"], {}, {"R10": "consent_first"}, "permit", "refuse"),
        (GOOD["specific demographic information"], {}, {"C1": "yes"}, "refuse", "permit"),
        (GOOD["the user did not sign up"], {"customer.consent": True}, {"C1": "yes"}, "refuse", "permit"),
        (GOOD["the browsers' types go to anybody"], {}, {"C2": "personal"}, "permit", "refuse"),
    ],
)
def test_ruled_otherwise(case, changed, ruling, before, after):
    pack, facts = load_pack("citizens"), case.facts | changed
    ruled = pack.ruled(ruling, by="privacy officer", on=TODAY)
    assert decide(pack, action=case.action, facts=facts, on=TODAY).outcome == before
    assert decide(ruled, action=case.action, facts=facts, on=TODAY).outcome == after


@pytest.mark.parametrize(("clause", "purpose"), SEVEN.items())
def test_each_of_the_seven_uses_is_permitted_by_its_own_letter(clause, purpose):
    facts = GOOD["answering a question"].facts | {"purpose.name": purpose}
    decision = decide(load_pack("citizens"), action="use", facts=facts, on=TODAY)
    assert decision.outcome == "permit"
    assert clause in {one.id for one in decision.clauses}


@pytest.mark.parametrize("kind", ["covered", "customer", "site_visitor"])
def test_every_kind_of_personal_information_is_closed(kind):
    facts = GOOD["no consent"].facts | {"data.kind": kind}
    decision = decide(load_pack("citizens"), action="disclose", facts=facts, on=TODAY)
    assert (decision.outcome, [one.id for one in decision.clauses]) == ("refuse", ["CIT/14"])


def test_the_register_lets_routine_purposes_state_that_they_are_no_marketing():
    """Products of others are the one registered purpose that says it is."""
    purposes = load_pack("citizens").purposes
    marketing = {name for name, purpose in purposes.items() if purpose.states["use.commercial_marketing"]}
    assert marketing == {"energy_products"}
    assert set(SEVEN.values()) <= set(purposes)
