"""Files of a table rewritten: the new ones take the place of the old ones in one commit, while nobody else commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterkeep.readings.store.tables.pending import Pending

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store
    from meterkeep.readings.store.tables.table import Part, Table


@dataclass(frozen=True, slots=True)
class Replacement:
    """new: written to the pending folder; old: those that they replace, none where there is nothing to do."""

    new: list[Part]
    old: list[Part]


def switch(store: Store, table: Table, write: Callable[[Pending], Replacement]) -> Replacement:
    """Before the commit the old files are read, after it the new ones; a process killed at any moment leaves one or the other."""
    pending = Pending.start(store.folder / "pending")
    committed = False
    try:
        with store.registry.alone() as db:
            store.sweep(db)
            done = write(pending)
            if done.old:
                pending.replace(table, done.new, done.old)
        committed = True
        return done
    finally:
        store.close_pending(pending, committed=committed)
