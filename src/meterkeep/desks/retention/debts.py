"""Customers with something open in collections: their records are still needed, although nobody has placed a hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from meterkeep.clocks import Period, due
from meterkeep.desks.arrears import queries as arrears
from meterkeep.desks.retention.models import Hold, Kind

REFERENCE = "collections"
WHY = arrears.WHY_NEEDED
_BILLED = Period(2, "month")
"""The bill for a month's usage falls due within this time of the month's end: readings so much older than the oldest open bill have no part in it."""


def hold(on: date) -> Hold:
    """As a hold is told of, though no row of the register. It ends with the debt, or by its age."""
    return Hold(reference=REFERENCE, kind=Kind.NEEDED, why=WHY, placed_by=REFERENCE, placed_on=on)


def needed(record: str, customers: Sequence[str] | None, *, end: date | None, on: date) -> set[str]:
    """Those of the customers whose records of this class a debt still needs. customers: None for all. end: of the readings, half-open; None for all of them."""
    if record != "readings" or end is None:
        return set(arrears.needs(customers, on=on))
    limit = due(end, _BILLED)
    asked = None if customers is None else set(customers)
    some = [one for one in arrears.due_before(limit) if asked is None or one in asked]
    return {one for one, need in arrears.needs(some, on=on).items() if need.oldest < limit}
