"""Rulings on what can be read in two ways: each other choice that a clause reads changes a decision, as data alone."""

from datetime import date

import pytest

from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.cases import read_cases

ON = date(2026, 1, 5)
AUTHORISED = {
    "recipient.kind": "authorised_third_party", "authorization.given": True, "authorization.names_recipient": True,
    "authorization.names_purpose": True, "authorization.covers_elements": True, "authorization.in_period": True,
    "authorization.cancelled": False, "authorization.separate": True, "authorization.written": True,
    "authorization.incentive": False,
}  # fmt: skip
BASE = {
    "channel": "secure", "use.sale": False, "use.third_party_solicitation": False, "elements.within_need": True,
    "circumstance.imminent_threat": False, "authorization.given": False, "order.explicit": False, "approval.given": False,
    "law.requires": False, "override.recorded": False, "recipient.ceased": False, "necessity.stated": True,
}  # fmt: skip
LETTER = BASE | {
    "data.kind": "customer",
    "purpose.class": "primary",
    "purpose.name": "customer_service",
    "recipient.kind": "utility",
}
CONTRACTOR = BASE | {
    "data.kind": "covered", "purpose.class": "primary", "purpose.name": "efficiency_program", "recipient.kind": "contractor",
    "contract.on_behalf": True, "contract.in_force": True, "contract.covers_purpose": True, "contract.program_use_only": True,
    "contract.no_less_protective": True, "contract.breach_term": True, "order.waives_breach_term": False,
}  # fmt: skip
EXPERT = CONTRACTOR | {
    "recipient.kind": "commission_contractor",
    "order.authorises_service": True,
    "order.reference": True,
}
RELEASE = {
    "purpose.name": "reporting", "recipient.kind": "public", "channel": "website", "aggregate.customers": 15,
    "aggregate.largest_share_ppm": 149_999, "aggregate.largest_share_ppm_up": 150_000, "aggregate.traceable": False,
    "aggregate.identifiers_removed": True, "aggregate.size_reveals": False, "aggregate.class_reveals": False,
    "aggregate.nature_reveals": False, "discretion.recorded": False, "use.sale": False, "use.third_party_solicitation": False,
}  # fmt: skip
STAFF = BASE | {
    "data.kind": "covered", "purpose.class": "primary", "purpose.name": "power_or_billing", "person.need_to_know": True,
    "person.training_current": True, "person.acknowledged": True,
}  # fmt: skip
RECORD = {
    "record.still_needed": True, "record.past_ceiling": True, "record.floor_reached": True,
    "record.law_requires_keeping": False, "record.hold": False,
}  # fmt: skip
EMERGENCY = CONTRACTOR | {"recipient.kind": "emergency_services", "circumstance.imminent_threat": True}
EXACTLY = {"aggregate.largest_share_ppm": 150_000}
ABOVE = {"aggregate.largest_share_ppm": 150_000, "aggregate.largest_share_ppm_up": 150_001}
LIMITED = {"customer.limited": True}

