from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from meterkeep.desks.expenses import board, checks, exports, form, queries
from meterkeep.desks.expenses.assessing import as_claim, assess, cents, digest, line_ids
from meterkeep.desks.expenses.files import media_of, plain
from meterkeep.desks.expenses.models import (
    AgencyPayment,
    BoardApproval,
    BoardReport,
    Claim,
    Line,
    Receipt,
    Reported,
    Ruling,
    Version,
)
from meterkeep.desks.expenses.private import parted, private_of, scrubbed, without_numbers
from meterkeep.desks.expenses.states import State
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.errors import BadInput
from meterkeep.gate import Gate, papers
from meterkeep.ledger.names import EventName


@transaction.atomic
def begin(*, claimant: str, kind: str, by: str, on: date) -> Claim:
    """A draft. claimant: of the workforce register; kind: of CEA-01 4.2 to 4.4. by: the claimant, or who enters it for them."""
    checks.check_member(by, on=on)
    checks.check_claimant(claimant, kind, on=on)
    claim = Claim.objects.create(
        reference=f"E-{secrets.token_hex(4)}",
        claimant=claimant,
        kind=kind,
        subject=papers.new_subject(),
        draft={"claimant": {"kind": kind}, "lines": []},
        began_by=by,
        began_on=on,
    )
    _tell(EventName.EXPENSE_DRAFTED, claim, by=by, on=on)
    return claim


@transaction.atomic
def save_draft(*, claim: Claim, document: Mapping[str, Any], gate: Gate, by: str, on: date) -> Claim:
    """document: the claim in the form of docs/expenses.md, as far as it is written. What of the claimant is private is sealed, and taken
    out wherever it stands in a text."""
    _check_writing(claim, by=by, on=on)
    rest, private = parted(document)
    rest["claimant"] = {**rest.get("claimant", {}), "kind": claim.kind}
    known = private_of(claim, gate=gate)
    if (whole := {**known, **private}) != known:
        _remove_later(gate, claim.payee)
        claim.payee = papers.seal(gate, json.dumps(whole, sort_keys=True).encode(), subject=claim.subject)
    claim.draft = json.loads(json.dumps(scrubbed(rest, whole.values()), default=str))
    claim.save(update_fields=["draft", "payee"])
    _tell(EventName.EXPENSE_DRAFTED, claim, by=by, on=on)
    return claim


@transaction.atomic
def attach(*, claim: Claim, line: str, kind: str, content: bytes, gate: Gate, by: str, on: date) -> Receipt:
    """A file, known by its content, sealed in the vault. The same file at the same line is there once."""
    _check_writing(claim, by=by, on=on)
    media, sha256 = media_of(content), hashlib.sha256(content).hexdigest()
    there = queries.receipts(claim)
    checks.check_paper(claim, kind, number=there.count())
    if line not in line_ids(queries.document(claim)):
        raise BadInput("The claim has no such line.", where=line[:40], next="Save the line first.")
    if known := there.filter(line=line, kind=kind, sha256=sha256).first():
        return known
    receipt = Receipt.objects.create(
        claim=claim,
        line=line,
        kind=kind,
        media=media,
        size=len(content),
        sha256=sha256,
        paper=papers.seal(gate, content, subject=claim.subject),
        first=claim.version + 1,
        by=by,
        on=on,
    )
    _tell(EventName.EXPENSE_DRAFTED, claim, by=by, on=on, receipt=receipt.pk)
    return receipt


@transaction.atomic
def detach(*, receipt: Receipt, gate: Gate, by: str, on: date) -> None:
    """One that was never handed in goes for good; another stays with the versions that it was handed in with."""
    claim = receipt.claim
    _check_writing(claim, by=by, on=on)
    _tell(EventName.EXPENSE_DRAFTED, claim, by=by, on=on, receipt=receipt.pk)
    if receipt.first > claim.version:
        _remove_later(gate, receipt.paper)
        receipt.delete()
        return
    receipt.last = claim.version
    receipt.save(update_fields=["last"])


