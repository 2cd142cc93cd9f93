"""What it costs to withhold: how many figures, and how much of what was used, against what the rule takes cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from meterkeep.aggregates.reasons import BY_ITSELF
from meterkeep.aggregates.release import TOTAL


@dataclass(frozen=True, slots=True)
class Amount:
    """cells: of all levels. value: of the finest cells alone, since totals would count it again; None where some of these are
    below zero, or destroyed, so that there are no shares of it."""

    cells: int
    value: int | None


@dataclass(frozen=True, slots=True)
class Cost:
    """by_itself: withheld by a test of each cell alone; beside: withheld for what they would tell beside others. reasons: code →
    both together, the most cells first; merged: told as a part of a wider group."""

    all: Amount
    published: Amount
    merged: Amount
    by_itself: Amount
    beside: Amount
    reasons: tuple[tuple[str, Amount], ...]

    @property
    def withheld(self) -> Amount:
        both = (self.by_itself.value, self.beside.value)
        value = None if None in both else sum(filter(None, both))
        return Amount(self.by_itself.cells + self.beside.cells, value)


def cost(cells: Iterable[Mapping[str, Any]]) -> Cost:
    """cells: as `plain` gives them: keys, value, status and code, and `forgotten` where the value is none any more."""
    known = list(cells)
    signed = any(cell["value"] < 0 or cell.get("forgotten") for cell in known if _finest(cell))
    codes = {cell["code"] for cell in known if cell["status"] == "withheld"}
    reasons = [
        (code, _amount((cell for cell in known if cell["code"] == code), signed=signed)) for code in codes
    ]

    def of(status: str, *, by_itself: bool | None = None) -> Amount:
        chosen = (cell for cell in known if cell["status"] == status)
        wanted = (cell for cell in chosen if by_itself is None or (cell["code"] in BY_ITSELF) is by_itself)
        return _amount(wanted, signed=signed)

    return Cost(
        all=_amount(known, signed=signed),
        published=of("published"),
        merged=of("merged"),
        by_itself=of("withheld", by_itself=True),
        beside=of("withheld", by_itself=False),
        reasons=tuple(sorted(reasons, key=lambda pair: (-pair[1].cells, pair[0]))),
    )


def _finest(cell: Mapping[str, Any]) -> bool:
    return TOTAL not in cell["keys"]


def _amount(cells: Iterable[Mapping[str, Any]], *, signed: bool) -> Amount:
    some = list(cells)
    value = None if signed else sum(cell["value"] for cell in some if _finest(cell))
    return Amount(len(some), value)
