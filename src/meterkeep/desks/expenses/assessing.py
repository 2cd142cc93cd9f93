"""A claim that is kept: the policy's word on it, together with what the claim alone cannot say.

Its receipts are the files that lie there, its approvals those of the Board that are on record, and what it claims is compared with
what others, and other agencies, have paid or been asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from meterkeep.desks.expenses.checking import check
from meterkeep.desks.expenses.claim import ClaimantKind, Line, LineKind, parse_claim
from meterkeep.desks.expenses.findings import Finding, Outcome
from meterkeep.desks.expenses.rates import Rates
from meterkeep.desks.expenses.reasons import kept, say
from meterkeep.errors import BadInput
from meterkeep.policy import Pack

WHOLE = ""
"""Stands for the claim as a whole where a line is named."""
OPEN = frozenset({Outcome.DECIDE, Outcome.MISSING})
_OFFICIALS = frozenset({ClaimantKind.OFFICIAL, ClaimantKind.COMMITTEE})
_GOVERNMENT = re.compile(r"legislat|government|advoca|lobby|representative", re.I)


@dataclass(frozen=True, slots=True)
class Approval:
    """What the Board approved, as it is on record."""

    reference: str
    about: str
    on: date
    recorded: date


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside a claim. filed: the day that the time limit is measured by. approvals: those the claimant may use. papers:
    line → kinds of the files that lie there. same_paper, same_expense: line → references of other claims; elsewhere: line → another
    agency that paid as much that day. no_policy: lines of days on which no travel policy was in force here."""

    filed: date
    approvals: Sequence[Approval] = ()
    papers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    same_paper: Mapping[str, Sequence[str]] = field(default_factory=dict)
    same_expense: Mapping[str, Sequence[str]] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    no_policy: frozenset[str] = frozenset()


def assess(document: Mapping[str, Any], around: Around, pack: Pack, rates: Rates) -> dict[str, Any]:
    """The report in the form of docs/expenses.md. Raises BadInput at whatever the document lacks in form."""
    claim = parse_claim(as_claim(document, around))
    report = check(claim, pack, rates).as_kept()
    for finding in _of_the_whole(document, claim.claimant, around):
        _add(report, WHOLE, finding)
    refused = {
        one["id"] for one in report["lines"] for each in one["findings"] if each["outcome"] == Outcome.REFUSE
    }
    for line in claim.lines:
        stay = () if line.id in refused else _of_a_stay(line, around)
        for finding in (*_of_a_line(line.id, around), *stay):
            _add(report, line.id, finding)
    _refuse(report, around.no_policy)
    return report


def as_claim(document: Mapping[str, Any], around: Around) -> dict[str, Any]:
    """With the day of filing, the receipts and the approvals as they are on record, whatever the claimant wrote."""
    wanted = set(_records(document))
    return {
        **document,
        "filed": around.filed.isoformat(),
        "approvals": [
            {"by": "board", "on": one.on.isoformat(), "for": one.about}
            for one in around.approvals
            if one.reference in wanted
        ],
        "lines": [
            {**line, "receipts": list(around.papers.get(str(line.get("id")), ()))}
            if isinstance(line, dict)
            else line
            for line in _list(document.get("lines"))
        ],
    }


def open_lines(report: Mapping[str, Any]) -> list[str]:
    """The lines that wait for a person, WHOLE among them where the claim as a whole does."""
    return list(dict.fromkeys(line for line, _ in open_findings(report)))


