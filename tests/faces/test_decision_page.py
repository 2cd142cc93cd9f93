"""A decision laid open: outcome, facts with their sources, clauses, duties, and what would change it."""

from types import SimpleNamespace

import pytest

from meterkeep.faces.console.presenters import decision_view, period_words
from meterkeep.faces.names import Names

CLAUSE = SimpleNamespace(
    id="CEA-04/6.8", text="The whole clause.", when=(SimpleNamespace(fact="channel"),), unless=()
)
NAMES = Names("Test Energy", {}, {}, {}, (CLAUSE,))
REFUSED = {
    "outcome": "refuse",
    "why": "facts",
    "clauses": [{"id": "CEA-04/6.8", "effect": "forbid", "summary": "After a breach nothing more is given."}],
    "missing": [],
    "duties": [{"do": "tell the party", "due": "2026-03-09"}, {"do": "keep a record", "due": None}],
    "advice": [
        {
            "clause": "CEA-04/6.5",
            "unmet": [{"fact": "channel", "says": "it would travel by email", "remedy": "channel"}],
        }
    ],
    "interpretations": [
        {"id": "R1", "question": "?", "ruling": "it is allowed", "on": "2026-01-01", "by": "board"}
    ],
    "provider": "cea",
    "pack_digest": "ab" * 32,
    "on": "2026-03-02",
}


def view(**changed):
    facts = {"channel": "email", "data.contact_only": False}
    return decision_view(REFUSED | changed, facts=facts, sources={"channel": "request"}, names=NAMES)


def test_each_fact_has_its_sentence_its_value_and_where_it_comes_from():
    (channel,), (contact,) = view().facts, view().others
    assert (channel.says, channel.value, channel.source) == ("It would travel by email", "email", "request")
    assert (contact.value, contact.source) == ("no", "data catalogue")


def test_the_clauses_that_decide_are_there_with_what_they_do():
    (clause,) = view().clauses
    assert (clause.id, clause.effect, clause.says) == ("CEA-04/6.8", "refuse", "forbids")
    assert clause.text == "The whole clause."
    assert view().sentence == "The adopted documents forbid it (CEA-04/6.8)."


def test_duties_have_their_days_where_there_is_one():
    assert [(duty.do, duty.due) for duty in view().duties] == [
        ("tell the party", "9 March 2026"),
        ("keep a record", ""),
    ]


def test_what_would_change_it_says_how():
    (way,) = view().advice
    assert way.clause == "CEA-04/6.5"
    assert [(step.says, step.remedy) for step in way.steps] == [
        ("it would travel by email", "Send it another way.")
    ]


def test_rulings_are_named():
    assert view().interpretations == ("R1: it is allowed",)


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        ("not_in_force", "No adopted document is in force on this day."),
        ("not_applicable", "No adopted document applies."),
    ],
)
def test_a_decision_without_documents_says_so(why, sentence):
    assert view(outcome="undetermined", why=why, clauses=[]).sentence == sentence


def test_a_missing_fact_is_named_without_a_value():
    (missing,) = view(outcome="undetermined", missing=["channel"]).missing
    assert missing.name == "channel" and missing.value == "…"


def test_a_period_is_said_by_its_first_and_last_day():
    assert period_words(["2026-01-01", "2026-02-01"]) == "1 January 2026 to 31 January 2026"
    assert period_words(None) == ""
