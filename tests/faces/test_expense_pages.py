"""The pages of expense claims: a draft that lives on the server, its outcome line by line, receipts, and those who verify and decide."""

import re
import struct
import zlib

import pytest
from django.core.files import uploadedfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from meterkeep.desks.expenses import queries
from meterkeep.desks.expenses.models import Claim


def png(seed=0):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head, rows = struct.pack(">IIBBBBB", 4, 1, 8, 2, 0, 0, 0), b"\0" + bytes([seed] * 12)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


TRIP = {
    "name": "Synthetic Official", "purpose": "Rate case", "activity": "conference or seminar", "from": "Carlsbad", "to": "Sacramento",
    "start": "2026-03-02T06:00", "end": "2026-03-02T20:00", "where": "in_state", "other_agency": "no", "report": "Heard of rates.",
    "home_address": "42 Canary Way", "phone": "760-555-0142",
}  # fmt: skip
MEAL = {"on": "2026-03-02", "amount": "$42.00", "gratuity": "9.00", "alcohol": "8.00"}


def write_claim(client, house, *, role="analyst", lines=(("meal", MEAL),), papers=True):
    """A draft of this role's, through the form."""
    client.force_login(house.users[role])
    client.post(reverse("expense_new"), {"kind": "official"})
    claim = queries.claims_of(role).first()
    client.post(reverse("expense_head", args=[claim.reference]), TRIP)
    for at, (kind, line) in enumerate(lines, start=1):
        client.post(reverse("expense_add", args=[claim.reference]), {"kind": kind})
        files = {
            f"file-{paper}": SimpleUploadedFile("a.html", png(at * 2 + (paper == "card")))
            for paper in ("itemised", "card")
        }
        given = {**line, **(files if papers else {})}
        answer = client.post(reverse("expense_line", args=[claim.reference, str(at)]), given)
        assert answer.status_code == 302, answer.content
    return Claim.objects.get(pk=claim.pk)


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def act(client, claim, do, **more):
    return client.post(reverse("expense_act", args=[claim.reference]), {"do": do, **more})


def test_a_claim_from_the_form_to_the_decision(client, house):
    claim = write_claim(client, house)
    shown = text(client.get(reverse("expense", args=[claim.reference])))
    assert "$36.00 of $51.00 can be paid" in shown and "CEA-01/5.10-c" in shown
    assert act(client, claim, "submit").status_code == 302
    client.force_login(house.users["second"])
    review = client.get(reverse("expense", args=[claim.reference]))
    assert "The policy pays $36.00 of $51.00." in text(review) and "42 Canary Way" not in text(review)
    act(client, claim, "verify")
    act(
        client,
        claim,
        "decide",
        why="By the policy.",
        **{"amount-1": "30.00", "why-1": "The tip was for two."},
    )
    claim.refresh_from_db()
    assert (claim.state, claim.approved, claim.verified_by) == ("approved", 30_00, "second")
    pdf = client.get(reverse("expense_pdf", args=[claim.reference]))
    assert pdf.content[:5] == b"%PDF-"


def test_while_somebody_types_only_the_outcome_goes_back(client, house):
    claim = write_claim(client, house, papers=False)
    answer = client.post(
        reverse("expense_line", args=[claim.reference, "1"]),
        {**MEAL, "amount": "10.00", "alcohol": ""},
        headers={"HX-Request": "true"},
    )
    said = answer.content.decode()
    assert "<html" not in said and "$12.00 of $19.00 can be paid" in said and 'hx-swap-oob="true"' in said
    assert "6.1.2-b" in said, "no receipt yet"


@pytest.mark.parametrize("amount", ["twelve", "12.345", "-1", "12,50", "1.234,50", "€12"])
def test_an_amount_that_is_none_is_told(client, house, amount):
    claim = write_claim(
        client, house, lines=(("toll", {"on": "2026-03-02", "amount": amount}),), papers=False
    )
    assert "Toll: amount" in text(client.get(reverse("expense", args=[claim.reference])))
    assert act(client, claim, "submit").status_code == 400


def test_a_file_that_is_no_receipt_is_refused_and_the_line_is_kept(client, house):
    claim = write_claim(client, house, papers=False)
    wrong = SimpleUploadedFile("dinner.jpg", b"<script>alert(1)</script>", content_type="image/jpeg")
    answer = client.post(reverse("expense_line", args=[claim.reference, "1"]), {**MEAL, "file-card": wrong})
    assert answer.status_code == 400 and "web page" in text(answer)
    assert claim.receipts.count() == 0 and queries.document(claim)["lines"][0]["amount"] == "42.00"


def test_a_receipt_never_lies_in_a_temporary_folder_and_a_large_one_is_refused(client, house, monkeypatch):
    def never(*_args, **_kwargs):
        raise AssertionError("an upload was written to a temporary file")

    monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", never)
    claim = write_claim(client, house, papers=False)
    where = reverse("expense_line", args=[claim.reference, "1"])
    for size, status in ((9_000_000, 302), (10_000_001, 400), (13_000_000, 400)):
        content = b"\xff\xd8\xff".ljust(size - 2) + b"\xff\xd9"
        given = SimpleUploadedFile("a.pdf", content, content_type="image/jpeg")
        assert client.post(where, {**MEAL, "file-card": given}).status_code == status
    assert [one.size for one in claim.receipts.all()] == [9_000_000]


def test_a_receipt_is_given_as_a_file_and_taken_out_again(client, house):
    claim = write_claim(client, house)
    receipt = claim.receipts.first()
    where = reverse("expense_receipt", args=[claim.reference, receipt.pk])
    answer = client.get(where)
    assert answer["Content-Disposition"].startswith("attachment") and answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    client.post(where)
    assert claim.receipts.count() == 1
    client.post(reverse("expense_line", args=[claim.reference, "1"]), {"do": "remove"})
    assert queries.document(Claim.objects.get(pk=claim.pk))["lines"] == [] and claim.receipts.count() == 0


def test_nobody_opens_anothers_draft(client, house):
    claim = write_claim(client, house)
    client.force_login(house.users["second"])
    for name in ("expense", "expense_pdf"):
        assert client.get(reverse(name, args=[claim.reference])).status_code == 403
    where = reverse("expense_receipt", args=[claim.reference, claim.receipts.first().pk])
    assert client.get(where).status_code == 403
    assert client.post(reverse("expense_head", args=[claim.reference]), TRIP).status_code == 403


def test_nobody_verifies_a_claim_of_their_own(client, house):
    claim = write_claim(client, house)
    act(client, claim, "submit")
    assert "looked at every receipt" not in text(client.get(reverse("expense", args=[claim.reference])))
    assert act(client, claim, "verify").status_code == 403


def test_what_waits_has_to_be_decided(client, house):
    claim = write_claim(client, house, lines=(("other", {"on": "2026-03-02", "amount": "40.00"}),))
    act(client, claim, "submit")
    client.force_login(house.users["second"])
    assert claim.reference in text(client.get(reverse("expenses")))
    act(client, claim, "verify")
    assert act(client, claim, "decide", why="So.").status_code == 409
    assert act(client, claim, "decide", why="So.", **{"why-1": "A map of the hall."}).status_code == 302


def test_the_pages_speak_spanish(client, house):
    claim = write_claim(client, house)
    client.cookies["django_language"] = "es"
    for name, said in (("expenses", "Gastos"), ("expense", "Solicitud de gastos")):
        args = [claim.reference] if name == "expense" else []
        assert said in text(client.get(reverse(name, args=args)))