def open_findings(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Line, or WHOLE, and what it waits for."""
    for line, findings in [
        (WHOLE, report["findings"]),
        *((one["id"], one["findings"]) for one in report["lines"]),
    ]:
        yield from ((line, one) for one in findings if one["outcome"] in OPEN)


def cents(amount: str) -> int:
    return int(Decimal(amount) * 100)


def _of_the_whole(document: Mapping[str, Any], kind: ClaimantKind, around: Around) -> Iterable[Finding]:
    known = {one.reference for one in around.approvals}
    for at, one in enumerate(_list(document.get("approvals")), start=1):
        if not isinstance(one, dict) or one.get("record") not in known:
            reason = say("approval_not_on_record", number=at)
            yield Finding("CEA-01/5.1.6", Outcome.MISSING, reason)
    oldest = min(
        (str(one.get("on")) for one in _list(document.get("lines")) if isinstance(one, dict)), default=""
    )
    for approval in around.approvals:
        if approval.reference in _records(document) and approval.recorded.isoformat() > oldest:
            reason = say("approval_late_on_record", number=approval.reference, on=approval.recorded)
            yield Finding("CEA-01/5.1.6", Outcome.DECIDE, reason)
    if kind in _OFFICIALS and not isinstance(document.get("other_agency"), bool):
        reason = say("agency_unsaid")
        yield Finding("CEA-01/5.13-c", Outcome.MISSING, reason)
    if document.get("other_agency") is True and not _told_where(document):
        reason = say("agency_where")
        yield Finding("CEA-01/5.13-c", Outcome.MISSING, reason)
    if _GOVERNMENT.search(_text(document, "activity")) and not _text(document, "position"):
        reason = say("position_unsaid")
        yield Finding("CEA-01/5.1.1", Outcome.MISSING, reason)


def _of_a_line(line: str, around: Around) -> Iterable[Finding]:
    if others := around.same_paper.get(line):
        reason = say("same_receipt", where=", ".join(others))
        yield Finding("CEA-01/6.2", Outcome.DECIDE, reason)
    if others := around.same_expense.get(line):
        reason = say("same_expense", where=", ".join(others))
        yield Finding("CEA-01/6.2", Outcome.DECIDE, reason)
    if agency := around.elsewhere.get(line):
        reason = say("paid_elsewhere", agency=agency)
        yield Finding("CEA-01/5.13-c", Outcome.DECIDE, reason)


def _of_a_stay(line: Line, around: Around) -> Iterable[Finding]:
    """What a stay overnight is asked for beside its price: why it was needed, and what shows that nobody near was cheaper."""
    if line.kind is not LineKind.LODGING:
        return
    if not line.details.text("overnight"):
        yield Finding("CEA-01/5.9-a", Outcome.MISSING, say("overnight"))
    if line.details.flag("none_near") and "evidence" not in around.papers.get(line.id, ()):
        yield Finding("CEA-01/5.9-e", Outcome.MISSING, say("none_near_evidence"))


def _add(report: dict[str, Any], line: str, finding: Finding) -> None:
    told = {"clause": finding.clause, "outcome": str(finding.outcome), **kept(finding.reason)}
    where = report if line == WHOLE else next(one for one in report["lines"] if one["id"] == line)
    where["findings"] = [one for one in where["findings"] if not _is_clean(one)] + [told]
    if finding.outcome is Outcome.MISSING:
        report["missing"].append(finding.reason)


def _is_clean(finding: Mapping[str, str]) -> bool:
    return finding["outcome"] == Outcome.ALLOW and finding.get("says") == "within"


def _refuse(report: dict[str, Any], lines: Iterable[str]) -> None:
    """What is dated before this provider adopted a policy (CEA-ADM 4)."""
    for line in report["lines"]:
        if line["id"] in lines and line["allowed"] != "0.00":
            line["allowed"] = "0.00"
            refused = {"clause": "CEA-ADM/4", "outcome": str(Outcome.REFUSE)}
            line["findings"] = [{**refused, **kept(say("before_policy_here"))}]
    total = sum(cents(line["allowed"]) for line in report["lines"])
    report["allowed"] = f"{total // 100}.{total % 100:02}"
    report["parts"] = _parts(report["lines"])


def _parts(lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, int] = {}
    for line in lines:
        found[line["part"]] = found.get(line["part"], 0) + cents(line["allowed"])
    return {part: f"{total // 100}.{total % 100:02}" for part, total in found.items()}


def _records(document: Mapping[str, Any]) -> Iterable[str]:
    return (
        str(one["record"])
        for one in _list(document.get("approvals"))
        if isinstance(one, dict) and one.get("record")
    )


def _told_where(document: Mapping[str, Any]) -> bool:
    lines = [line for line in _list(document.get("lines")) if isinstance(line, dict)]
    return any((line.get("details") or {}).get("other_agency") for line in lines)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def line_ids(document: Mapping[str, Any]) -> list[str]:
    """Raises BadInput where a line has none."""
    lines = _list(document.get("lines"))
    if any(not isinstance(line, dict) or not line.get("id") for line in lines):
        raise BadInput("A line needs its id.", where="lines", next="Give each line one.")
    return [str(line["id"]) for line in lines]


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document as JSON with its names in order: the same for the same content."""
    plain = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
