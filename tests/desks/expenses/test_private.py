"""Nothing that is somebody's own stands open: not in the database, not in the files of the home, not in anything that goes out."""

import io
import json
from datetime import date

import pypdf
import pytest
from desks.expenses.invented import FILED, document, meal, png
from django.db import connection

from meterkeep.desks.expenses import actions, exports, queries
from meterkeep.desks.expenses.private import GONE, scrubbed
from meterkeep.desks.expenses.states import State
from meterkeep.faces.cli.expenses.claims import told

CARD, ACCOUNT, LONG = "4111 1111 1111 1111", "account no. 8841-77", "990077123456"
CANARIES = (
    *(CARD, "4111111111111111", "8841-77", LONG, "760-555-0142", "canary@example.org", "000-42-4242"),
    *("42 Canary Way", "Canary Way"),
)
WORDS = f"Paid with {CARD}, {ACCOUNT}, meter {LONG}, ask canary@example.org or 760-555-0142, 000-42-4242"
MARCH = (date(2026, 3, 1), date(2026, 4, 1))


def everything_kept(home):
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield table, repr(cursor.fetchall())
    for path in home.folder.rglob("*"):
        if path.is_file() and not path.name.startswith("meterkeep.sqlite3"):
            yield path.name, path.read_bytes().decode("latin-1")


@pytest.fixture
def talkative(gate, people):
    """A claim that says in each of its texts what it should not, decided by people who do so too."""
    said = document(
        meal(details={"justification": WORDS, "whose_meals": WORDS, "what": WORDS}, note=WORDS),
        {"id": "t1", "kind": "taxi", "on": "2026-03-10", "amount": "31.40", "account": 4111111111111111},
        purpose=WORDS, position=WORDS, report=f"I drove from 42  canary WAY. {WORDS}", **{CARD: "a field of that name"},
    )  # fmt: skip
    said["trip"] |= {"from": "9 Elm Street, Del Mar", "to": "1635 Faraday Avenue, Carlsbad"}
    claim = actions.begin(claimant="manager", kind="official", by="manager", on=FILED)
    actions.save_draft(claim=claim, document=said, gate=gate, by="manager", on=FILED)
    for at, paper in enumerate(("itemised", "card")):
        given = png(at, b"Comment\0" + CARD.encode())
        actions.attach(claim=claim, line="m1", kind=paper, content=given, gate=gate, by="manager", on=FILED)
    actions.submit(claim=claim, by="manager", on=FILED)
    actions.give_back(claim=claim, why=WORDS, by="clerk", on=FILED)
    actions.submit(claim=claim, by="manager", on=FILED)
    actions.verify(claim=claim, by="clerk", on=FILED)
    rulings = dict.fromkeys(("", "m1", "t1"), (None, WORDS))
    return actions.decide(claim=claim, rulings=rulings, why=WORDS, by="officer", on=FILED)


def test_no_table_and_no_file_of_the_home_says_it(talkative, home):
    assert talkative.state == State.APPROVED
    found = [(where, one) for where, content in everything_kept(home) for one in CANARIES if one in content]
    assert found == []
    kept = json.dumps(queries.document(talkative))
    assert GONE in kept and "Faraday Avenue" in kept and "Elm Street" not in kept


def test_nothing_that_goes_out_says_it(talkative, gate):
    went = [told(talkative)]
    for rows, columns in (
        (actions.export(start=MARCH[0], end=MARCH[1], by="clerk", on=FILED), exports.APPROVED),
        (
            actions.export_public(start=MARCH[0], end=MARCH[1], gate=gate, by="clerk", on=FILED),
            exports.PUBLIC,
        ),
    ):
        went += [rows, exports.as_bytes(rows, columns, kind="csv", on=FILED).decode()]
    went.append(actions.report_to_board(meeting=date(2026, 3, 25), by="clerk", on=FILED).document)
    assert len(went[-1]["meetings"]) == 1
    assert [one for one in CANARIES if one in repr(went)] == []
    assert "Elm Street" not in repr(went)
    for language in ("en", "es"):
        pdf = actions.print_form(
            claim=talkative, provider="Test Energy", language=language, gate=gate, by="clerk", on=FILED
        )
        shown = " ".join(
            " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split()
        )
        assert shown.count("42 Canary Way") == 1, (
            "where the claimant lives, for whoever pays; and nowhere else"
        )
        open_to_payer = ("42 Canary Way", "Canary Way", "760-555-0142")
        assert [one for one in CANARIES if one in shown and one not in open_to_payer] == []


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-10T06:00:00-08:00",
        "B-1a2b3c4d",
        "1234567.89",
        "Resolution 2020-002, item 7",
        "Room 1204, 15 people",
        "I-5 exit 120",
    ],
)
def test_days_amounts_and_references_stay(text):
    assert scrubbed({"purpose": text}) == {"purpose": text}


@pytest.mark.parametrize(
    "piece", ["x", "*", "xx ", "1", "1 ", "a", "a.", "12 ab ", "account ", "# "], ids=range(10)
)
def test_no_text_takes_long_to_read(piece):
    """A pattern that reads a run of letters in every way it can be cut would still be reading when the sun burns out."""
    kept = scrubbed({"purpose": piece * 20_000}, ["42 Canary Way"])
    assert kept.keys() == {"purpose"} and kept["purpose"]


def test_a_house_of_one_digit_is_a_home_too():
    kept = scrubbed({"report": "I came from 1 Private  rd, and 7 others came."}, ["1 Private Rd", "7"])
    assert kept["report"] == f"I came from {GONE}, and 7 others came."


def test_the_name_of_a_town_is_no_secret():
    kept = scrubbed({"trip": {"from": "Carlsbad", "to": "Sacramento"}}, ["Carlsbad", "760-555-0142"])
    assert kept["trip"] == {"from": "Carlsbad", "to": "Sacramento"}
