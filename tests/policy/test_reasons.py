"""Why nothing was decided, in words."""

from datetime import date

import pytest

from meterkeep.policy import decide, load_pack
from meterkeep.policy.deciding.reasons import reason_of

ON = date(2026, 1, 5)


def told(pack_id, facts, on=ON, action="disclose"):
    pack = load_pack(pack_id)
    return reason_of(pack, decide(pack, action=action, facts=facts, on=on).why, on, facts)


def test_a_provider_outside_of_the_scope_is_told_whom_the_documents_speak_to():
    said = told("ok-utility", {"provider.kind": "municipal"})
    assert "the provider is a cooperative or investor owned" in said
    assert said.endswith("here the provider is a municipal.")
    assert "US-CA" in told("cea", {"provider.jurisdiction": "US-OK"})


def test_what_is_not_in_force_yet_is_told_with_its_first_day():
    assert told("cea", {}, on=date(2019, 1, 1)) == (
        "None of the documents of Clean Energy Alliance is in force on 2019-01-01: the first takes effect on 2020-02-20."
    )


@pytest.mark.parametrize("facts", [{}, {"use.third_party_solicitation": True}])
def test_what_facts_decide_has_no_such_reason(facts):
    assert told("cea", facts) == ""


def test_documents_that_speak_to_the_provider_and_not_of_this():
    facts = {"data.kind": "customer", "recipient.kind": "public", "provider.kind": "cca"}
    assert told("lce", {**facts, "purpose.name": "other"}) in ("", "None of the documents speaks of this.")
