"""Claims that are kept: every version, receipts sealed, verified and decided by somebody else, each act in the log."""

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from desks.expenses.invented import FILED, document, meal, pdf, png
from django.db import DatabaseError, connection, transaction

from meterkeep.desks.expenses import actions, queries
from meterkeep.desks.expenses.assessing import WHOLE, digest, open_lines
from meterkeep.desks.expenses.models import Claim, Receipt, Ruling, Version
from meterkeep.desks.expenses.private import private_of
from meterkeep.desks.expenses.states import TABLE
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.state_table import as_mermaid
from meterkeep.desks.workforce import actions as workforce
from meterkeep.errors import BadInput, Refused, Undetermined

CANARIES = (b"42 Canary Way", b"760-555-0142")


def told():
    return [row.name for row in OutboxEvent.objects.order_by("at", "id") if row.name.startswith("expense.")]


def findings(claim, line=WHOLE):
    report = queries.assessed(claim, on=FILED)
    where = report if line == WHOLE else next(one for one in report["lines"] if one["id"] == line)
    return {one["clause"]: one["outcome"] for one in where["findings"]}


def test_a_claim_from_its_draft_to_its_decision(approved):
    claim = approved()
    assert (claim.state, claim.approved, claim.filed) == ("approved", 25_00, FILED)
    assert open_lines(claim.report) == []
    assert told()[-3:] == ["expense.submitted", "expense.verified", "expense.decided"]


def test_what_was_handed_in_stays_as_it_was(submitted, gate):
    claim = submitted()
    first = Version.objects.get(claim=claim)
    assert first.sha256 == digest(first.document) and first.policy
    with pytest.raises(DatabaseError, match="expenses_stays"), transaction.atomic():
        Version.objects.filter(pk=first.pk).update(document={})
    actions.give_back(claim=claim, why="Which dinner was it?", by="clerk", on=FILED)
    changed = document(meal(amount="20.00"), purpose="Rate case, dinner with the utility")
    actions.save_draft(claim=claim, document=changed, gate=gate, by="manager", on=FILED + timedelta(days=3))
    actions.submit(claim=claim, by="manager", on=FILED + timedelta(days=3))
    assert claim.filed == FILED, "the time limit counts from the first filing"
    assert [one.number for one in claim.versions.all()] == [1, 2]
    assert Version.objects.get(pk=first.pk).document["lines"][0]["amount"] == "25.00"


def test_what_is_private_and_every_receipt_lie_sealed(drafted, gate, home):
    claim = drafted()
    kept = b"".join(path.read_bytes() for path in home.vault.iterdir())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            kept += repr(cursor.fetchall()).encode()
    assert [one for one in CANARIES if one in kept] == [] and b"IHDR" not in kept
    assert private_of(claim, gate=gate)["phone"] == "760-555-0142"
    receipt = claim.receipts.first()
    opened = actions.look_at(receipt=receipt, gate=gate, by="clerk", on=FILED)
    assert hashlib.sha256(opened).hexdigest() == receipt.sha256 and told()[-1] == "expense.opened"


def test_the_claimants_word_for_a_receipt_is_no_receipt(drafted):
    claim = drafted(meal(receipts=["itemised", "card"]), receipts=False)
    assert findings(claim, "m1")["CEA-01/6.1.2-b"] == "missing"


def test_a_receipt_that_was_handed_in_stays_with_its_version(submitted, gate):
    claim = submitted()
    actions.give_back(claim=claim, why="The card slip is another one's.", by="clerk", on=FILED)
    slip = claim.receipts.get(kind="card")
    actions.detach(receipt=slip, gate=gate, by="manager", on=FILED)
    new = actions.attach(
        claim=claim, line="m1", kind="card", content=png(50), gate=gate, by="manager", on=FILED
    )
    actions.detach(receipt=new, gate=gate, by="manager", on=FILED)
    assert not Receipt.objects.filter(pk=new.pk).exists()
    assert [one.kind for one in queries.receipts(claim)] == ["itemised"]
    assert [one.kind for one in queries.receipts(claim, version=1)] == ["itemised", "card"]