@transaction.atomic
def submit(*, claim: Claim, by: str, on: date) -> Claim:
    """Hands in what is written: a version that nothing changes any more, with what the policy says of it on this day."""
    _check_writing(claim, by=by, on=on)
    checks.check_move_to(claim, State.SUBMITTED)
    document = queries.document(claim)
    claim.filed = claim.filed or on
    pack, around = queries.policy(claim.filed), queries.around(claim, document, filed=claim.filed)
    report = assess(document, around, pack, queries.shipped_rates())
    whole = {**as_claim(document, around), "approvals": document.get("approvals", [])}
    number = claim.version + 1
    version = Version.objects.create(
        claim=claim, number=number, document=whole, report=report, sha256=digest(whole), policy=pack.digest, by=by, on=on
    )  # fmt: skip
    Line.objects.bulk_create(
        _line(version, line, said) for line, said in zip(whole["lines"], report["lines"], strict=True)
    )
    claim.version, claim.report, claim.draft, claim.state, claim.why = number, report, {}, State.SUBMITTED, ""
    claim.save()
    detail = {
        "sha256": version.sha256,
        "lines": len(report["lines"]),
        "receipts": queries.receipts(claim).count(),
    }
    _tell(EventName.EXPENSE_SUBMITTED, claim, by=by, on=on, **detail)
    return claim


@transaction.atomic
def hand_in(
    *,
    document: Mapping[str, Any],
    files: Sequence[tuple[str, str, bytes]],
    claimant: str,
    again: str,
    gate: Gate,
    by: str,
    on: date,
) -> Claim:
    """A whole claim at once, or nothing of it. files: line, kind and content of each receipt. again: the reference of a claim that was
    given back, "" for a new one."""
    kind = str((document.get("claimant") or {}).get("kind") or "")
    claim = queries.claim(again) if again else begin(claimant=claimant, kind=kind, by=by, on=on)
    save_draft(claim=claim, document=document, gate=gate, by=by, on=on)
    for line, paper, content in files:
        attach(claim=claim, line=line, kind=paper, content=content, gate=gate, by=by, on=on)
    return submit(claim=claim, by=by, on=on)


@transaction.atomic
def give_back(*, claim: Claim, why: str, by: str, on: date) -> Claim:
    """To the claimant, who changes it and hands it in again; what was handed in stays as it was."""
    _locked(claim)
    checks.check_member(by, on=on)
    checks.check_another(claim, by, does="gives back")
    checks.check_move_to(claim, State.RETURNED)
    checks.check_why(why)
    claim.draft = queries.document(claim)
    claim.state, claim.why = State.RETURNED, without_numbers(why.strip())
    claim.verified_by, claim.verified_on = "", None
    claim.save()
    _tell(EventName.EXPENSE_RETURNED, claim, by=by, on=on)
    return claim


@transaction.atomic
def withdraw(*, claim: Claim, by: str, on: date) -> Claim:
    _locked(claim)
    checks.check_member(by, on=on)
    checks.check_own(claim, by)
    checks.check_move_to(claim, State.WITHDRAWN)
    claim.state = State.WITHDRAWN
    claim.save(update_fields=["state"])
    _tell(EventName.EXPENSE_WITHDRAWN, claim, by=by, on=on)
    return claim


@transaction.atomic
def verify(*, claim: Claim, by: str, on: date) -> Claim:
    """Somebody else than the claimant has looked at every expense and its receipt (CEA-01 6.2). It is assessed anew: what others have
    claimed since it was handed in counts too."""
    _locked(claim)
    checks.check_role(by, checks.VERIFIER, on=on)
    checks.check_another(claim, by, does="verifies")
    checks.check_move_to(claim, State.VERIFIED)
    checks.check_not_before(claim.filed, on)
    claim.report = queries.assessed(claim, on=on)
    claim.state, claim.verified_by, claim.verified_on = State.VERIFIED, by, on
    claim.save()
    _tell(EventName.EXPENSE_VERIFIED, claim, by=by, on=on)
    return claim


