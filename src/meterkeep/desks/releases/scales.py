"""Figures of several releases at one power of ten, so that a load is the same whole number wherever it stands.

Meters tell watt-hours, tenths or thousandths of them, and a release keeps its values as finely as its own meters did. Held against another
release the same load must not look like a corrected one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.aggregates import PastRow
from meterkeep.aggregates.loads import LARGEST_CODE
from meterkeep.aggregates.register import FORGOTTEN, SLOT_SIGN
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.taking import Taken
from meterkeep.errors import BadInput

NONE: Final[Mapping[str, int]] = MappingProxyType({})


def alike(rows: Iterable[PastRow], *, also: Mapping[str, int] = NONE) -> list[PastRow]:
    """The rows of each quantity at the finest power of ten that one of them has, or that `also` names for the quantity."""
    rows = list(rows)
    powers = dict(Release.objects.values_list("reference", "power_of_ten"))
    lowest = dict(also)
    for row in rows:
        quantity = _quantity(row)
        power = powers.get(row.release, lowest.get(quantity, 0))
        lowest[quantity] = min(power, lowest.get(quantity, power))
    return [
        _scaled(row, powers.get(row.release, low) - low) for row in rows for low in (lowest[_quantity(row)],)
    ]


def together(taken: Taken, past: Sequence[PastRow], *, quantity: str) -> tuple[Taken, list[PastRow]]:
    """The table of a new release and the rows of past ones at one power of ten. Raises BadInput where they are too large for it."""
    powers = dict(Release.objects.values_list("reference", "power_of_ten"))
    mine = [powers.get(row.release, taken.power) for row in past if _quantity(row) == quantity]
    power = min([taken.power, *mine])
    values = taken.table[quantity]
    try:
        finer = pc.multiply_checked(values, pa.scalar(10 ** (taken.power - power), pa.int64()))
    except (pa.ArrowInvalid, OverflowError):
        raise _too_large() from None
    table = taken.table.set_column(taken.table.column_names.index(quantity), quantity, finer)
    return replace(taken, table=table, power=power), alike(past, also={quantity: power})


def _quantity(row: PastRow) -> str:
    return row.measure.partition(SLOT_SIGN)[0]


def _scaled(row: PastRow, steps: int) -> PastRow:
    if not steps:
        return row
    factor = 10**steps
    if max(abs(row.value), int(np.abs(row.loads).max(initial=0))) * factor >= LARGEST_CODE:
        raise _too_large()
    loads = np.where(row.loads == FORGOTTEN, row.loads, row.loads * factor)
    return replace(row, value=row.value * factor, loads=loads)


def _too_large() -> BadInput:
    return BadInput(
        "Meters of these months and of past releases differ so much in how finely they tell that their values are too large to compare.",
        where="measure",
        next="Plan fewer months or groups at once.",
    )
