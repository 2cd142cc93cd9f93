"""Published rows of several files as equally long columns, and how to name them to a reader."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from meterkeep.aggregates.loads import Bools, Int64s
from meterkeep.aggregates.published import periods
from meterkeep.aggregates.published.numbers import shown

TOTAL = -1
UNKNOWN = -1
TOTAL_NAME = "Total"

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One entry of each array for one row.

    files: as they were given; file, line: where a row stands. names: of each dimension, by code; keys: codes, one row of the
    matrix per dimension, TOTAL where the row sums it up. measures, measure: units that are never added together. start,
    months: the period. customers: UNKNOWN where not shown. value: in millionths of the unit, 0 where withheld; places:
    digits after the point. average: in millionths; average_places: UNKNOWN where there is none. combined: the row's flag.
    """

    files: list[str]
    dimensions: tuple[str, ...]
    names: list[list[str]]
    measures: list[str]
    file: Int64s
    line: Int64s
    keys: Codes
    measure: Codes
    start: Int64s
    months: Int64s
    customers: Int64s
    value: Int64s
    places: Int64s
    withheld: Bools
    average: Int64s
    average_places: Int64s
    combined: Bools

    def __len__(self) -> int:
        return len(self.line)

    def take(self, rows: Int64s) -> Table:
        """Some of the rows."""
        kept = ("files", "dimensions", "names", "measures")
        columns: dict[str, Any] = {}
        for field in fields(self):
            column = getattr(self, field.name)
            columns[field.name] = column if field.name in kept else column[..., rows]
        return Table(**columns)

    @property
    def published(self) -> Bools:
        return ~self.withheld

    def key_names(self, row: int) -> tuple[str, ...]:
        return tuple(
            TOTAL_NAME if code == TOTAL else names[code]
            for names, code in zip(self.names, self.keys[:, row].tolist(), strict=True)
        )

    def period(self, row: int) -> str:
        return periods.label(int(self.start[row]), int(self.months[row]))

    def place(self, row: int) -> dict[str, object]:
        return {"file": self.files[int(self.file[row])], "line": int(self.line[row])}

    def unit(self, row: int) -> str:
        return self.measures[int(self.measure[row])]

    def amount(self, row: int) -> str:
        """ "24,310 kWh"."""
        return f"{shown(int(self.value[row]))} {self.unit(row)}"

    def called(self, row: int) -> str:
        """ "92101 Residential, 2024-03"."""
        return ", ".join(filter(None, (" ".join(self.key_names(row)), self.period(row))))


def key_codes(columns: list[npt.NDArray[Any]]) -> Int64s:
    """One number for each different combination of the columns' entries, numbered densely."""
    code = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, dense = np.unique(column, return_inverse=True)
        _, code = np.unique(code * (int(dense.max(initial=0)) + 1) + dense, return_inverse=True)
    return code.astype(np.int64)


def cell_codes(table: Table) -> Int64s:
    """One number for each cell whatever its period: the same dimensions and measure."""
    return key_codes([*table.keys, table.measure])
