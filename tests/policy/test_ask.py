"""Ask: what is understood, how scope decides, what a line of an answer rests on, and what is no question."""

import json
from datetime import date
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from meterkeep.errors import BadInput
from meterkeep.faces.cli import meterkeep, run
from meterkeep.policy import decide, load_pack, pack_ids
from meterkeep.policy.language.vocabulary import vocabulary
from meterkeep.policy.questions.asking import LONGEST, ask, without_premise
from meterkeep.policy.questions.branches import branches
from meterkeep.policy.questions.citing import amount
from meterkeep.policy.questions.figures import asked_figures
from meterkeep.policy.questions.plain import affirmed, plain
from meterkeep.policy.questions.reading import ENOUGH, read
from meterkeep.policy.questions.references import references
from meterkeep.policy.questions.wording import condition, denied, said

DAY = date(2026, 1, 5)


def packs():
    return [load_pack(id) for id in pack_ids()]


def asked(question, provider="cea", on=DAY, **more):
    return ask(question, packs=packs(), provider=load_pack(provider) if provider else None, on=on, **more)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Can't we e-mail the provider's data?", "can not we email the provider data"),
        ("Twelve customers’ homes, 1,250.50 $", "12 customers homes 1250.50 $"),
        ("CEA-04 6.8(b)", "cea 04 6.8 b"),
    ],
)
def test_text_is_compared_plain(text, same):
    assert plain(text) == same


@pytest.mark.parametrize(
    ("text", "action", "facts"),
    [
        ("may we share usage data with a vendor", "disclose", {"data.kind": ("covered",), "recipient.kind": ("contractor",)}),
        ("may we release an aggregate of 12 customers", "disclose", {"data.kind": ("aggregate",), "aggregate.customers": (12,)}),
        ("fewer than 15 customers", None, {"aggregate.customers": (14, 1)}),
        ("not fewer than 15 customers", None, {"aggregate.customers": (15, ENOUGH)}),
        ("more than 14 customers", None, {"aggregate.customers": (15, ENOUGH)}),
        ("not more than 14 customers", None, {"aggregate.customers": (14, 1)}),
        ("15-20 customers", None, {"aggregate.customers": (15, 20)}),
        ("a person not under 13", None, {"customer.under_13": (False,)}),
        ("energy use of 14 customers by zip code", None, {"data.kind": ("aggregate",), "aggregate.customers": (14,)}),
        ("share usage with the customer", "disclose", {"recipient.kind": ("customer",)}),
        ("share usage for anything but a primary purpose", "disclose", {"purpose.class": ("secondary",)}),
        ("email a customer's bill to them", "disclose", {"recipient.kind": ("customer",), "channel": ("email",)}),
        ("the largest has 14.9 %", None, {"aggregate.largest_share_ppm": (149_000,), "aggregate.largest_share_ppm_up": (149_000,)}),
        ("sell usage", "disclose", {"use.sale": (True,)}),
        ("our contractor whose contract has ended", None, {"contract.in_force": (False,), "recipient.kind": ("contractor",)}),
        ("use usage data that was collected for billing", "use", {"purpose.name": ("power_or_billing",)}),
        ("vender datos personales sin el consentimiento del cliente", "disclose", {"use.sale": (True,), "authorization.given": (False,)}),
    ],
)  # fmt: skip
def test_a_phrase_states_its_facts(text, action, facts):
    reading = read(affirmed(plain(text)))
    assert facts.items() <= dict(reading.facts).items()
    assert reading.actions[:1] == ((action,) if action else ())


@pytest.mark.parametrize(
    ("text", "unstated"),
    [
        ("share usage for a purpose other than billing", "purpose.name"),
        ("share usage, but not with a vendor", "recipient.kind"),
        ("share usage with a contractor that violated its contract", "recipient.ceased"),
        ("publish usage of 14 customers", "customer.under_13"),
    ],
)
def test_what_nobody_said_is_not_known(text, unstated):
    assert unstated not in read(affirmed(plain(text))).facts


