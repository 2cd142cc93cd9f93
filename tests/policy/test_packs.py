"""What a pack may contain: the grammar is closed, references exist, and what is wrong is named with its place."""

from datetime import date

import pytest
from policy.editing import copied, edit

from meterkeep.errors import BadInput
from meterkeep.policy import decide, load_pack, pack_ids
from meterkeep.policy.assurance.cases import run_cases
from meterkeep.policy.assurance.coverage import coverage
from meterkeep.policy.assurance.lint import lint
from meterkeep.policy.language.clauses import parse_atom


@pytest.fixture
def own_pack(tmp_path):
    return copied("cpa", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "order.explicit and law.requires",
        "not channel",
        "not channel is email",
        "channel is pigeon",
        "channel is one of email, pigeon",
        "order.explicit is true",
        "aggregate.customers is 15",
        "order.explicit at least 1",
        "nothing.like_it",
        "",
    ],
)
def test_a_condition_outside_the_grammar_does_not_load(text):
    with pytest.raises(BadInput) as caught:
        parse_atom(text, where="here line 3")
    assert caught.value.where == "here line 3"


@pytest.mark.parametrize("pack", pack_ids())
def test_shipped_packs_are_clean_and_tried(pack):
    assert lint(pack) == []
    assert [row.clause for row in coverage(pack) if not row.covered] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"recipient.identity_verified"]', '"recipient.identity_verifed"]', "recipient.identity_verifed"),
        ('interpretations = ["R1"]', 'interpretations = ["R77"]', "R77"),
        ('under = ["R1 is allowed"]', 'under = ["R1 is maybe"]', "R1 is maybe"),
        ('function = "F11"', 'functoin = "F11"', "functoin"),
        ('actions = ["release_aggregate", "disclose"]', 'actions = ["publish"]', "publish"),
        ('effect = "permit"', 'effect = "allow"', "effect"),
        ('to = "CPUC/4-d"', 'to = "CPUC/4-z"', "CPUC/4-z"),
        ('scope = ["provider.kind is cca"', 'scope = ["provider.kind is bank"', "bank"),
    ],
)
def test_a_slip_in_a_document_is_one_finding_that_names_it(own_pack, old, new, said):
    edit(own_pack, "CPA.md", old, new)
    (finding,) = lint(own_pack)
    assert said in finding.what
    assert "CPA.md" in finding.where


def test_an_empty_pack_is_an_error(own_pack):
    edit(own_pack, "pack.toml", 'documents = ["CPA"]', "documents = []")
    (finding,) = lint(own_pack)
    assert "no clause" in finding.what


def test_lint_finds_doubled_impossible_and_outlived_clauses(own_pack):
    text = (own_pack / "CPA.md").read_text()
    block = text[text.index('```clause\nid = "CPA/9"') :]
    doubled = block
    impossible = block.replace("CPA/9", "CPA/10").replace(
        "recipient.kind is customer", 'recipient.kind is customer", "recipient.kind is staff'
    )
    outlived = block.replace("CPA/9", "CPA/11").replace("effect =", "until = 2024-01-01\neffect =")
    (own_pack / "CPA.md").write_text(text + doubled + impossible + outlived)
    found = " ".join(finding.what for finding in lint(own_pack))
    assert "CPA/9 stands twice" in found
    assert "CPA/10 can never hold" in found
    assert "CPA/11 ends before it begins" in found


def test_a_choice_without_effect_is_found(own_pack):
    edit(own_pack, "interpretations.toml", 'used_by = "F05"\n', "")
    assert ["R5 has choices" in finding.what for finding in lint(own_pack)] == [True]


def test_an_adopter_changes_a_ruling_as_data(own_pack):
    failed = [result.case.about for result in run_cases(own_pack) if not result.passed]
    assert failed == []
    edit(own_pack, "interpretations.toml", 'ruling = "allowed"', 'ruling = "not_allowed"')
    failed = [result.case.about for result in run_cases(own_pack) if not result.passed]
    assert failed == ["what the customer authorised is a service to the customer"]


def test_a_superseded_clause_speaks_until_its_day(own_pack):
    edit(own_pack, "CPA.md", 'id = "CPA/9"', 'id = "CPA/9"\nuntil = 2026-07-01')
    facts = {
        "data.kind": "customer", "recipient.kind": "customer", "recipient.identity_verified": True, "purpose.name": "other",
        "access.tied_to_sharing": False, "use.sale": False, "use.third_party_solicitation": False, "approval.given": False,
        "circumstance.imminent_threat": False,
    }  # fmt: skip
    pack = load_pack(own_pack)
    outcomes = [
        decide(pack, action="disclose", facts=facts, on=date(2026, month, day)).outcome
        for month, day in ((6, 30), (7, 1))
    ]
    assert outcomes == ["permit", "refuse"]


def test_an_unknown_pack_names_the_known_ones():
    with pytest.raises(BadInput) as caught:
        load_pack("acme")
    assert "cea" in caught.value.next


def test_an_outcome_that_no_clause_settles_alone_cites_as_few_as_carry_it(own_pack):
    forbid = """
```clause
id = "CPA/{name}"
effect = "forbid"
actions = ["use"]
when = ["{condition}"]
summary = "synthetic"
```
"""
    either = (("50", "order.explicit"), ("51", "not order.explicit"), ("52", "law.requires"))
    with (own_pack / "CPA.md").open("a") as file:
        file.writelines(forbid.format(name=name, condition=condition) for name, condition in either)
    decision = decide(load_pack(own_pack), action="use", facts={}, on=date(2026, 1, 5))
    assert (decision.outcome, decision.missing) == ("refuse", ())
    assert [clause.id for clause in decision.clauses] == ["CPA/50", "CPA/51"]
