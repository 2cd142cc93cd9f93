"""The accounts file: a line for each overdue account, read whole, bad lines named and left out."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from meterkeep.desks.arrears.reasons import say
from meterkeep.desks.arrears.steps import Account, Hold
from meterkeep.errors import BadInput

_MONEY = re.compile(r"-?\$?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?", re.ASCII)
_DAY = re.compile(r"(19|20|21)\d{2}-\d{2}-\d{2}", re.ASCII)
_NO, _YES = frozenset({"", "no", "n", "false", "0"}), frozenset({"yes", "y", "true", "1", "x"})
HOLDS = {
    "disputed": (say("disputed"), "FED/1692g"),
    "bankrupt": (say("bankrupt"), "CEA-05/5.2"),
    "deceased": (say("deceased"), "CEA-05/5.2"),
    "payment_plan": (say("payment_plan"), "CEA-05/5.2"),
}
"""Column → why nothing goes on, and the clause. Yes, no, or the day since when."""
_DAYS = ("returned_on", "referred_on", "legal_notice_on", "paid_on", "spoken_on")
_NEEDED = ("account_number", "balance", "due_date")
_KNOWN = frozenset({"", "interest", *_NEEDED, *_DAYS, *HOLDS})


@dataclass(frozen=True, slots=True)
class Rejected:
    """balance: cents of the line where its amount could be read, so that totals in are totals out and these."""

    line: int
    why: str
    balance: int | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """accounts: with the line each stood on, in the order of the file."""

    accounts: tuple[tuple[int, Account], ...]
    rejected: tuple[Rejected, ...]
    unread: tuple[str, ...]  # columns that nobody reads


class _Bad(Exception):
    def __init__(self, why: str, balance: int | None = None) -> None:
        super().__init__(why)
        self.why, self.balance = why, balance


def read_accounts(path: Path) -> Accounts:
    """path: CSV in UTF-8 with a header. Columns `account_number`, `balance`, `due_date`; where there is something to say
    `returned_on`, `referred_on`, `legal_notice_on`, `paid_on`, `disputed`, `bankrupt`, `deceased`, `payment_plan`, `interest`.

    An account that stands on several lines is rejected with all of them: which of them holds is not known. Raises
    BadInput where the file as a whole cannot be read.
    """
    kept: list[tuple[int, Account]] = []
    rejected: list[Rejected] = []
    unread: tuple[str, ...] = ()
    for line, row in _rows(path):
        unread = unread or tuple(sorted(set(row) - _KNOWN))
        try:
            kept.append((line, _account(row)))
        except _Bad as bad:
            rejected.append(Rejected(line, bad.why, bad.balance))
    lines = defaultdict(list)
    for line, account in kept:
        lines[account.number].append(line)
    for line, account in kept:
        if others := [str(other) for other in lines[account.number] if other != line]:
            why = f"The account also stands on line {', '.join(others[:5])}: which holds is not known."
            rejected.append(Rejected(line, why, account.balance))
    once = tuple((line, account) for line, account in kept if len(lines[account.number]) == 1)
    return Accounts(once, tuple(sorted(rejected, key=lambda one: one.line)), unread)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [_column(name) for name in next(reader, [])]
            _check_header(header, path)
            before = reader.line_num
            for cells in reader:
                line, before = before + 1, reader.line_num
                if any(cell.strip() for cell in cells):
                    yield line, _named(header, cells)
    except UnicodeDecodeError:
        raise BadInput("This is no text in UTF-8.", where=str(path), next="Check which file it is.") from None
    except csv.Error as error:
        place = f"{path}, line {reader.line_num}"
        raise BadInput(f"This is not CSV: {error}.", where=place, next="Correct the line.") from None


def _column(name: str) -> str:
    """As people head it: “Payment plan” and “Disputed?” are columns that are known."""
    return name.strip().strip("?").strip().lower().replace(" ", "_")


def _check_header(header: list[str], path: Path) -> None:
    absent = [name for name in _NEEDED if name not in header]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if absent or twice:
        what = f"has no column {absent[0]!r}" if absent else f"names the column {twice[0]!r} twice"
        raise BadInput(
            f"The file {what}.",
            where=f"{path}, line 1",
            next=f"Name the columns in the first line: {', '.join((*_NEEDED, *_DAYS, *HOLDS))}.",
        )


def _named(header: list[str], cells: list[str]) -> dict[str, str]:
    """A line with too many cells has no meaning that can be relied on; what is short is empty at its end."""
    named = dict(zip(header, (cell.strip() for cell in cells), strict=False))
    return {**named, "": "more"} if any(cell.strip() for cell in cells[len(header) :]) else named


def _account(row: Mapping[str, str]) -> Account:
    balance = _cents(row.get("balance", ""), "balance")
    try:
        return _checked(row, balance)
    except _Bad as bad:
        raise _Bad(bad.why, balance) from None


def _checked(row: Mapping[str, str], balance: int) -> Account:
    if row.get("") == "more":
        raise _Bad("It has more cells than the first line has names.")
    if not (number := row.get("account_number", "")) or not number.isprintable():
        raise _Bad("It has no account number, or one with signs that cannot be printed.")
    if any("interest" in name.lower() and text and _cents(text, name) for name, text in row.items()):
        raise _Bad("It carries interest; no account bears any (CEA-05/5.4).")
    days = {name: _day(row.get(name, ""), name) for name in _DAYS}
    due = _day(row.get("due_date", ""), "due_date")
    if due is None and balance > 0 and days["paid_on"] is None:
        raise _Bad("It has no due date, from which its days are counted.")
    if due and days["referred_on"] and days["referred_on"] < due:
        raise _Bad(f"It was referred on {days['referred_on']}, before it was due on {due}.")
    return Account(number=number, balance=balance, due_date=due or date.max, holds=tuple(_holds(row)), **days)


def _holds(row: Mapping[str, str]) -> Iterator[Hold]:
    for name, (why, clause) in HOLDS.items():
        said = row.get(name, "").lower()
        if said in _YES:
            yield Hold(why, clause)
        elif said not in _NO and (since := _day(said, name, or_word=True)):
            yield Hold(why, clause, since)


def _cents(text: str, name: str) -> int:
    if not _MONEY.fullmatch(text):
        raise _Bad(f"{name} {_quoted(text)} is no amount in dollars and cents, such as 1234.56.")
    return int(Decimal(text.replace("$", "").replace(",", "")) * 100)


def _day(text: str, name: str, *, or_word: bool = False) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    said = "neither yes, no nor a day" if or_word else "no day"
    raise _Bad(f"{name} {_quoted(text)} is {said}; write days as 2026-03-01.")


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 20 else f"{text[:20]}…") if text else "is empty and"
