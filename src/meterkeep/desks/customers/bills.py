"""The file of billed amounts, line by line: whose, in which month, how much. No value is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from meterkeep.desks.customers.rows import USAGE_POINT, Cells, Columns, read_lines

COLUMNS: Final = Columns(("customer_id", *USAGE_POINT, "month", "amount"), ("month", "amount"))
_AMOUNT: Final = re.compile(
    r"(?P<minus>-?)\$?(?P<whole>\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.(?P<part>\d{1,2}))?", re.ASCII
)
_MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)

Holder = tuple[str, date | None, date | None]
"""A customer, and the first day and the day after the last of an agreement; None where it is open."""


@dataclass(frozen=True, slots=True)
class Bill:
    """customer: the provider's own customer id, "" where the line has none. usage_point: the best identifier that it has."""

    line: int
    customer: str
    usage_point: str
    month: date
    cents: int


def bills(path: Path, rejected: list[tuple[int, str]]) -> Iterator[Bill]:
    """The good lines; bad ones are added to `rejected` with the reason. Raises BadInput where it is no such file."""
    for line, cells in read_lines(path, COLUMNS):
        try:
            yield _bill(line, cells)
        except ValueError as reason:
            rejected.append((line, str(reason)))


def _bill(line: int, cells: Cells) -> Bill:
    if None in cells:
        raise ValueError("the line has more cells than the first line has names")
    values = {name: (value or "").strip() for name, value in cells.items()}
    usage_point = next((values[name] for name in USAGE_POINT if values.get(name)), "")
    if not usage_point:
        raise ValueError("no usage point is named")
    return Bill(
        line, values.get("customer_id", ""), usage_point, _month(values["month"]), _cents(values["amount"])
    )


def _month(value: str) -> date:
    try:
        return date.fromisoformat(f"{value}-01" if _MONTH.fullmatch(value) else "")
    except ValueError:
        raise ValueError("month is not written as 2026-02") from None


def _cents(value: str) -> int:
    """Exact: a third digit after the point would have to be rounded, which nobody asked for."""
    found = _AMOUNT.fullmatch(value)
    if not found:
        raise ValueError("amount is no sum of dollars and cents")
    cents = int(found["whole"].replace(",", "")) * 100 + int((found["part"] or "").ljust(2, "0"))
    return -cents if found["minus"] else cents


def holder_of(bill: Bill, held: Sequence[Holder], customers: Mapping[str, str]) -> str:
    """The id of the customer whose bill it is. Raises ValueError where that cannot be told."""
    mine = {customer for customer, start, end in held if in_month(bill.month, start, end)}
    if bill.customer:
        customer = customers.get(bill.customer)
        if customer not in mine:
            raise ValueError("this customer did not hold the usage point in the month")
        return customer
    if len(mine) != 1:
        raise ValueError(
            "several customers held the usage point in the month; name the customer_id"
            if mine
            else "nobody held the usage point in the month"
        )
    return mine.pop()


def in_month(month: date, start: date | None, end: date | None) -> bool:
    """Whether an agreement was in force on any day of the month."""
    return (start or date.min) < next_month(month) and (end or date.max) > month


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