@transaction.atomic
def decide(
    *, claim: Claim, rulings: Mapping[str, tuple[int | None, str]], why: str, by: str, on: date
) -> Claim:
    """rulings: line, or WHOLE, → cents to pay, None for what the policy allows, and the reason. why: of the decision as a whole. Raises
    Undetermined where a line that waits for a person has no ruling."""
    _locked(claim)
    checks.check_role(by, checks.APPROVER, on=on)
    checks.check_another(claim, by, does="decides")
    checks.check_move_to(claim, State.APPROVED)
    checks.check_not_before(claim.verified_on, on)
    checks.check_why(why)
    report = claim.report or {}
    checks.check_rulings(report, rulings)
    Ruling.objects.bulk_create(
        Ruling(
            claim=claim,
            version=claim.version,
            line=line,
            allowed=amount,
            why=without_numbers(reason.strip()),
            by=by,
            on=on,
        )
        for line, (amount, reason) in sorted(rulings.items())
    )
    claim.approved = sum(_paid(line, rulings) for line in report["lines"])
    claim.state = State.APPROVED if claim.approved else State.REFUSED
    claim.decided_by, claim.decided_on, claim.why = by, on, without_numbers(why.strip())
    claim.save()
    _tell(EventName.EXPENSE_DECIDED, claim, by=by, on=on, state=str(claim.state), rulings=len(rulings))
    return claim


@transaction.atomic
def record_approval(
    *, about: str, what: str, approved_on: date, minutes: str, claimants: Sequence[str], by: str, on: date
) -> BoardApproval:
    """What the Board approved beforehand, from its minutes. claimants: whom it is for, nobody for anybody."""
    checks.check_member(by, on=on)
    checks.check_approval(about, minutes=minutes, on=approved_on, recorded=on, claimants=claimants, by=by)
    found = BoardApproval.objects.create(
        reference=f"B-{secrets.token_hex(4)}",
        about=about,
        what=without_numbers(what.strip()),
        on=approved_on,
        minutes=without_numbers(minutes.strip()),
        claimants=list(dict.fromkeys(claimants)),
        recorded_by=by,
        recorded_on=on,
    )
    detail = {"approval": found.reference, "about": about, "approved": approved_on.isoformat()}
    record(Event(name=EventName.APPROVAL_RECORDED, by=by, on=on, detail=detail))
    return found


@transaction.atomic
def record_agency_payments(*, agency: str, rows: Sequence[tuple[str, date, int]], by: str, on: date) -> int:
    """What another agency paid, from its public list: person, day, cents. How many of them are new."""
    checks.check_member(by, on=on)
    new = 0
    for person, day, amount in rows:
        _, made = AgencyPayment.objects.get_or_create(
            agency=agency,
            person=person,
            on=day,
            cents=amount,
            defaults={"recorded_by": by, "recorded_on": on},
        )
        new += made
    record(Event(name=EventName.FINDING_RECORDED, by=by, on=on, detail={"agency_payments": new}))
    return new


@transaction.atomic
def look_at(*, receipt: Receipt, gate: Gate, by: str, on: date, public: bool = False) -> bytes:
    """The file, or its copy for the public. Who opened it stands in the log."""
    checks.check_reader(receipt.claim, by, on=on)
    content = papers.unseal(gate, receipt.public if public else receipt.paper)
    _tell(EventName.EXPENSE_OPENED, receipt.claim, by=by, on=on, receipt=receipt.pk)
    return content


@transaction.atomic
def print_form(*, claim: Claim, provider: str, language: str, gate: Gate, by: str, on: date) -> bytes:
    """The form as PDF. It says where the claimant lives, so who had it printed stands in the log."""
    checks.check_reader(claim, by, on=on)
    content = form.as_pdf(claim, provider=provider, private=private_of(claim, gate=gate), language=language)
    _tell(EventName.EXPENSE_OPENED, claim, by=by, on=on, form=claim.version)
    return content


