"""The quarterly files of energy use by ZIP code, in the columns in which California's utilities publish theirs.

A withheld cell is marked as combined and has no figures. There is one file for each quarter of which the release has months; where it has
figures of whole quarters alone, the column of the month is one of the quarter.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa

from meterkeep.aggregates.release import TOTAL
from meterkeep.desks.releases.publication.formats import csv_bytes
from meterkeep.desks.releases.publication.table import CUSTOMERS, STATUS, plain
from meterkeep.desks.releases.times import TIMES, times_of

_MAY = {"zip", "customer_class", *TIMES}
_UNITS = {"delivered_kWh": "kWh", "delivered_therm": "therms"}
_CLASSES = {"agricultural": "A", "commercial": "C", "industrial": "I", "residential": "R"}
_JOINED = "/"
"""Between the ZIP codes of a row that combines several."""


def quarterly(table: pa.Table, value: str) -> dict[str, bytes]:
    """Such as `2026-Q1` → CSV. Empty where the table's dimensions or measure are not those of the quarterly files."""
    dimensions = set(table.column_names) - {CUSTOMERS, value, STATUS}
    time = next(iter(times_of([*dimensions])), "year")
    if "zip" not in dimensions or not dimensions <= _MAY or time == "year" or value not in _UNITS:
        return {}
    unit = _UNITS[value]
    head = ["ZipCode", time.capitalize(), "Year", "CustomerClass", "Combined", "TotalCustomers", f"Total{unit}", f"Average{unit}"]  # fmt: skip
    quarters: dict[str, list[list[Any]]] = {}
    for row in table.to_pylist():
        if TOTAL not in (row["zip"], row[time], row.get("customer_class")):
            year, part = map(int, row[time].replace("Q", "").split("-"))
            name = f"{year}-Q{part if time == 'quarter' else (part + 2) // 3}"
            quarters.setdefault(name, []).append(_line(row, value, year, part))
    return {name: csv_bytes([head, *sorted(lines, key=_order)]) for name, lines in sorted(quarters.items())}


def _line(row: dict[str, Any], value: str, year: int, part: int) -> list[Any]:
    customers, total = row[CUSTOMERS], row[value]
    kind = row.get("customer_class", "All")
    combined = "N" if row[STATUS] == "published" and _JOINED not in row["zip"] else "Y"
    average = None if total is None else (total / customers).quantize(Decimal(1), ROUND_HALF_UP)
    shown = None if total is None else plain(total)
    return [row["zip"], part, year, _CLASSES.get(kind, kind), combined, customers, shown, average]


def _order(line: list[Any]) -> tuple[Any, ...]:
    return line[2], line[1], line[0], line[3]