RULINGS = [
    # pack, action, facts, interpretation, its other choice, outcome as shipped, outcome as ruled
    ("cea", "disclose", LETTER | {"channel": "email", "override.recorded": True}, "11.1", "never", "permit", "refuse"),
    ("cea", "release_aggregate", RELEASE | EXACTLY, "11.2", "not_more", "refuse", "permit"),
    ("cea", "release_aggregate", RELEASE | ABOVE, "11.2", "not_more", "refuse", "refuse"),
    ("cea", "release_aggregate", RELEASE | {"aggregate.traceable": True}, "11.15", "numbers", "refuse", "permit"),
    ("cea", "disclose", CONTRACTOR | {"contract.breach_term": False}, "11.16", "stand_in", "refuse", "permit"),
    ("cea", "disclose", LETTER | AUTHORISED | {"purpose.name": "other"}, "R1", "not_allowed", "permit", "refuse"),
    ("cea", "disclose", EMERGENCY, "R2", "refused", "permit", "refuse"),
    ("cea", "disclose", CONTRACTOR | {"recipient.ceased": True, "order.explicit": True}, "R3", "order_prevails", "refuse", "permit"),
    ("cea", "disclose", EXPERT | {"contract.breach_term": False}, "R4", "own_contracts", "refuse", "permit"),
    ("cea", "release_aggregate", RELEASE, "R7", "discretion", "permit", "refuse"),
    ("cea", "disclose", CONTRACTOR | AUTHORISED | {"purpose.class": "secondary", "elements.within_need": False}, "R8", "need_too", "permit", "refuse"),
    ("cea", "disclose", LETTER | {"recipient.kind": "contractor", "recipient.ceased": True, "contract.in_force": True, "contract.program_use_only": True, "contract.no_less_protective": True}, "M1", "covered_only", "refuse", "permit"),
    ("cea", "retain", RECORD, "M2", "limit", "permit", "refuse"),
    ("cea", "destroy", RECORD, "M2", "limit", "refuse", "permit"),
    ("cea", "disclose", LETTER | LIMITED, "M3", "refuses", "permit", "refuse"),
    ("cea", "disclose", LETTER | LIMITED | {"law.requires": True}, "M3", "refuses", "permit", "permit"),
    ("cea", "use", STAFF | LIMITED, "M3", "refuses", "permit", "refuse"),
    ("cea", "access", STAFF | {"person.training_current": False}, "M4", "reminded", "refuse", "permit"),
    ("cea", "access", STAFF | {"person.acknowledged": False}, "M4", "reminded", "refuse", "permit"),
    ("cpa", "release_aggregate", RELEASE, "11.17", "standing", "refuse", "permit"),
    ("cpa", "release_aggregate", RELEASE | {"aggregate.traceable": True}, "11.17", "standing", "refuse", "refuse"),
    ("cpa", "disclose", CONTRACTOR | AUTHORISED | {"purpose.class": "secondary", "purpose.name": "other"}, "R1", "not_allowed", "permit", "refuse"),
    ("cpa", "retain", RECORD, "M2", "limit", "permit", "refuse"),
    ("cpa", "destroy", RECORD, "M2", "limit", "refuse", "permit"),
    ("cpa", "disclose", LETTER | LIMITED, "M3", "refuses", "permit", "refuse"),
    ("cpa", "use", STAFF | LIMITED, "M3", "refuses", "permit", "refuse"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pack", "action", "facts", "question", "choice", "shipped", "ruled"),
    RULINGS,
    ids=[f"{pack} {question} {choice}: {action}" for pack, action, _, question, choice, *_ in RULINGS],
)
def test_another_ruling_decides_as_it_says(pack, action, facts, question, choice, shipped, ruled):
    base = load_pack(pack)
    other = base.ruled({question: choice}, by="Privacy officer", on=ON)
    outcomes = [decide(one, action=action, facts=facts, on=ON).outcome for one in (base, other)]
    assert outcomes == [shipped, ruled]


def test_standing_discretion_needs_no_record_for_another_purpose():
    """11.17 in CEA: outside the three purposes of 6.11 (R7) the discretion of 5.3 is recorded, unless ruled otherwise.

    CEA-04 6.11 permits only its three purposes and is silent on the others, so CEA-03 5.3 decides them.
    """
    base = load_pack("cea")
    facts = RELEASE | {"purpose.name": "public_policy"}
    ruled = base.ruled({"11.17": "standing"}, by="Privacy officer", on=ON)
    outcomes = [
        decide(pack, action="release_aggregate", facts=facts, on=ON).outcome for pack in (base, ruled)
    ]
    assert outcomes == ["refuse", "permit"]


@pytest.mark.parametrize("pack", ["cea", "cpa"])
def test_every_question_has_two_answers_and_every_answer_that_a_clause_reads_is_tried(pack):
    loaded = load_pack(pack)
    own = [clause for document in loaded.documents for clause in document.clauses]
    read = {ruling.partition(" is ")[0] for clause in own for ruling in clause.under}
    read |= {entry.under.partition(" is ")[0] for clause in own for entry in clause.yields if entry.under}
    tried = {question for name, _, _, question, *_ in RULINGS if name == pack} | {"11.17"}
    assert read <= tried
    questions = [
        one for one in loaded.interpretations.values() if one.id not in load_pack("us-ca-cca").interpretations
    ]
    assert [one.id for one in questions if len(one.choices) < 2] == []
    assert [one.id for one in questions if one.id not in read and not one.used_by] == []


@pytest.mark.parametrize("pack", ["cea", "cpa"])
def test_the_questions_of_the_documents_are_all_there_as_ruled_by_default(pack):
    due = {
        "cea": "11.1 11.2 11.3 11.4 11.5-a 11.5-b 11.5-c 11.5-d 11.5-e 11.6 11.7 11.8 11.9 11.10 11.11 11.13 11.14 11.15 11.16"
        " 11.17 R1 R2 R3 R4 R5 R7 R8",
        "cpa": "11.13 11.17 R1 R5",
    }[pack]
    questions = load_pack(pack).interpretations
    assert set(due.split()) <= set(questions)
    assert all(one.by and one.on for one in questions.values())


@pytest.mark.parametrize("kind", ["covered", "customer"])
@pytest.mark.parametrize("pack", ["cea", "cpa"])
def test_a_record_is_either_kept_or_destroyed(pack, kind):
    """Of complete facts, under either ruling on the typical five years; and what is kept is not destroyed."""
    names = list(RECORD)
    for ruling in ("advice", "limit"):
        ruled = load_pack(pack).ruled({"M2": ruling}, by="Privacy officer", on=ON)
        for bits in range(2 ** len(names)):
            facts = {"data.kind": kind} | {name: bool(bits >> place & 1) for place, name in enumerate(names)}
            outcomes = {decide(ruled, action=do, facts=facts, on=ON).outcome for do in ("retain", "destroy")}
            assert outcomes == {"permit", "refuse"}, facts


@pytest.mark.parametrize("pack", ["cea", "cpa"])
def test_each_deciding_case_names_a_clause_of_its_own_pack(pack):
    own = {clause.id for document in load_pack(pack).documents for clause in document.clauses}
    assert {case.clause for case in read_cases(pack)} <= own