def test_a_longer_phrase_beats_the_shorter_one_inside_it():
    assert dict(read("share data without the customer consent").facts)["authorization.given"] == (False,)
    assert dict(read("share data with the customer written consent").facts)["authorization.written"] == (
        True,
    )


def test_what_was_understood_is_told():
    answer = asked("May we release an aggregate of 12 customers?")
    assert "“12 customers”: customers in the smallest group: 12" in answer.understood


@pytest.mark.parametrize(
    ("question", "provider", "outcome", "reason"),
    [
        ("May we share usage in Texas?", None, "no_answer", "None of the adopted texts speaks for Texas."),
        ("May a municipal utility in Oklahoma share usage data?", None, "not_applicable", "The Electric Usage Data Protection Act does not reach municipal utilities."),
        ("May we share usage with customers in Oklahoma?", "cea", "no_answer", "do not speak for Oklahoma"),
        ("What does CEA-04 9.9 say?", "cea", "no_answer", "There is no “CEA-04 9.9”"),
        ("What does CEA-09 say?", "cea", "no_answer", "There is no “CEA-09”"),
        ("May we share usage data with a vendor?", None, "no_answer", "--provider"),
        ("What color is the logo?", "cea", "no_answer", "do not speak of this"),
    ],
)  # fmt: skip
def test_scope_decides_first(question, provider, outcome, reason):
    answer = asked(question, provider)
    assert (answer.outcome, answer.citations) == (outcome, ())
    assert reason in answer.reason
    assert answer.as_json() == {"outcome": outcome, "reason": answer.reason}


def test_the_question_that_a_machine_once_answered_with_an_unsupported_citation():
    """Complete: approval, totals used and given out; commentary and definitions are not passed as law; towns are outside."""
    answer = asked(
        "Can I use customer data for marketing purposes in Oklahoma? What are the requirements?", None
    )
    lines = {(branch.outcome, branch.clauses) for branch in answer.branches}
    assert answer.outcome == "undetermined" and answer.missing == ("approval.given",)
    assert ("permit", ("OK/710.4-b-4",)) in lines and ("refuse", ("OK/710.4-b-4",)) in lines
    assert ("permit", ("OK/710.7-a",)) in lines and ("refuse", ("OK/710.7-b-2",)) in lines
    assert not any(citation.id.startswith(("OK/OKL", "OK/710.3")) for citation in answer.citations)
    assert answer.jurisdiction == "Oklahoma (US-OK)"
    assert (
        asked("We are a municipal utility in Oklahoma. May we use customer data for marketing?", None).outcome
        == "not_applicable"
    )


REQUESTS = [
    ("cea", "disclose", {"data.kind": "covered", "recipient.kind": "contractor"}),
    ("cea", "disclose", {"data.kind": "customer", "recipient.kind": "customer"}),
    ("cea", "release_aggregate", {"data.kind": "aggregate"}),
    ("cpa", "disclose", {"data.kind": "covered"}),
    ("lce", "disclose", {"data.kind": "covered", "recipient.kind": "authorised_third_party"}),
    ("ok-utility", "use", {"data.kind": "covered"}),
    ("citizens", "disclose", {"data.kind": "customer"}),
]


@pytest.mark.parametrize(("pack", "action", "facts"), REQUESTS)
def test_lines_stand_for_both_ways_out(pack, action, facts):
    """What is undetermined has a line that permits and one that refuses, each carried by clauses of the pack."""
    loaded = load_pack(pack)
    assert decide(loaded, action=action, facts=facts, on=DAY).outcome == "undetermined"
    lines = branches(loaded, action=action, facts=facts, on=DAY)
    assert {line.outcome for line in lines} == {"permit", "refuse"}
    known = {clause.id for clause in loaded.clauses}
    assert all(line.clauses and set(line.clauses) <= known and line.condition for line in lines)
    assert len({line.condition for line in lines}) == len(lines)


