"""The leaves of a table, read from CSV: the finest cells, each with its customers, its value and its largest customer.

Amounts may have decimals; they become whole numbers of the smallest unit that the file uses, so that sums are exact.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from meterkeep.aggregates.tables.dimensions import TOTAL, Dimension
from meterkeep.errors import BadInput

_AMOUNT = re.compile(r"-?(\d{1,18}(\.\d{0,9})?|\.\d{1,9})", re.ASCII)
_COUNT = re.compile(r"\d{1,9}(\.0{1,9})?", re.ASCII)
MOST = 2**62
"""All values together stay below this many of the smallest units."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """names: for each dimension and level, finest first, the category of each leaf. values, largest: in units of 10^-places."""

    dimensions: tuple[Dimension, ...]
    names: tuple[tuple[tuple[str, ...], ...], ...]
    customers: tuple[int, ...]
    values: tuple[int, ...]
    largest: tuple[int, ...]
    places: int

    def amount(self, value: int) -> Decimal:
        """In the unit of the file."""
        return Decimal(value).scaleb(-self.places)


@dataclass(frozen=True, slots=True)
class _Line:
    place: str
    names: tuple[str, ...]
    customers: int
    value: Decimal
    largest: Decimal


def read_leaves(
    path: Path, *, dimensions: Sequence[Dimension], customers: str, value: str, largest: str
) -> Leaves:
    """path: CSV in UTF-8 with a header. customers, value, largest: names of columns. Raises BadInput with line and column."""
    columns = [
        *(column for dimension in dimensions for column in dimension.levels),
        customers,
        value,
        largest,
    ]
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise BadInput(
            f"The column {twice[0]!r} is named twice.",
            where="command line",
            next="Each column has one part: a category, the customers, the value or the largest customer.",
        )
    lines = list(_lines(path, columns))
    if not lines:
        raise BadInput("The table has no leaves.", where=str(path), next="Give a line for each finest cell.")
    places = max(0, *(-_exponent(amount) for line in lines for amount in (line.value, line.largest)))
    _check_keys(lines, dimensions)
    values = [int(line.value.scaleb(places)) for line in lines]
    most = [int(line.largest.scaleb(places)) for line in lines]
    if sum(map(abs, values)) >= MOST:
        raise BadInput("The values are too large to be added up.", where=str(path), next="Use a larger unit.")
    for at, line in enumerate(lines):
        most[at] = _largest(line, values[at], most[at])
    return Leaves(
        dimensions=tuple(dimensions),
        names=_by_dimension([line.names for line in lines], dimensions),
        customers=tuple(line.customers for line in lines),
        values=tuple(values),
        largest=tuple(most),
        places=places,
    )


def _lines(path: Path, columns: Sequence[str]) -> Iterator[_Line]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = [name.strip() for name in next(lines, [])]
            at = _places(header, columns, path)
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    yield _line(cells, at, columns, f"{path} line {lines.line_num}", len(header))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            f"This is no CSV in UTF-8: {error}.", where=str(path), next="Check which file it is."
        ) from error


def _places(header: Sequence[str], columns: Sequence[str], path: Path) -> list[int]:
    for column in columns:
        if header.count(column) != 1:
            found = "stands twice in" if column in header else "is not in"
            raise BadInput(
                f"The column {column!r} {found} the first line.",
                where=f"{path} line 1",
                next=f"The columns are: {', '.join(header) or 'none'}.",
            )
    return [header.index(column) for column in columns]


def _line(cells: Sequence[str], at: Sequence[int], columns: Sequence[str], place: str, width: int) -> _Line:
    if len(cells) != width:
        raise BadInput(
            f"The line has {len(cells)} cells, and the first line {width}.",
            where=place,
            next="Give each leaf one cell in every column.",
        )
    texts = [cells[each].strip() for each in at]
    *names, customers, value, largest = texts
    for name, column in zip(names, columns, strict=False):
        if not name or name == TOTAL:
            what = "is empty" if not name else f"is named {TOTAL}, as the sum of all is"
            raise BadInput(
                f"A category {what}.", where=f"{place}, column {column}", next="Give it a name of its own."
            )
    if not _COUNT.fullmatch(customers):
        raise _no_number("a number of customers", f"{place}, column {columns[-3]}")
    amounts = []
    for text, column in ((value, columns[-2]), (largest, columns[-1])):
        if not _AMOUNT.fullmatch(text):
            raise _no_number("an amount such as 1234.5", f"{place}, column {column}")
        amounts.append(Decimal(text))
    return _Line(place, tuple(names), int(Decimal(customers)), *amounts)


def _no_number(wanted: str, where: str) -> BadInput:
    return BadInput(
        f"This is not {wanted}.", where=where, next="Write plain digits, without separators or units."
    )


def _exponent(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return min(int(exponent), 0)


def _check_keys(lines: Sequence[_Line], dimensions: Sequence[Dimension]) -> None:
    """Each finest cell once; each category under one parent."""
    start = 0
    finest = []
    for dimension in dimensions:
        finest.append(start)
        for level in range(start, start + len(dimension.levels) - 1):
            _check_parents(lines, level, dimension.levels[level - start])
        start += len(dimension.levels)
    seen: dict[tuple[str, ...], str] = {}
    for line in lines:
        key = tuple(line.names[at] for at in finest)
        if key in seen:
            raise BadInput(
                f"The leaf {' × '.join(key)} stands in the table twice, first in line {seen[key].rpartition(' line ')[2]}.",
                where=line.place,
                next="Add its lines up: one line for each leaf, with all its customers.",
            )
        seen[key] = line.place


def _check_parents(lines: Sequence[_Line], level: int, name: str) -> None:
    parents: dict[str, str] = {}
    for line in lines:
        child, parent = line.names[level], line.names[level + 1]
        if parents.setdefault(child, parent) != parent:
            raise BadInput(
                f"The {name} {child} is under {parents[child]} and under {parent}.",
                where=line.place,
                next="Give each category one parent; split those that lie in two.",
            )


def _largest(line: _Line, value: int, largest: int) -> int:
    """The largest customer as a whole number that fits the others: no less than an equal share of the value."""
    customers = line.customers
    if value < 0:
        return largest
    if largest < 0 or largest > value or (customers == 0 and value):
        raise BadInput(
            "The largest customer has more than all, or less than nothing, or there are no customers for the value.",
            where=line.place,
            next="Correct the line.",
        )
    equal = -(-value // customers) if customers else 0
    if equal - largest > 1:
        raise BadInput(
            "Customers who use no more than the largest do not add up to the value.",
            where=line.place,
            next="Give the largest single customer's amount.",
        )
    return max(largest, equal)


def _by_dimension(
    names: Sequence[tuple[str, ...]], dimensions: Sequence[Dimension]
) -> tuple[tuple[tuple[str, ...], ...], ...]:
    columns = list(zip(*names, strict=True))
    found, start = [], 0
    for dimension in dimensions:
        found.append(tuple(columns[start : start + len(dimension.levels)]))
        start += len(dimension.levels)
    return tuple(found)
