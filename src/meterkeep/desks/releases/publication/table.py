"""The one table that every file of a release is made from. A withheld cell has neither figure, whatever the reason."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from meterkeep.desks.releases import queries
from meterkeep.desks.releases.drafting import mean
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.spec import parse_spec

KILO = {"Wh": "kWh", "W": "kW"}
STATUS = "status"
CUSTOMERS = "customers"
_DIGITS = 38
"""As many as a decimal of Arrow has."""


def shown_unit(unit: str) -> str:
    return KILO.get(unit, unit)


def value_column(release: Release) -> str:
    """Such as `delivered_kWh` or `mean_delivered_kWh`; a count of customers is no energy."""
    spec = parse_spec(release.spec)
    if spec.measure == CUSTOMERS:
        return "customers_counted"
    return f"{'mean_' if spec.statistic == 'mean' else ''}{spec.measure}_{shown_unit(release.unit)}"


def amount(cell: Mapping[str, Any], release: Release, *, statistic: str) -> Decimal:
    """Of a published cell, in the unit that is shown: a sum exactly, a mean as `drafting.mean` rounds it."""
    if statistic == "mean":
        return mean(cell["value"], cell["customers"], _power(release))
    return in_shown_unit(cell["value"], release)


def in_shown_unit(value: int, release: Release) -> Decimal:
    return Decimal(value).scaleb(_power(release))


def _power(release: Release) -> int:
    return release.power_of_ten - (3 if release.unit in KILO else 0)


def public_table(release: Release) -> pa.Table:
    """The dimensions as texts, `customers`, the measure as exact decimals, `status`: published or withheld."""
    cells = queries.public_cells(release)
    spec = parse_spec(release.spec)
    texts = {
        name: pa.array([cell["keys"][at] for cell in cells], pa.string()) for at, name in enumerate(spec.by)
    }
    amounts = [
        None if cell["value"] is None else amount(cell, release, statistic=spec.statistic) for cell in cells
    ]
    return pa.table(
        {
            **texts,
            CUSTOMERS: pa.array([cell["customers"] for cell in cells], pa.int64()),
            value_column(release): pa.array(amounts, pa.decimal128(_DIGITS, _places(amounts))),
            STATUS: pa.array([cell["status"] for cell in cells], pa.string()),
        }
    )


def _places(amounts: list[Decimal | None]) -> int:
    """Digits after the point that hold all of them."""
    return max((len(text_of(one).partition(".")[2]) for one in amounts), default=0)


def plain(number: Decimal) -> Decimal:
    """Without zeros at its end."""
    whole = number.to_integral_value()
    return whole if number == whole else number.normalize()


def text_of(cell: Any) -> str:
    """As CSV has it: exact, without exponent; nothing where a figure is withheld."""
    if cell is None:
        return ""
    return f"{plain(cell):f}" if isinstance(cell, Decimal) else str(cell)