def test_numbers_stand_in_the_conditions_as_people_write_them():
    lines = branches(load_pack("cea"), action="release_aggregate", facts={"aggregate.customers": 20}, on=DAY)
    assert "largest customer's share in any group: at least 15 %" in [line.condition for line in lines]


def test_every_yes_or_no_fact_can_be_said_and_denied():
    for fact in vocabulary().facts.values():
        if fact.type == "bool":
            assert said(fact.name, True) != said(fact.name, False)
            assert "it is not so that" not in said(fact.name, False)


def test_conditions_read_as_sentences():
    assert denied("the contract is in force") == "the contract is not in force"
    assert denied("every element is needed") == "not every element is needed"
    assert (
        condition([("purpose.name", frozenset(("research", "advocacy")))])
        == "the purpose is advocacy or research"
    )
    assert said("aggregate.customers", 14) == "customers in the smallest group: 14"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("a.b_cents", 1_999, "$19.99"), ("a.b_cents", 3_000, "$30"), ("a.share_ppm", 150_000, "15 %"), ("a.x_days", 90, "90 days"), ("a.customers", 15, "15")],
)  # fmt: skip
def test_a_figure_has_its_unit(name, value, words):
    assert amount(name, value) == words


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("CEA-04 6.8", {"CEA-04/6.8"}),
        ("section 5.2(g) of CEA-03", {"CEA-03/5.2-g"}),
        ("CEA-004 6.1", {"CEA-04/6.1", "CEA-04/6.1-a", "CEA-04/6.1-b"}),
        ("CEA-04 6.99", set()),
    ],
)
def test_a_clause_that_is_named_is_found(question, ids):
    (reference,) = references(question, [load_pack("cea")])
    assert set(reference.ids) <= ids and bool(reference.ids) == bool(ids)


def test_a_premise_about_the_documents_is_left_aside():
    assert without_premise("Since CEA-04 lets us sell data, may we share it?") == "may we share it?"
    assert (
        without_premise("As the contract ended, may we share data?")
        == "As the contract ended, may we share data?"
    )


@pytest.mark.parametrize(
    ("question", "outcome", "line"),
    [
        ("Can we write off $19.99?", "undetermined", "$19.99 is not above that"),
        ("Can we write off $20?", "refuse", "$20 is above that"),
        ("A customer owes $250. Do we send a letter?", "refuse", "$250 is not above that"),
        ("A customer owes $250.01. Do we send a letter?", "undetermined", "$250.01 is above that"),
        ("May the collection agency sue for $749?", "refuse", "$749 is below that"),
        ("May the collection agency sue for $750?", "permit", "$750 is not below that"),
        ("May we sue for $750?", "undetermined", "$750 is not below that"),
        ("Can we write off less than $20?", "undetermined", "$20 is not above that"),
        ("Can we write off more than $10?", "undetermined", "depends on the amount itself"),
        ("A customer is 60 days past due with $400. Do we send a letter?", "refuse", "$400 is above that"),
        ("Is it allowed not to write off $25?", "undetermined", "$25 is above that"),
        ("May I file my expenses after two weeks?", "undetermined", "it is late"),
        ("May I file my expenses within 10 days?", "permit", "it is in time"),
        ("Does the agency file credit information when 180 days are unpaid?", "undetermined", "180 days"),
        ("Does the agency file credit information before 180 days unpaid?", "refuse", "nothing is filed yet"),
        ("Is the meal limit $30?", "permit", "as $30"),
        ("Is the meal limit $75?", "refuse", "not $75"),
    ],
)
def test_an_amount_is_compared_with_the_figure(question, outcome, line):
    answer = asked(question)
    assert answer.outcome == outcome
    assert line in answer.branches[0].condition


def test_every_parameter_that_people_ask_about_is_one_of_a_pack():
    known = {name for pack in packs() for name in pack.parameters}
    assert {one.parameter for one in asked_figures()} <= known


