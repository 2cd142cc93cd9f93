"""Asking of files that a compaction or an erasure may replace between their being listed and their being read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import duckdb

from meterkeep.errors import Busy
from meterkeep.readings.store.tables.snapshot import Outdated

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

RETRIES: Final = 3
GONE: Final = (Outdated, duckdb.IOException, FileNotFoundError)

Answer = TypeVar("Answer")


def steady(store: Store, ask: Callable[[], Answer]) -> Answer:
    """Asks once more, of the files as they are then, where some were replaced meanwhile. ask: changes nothing.

    Raises Busy where that goes on, and what the engine raised where a file is lost that a table still names.
    """
    for _ in range(RETRIES):
        try:
            return ask()
        except GONE:
            store.snapshot(fresh=True)
    try:
        return ask()
    except GONE as error:
        if _names_lost_files(store):
            raise
        raise Busy(
            "Readings are being erased or compacted while these are read.", next="Try again in a moment."
        ) from error


def _names_lost_files(store: Store) -> bool:
    """Looked at while nobody else commits."""
    with store.registry.alone():
        tables = (store.days, store.points)
        return not all((table.folder / part.path).exists() for table in tables for part in table.parts())
