"""Expense claims as their claimants, verifiers and deciders see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meterkeep.desks.expenses.assessing import WHOLE, open_lines
from meterkeep.desks.expenses.models import BoardApproval, Claim, Receipt, Ruling
from meterkeep.desks.expenses.reasons import said
from meterkeep.faces.console.expenses.fields import (
    ACTIVITIES,
    CLAIMANTS,
    KINDS,
    OUTCOMES,
    PAPERS,
    QUANTITY,
    STATES,
    asked_of,
    papers_of,
)
from meterkeep.faces.console.expenses.form import complete
from meterkeep.faces.dates import day
from meterkeep.faces.overdue import reason


@dataclass(frozen=True)
class FindingRow:
    clause: str
    says: str
    tone: str
    reason: str


@dataclass(frozen=True)
class FieldRow:
    name: str
    label: str
    form: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class PaperRow:
    number: int
    kind: str
    size: str
    digest: str
    public: bool


@dataclass(frozen=True)
class LineRow:
    """answered: whether any detail was given. findings: empty where there is not enough of the line yet."""

    id: str
    title: str
    kind: str
    on: str
    day: str
    amount: str
    gratuity: str
    answered: bool
    claimed: str
    allowed: str
    complete: bool
    waits: bool
    findings: tuple[FindingRow, ...]
    fields: tuple[FieldRow, ...]
    papers: tuple[PaperRow, ...]
    wanted: tuple[tuple[str, str], ...]
    ruling: str


@dataclass(frozen=True)
class ClaimRow:
    reference: str
    claimant: str
    on: str
    on_sort: str
    claimed: str
    allowed: str
    says: str
    tone: str
    due: str


@dataclass(frozen=True)
class ClaimPage:
    reference: str
    claimant: str
    kind: str
    says: str
    tone: str
    state: str
    why: str
    filed: str
    due: str
    activity: str
    period: str
    head: Mapping[str, Any]
    private: Mapping[str, str]
    lines: tuple[LineRow, ...]
    findings: tuple[FindingRow, ...]
    waits: bool
    claimed: str
    allowed: str
    approved: str
    problem: str
    version: int
    verified: str
    decided: str
    may: frozenset[str]
    approvals: tuple[tuple[str, str, bool], ...] = ()
    kinds: tuple[tuple[str, str], ...] = field(default=())
    activities: tuple[tuple[str, str], ...] = field(default=())


def row(claim: Claim, *, due: date | None) -> ClaimRow:
    says, tone = STATES[claim.state]
    report = claim.report or {}
    return ClaimRow(
        reference=claim.reference,
        claimant=claim.claimant,
        on=day(claim.filed or claim.began_on),
        on_sort=(claim.filed or claim.began_on).isoformat(),
        claimed=report.get("claimed", ""),
        allowed=_dollars(claim.approved) if claim.approved is not None else report.get("allowed", ""),
        says=str(says),
        tone=tone,
        due=day(due),
    )


def claim_page(
    claim: Claim,
    *,
    document: Mapping[str, Any],
    report: Mapping[str, Any],
    problem: str,
    papers: Sequence[Receipt],
    rulings: Mapping[str, Ruling],
    private: Mapping[str, str],
    approvals: Iterable[BoardApproval],
    due: date | None,
    may: frozenset[str],
) -> ClaimPage:
    """report: of the complete lines. private: what the vault has of the claimant, for whoever may see it. may: acts of this reader."""
    says, tone = STATES[claim.state]
    waiting = open_lines(report)
    chosen = {one.get("record") for one in document.get("approvals", []) if isinstance(one, dict)}
    return ClaimPage(
        reference=claim.reference,
        claimant=claim.claimant,
        kind=str(CLAIMANTS[claim.kind]),
        says=str(says),
        tone=tone,
        state=claim.state,
        why=claim.why,
        filed=day(claim.filed),
        due=day(due),
        activity=str(ACTIVITIES.get(document.get("activity", ""), document.get("activity", ""))),
        period=_period(document.get("trip") or {}),
        head={**document, "where": _where(document), "agency": _flag(document.get("other_agency"))},
        private=private,
        lines=tuple(_line(line, report, papers, rulings, waiting) for line in document.get("lines", [])),
        findings=_findings(report["findings"]),
        waits=WHOLE in waiting,
        claimed=report["claimed"],
        allowed=report["allowed"],
        approved=_dollars(claim.approved),
        problem=problem,
        version=claim.version,
        verified=_who(claim.verified_by, claim.verified_on),
        decided=_who(claim.decided_by, claim.decided_on),
        may=may,
        approvals=tuple(
            (one.reference, f"{one.what} ({day(one.on)})", one.reference in chosen) for one in approvals
        ),
        kinds=tuple((name, str(label)) for name, label in KINDS.items()),
        activities=tuple((name, str(label)) for name, label in ACTIVITIES.items()),
    )


def _line(
    line: Mapping[str, Any],
    report: Mapping[str, Any],
    papers: Sequence[Receipt],
    rulings: Mapping[str, Ruling],
    waiting: Sequence[str],
) -> LineRow:
    id, kind = str(line["id"]), str(line["kind"])
    said = next((one for one in report["lines"] if one["id"] == id), None)
    ruling = rulings.get(id)
    return LineRow(
        id=id,
        title=str(KINDS.get(kind, kind)),
        kind=kind,
        on=str(line.get("on", "")),
        day=_said(str(line.get("on", ""))),
        amount=str(line.get("amount", "")),
        gratuity=str(line.get("gratuity", "")),
        answered=bool(line.get("details")),
        claimed=said["claimed"] if said else "",
        allowed=said["allowed"] if said else "",
        complete=complete(line),
        waits=id in waiting,
        findings=_findings(said["findings"]) if said else (),
        fields=_fields(line, kind),
        papers=tuple(_paper(one) for one in papers if one.line == id),
        wanted=tuple((name, str(PAPERS[name])) for name in papers_of(kind)),
        ruling=f"{_dollars(ruling.allowed)} {ruling.why}".strip() if ruling else "",
    )


def _fields(line: Mapping[str, Any], kind: str) -> tuple[FieldRow, ...]:
    details = line.get("details") or {}
    quantity = QUANTITY.get(kind)
    first = (
        (FieldRow("quantity", str(quantity), "number", str(line.get("quantity") or "")),) if quantity else ()
    )
    return first + tuple(
        FieldRow(
            asked.name,
            str(asked.label),
            asked.form,
            _flag(details.get(asked.name)) if asked.form == "flag" else str(details.get(asked.name) or ""),
            tuple((value, str(words)) for value, words in (asked.choices or {}).items()),
        )
        for asked in asked_of(kind)
    )


def _findings(findings: Iterable[Mapping[str, str]]) -> tuple[FindingRow, ...]:
    return tuple(
        FindingRow(
            one["clause"], str(OUTCOMES[one["outcome"]][0]), OUTCOMES[one["outcome"]][1], reason(said(one))
        )
        for one in findings
    )


def _paper(receipt: Receipt) -> PaperRow:
    size = f"{max(receipt.size // 1000, 1)} kB"
    return PaperRow(receipt.pk, str(PAPERS[receipt.kind]), size, receipt.sha256[:12], bool(receipt.public))


def _said(moment: str) -> str:
    """A day, or a moment, as each language writes it; what is neither as it is."""
    try:
        on = date.fromisoformat(moment[:10])
    except ValueError:
        return moment
    return f"{day(on)}, {moment[11:16]}" if len(moment) > 10 else day(on)


def _period(trip: Mapping[str, Any]) -> str:
    return " – ".join(_said(str(trip[end])) for end in ("start", "end") if trip.get(end))


def _where(document: Mapping[str, Any]) -> str:
    trip = document.get("trip") or {}
    if trip.get("international"):
        return "international"
    return {True: "out_of_state", False: "in_state"}.get(trip.get("out_of_state"), "")


def _flag(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""


def _dollars(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02}"


def _who(by: str, on: date | None) -> str:
    return f"{by}, {day(on)}" if by else ""
