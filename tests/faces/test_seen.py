"""Who has seen my data: every line of the log about a customer, in plain words, own looks apart, nothing left out."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from meterkeep.faces.names import Names
from meterkeep.faces.portal.seen import as_csv, seen_page
from meterkeep.gate.history import Sighting

ZONE = ZoneInfo("America/Los_Angeles")
NAMES = Names(
    provider="Test Energy",
    parties={"tern": SimpleNamespace(name="Tern Analytics", kind="contractor")},
    people={"dana": SimpleNamespace(display="Privacy officer")},
    purposes={"own": SimpleNamespace(code="own", name="analysis", title="To plan the new line")},
    clauses=(SimpleNamespace(id="CEA-04/6.5", summary="A contractor may get what it needs."),),
)


def sighting(**changed):
    told = {
        "id": "0" * 32, "at": "2026-03-02T01:30:00.000000Z", "on": "2026-03-01", "family": "disclosure", "actor": "dana",
        "recipient": "tern", "purpose": "efficiency_program", "elements": ("interval_usage", "zip"),
        "period": "2026-01-01/2026-02-01", "clauses": ("CEA-04/6.5",), "outcome": "delivered", "index": 7,
    }  # fmt: skip
    return Sighting(**(told | changed))


OWN = {"actor": "customer", "recipient": "customer", "purpose": "customer_service"}


def page(*sightings, **chosen):
    return seen_page(sightings, names=NAMES, zone=ZONE, chosen=chosen)


def test_a_line_says_when_who_what_why_by_which_rule_and_how_it_ended():
    (row,) = page(sighting()).rows
    assert (row.day, row.time) == ("1 Mar 2026", "17:30")
    assert (row.who, row.role) == ("Tern Analytics", "works for us under a contract")
    assert row.what == "Hourly energy use, ZIP code" and row.period == "1 Jan 2026 to 31 Jan 2026"
    assert row.why == "For a program that saves energy"
    assert [(rule.id, rule.summary) for rule in row.rules] == [
        ("CEA-04/6.5", "A contractor may get what it needs.")
    ]
    assert (row.outcome, row.tone) == ("Shared", "good")


@pytest.mark.parametrize(
    ("family", "outcome"),
    [("access", "Seen"), ("use", "Seen"), ("identity", "Seen"), ("disclosure", "Shared")],
)
def test_what_stays_in_the_house_is_seen_and_what_leaves_is_shared(family, outcome):
    assert page(sighting(family=family)).rows[0].outcome == outcome


def test_staff_are_told_by_their_role():
    (row,) = page(sighting(family="access", recipient="dana")).rows
    assert (row.who, row.role) == ("Test Energy", "Privacy officer")


@pytest.mark.parametrize(
    "outcome", ["refused", "undetermined", "not_delivered", "failed", "unresolved", "delivered"]
)
def test_what_did_not_happen_is_shown_too(outcome):
    (row,) = page(sighting(outcome=outcome)).rows
    assert row.code == outcome and row.outcome


def test_a_release_is_told_as_the_totals_that_it_is():
    (row,) = page(sighting(family="release", recipient="public")).rows
    assert (row.who, row.what) == ("The public", "Totals of large groups, with you as one of many")


def test_own_looks_are_left_aside_until_asked_for():
    both = (sighting(), sighting(**OWN))
    assert [row.own for row in page(*both).rows] == [False] and page(*both).own == 1
    assert [row.who for row in page(*both, who="all").rows] == ["Tern Analytics", "You"]


def test_only_own_looks_is_not_nothing():
    only = page(sighting(**OWN))
    assert only.rows == () and only.any


def test_no_line_at_all():
    assert page().any is False


def test_filters_join_and_ignore_what_they_do_not_know():
    lines = (sighting(), sighting(outcome="refused"), sighting(recipient="dana"))
    assert len(page(*lines, who="Tern Analytics", outcome="refused").rows) == 1
    assert len(page(*lines, who="Nobody", outcome="nonsense").rows) == 3


def test_a_provider_s_own_purpose_has_its_own_title():
    assert page(sighting(purpose="own")).rows[0].why == "To plan the new line"


def test_a_word_without_a_name_is_still_shown():
    (row,) = page(sighting(elements=("shoe_size",), clauses=("X/1",), purpose="to_dance", period="")).rows
    assert (row.what, row.why, row.period, row.rules[0].id) == ("shoe size", "to dance", "", "X/1")


def test_the_file_has_the_lines_shown():
    lines = as_csv(page(sighting(), sighting(**OWN))).splitlines()
    assert len(lines) == 2 and lines[1].startswith("2026-03-01T17:30:00-08:00,Tern Analytics,")


def test_in_spanish():
    with translation.override("es"):
        assert page(sighting()).rows[0].outcome == "Entregado"
