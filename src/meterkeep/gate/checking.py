"""The way of the checks through the gate: the rows of what was granted, a bounded number at a time, and what looks wrong in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from meterkeep.readings.checks import Limits
    from meterkeep.readings.store import Store

# The engines are loaded when something is checked: a grant that reads nothing does not pay for them.


def flags_of(
    store: Store,
    holdings: pa.Table,
    *,
    history: date,
    start: date,
    end: date,
    today: date,
    limits: Limits,
    known: datetime | None = None,
) -> pa.Table:
    """What the checks find in these holdings from the civil day `start` to the day before `end`.

    history: the first day that counts as a usage point's own past. today: up to its beginning readings should have come.
    """
    from meterkeep.readings.checks import Window, check, ordered
    from meterkeep.readings.store.reading.raw import rows_in_batches
    from meterkeep.readings.store.rows.civil import midnight

    first, begin, last, now = (midnight(day, store.zone) for day in (history, start, end, today))
    window = Window(first=first, start=begin, end=last, until=min(last, now), offset=store.offset)
    destroyed = store.destroyed(holdings.select(["usage_point", "start", "end"]))
    found = (
        check(*rows, window=window, zone=store.zone, limits=limits, destroyed=destroyed)
        for rows in rows_in_batches(store, holdings, known=known)
    )
    return ordered([flags for flags in found if flags.num_rows])


def keep_flags(store: Store, flags: pa.Table, about: dict[str, Any]) -> None:
    from meterkeep.readings.store.beside.checks import keep

    keep(store.folder, flags, about=about)


def kept_flags(store: Store, holdings: pa.Table) -> pa.Table | None:
    """Of the last run, what concerns usage points of these holdings."""
    import pyarrow.compute as pc

    from meterkeep.readings.store.beside.checks import kept

    found = kept(store.folder)
    if found is None:
        return None
    flags, _ = found
    return flags.filter(pc.is_in(flags["usage_point"], value_set=holdings["usage_point"].combine_chunks()))


def last_run(store: Store) -> dict[str, Any] | None:
    """When, by whom and over what the checks last ran: nothing about anybody."""
    from meterkeep.readings.store.beside.checks import kept

    found = kept(store.folder)
    return found and found[1]
