"""The question book (`tests/spec/questions`): every tuned question is answered right, and of those that nothing was tuned on
enough are, and none wrongly. No citation stands without the clause's own words.
"""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from meterkeep.policy import load_pack, pack_ids
from meterkeep.policy.questions.asking import ask
from meterkeep.policy.questions.citing import ledger

BOOK = Path(__file__).parents[1] / "spec" / "questions"
DAY = date(2026, 1, 5)
ENOUGH = 0.9
UNANSWERED = ("no_answer", "not_applicable")


def questions(half):
    return [
        pytest.param(question, id=f"{file.stem}: {question['ask']}")
        for file in sorted((BOOK / half).glob("*.toml"))
        for question in tomllib.loads(file.read_text())["question"]
    ]


def answered(question):
    provider = question.get("provider")
    return ask(
        question["ask"],
        packs=[load_pack(id) for id in pack_ids()],
        provider=load_pack(provider) if provider else None,
        on=question.get("on", DAY),
    )


def cites(answer, wanted):
    """`CEA-04/6.5` is cited by itself and by its parts (`CEA-04/6.5-b`), not by `CEA-04/6.50`."""
    ids = [citation.id for citation in answer.citations]
    return any(id.startswith(wanted) and not id[len(wanted) :][:1].isdigit() for id in ids)


def faults(question, answer):
    texts = " ".join(citation.text for citation in answer.citations)
    return [
        *([f"outcome {answer.outcome}"] if answer.outcome != question["outcome"] else []),
        *(f"does not cite {one}" for one in question.get("cites", ()) if not cites(answer, one)),
        *(f"cites {one}" for one in question.get("never_cites", ()) if cites(answer, one)),
        *(f"does not miss {one}" for one in question.get("missing", ()) if one not in answer.missing),
        *(["does not say it"] if question.get("says", "") not in texts else []),
        *(["gives no such reason"] if question.get("reason", "") not in answer.reason else []),
    ]


@pytest.mark.parametrize("question", questions("tuned"))
def test_a_question_is_answered_as_the_documents_have_it(question):
    answer = answered(question)
    assert faults(question, answer) == [], answer.as_json()


def test_the_held_out_half_is_answered_well_and_never_wrongly():
    """Wrong is a definite answer that should be another, and any answer where the documents have none."""
    held_out = [param.values[0] for param in questions("held_out")]
    results = [(question, answered(question)) for question in held_out]
    wrong = [
        question["ask"]
        for question, answer in results
        if answer.outcome != question["outcome"]
        and (answer.outcome in ("permit", "refuse") or question["outcome"] in UNANSWERED)
    ]
    right = [question for question, answer in results if not faults(question, answer)]
    assert wrong == []
    assert len(right) >= ENOUGH * len(results)


@pytest.mark.parametrize("question", [*questions("tuned"), *questions("held_out")])
def test_a_citation_is_a_clause_in_force_in_its_own_words(question):
    answer = answered(question)
    if answer.outcome in UNANSWERED:
        assert answer.citations == () and answer.reason
        return
    known = ledger(load_pack(answer.provider), answer.on)
    for citation in answer.citations:
        assert citation.text == known[citation.id].text and citation.text
        assert citation.source
    cited = {citation.id for citation in answer.citations}
    assert cited == {id for branch in answer.branches for id in branch.clauses} | set(answer.corrected)


def test_there_are_as_many_questions_as_the_design_asks_for():
    asked = [param.values[0] for half in ("tuned", "held_out") for param in questions(half)]
    kinds = [file.stem for half in ("tuned", "held_out") for file in (BOOK / half).glob("*.toml")]
    assert {"officer", "out_of_scope", "false_premise"} <= set(kinds)
    assert len(asked) >= 60 + 30 + 20
    assert sum(question["outcome"] in UNANSWERED for question in asked) >= 30
