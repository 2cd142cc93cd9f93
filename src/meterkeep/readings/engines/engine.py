"""What an engine has to do: read the files it is told, be given small tables, keep what was computed, and answer in Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pyarrow as pa
from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class Scan:
    """Parquet files read alike. revision, known: as the columns of these names in `tables`."""

    paths: tuple[str, ...]
    revision: bool
    known: int | None


PLAIN: Final = {
    "days": (
        "usage_point",
        "channel",
        "unit",
        "interval_seconds",
        "day",
        "power_of_ten",
        "values",
        "total",
        "quality",
        "estimated",
        "missing",
        "version",
    ),
    "points": (
        "usage_point",
        "channel",
        "unit",
        "seconds",
        "value",
        "power_of_ten",
        "quality",
        "lost",
        "version",
    ),
}
"""The columns that a table has as its files have them; instants become whole numbers."""


class Engine(Protocol):
    """One question, which may take several steps. Names are those of the tables in the expressions."""

    def scan(self, name: str, scans: Sequence[Scan]) -> None:
        """name: days or points. The files are there when the question is asked, and may be read more than once."""

    def give(self, name: str, table: pa.Table) -> None:
        """A table of ours that goes to the engine."""

    def keep(self, name: str, *expressions: Table) -> None:
        """Their rows, one after the other, as a table for the expressions to come."""

    def ask(self, expression: Table) -> pa.Table:
        """The answer. Raises Outdated where a file has gone meanwhile."""
