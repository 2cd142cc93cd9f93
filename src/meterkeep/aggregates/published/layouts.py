"""Which column of a published table is which: the quarterly ZIP files of California's utilities, or columns named by the reader.

Headers differ by utility and year in case, spaces and line breaks, so they are compared without these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meterkeep.aggregates.published.names import squeezed
from meterkeep.errors import BadInput

_MEASURES = {"kwh": "kWh", "therms": "therms", "therm": "therms", "thm": "therms"}
_AREA = ("zipcode", "zip", "zipcodes", "postalcode", "zip5")
_CLASS = ("customerclass", "class", "custclass", "customertype", "customersegment")
_CUSTOMERS = (
    "totalcustomers",
    "customers",
    "customercount",
    "numberofcustomers",
    "totalaccounts",
    "accounts",
)
_PERIOD = ("period", "yearmonth", "billingperiod", "date")
_NEXT = (
    "Name its columns: --by COLUMN for each dimension (a period goes by month, quarter, year or period), "
    "--customers COLUMN and --value COLUMN."
)


@dataclass(frozen=True, slots=True)
class Columns:
    """What the reader of a table says about it, in the words of its header.

    by: dimensions, period columns among them. customers, value, average: columns. totals, withheld: further names that stand
    for "all of them", and further marks that stand for a figure not shown.
    """

    by: tuple[str, ...] = ()
    customers: str = ""
    value: str = ""
    average: str = ""
    totals: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of columns in one file; None where it has none. dimensions: name → position, None where the file sums it up."""

    name: str
    dimensions: dict[str, int | None]
    value: int
    measure: str
    customers: int | None
    average: int | None
    month: int | None
    quarter: int | None
    year: int | None
    period: int | None
    combined: int | None


def layout_of(header: Sequence[str], columns: Columns, *, where: str) -> Layout:
    """Raises BadInput where the header is of no known layout, or lacks a column that was named."""
    names = [squeezed(name) for name in header]
    doubled = {name for name in names if name and names.count(name) > 1}
    if columns.by:
        return _named(header, names, columns, doubled, where=where)
    area, year = _one(names, *_AREA), _one(names, "year")
    value, measure = _total(header, names, columns, where=where)
    if area is None or year is None or value is None or doubled & {names[area], names[year], names[value]}:
        raise BadInput(
            f"This table's layout is not known; its columns are: {', '.join(header)[:300]}.",
            where=where,
            next=_NEXT,
        )
    dimensions: dict[str, int | None] = {"zip": area, "class": _one(names, *_CLASS)}
    return _laid("quarterly ZIP", dimensions, value, measure, names, columns, where=where)


def is_header(header: Sequence[str], columns: Columns) -> bool:
    """Whether a line could be the header; titles above it are passed over."""
    try:
        layout_of(header, columns, where="")
    except BadInput:
        return False
    return True


def _laid(
    name: str,
    dimensions: dict[str, int | None],
    value: int,
    measure: str,
    names: list[str],
    columns: Columns,
    *,
    where: str,
) -> Layout:
    return Layout(
        name,
        dimensions,
        value,
        measure,
        _asked(names, columns.customers, where) if columns.customers else _one(names, *_CUSTOMERS),
        _asked(names, columns.average, where) if columns.average else _average(names),
        _one(names, "month", "mo", "monthnumber"),
        _one(names, "quarter", "qtr"),
        _one(names, "year", "yr"),
        _one(names, *_PERIOD),
        _one(names, "combined"),
    )


def _named(
    header: Sequence[str], names: list[str], columns: Columns, doubled: set[str], *, where: str
) -> Layout:
    value, measure = _total(header, names, columns, where=where)
    keys = {squeezed(each): each for each in columns.by}
    found = {each: _one(names, key) for key, each in keys.items()}
    if value is None or all(at is None for at in found.values()):
        wanted = ", ".join([*columns.by, columns.value or "--value"])
        raise BadInput(
            f"The columns {wanted} are not among: {', '.join(header)[:300]}.", where=where, next=_NEXT
        )
    if both := doubled & {*keys, names[value]}:
        raise BadInput(
            f"Two columns are called {min(both)}.", where=where, next="Rename one of them in a copy."
        )
    timely = {"month", "mo", "monthnumber", "quarter", "qtr", "year", "yr", *_PERIOD}
    dimensions = {each: found[each] for key, each in keys.items() if key not in timely}
    return _laid("columns named", dimensions, value, measure, names, columns, where=where)


def _one(names: Sequence[str], *aliases: str) -> int | None:
    return next((names.index(alias) for alias in aliases if alias in names), None)


def _asked(names: Sequence[str], column: str, where: str) -> int:
    at = _one(names, squeezed(column))
    if at is None:
        raise BadInput(f"There is no column {column}.", where=where, next=_NEXT)
    return at


def _total(
    header: Sequence[str], names: Sequence[str], columns: Columns, *, where: str
) -> tuple[int | None, str]:
    """The column with the total, and the unit it is in: the header's words, where the column was named."""
    if not columns.value:
        return _value(names)
    at = _asked(names, columns.value, where)
    return at, " ".join(header[at].split())


def _value(names: Sequence[str]) -> tuple[int | None, str]:
    for unit, measure in _MEASURES.items():
        at = _one(names, f"total{unit}", f"total{unit}s", f"usage{unit}", f"{unit}total", unit)
        if at is not None:
            return at, measure
    return None, ""


def _average(names: Sequence[str]) -> int | None:
    return _one(
        names, *(f"{word}{unit}{s}" for unit in _MEASURES for word in ("average", "avg") for s in ("", "s"))
    )
