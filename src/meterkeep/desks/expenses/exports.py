"""What leaves the desk as tables: approved claims for the ledger of accounts, and what the public may have."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from meterkeep.desks.expenses import queries
from meterkeep.desks.expenses.assessing import cents
from meterkeep.desks.expenses.models import Claim, Ruling
from meterkeep.desks.expenses.private import blacked
from meterkeep.desks.expenses.states import State
from meterkeep.errors import BadInput

APPROVED = (
    "claim", "version", "claimant", "name", "kind", "filed", "verified_by", "decided_by", "decided_on", "line", "expense", "on", "part",
    "claimed", "allowed", "paid", "clauses", "ruling", "document_sha256",
)  # fmt: skip
PUBLIC = (
    "claim", "state", "name", "kind", "filed", "purpose", "activity", "place", "start", "end", "line", "expense", "on", "claimed", "paid",
    "clauses", "why", "decided_on", "receipts", "public_receipts",
)  # fmt: skip


def approved(start: date, end: date) -> list[dict[str, Any]]:
    """A row for each line. Sums of `paid` are what was approved, to the cent."""
    return [row for claim in queries.decided(start, end) for row in _rows(claim)]


def public(start: date, end: date, *, private: Callable[[Claim], Iterable[str]]) -> list[dict[str, Any]]:
    """A row for each line of what was approved or refused. private: what is known to be nobody else's of a claimant. Of receipts only
    their number and the digests of those that have a copy for the public."""
    states = (State.APPROVED, State.REFUSED)
    claims = [claim for state in states for claim in queries.decided(start, end, state=state)]
    claims.sort(key=lambda claim: (claim.decided_on, claim.pk))
    return [row for claim in claims for row in _public_rows(claim, tuple(private(claim)))]


def _rows(claim: Claim) -> Iterator[dict[str, Any]]:
    document, rulings = queries.document(claim), rulings_of(claim)
    version = claim.versions.get(number=claim.version)
    for line, said in _lines(claim, document):
        ruling = rulings.get(said["id"])
        yield {
            "claim": claim.reference,
            "version": claim.version,
            "claimant": claim.claimant,
            "name": str((document.get("claimant") or {}).get("name") or ""),
            "kind": claim.kind,
            "filed": claim.filed,
            "verified_by": claim.verified_by,
            "decided_by": claim.decided_by,
            "decided_on": claim.decided_on,
            "line": said["id"],
            "expense": line["kind"],
            "on": date.fromisoformat(line["on"]),
            "part": said["part"],
            "claimed": said["claimed"],
            "allowed": said["allowed"],
            "paid": paid(said, ruling),
            "clauses": _clauses(said),
            "ruling": ruling.why if ruling else "",
            "document_sha256": version.sha256,
        }


def _public_rows(claim: Claim, private: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    document, rulings, trip = queries.document(claim), rulings_of(claim), {}
    trip = document.get("trip") or {}

    def said_of(source: Mapping[str, Any], name: str) -> str:
        return blacked(str(source.get(name) or ""), private)

    for line, said in _lines(claim, document):
        ruling = rulings.get(said["id"])
        papers = queries.receipts(claim, version=claim.version).filter(line=said["id"])
        yield {
            "claim": claim.reference,
            "state": str(claim.state),
            "name": said_of(document.get("claimant") or {}, "name"),
            "kind": claim.kind,
            "filed": claim.filed,
            "purpose": said_of(document, "purpose"),
            "activity": said_of(document, "activity"),
            "place": said_of(trip, "to"),
            "start": str(trip.get("start") or "")[:10],
            "end": str(trip.get("end") or "")[:10],
            "line": blacked(said["id"], private),
            "expense": line["kind"],
            "on": date.fromisoformat(line["on"]),
            "claimed": said["claimed"],
            "paid": paid(said, ruling) if claim.state == State.APPROVED else "0.00",
            "clauses": _clauses(said),
            "why": blacked(ruling.why, private) if ruling else "",
            "decided_on": claim.decided_on,
            "receipts": papers.count(),
            "public_receipts": " ".join(one.public_sha256 for one in papers if one.public),
        }


def rulings_of(claim: Claim) -> dict[str, Ruling]:
    """Line → what was decided of it."""
    return {one.line: one for one in claim.rulings.filter(version=claim.version)}


def paid(said: Mapping[str, Any], ruling: Ruling | None) -> str:
    amount = cents(said["allowed"]) if ruling is None or ruling.allowed is None else ruling.allowed
    return f"{amount // 100}.{amount % 100:02}"


def _lines(
    claim: Claim, document: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each line with what the policy said of it."""
    return zip(document["lines"], (claim.report or {})["lines"], strict=True)


def _clauses(said: Mapping[str, Any]) -> str:
    return " ".join(dict.fromkeys(one["clause"] for one in said["findings"]))


_FORMULA = re.compile(r"[=+@\t\r-](?!\d+(\.\d+)?$)")
"""How a text begins that a spreadsheet would compute instead of showing it."""
_MONEY = frozenset({"claimed", "allowed", "paid"})


def kind_of(name: str) -> Literal["csv", "xlsx"]:
    if name.endswith(".csv"):
        return "csv"
    if name.endswith(".xlsx"):
        return "xlsx"
    raise BadInput("It is written as CSV or as an Excel workbook.", where=name, next="Name it .csv or .xlsx.")


def as_bytes(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, kind: Literal["csv", "xlsx"], on: date
) -> bytes:
    """The same rows give the same bytes. on: the day that stands in a workbook as its own."""
    return _as_csv(rows, columns) if kind == "csv" else _as_xlsx(rows, columns, on)


def total(rows: Iterable[Mapping[str, Any]]) -> str:
    return str(sum((Decimal(row["paid"]) for row in rows), Decimal("0.00")))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    write(columns)
    for row in rows:
        texts = [str(row[name]) for name in columns]
        write(f"'{text}" if _FORMULA.match(text) else text for text in texts)
    return out.getvalue().encode()


def _as_xlsx(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], on: date) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": datetime.combine(on, time())})
        sheet, bold = book.add_worksheet("Claims"), book.add_format({"bold": True})
        money, day = book.add_format({"num_format": "0.00"}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 16)
        sheet.write_row(0, 0, columns, bold)
        for at, row in enumerate(rows, start=1):
            for column, name in enumerate(columns):
                _write(sheet, (at, column), name, row[name], money=money, day=day)
    return out.getvalue()


def _write(sheet: Any, place: tuple[int, int], name: str, value: Any, *, money: Any, day: Any) -> None:
    if name in _MONEY:
        sheet.write_number(*place, Decimal(value), money)
    elif isinstance(value, date):
        sheet.write_datetime(*place, datetime.combine(value, time()), day)
    else:
        sheet.write_string(*place, str(value))