@transaction.atomic
def redact(*, receipt: Receipt, content: bytes, gate: Gate, by: str, on: date) -> Receipt:
    """A picture of the receipt on which a person has covered what is private; what the camera wrote beside it is taken off too."""
    checks.check_reader(receipt.claim, by, on=on)
    checks.check_redaction(receipt, by)
    clean = plain(content)
    _remove_later(gate, receipt.public)
    receipt.public = papers.seal(gate, clean, subject=receipt.claim.subject)
    receipt.public_sha256 = hashlib.sha256(clean).hexdigest()
    receipt.public_by, receipt.public_on = by, on
    receipt.save(update_fields=["public", "public_sha256", "public_by", "public_on"])
    _tell(EventName.EXPENSE_REDACTED, receipt.claim, by=by, on=on, receipt=receipt.pk)
    return receipt


@transaction.atomic
def report_to_board(*, meeting: date, by: str, on: date) -> BoardReport:
    """Files the item of the Board's meeting: whatever officials attended at the provider's expense and no meeting has heard of yet."""
    checks.check_accountant(by, on=on)
    checks.check_meeting(meeting, on=on)
    checks.check_unfiled(meeting, queries.board_reports().filter(meeting=meeting).exists())
    document = board.item(meeting=meeting)
    filed = BoardReport.objects.create(
        meeting=meeting, document=document, sha256=digest(document), by=by, on=on
    )
    told = [reference for one in document["meetings"] for reference in one["claims"]]
    Reported.objects.bulk_create(Reported(report=filed, claim=queries.claim(reference)) for reference in told)
    detail = {
        "report": "expenses",
        "meeting": meeting.isoformat(),
        "sha256": filed.sha256,
        "claims": len(told),
    }
    record(Event(name=EventName.REPORT_FILED, by=by, on=on, detail=detail))
    return filed


@transaction.atomic
def export(*, start: date, end: date, by: str, on: date) -> list[dict[str, Any]]:
    """The approved claims of a period, line by line, for the ledger of accounts. end: the day after the last."""
    checks.check_accountant(by, on=on)
    rows = exports.approved(start, end)
    _tell_export("approved", rows, by=by, on=on)
    return rows


@transaction.atomic
def export_public(*, start: date, end: date, gate: Gate, by: str, on: date) -> list[dict[str, Any]]:
    """What anybody may have (CEA-01 6.4): every decided claim of the period, its texts without what is private."""
    checks.check_accountant(by, on=on)
    rows = exports.public(start, end, private=lambda claim: tuple(private_of(claim, gate=gate).values()))
    _tell_export("public", rows, by=by, on=on)
    return rows


def _locked(claim: Claim) -> Claim:
    """The claim as it stands now, and nobody else changes it until this is done: of two who act at once, the second is told."""
    claim.refresh_from_db(from_queryset=queries.claims().select_for_update())
    return claim


def _check_writing(claim: Claim, *, by: str, on: date) -> None:
    _locked(claim)
    checks.check_member(by, on=on)
    checks.check_own(claim, by)
    checks.check_writable(claim)


def _remove_later(gate: Gate, paper: str) -> None:
    """Once the database no longer points to it: the vault does not take part in its transactions."""
    if paper:
        transaction.on_commit(lambda: papers.remove(gate, paper))


def _line(version: Version, line: Mapping[str, Any], said: Mapping[str, Any]) -> Line:
    return Line(
        version=version,
        line=said["id"],
        kind=line["kind"],
        on=date.fromisoformat(line["on"]),
        claimed=cents(said["claimed"]),
        allowed=cents(said["allowed"]),
    )


def _paid(line: Mapping[str, Any], rulings: Mapping[str, tuple[int | None, str]]) -> int:
    amount = rulings.get(line["id"], (None, ""))[0]
    return cents(line["allowed"]) if amount is None else amount


def _tell_export(what: str, rows: Sequence[Mapping[str, Any]], *, by: str, on: date) -> None:
    record(Event(name=EventName.EXPENSE_EXPORTED, by=by, on=on, detail={"what": what, "rows": len(rows)}))


def _tell(name: EventName, claim: Claim, *, by: str, on: date, **detail: str | int) -> None:
    told = {"claim": claim.reference, "version": claim.version, **detail}
    record(Event(name=name, by=by, on=on, detail=told))
