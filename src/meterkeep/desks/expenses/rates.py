"""Rates that others set, by date: the Internal Revenue Service's for a mile, the federal one for a night."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput

SHIPPED = Path(__file__).with_name("rates.toml")
_TABLES = ("mileage", "lodging")


@dataclass(frozen=True, slots=True)
class Rate:
    """dollars: for a mile or a night. start, end: first and last day. source: who set it, and where it stands."""

    dollars: Decimal
    start: date
    end: date
    source: str


@dataclass(frozen=True, slots=True)
class Rates:
    tables: Mapping[str, tuple[Rate, ...]]

    def at(self, table: str, on: date) -> Rate | None:
        """None on a day that no row holds: a rate that is not known is not last year's."""
        return next((rate for rate in self.tables.get(table, ()) if rate.start <= on <= rate.end), None)


def read_rates(path: Path = SHIPPED) -> Rates:
    """Raises BadInput where a row cannot be read or two rows hold the same day."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"This is no table of rates: {error}.", where=str(path)) from None
    return Rates({table: _table(path, table, given.get(table, [])) for table in _TABLES})


def _table(path: Path, table: str, rows: Any) -> tuple[Rate, ...]:
    rates = sorted(
        (_rate(f"{path}, {table} {at}", row) for at, row in enumerate(rows, start=1)),
        key=lambda rate: rate.start,
    )
    for one, other in pairwise(rates):
        if other.start <= one.end:
            raise BadInput(
                f"Two rows of {table} hold {other.start}.",
                where=str(path),
                next="End the earlier one before.",
            )
    return tuple(rates)


def _rate(place: str, row: Any) -> Rate:
    try:
        rate = Rate(Decimal(row["dollars"]), row["from"], row["to"], str(row["source"]))
        if (
            type(rate.start) is date
            and type(rate.end) is date
            and rate.start <= rate.end
            and rate.dollars > 0
        ):
            return rate
    except (KeyError, TypeError, InvalidOperation):
        pass
    raise BadInput(
        "A row has from and to (days), dollars (a number in quotes) and source.",
        where=place,
        next="See the rows of the shipped table.",
    )
