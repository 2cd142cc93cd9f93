"""What leaves the desk: the form as PDF, exports, the Board's item, and the public's copy without what is private."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pypdf
import pytest
from desks.expenses.invented import FILED, meal, png

from meterkeep.desks.expenses import actions, board, exports, queries
from meterkeep.desks.expenses.private import GONE, blacked
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.errors import Refused
from meterkeep.faces.cli.expenses.claims import _ruling

MARCH = (date(2026, 3, 1), date(2026, 4, 1))
CARDS = ("4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009")
CANARIES = (
    *CARDS,
    "42 Canary Way",
    "760-555-0142",
    "(760) 555-0143",
    "canary@example.org",
    "000-42-4242",
    "ending in 9876",
    "PO Box 424242",
)


def printed(claim, gate, language="en"):
    return actions.print_form(
        claim=claim, provider="Test Energy", language=language, gate=gate, by="clerk", on=FILED
    )


def test_6_1_the_form_says_everything_and_is_the_same_each_time(approved, gate):
    claim = approved(meal(amount="42.00"))
    pdf = printed(claim, gate)
    assert pdf == printed(claim, gate)
    read = pypdf.PdfReader(io.BytesIO(pdf))
    text = " ".join(" ".join(page.extract_text() for page in read.pages).split())
    for said in ("Report of Actual Travel Expense", "Synthetic Person", "CEA-01/5.10-a", "30.00", "42.00", "Rate case", "42 Canary Way",
                 claim.versions.get().sha256, "clerk", "officer"):  # fmt: skip
        assert said in text, said
    catalog = read.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"] and catalog["/Lang"] == "en" and "/StructTreeRoot" in catalog
    assert OutboxEvent.objects.filter(name="expense.opened").count() == 2


def test_the_form_in_spanish_and_what_people_wrote_is_no_markup(approved, gate):
    claim = approved(purpose="#panic() *bold* $x$ [brackets]")
    text = " ".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed(claim, gate, "es"))).pages
    )
    assert "comida" in text and "aprobada" in text
    assert "Informe de gastos reales de viaje" in text and "#panic() *bold* $x$ [brackets]" in " ".join(
        text.split()
    )


def test_a_draft_has_no_form(drafted, gate):
    with pytest.raises(Refused, match="handed in"):
        printed(drafted(), gate)


def test_exported_is_what_was_approved_to_the_cent(approved, submitted):
    first = approved(meal(amount="42.00"), meal("m2", "11.11"))
    second = submitted(meal(amount="20.00"), by="analyst", seed=1)
    actions.verify(claim=second, by="clerk", on=FILED)
    actions.decide(
        claim=second,
        rulings=dict([_ruling("m1:7.77=Two of three were guests")]),
        why="So.",
        by="officer",
        on=FILED,
    )
    submitted(meal(amount="9.00"), by="officer", seed=2)
    rows = actions.export(start=MARCH[0], end=MARCH[1], by="clerk", on=FILED)
    assert [(row["claim"], row["paid"]) for row in rows] == [
        (first.reference, "30.00"), (first.reference, "11.11"), (second.reference, "7.77"),
    ]  # fmt: skip
    assert Decimal(exports.total(rows)) * 100 == first.approved + second.approved
    content = exports.as_bytes(rows, exports.APPROVED, kind="csv", on=MARCH[1])
    read = list(csv.DictReader(io.StringIO(content.decode())))
    assert [row["paid"] for row in read] == [row["paid"] for row in rows]
    book = exports.as_bytes(rows, exports.APPROVED, kind="xlsx", on=MARCH[1])
    assert book[:2] == b"PK" and book == exports.as_bytes(rows, exports.APPROVED, kind="xlsx", on=MARCH[1])
    assert actions.export(start=MARCH[1], end=date(2026, 5, 1), by="clerk", on=FILED) == []


def test_a_text_that_looks_like_a_formula_stays_a_text(approved):
    approved(claimant={"name": "=HYPERLINK(1)"})
    content = exports.as_bytes(exports.approved(*MARCH), exports.APPROVED, kind="csv", on=FILED)
    assert b"'=HYPERLINK" in content


def test_6_4_b_the_public_gets_every_expenditure_and_nothing_private(approved, gate):
    said = "Paid with " + "; ".join(CANARIES)
    other = {"id": "t1", "kind": "toll", "on": "2026-03-10", "amount": "7.00"}
    claim = approved(meal(), other, purpose=said, activity=f"conference, {said}", report=said)
    receipt = claim.receipts.filter(line="m1").first()
    actions.redact(receipt=receipt, content=png(3), gate=gate, by="clerk", on=FILED)
    rows = actions.export_public(start=MARCH[0], end=MARCH[1], gate=gate, by="clerk", on=FILED)
    content = exports.as_bytes(rows, exports.PUBLIC, kind="csv", on=FILED).decode()
    item = json.dumps(
        actions.report_to_board(meeting=date(2026, 3, 25), by="clerk", on=date(2026, 3, 25)).document
    )
    for canary in CANARIES:
        assert canary not in content and canary not in item, canary
        assert canary[-4:] not in content.replace(claim.reference, ""), canary
    assert GONE in content and "Synthetic Person" in content
    assert [(row["paid"], row["receipts"]) for row in rows] == [("25.00", 2), ("7.00", 2)]
    assert rows[0]["public_receipts"] == queries.receipts(claim).get(pk=receipt.pk).public_sha256


def test_6_4_b_a_refused_claim_is_public_too(submitted, gate):
    claim = submitted()
    actions.verify(claim=claim, by="clerk", on=FILED)
    actions.decide(
        claim=claim, rulings={"m1": (0, "Personal, call 760-555-0142.")}, why="So.", by="officer", on=FILED
    )
    (row,) = actions.export_public(start=MARCH[0], end=MARCH[1], gate=gate, by="clerk", on=FILED)
    assert (row["state"], row["paid"], row["why"]) == ("refused", "0.00", f"Personal, call {GONE}.")


@pytest.mark.parametrize("canary", CANARIES)
def test_each_kind_of_private_text_is_blacked_out(canary):
    assert canary not in blacked(f"see {canary}, please", ["42 Canary Way, Del Mar", "760-555-0142"])


@pytest.mark.parametrize(
    "text", ["2026-03-10", "Resolution 2020-002", "$1,234.56", "15 rooms at 89.00", "Item 7, page 12"]
)
def test_what_is_not_private_stays(text):
    assert blacked(text) == text


def test_the_claimants_own_address_goes_in_any_spelling():
    assert "Canary" not in blacked("lives at 42  CANARY way; del mar", ["42 Canary Way, Del Mar"])


def test_6_3_the_following_meeting_hears_of_it_once(approved):
    claim = approved()
    assert board.item(meeting=date(2026, 3, 10))["meetings"] == [], "it had not ended"
    for meeting in (date(2026, 3, 19), date(2026, 6, 21)):
        with pytest.raises(Refused, match="following"):
            actions.report_to_board(meeting=meeting, by="clerk", on=FILED)
    filed = actions.report_to_board(meeting=date(2026, 3, 25), by="clerk", on=date(2026, 3, 25))
    (meeting,) = filed.document["meetings"]
    assert meeting["claims"] == [claim.reference] and meeting["reports"] == ["Heard how others set rates."]
    assert (meeting["joint"], meeting["paid"], meeting["missed"]) == (False, "25.00", False)
    again = actions.report_to_board(meeting=date(2026, 4, 25), by="clerk", on=date(2026, 4, 25))
    assert again.document["meetings"] == []


def test_6_3_several_report_together(approved):
    first, second = approved(), approved(by="analyst", kind="committee", seed=1, report="")
    filed = actions.report_to_board(meeting=date(2026, 3, 25), by="clerk", on=date(2026, 3, 25))
    (meeting,) = filed.document["meetings"]
    assert meeting["joint"] and meeting["claims"] == [first.reference, second.reference]
    assert meeting["reports"] == ["Heard how others set rates."] and filed.document["without_report"] == []


def test_6_3_employees_need_not_and_a_missing_report_is_named(approved):
    approved(kind="employee")
    silent = approved(by="analyst", seed=1, report="", purpose="Another one")
    document_of = actions.report_to_board(
        meeting=date(2026, 3, 25), by="clerk", on=date(2026, 3, 25)
    ).document
    assert document_of["without_report"] == [silent.reference]
    assert [one["claims"] for one in document_of["meetings"]] == [[silent.reference]]


def test_6_3_a_meeting_that_did_not_hear_of_it_is_told(submitted):
    claim = submitted()
    actions.verify(claim=claim, by="clerk", on=FILED)
    actions.report_to_board(meeting=date(2026, 3, 25), by="clerk", on=date(2026, 3, 25))
    actions.decide(claim=claim, rulings={}, why="Late.", by="officer", on=date(2026, 3, 30))
    filed = actions.report_to_board(meeting=date(2026, 4, 25), by="clerk", on=date(2026, 4, 25))
    assert [one["missed"] for one in filed.document["meetings"]] == [True]


def test_6_1_the_form_of_a_long_trip_has_one_total(approved, gate):
    lines = [meal(str(at), amount=f"{at}.00", on=f"2026-03-{10 + at % 2}") for at in range(1, 31)]
    claim = approved(*lines, purpose="Unbroken" * 30)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed(claim, gate))).pages]
    assert len(pages) > 1 and sum(page.count("Total") for page in pages) == 1 and "465.00" in pages[-1]