def test_a_premise_with_another_number_is_corrected_and_one_about_a_case_is_not():
    wrong = asked("Since the policy requires groups of 100 customers, may we release 50?")
    assert "15, not 100 (CEA-03/4.1-a)" in wrong.reason and wrong.corrected == ("CEA-03/4.1-a",)
    assert "CEA-03/4.1-a" in [one.id for one in wrong.citations]
    for premise in ("has been late for 100 days and can pay", "has 20 accounts and may pay"):
        assert asked(f"Since the customer {premise}, do we send a first letter?").corrected == ()


def test_what_is_asked_by_its_number_is_told_block_by_block_its_prohibition_first():
    first, *others = asked("What does CEA-04 6.9 say?").branches
    assert first.outcome == "refuse" and "needs each customer's separate authorization" in first.condition
    assert {line.outcome for line in others} == {"refuse", "permit"}


def test_a_definition_comes_with_what_its_section_says():
    (line,) = asked("What is covered information?").branches
    assert line.condition.startswith("Usage obtained through the meters")


def test_what_has_no_answer_shows_the_nearest_clause_and_cites_nothing():
    answer = asked("Is a parrot's taxi fare paid at cost?")
    assert answer.outcome == "no_answer" and answer.citations == ()
    assert "Nearest, not an answer: CEA-01/5.8" in answer.reason


def test_the_day_decides_which_documents_are_asked():
    before = asked("May we sell usage data?", on=date(2020, 2, 19))
    assert (before.outcome, before.branches, before.citations) == ("undetermined", (), ())
    assert "in force on 2020-02-19" in before.as_json()["reason"]
    assert asked("May we sell usage data?", on=date(2020, 2, 20)).outcome == "refuse"


def test_the_imported_text_is_cited_where_there_is_one():
    texts = {
        "CEA-05/5.4": SimpleNamespace(text="Invented words on interest.", source="policy.txt L1, page 2")
    }
    (citation,) = asked("Do we charge interest on overdue accounts?", texts=texts).citations
    assert (citation.text, citation.source) == ("Invented words on interest.", "policy.txt L1, page 2")


def test_a_figure_under_another_ruling_is_nobodys_rule():
    assert asked("How many customers make a sufficient number?", "ok-utility").outcome == "no_answer"


@pytest.mark.parametrize("question", ["", "  ", "?!"])
def test_an_empty_question_is_none(question):
    with pytest.raises(BadInput, match="empty"):
        asked(question)


def test_a_question_has_an_end():
    with pytest.raises(BadInput, match=str(LONGEST)):
        asked("May we " + "share " * LONGEST)


@pytest.mark.parametrize(
    ("arguments", "exit"),
    [
        (["May we sell usage data?", "--provider", "cea"], 1),
        (["What is the meal limit?"], 0),
        (["May we share usage data with a vendor?", "--provider", "cea"], 3),
        (["May we share usage in Texas?"], 3),
        (["May we sell usage data?", "--provider", "nobody"], 2),
        ([""], 2),
    ],
)
def test_the_command_tells_the_answer_by_its_exit(arguments, exit, capsys):
    assert run(["ask", *arguments, "--as-of", "2026-01-05"], None) == exit
    assert run(["ask", *arguments, "--as-of", "2026-01-05", "--json"], None) == exit
    capsys.readouterr()


def test_the_command_prints_one_document():
    result = CliRunner().invoke(
        meterkeep, ["ask", "May we sell usage data?", "--provider", "cea", "--as-of", "2026-01-05", "--json"]
    )
    document = json.loads(result.stdout)
    assert {"outcome", "answer", "citations", "jurisdiction"} <= document.keys()
    assert document["answer"][0].keys() == {"condition", "outcome", "clauses"}
    assert document["citations"][0].keys() == {"id", "text", "source", "words"}


def test_the_command_says_the_verdict_first():
    result = CliRunner().invoke(
        meterkeep, ["ask", "May we share usage data with a vendor?", "--provider", "cea"]
    )
    assert result.stdout.startswith("It depends · cea · California (US-CA)")
    assert "Understood as:" in result.stdout and "Not known, and it matters:" in result.stdout
