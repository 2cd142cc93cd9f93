"""What any of the files tells, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from meterkeep.desks.arrears.kinds import FileKind

_MONEY = re.compile(
    r"-?\$?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?|\(\$?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?\)",
    re.ASCII,
)
_SUCH = date(2026, 3, 31)
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Row:
    """line: in the file, or the number of the segment. on: the day that it counts from. due: of the bill."""

    line: int
    number: str = field(repr=False)
    cents: int
    on: date
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """rule: a name that stays; why: for people, without an account number. cents: where the amount could be read."""

    line: int
    rule: str
    why: str
    cents: int | None = None


@dataclass(frozen=True)
class Read:
    """A file as it was read: every line is a row or a reject, and so is every cent."""

    kind: FileKind
    format: str
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...]
    mapping: str = ""

    @property
    def cents(self) -> int:
        return sum(row.cents for row in self.rows) + sum(one.cents or 0 for one in self.rejects)


class Bad(Exception):
    """Why a line is not kept."""

    def __init__(self, rule: str, why: str, cents: int | None = None) -> None:
        super().__init__(why)
        self.rule, self.why, self.cents = rule, why, cents


_SWAPPED = str.maketrans(",.", ".,")


def cents_of(text: str, name: str, *, decimal: str = ".") -> int:
    """Cents, exactly; an amount in brackets is below zero. decimal: the sign before the cents, a point or a comma; the other one parts thousands."""
    asked, text = text, text.translate(_SWAPPED) if decimal == "," else text
    if not _MONEY.fullmatch(text):
        such = "1234,56" if decimal == "," else "1234.56"
        said = f"“{asked[:20]}” is" if asked else "is empty and"
        raise Bad("amount", f"{name} {said} no amount in dollars and cents, such as {such}.")
    amount = int(Decimal(re.sub(r"[^0-9.]", "", text)) * 100)
    return -amount if text[0] in "-(" else amount


def day_of(text: str, name: str, pattern: str) -> date | None:
    """pattern: of strptime. None where there is no text."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, pattern).date()  # noqa: DTZ007
    except ValueError:
        day = date.min
    if not EARLIEST <= day <= LATEST:
        raise Bad("day", f"{name} is no day; write days as {_SUCH.strftime(pattern)}.")
    return day


def without_twins(kind: FileKind, rows: Iterable[Row]) -> tuple[list[Row], list[Reject]]:
    """A report that states an account's due day on two lines says nothing of it that can be relied on."""
    rows = list(rows)
    if kind not in {FileKind.OVERDUE, FileKind.RETURNED}:
        return rows, []
    lines: dict[tuple[str, date | None], list[int]] = {}
    for row in rows:
        lines.setdefault((row.number, row.due), []).append(row.line)
    kept, rejects = [], []
    for row in rows:
        if others := [str(line) for line in lines[row.number, row.due] if line != row.line]:
            why = f"The account's same due day also stands on line {', '.join(others[:5])}: which holds is not known."
            rejects.append(Reject(row.line, "twice", why, row.cents))
        else:
            kept.append(row)
    return kept, rejects
