"""Every ruling of the Oklahoma pack: ruled otherwise, the decision is another one. And what no ruling changes."""

from dataclasses import replace
from datetime import date

import pytest

from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.cases import read_cases
from meterkeep.policy.language.pack import Figure

TODAY = date(2026, 1, 5)
GOOD = {case.about: case for case in read_cases("ok-utility")}
RELEASE = GOOD["totals for research"]
USE = GOOD["an internal purpose outside the examples waits for approval"]
ROWS = ["OKL-1", "OKL-6", "OKL-7", "OKL-8", "710.1", "710.2", "710.8"]


@pytest.mark.parametrize(
    ("case", "changed", "ruling", "before", "after"),
    [
        (RELEASE, {"aggregate.customers": 14}, {"O1": "own_number"}, "permit", "refuse"),
        (RELEASE, {"aggregate.customers": 15}, {"O1": "own_number"}, "permit", "permit"),
        (GOOD["a collection agency that acts for the utility"], {}, {"O2": "named_only"}, "permit", "refuse"),
        (GOOD["a contractor after a written undertaking"], {}, {"O2": "named_only"}, "permit", "permit"),
        (
            RELEASE,
            {"purpose.name": "energy_products", "approval.given": True},
            {"O4": "five_only"},
            "permit",
            "refuse",
        ),
        (USE, {"purpose.class": "primary"}, {"O5": "register"}, "undetermined", "permit"),
        (USE, {"purpose.class": "secondary"}, {"O5": "register"}, "undetermined", "refuse"),
        (RELEASE, {"aggregate.identifiers_removed": False}, {"O6": "asked"}, "permit", "refuse"),
        (RELEASE, {}, {"O6": "asked"}, "permit", "undetermined"),
    ],
)
def test_ruled_otherwise(case, changed, ruling, before, after):
    pack, facts = load_pack("ok-utility"), case.facts | changed
    ruled = pack.ruled(ruling, by="privacy officer", on=TODAY)
    assert decide(pack, action=case.action, facts=facts, on=TODAY).outcome == before
    assert decide(ruled, action=case.action, facts=facts, on=TODAY).outcome == after


def test_where_all_usage_is_standard_nothing_is_charged():
    case = GOOD["real-time usage, on written request and at cost"]
    pack = load_pack("ok-utility")
    ruled = pack.ruled({"O3": "all_standard"}, by="privacy officer", on=TODAY)
    charged, free = (decide(one, action=case.action, facts=case.facts, on=TODAY) for one in (pack, ruled))
    assert (charged.outcome, free.outcome) == ("permit", "permit")
    assert charged.duties
    assert not free.duties


@pytest.mark.parametrize(("customers", "outcome"), [(24, "refuse"), (25, "permit")])
def test_the_adopters_own_number_counts(customers, outcome):
    """The Act has none: the shipped figure is a starting value, marked as such."""
    pack = load_pack("ok-utility")
    known = pack.parameters["aggregate.minimum_customers"]
    assert not known.figures[0].verified
    own = replace(known, figures=(Figure(25, "OK/710.7-b-2", date(2026, 1, 1)),))
    ruled = replace(pack, parameters={own.name: own}, compiled={}).ruled(
        {"O1": "own_number"}, by="privacy officer", on=TODAY
    )
    facts = RELEASE.facts | {"aggregate.customers": customers}
    assert decide(ruled, action="release_aggregate", facts=facts, on=TODAY).outcome == outcome


@pytest.mark.parametrize("kind", ["cooperative", "investor_owned"])
def test_both_kinds_of_utility_need_approval_for_marketing(kind):
    """The Commission's, or at a self-regulated cooperative its board's: the fact is the same."""
    facts = {"provider.kind": kind, "data.kind": "covered", "purpose.name": "energy_products"}
    assert decide(load_pack("ok-utility"), action="use", facts=facts, on=TODAY).missing == ("approval.given",)


def test_commentary_and_what_was_not_seen_decide_nothing():
    clauses = {clause.id: clause for clause in load_pack("ok-utility").clauses}
    assert all(clauses[f"OK/{row}"].kind == "info" for row in ROWS)
    assert not any(clauses[f"OK/{section}"].verified for section in ("710.1", "710.4-a", "710.8"))
