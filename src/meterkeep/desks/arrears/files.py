"""Files that leave the desk: what an agency is to collect, what it is to give back, and what the books take off. Columns: docs/arrears.md."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

REFERRAL = (
    "account", "account_number", "name", "billing_address", "service_address", "phone", "email", "amount", "interest", "due_since",
    "referred_on", "referral",
)  # fmt: skip
CORRECTION = (
    "account", "account_number", "report", "reported_on", "bureau", "status", "amount", "interest", "as_of",
)  # fmt: skip
RECALL = ("account", "account_number", "referral", "referred_on", "recalled_on")
JOURNAL = ("entry", "on", "ledger_account", "debit", "credit", "account", "decided_by", "clause")
BAD_DEBT, RECEIVABLE = "bad debt expense", "accounts receivable, electric"
_FORMULA = re.compile(r"[=+@\t\r\n-](?!\d+(\.\d+)?$)")
"""How a text begins that a spreadsheet would compute."""


@dataclass(frozen=True, slots=True)
class WriteOff:
    """One act of writing off: act and account by our references, cents above zero."""

    act: str
    account: str
    cents: int
    on: date
    by: str
    clause: str


@dataclass(frozen=True, slots=True)
class Journal:
    """debit, credit: cents of all lines; equal, or there is no journal."""

    content: bytes
    entries: int
    debit: int
    credit: int


def journal(write_offs: Sequence[WriteOff]) -> Journal:
    """Two lines for each write-off, a debit of bad debt and a credit of what was receivable. It names nobody."""
    rows: list[Mapping[str, str]] = []
    for one in write_offs:
        shared = {
            "entry": one.act, "on": one.on.isoformat(), "account": one.account, "decided_by": one.by, "clause": one.clause,
        }  # fmt: skip
        rows.append({**shared, "ledger_account": BAD_DEBT, "debit": dollars(one.cents), "credit": ""})
        rows.append({**shared, "ledger_account": RECEIVABLE, "debit": "", "credit": dollars(one.cents)})
    total = sum(one.cents for one in write_offs)
    return Journal(as_csv(JOURNAL, rows), len(write_offs), total, total)


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """UTF-8 with a header. A name that looks like a formula gets an apostrophe, so that it stays a text."""
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    write(columns)
    for row in rows:
        write([_cell(row.get(name, "")) for name in columns])
    return out.getvalue().encode()


def dollars(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def _cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text
