"""Every ruling of the LCE-006 pack that a clause reads: ruled otherwise, the decision is another one."""

from datetime import date

import pytest

from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.cases import read_cases

TODAY = date(2026, 1, 5)
GOOD = {case.about: case for case in read_cases("lce")}
CONTRACTOR = GOOD["a contractor in good order"]
AUTHORISED = GOOD["authorised by the customer"]
RELEASE = GOOD["totals for analysis"]
ORDERED = GOOD["an ordered service of the Commission's contractor"]


@pytest.mark.parametrize(
    ("case", "changed", "ruling", "before", "after"),
    [
        (RELEASE, {"aggregate.traceable": True}, {"11.15": "three_tests"}, "refuse", "permit"),
        (RELEASE, {"purpose.name": "research"}, {"R7": "three_only"}, "undetermined", "refuse"),
        (
            RELEASE,
            {"purpose.name": "research", "discretion.recorded": True},
            {"R7": "three_only"},
            "permit",
            "refuse",
        ),
        (CONTRACTOR, {"contract.breach_term": False}, {"11.16": "one_promise"}, "refuse", "permit"),
        (ORDERED, {"contract.breach_term": False}, {"R4": "own_contracts"}, "refuse", "permit"),
        (CONTRACTOR, {"contract.breach_term": False}, {"R4": "own_contracts"}, "refuse", "refuse"),
        (
            CONTRACTOR,
            {"recipient.ceased": True, "order.explicit": True},
            {"R3": "order_prevails"},
            "refuse",
            "permit",
        ),
        (GOOD["an emergency"], {}, {"R2": "refused"}, "permit", "refuse"),
        (AUTHORISED, {"elements.within_need": False}, {"R8": "need_too"}, "permit", "refuse"),
        (
            GOOD["own use that the customer authorised"],
            {"elements.within_need": False},
            {"R8": "need_too"},
            "permit",
            "refuse",
        ),
    ],
)
def test_ruled_otherwise(case, changed, ruling, before, after):
    pack, facts = load_pack("lce"), case.facts | changed
    ruled = pack.ruled(ruling, by="privacy officer", on=TODAY)
    assert decide(pack, action=case.action, facts=facts, on=TODAY).outcome == before
    assert decide(ruled, action=case.action, facts=facts, on=TODAY).outcome == after


@pytest.mark.parametrize("case", [CONTRACTOR, GOOD["trained staff"]])
def test_credit_reporting_is_primary_only_where_the_adopter_says_so(case):
    """The purpose register leaves its class open, so nothing is settled until it is ruled (R5)."""
    pack = load_pack("lce")
    facts = {name: value for name, value in case.facts.items() if name != "purpose.class"}
    facts |= {"purpose.name": "credit_reporting", "contract.breach_term": True}
    asked = decide(pack, action=case.action, facts=facts, on=TODAY)
    assert (asked.outcome, asked.missing) == ("undetermined", ("purpose.class",))
    ruled = pack.ruled({"R5": "all_three"}, by="privacy officer", on=TODAY)
    assert decide(ruled, action=case.action, facts=facts, on=TODAY).outcome == "permit"


def test_the_registered_purposes_settle_what_routine_work_needs():
    """Gas counts as power does; a collector's purpose is part of billing (4.4, R5)."""
    purposes = load_pack("lce").purposes
    assert "gas" in purposes["power_or_billing"].title
    assert purposes["bill_collection"].cls == "primary"
    assert purposes["credit_reporting"].cls == ""