def test_6_2_verified_by_somebody_else(submitted):
    claim = submitted()
    with pytest.raises(Refused, match="of their own"):
        actions.verify(claim=claim, by="manager", on=FILED)
    with pytest.raises(Refused, match="workforce"):
        actions.verify(claim=claim, by="stranger", on=FILED)
    actions.verify(claim=claim, by="clerk", on=FILED)
    with pytest.raises(Refused, match="of their own"):
        actions.decide(claim=claim, rulings={}, why="Mine.", by="manager", on=FILED)
    with pytest.raises(DatabaseError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(verified_by="manager")


def test_of_two_who_act_at_once_the_second_is_told(submitted):
    claim = submitted()
    mine, yours = (Claim.objects.get(pk=claim.pk) for _ in range(2))
    actions.verify(claim=mine, by="clerk", on=FILED)
    with pytest.raises(Refused):
        actions.verify(claim=yours, by="officer", on=FILED)
    stale = Claim.objects.get(pk=claim.pk)
    actions.decide(claim=mine, rulings={}, why="So.", by="officer", on=FILED)
    for act in (
        lambda: actions.decide(claim=stale, rulings={"m1": (0, "No.")}, why="No.", by="clerk", on=FILED),
        lambda: actions.give_back(claim=stale, why="Which?", by="clerk", on=FILED),
    ):
        with pytest.raises(Refused):
            act()
    kept = Claim.objects.get(pk=claim.pk)
    assert (kept.verified_by, kept.decided_by, kept.approved) == ("clerk", "officer", 25_00)
    assert not Ruling.objects.filter(claim=claim).exists()


def test_6_2_whoever_entered_it_does_not_verify_it(gate, people):
    claim = actions.begin(claimant="manager", kind="volunteer", by="analyst", on=FILED)
    actions.save_draft(claim=claim, document=document(), gate=gate, by="analyst", on=FILED)
    actions.submit(claim=claim, by="analyst", on=FILED)
    with pytest.raises(Refused, match="they entered"):
        actions.verify(claim=claim, by="analyst", on=FILED)


def test_where_there_is_a_finance_role_only_it_verifies(submitted):
    claim = submitted()
    workforce.record_person(id="cfo", display="Finance", role="finance", by="officer", on=date(2026, 1, 1))
    with pytest.raises(Refused, match="finance"):
        actions.verify(claim=claim, by="clerk", on=FILED)
    assert actions.verify(claim=claim, by="cfo", on=FILED).state == "verified"


def test_what_waits_is_decided_line_by_line_with_a_reason(submitted):
    claim = submitted(meal(), {"id": "o1", "kind": "other", "on": "2026-03-10", "amount": "40.00"})
    actions.verify(claim=claim, by="clerk", on=FILED)
    with pytest.raises(Undetermined, match="o1"):
        actions.decide(claim=claim, rulings={}, why="Fine.", by="officer", on=FILED)
    for wrong in ({"o1": (None, " ")}, {"o1": (40_01, "More.")}, {"zz": (1, "No such line.")}):
        with pytest.raises(BadInput):
            actions.decide(claim=claim, rulings=wrong, why="Fine.", by="officer", on=FILED)
    rulings = {
        "o1": (15_00, "A map of the hall; the rest was a gift."),
        "m1": (0, "A guest's, so personal (5.2)."),
    }
    actions.decide(claim=claim, rulings=rulings, why="Looked at both.", by="officer", on=FILED)
    assert (claim.state, claim.approved) == ("approved", 15_00)
    with pytest.raises(DatabaseError, match="expenses_stays"), transaction.atomic():
        Ruling.objects.update(allowed=1)


def test_nothing_left_to_pay_is_a_refusal(submitted):
    claim = submitted()
    actions.verify(claim=claim, by="clerk", on=FILED)
    actions.decide(claim=claim, rulings={"m1": (0, "Personal.")}, why="Personal.", by="officer", on=FILED)
    assert claim.state == "refused"


def test_a_state_is_left_by_its_table_only(submitted):
    claim = submitted()
    with pytest.raises(Refused, match="cannot become"):
        actions.decide(claim=claim, rulings={}, why="At once.", by="officer", on=FILED)
    with pytest.raises(Refused, match="stays as it is"):
        actions.attach(claim=claim, line="m1", kind="card", content=png(), gate=None, by="manager", on=FILED)
    actions.withdraw(claim=claim, by="manager", on=FILED)
    with pytest.raises(Refused):
        actions.submit(claim=claim, by="manager", on=FILED)


def test_nobody_changes_anothers_claim(drafted, gate):
    claim = drafted()
    with pytest.raises(Refused, match="somebody else's"):
        actions.save_draft(claim=claim, document={}, gate=gate, by="analyst", on=FILED)


def test_adm_4_nothing_of_before_the_provider_adopted_a_policy(drafted, db):
    claim = drafted(meal(id="old") | {"on": "2020-02-19"}, meal(id="new") | {"on": "2020-02-20"})
    report = queries.assessed(claim, on=FILED)
    assert [line["allowed"] for line in report["lines"]] == ["0.00", "25.00"]
    assert findings(claim, "old") == {"CEA-ADM/4": "refuse"}


def test_adm_4_without_a_policy_nothing_is_handed_in(gate, db):
    workforce.record_person(
        id="officer", display="Officer", role="privacy_officer", by="officer", on=date(2025, 1, 1)
    )
    claim = actions.begin(claimant="officer", kind="employee", by="officer", on=FILED)
    actions.save_draft(claim=claim, document=document(), gate=gate, by="officer", on=FILED)
    with pytest.raises(Undetermined, match="No travel policy"):
        actions.submit(claim=claim, by="officer", on=FILED)


def test_the_same_receipt_in_another_claim(submitted):
    first = submitted()
    second = submitted(meal(amount="11.00"), by="analyst")
    assert findings(second, "m1")["CEA-01/6.2"] == "decide"
    assert first.reference in str(second.report)
    actions.withdraw(claim=first, by="manager", on=FILED)
    assert "CEA-01/6.2" not in findings(second, "m1"), "a withdrawn claim claims nothing"


def test_the_same_receipt_at_two_lines(drafted, gate):
    claim = drafted(meal(), meal("m2", "12.00"), receipts=False)
    for line in ("m1", "m2"):
        actions.attach(claim=claim, line=line, kind="card", content=png(9), gate=gate, by="manager", on=FILED)
    assert findings(claim, "m1")["CEA-01/6.2"] == "decide" and "line m2" in str(
        queries.assessed(claim, on=FILED)
    )


@pytest.mark.parametrize(
    ("change", "by", "again"),
    [
        ({}, "manager", True),
        ({"amount": "25.01"}, "manager", False),
        ({"on": "2026-03-11"}, "manager", False),
        ({}, "analyst", False),
        ({"kind": "taxi"}, "manager", False),
    ],
)
def test_the_same_day_kind_and_amount_of_the_same_person(submitted, change, by, again):
    submitted()
    second = submitted(meal(**change), by=by, seed=1)
    assert ("CEA-01/6.2" in findings(second, "m1")) is again


def test_a_taxi_that_two_people_claim(submitted):
    ride = {"id": "t1", "kind": "taxi", "on": "2026-03-10", "amount": "31.40"}
    submitted(ride)
    assert findings(submitted(ride, by="analyst", seed=1), "t1")["CEA-01/6.2"] == "decide"


def test_what_others_claim_meanwhile_counts_when_it_is_verified(submitted):
    first = submitted()
    submitted(meal(amount="9.00"), by="analyst")
    actions.verify(claim=first, by="clerk", on=FILED)
    assert open_lines(first.report) == ["m1"]


def test_another_agency_is_declared_and_detected(drafted):
    silent = drafted(other_agency=None)
    assert findings(silent)["CEA-01/5.13-c"] == "missing"
    assert "CEA-01/5.13-c" not in findings(drafted(other_agency=None, kind="employee"))
    actions.record_agency_payments(
        agency="City of Solana Beach", rows=[("manager", date(2026, 3, 10), 25_00)], by="clerk", on=FILED
    )
    assert findings(drafted(), "m1")["CEA-01/5.13-c"] == "decide"
    assert "CEA-01/5.13-c" not in findings(drafted(meal(amount="25.01")), "m1")


@pytest.mark.parametrize(
    ("approved_on", "outcome"), [(date(2026, 3, 9), None), (date(2026, 3, 10), "refuse")]
)
def test_5_1_6_the_boards_approval_on_record_and_of_an_earlier_day(drafted, approved_on, outcome):
    board = actions.record_approval(
        about="international", what="Rotterdam", approved_on=approved_on, minutes="Minutes of that day, item 7",
        claimants=["manager"], by="clerk", on=FILED,
    )  # fmt: skip
    trip = document()["trip"] | {"international": True}
    mine = drafted(trip=trip, approvals=[{"record": board.reference}])
    assert findings(mine, "m1").get("CEA-01/5.1.6") == outcome
    another = drafted(trip=trip, approvals=[{"record": board.reference}], by="analyst")
    assert findings(another, "m1")["CEA-01/5.1.6"] == "refuse", "it is the manager's"


def test_5_1_6_the_claimants_word_is_no_approval(drafted):
    trip = document()["trip"] | {"international": True}
    claim = drafted(trip=trip, approvals=[{"by": "board", "on": "2026-01-01", "for": "international"}])
    assert findings(claim, "m1")["CEA-01/5.1.6"] == "refuse" and findings(claim)["CEA-01/5.1.6"] == "missing"


def test_5_1_1_speaking_with_government_names_the_position(drafted):
    claim = drafted(activity="meeting with a legislator")
    assert findings(claim)["CEA-01/5.1.1"] == "missing"
    assert "CEA-01/5.1.1" not in findings(
        drafted(activity="meeting with a legislator", position="Resolution 2020-1")
    )


def test_a_file_is_known_by_its_content(drafted, gate):
    claim = drafted(receipts=False)
    jpeg = b"\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xda\x00\x02\x00\xff\xd9"
    for content, media in (
        (png(), "image/png"),
        (jpeg, "image/jpeg"),
        (pdf(), "application/pdf"),
    ):
        got = actions.attach(
            claim=claim, line="m1", kind="card", content=content, gate=gate, by="manager", on=FILED
        )
        assert got.media == media
    for content in (
        b"",
        b"<html>",
        b"MZ" + png(),
        png()[:40],
        b"%PDF-1.7 /JavaScript (x) %%EOF",
        b"x" * 10_000_001,
    ):
        with pytest.raises(BadInput):
            actions.attach(
                claim=claim, line="m1", kind="card", content=content, gate=gate, by="manager", on=FILED
            )
    assert claim.receipts.count() == 3


def test_a_copy_for_the_public_is_a_picture_that_says_nothing_more(submitted, gate):
    claim = submitted()
    receipt = claim.receipts.first()
    for content in (b"%PDF-1.7\n%%EOF\n", b"nothing"):
        with pytest.raises(BadInput):
            actions.redact(receipt=receipt, content=content, gate=gate, by="clerk", on=FILED)
    with pytest.raises(Refused):
        actions.redact(receipt=receipt, content=png(), gate=gate, by="manager", on=FILED)
    actions.redact(receipt=receipt, content=png(3, b"GPS\0 33.04 -117.29"), gate=gate, by="clerk", on=FILED)
    shown = actions.look_at(receipt=receipt, gate=gate, by="clerk", on=FILED, public=True)
    assert shown == png(3) and b"GPS" not in shown


def test_the_vault_knows_no_claim_by_name(submitted, home):
    claim = submitted()
    content = (home.vault / "papers.sqlite3").read_bytes()
    assert claim.reference.encode() not in content and claim.claimant.encode() not in content


def test_the_states_in_the_docs_are_the_table():
    page = (Path(__file__).parents[3] / "docs" / "desks.md").read_text(encoding="utf-8")
    assert as_mermaid(TABLE) in page


def test_5_1_6_nobody_enters_the_boards_approval_of_their_own_expense(drafted):
    entered = {
        "about": "international",
        "what": "Rotterdam",
        "approved_on": date(2026, 3, 1),
        "minutes": "Item 7",
        "on": FILED,
    }
    with pytest.raises(Refused, match="their own"):
        actions.record_approval(**entered, claimants=["manager"], by="manager")
    mine = actions.record_approval(**entered, claimants=[], by="manager")
    trip = document()["trip"] | {"international": True}
    claim = drafted(trip=trip, approvals=[{"record": mine.reference}])
    assert findings(claim, "m1")["CEA-01/5.1.6"] == "refuse" and findings(claim)["CEA-01/5.1.6"] == "missing"


@pytest.mark.parametrize(("recorded", "outcome"), [(date(2026, 3, 10), None), (date(2026, 3, 11), "decide")])
def test_5_1_6_an_approval_entered_after_the_expense_is_looked_at(drafted, recorded, outcome):
    board = actions.record_approval(
        about="trip", what="Sacramento", approved_on=date(2026, 3, 1), minutes="Item 7", claimants=[], by="clerk", on=recorded
    )  # fmt: skip
    assert findings(drafted(approvals=[{"record": board.reference}])).get("CEA-01/5.1.6") == outcome


def test_nothing_is_done_before_what_came_before_it(submitted):
    claim = submitted()
    with pytest.raises(Refused, match="What came before"):
        actions.verify(claim=claim, by="clerk", on=FILED - timedelta(days=1))
    actions.verify(claim=claim, by="clerk", on=FILED + timedelta(days=2))
    with pytest.raises(Refused, match="What came before"):
        actions.decide(claim=claim, rulings={}, why="So.", by="officer", on=FILED + timedelta(days=1))


def test_papers_and_lists_are_for_those_who_work_on_claims(submitted, gate):
    claim = submitted()
    workforce.record_person(id="payer", display="Payer", role="finance", by="officer", on=date(2026, 1, 1))
    workforce.record_person(id="chair", display="Chair", role="approver", by="officer", on=date(2026, 1, 1))
    asked = {"gate": gate, "on": FILED}
    receipt = claim.receipts.first()
    for by, may in (("manager", True), ("payer", True), ("chair", True), ("clerk", False), ("nobody", False)):
        for act in (
            lambda by=by: actions.print_form(claim=claim, provider="Test", language="en", by=by, **asked),
            lambda by=by: actions.look_at(receipt=receipt, by=by, **asked),
        ):
            if may:
                act()
            else:
                with pytest.raises(Refused):
                    act()
    with pytest.raises(Refused):
        actions.export(start=FILED, end=FILED + timedelta(days=1), by="clerk", on=FILED)
    with pytest.raises(Refused):
        actions.redact(receipt=receipt, content=png(), by="clerk", **asked)


def test_a_receipt_and_an_approval_stay_as_they_were_entered(submitted, gate):
    claim = submitted()
    board = actions.record_approval(
        about="trip", what="Sacramento", approved_on=date(2026, 3, 1), minutes="Item 7", claimants=[], by="clerk", on=FILED
    )  # fmt: skip
    for change in (
        lambda: Receipt.objects.filter(claim=claim).update(sha256="0" * 64),
        lambda: Receipt.objects.filter(claim=claim).update(line="m2"),
        lambda: type(board).objects.filter(pk=board.pk).update(on=date(2026, 2, 1)),
    ):
        with pytest.raises(DatabaseError, match="expenses_stays"), transaction.atomic():
            change()
    receipt = claim.receipts.first()
    actions.redact(receipt=receipt, content=png(3), gate=gate, by="clerk", on=FILED)
    assert Receipt.objects.get(pk=receipt.pk).public_by == "clerk"
