"""The interval store: regular readings as day rows, everything else as points, both Delta tables. See docs/store.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meterkeep.readings.store.correcting.withdrawing import Withdrawn
    from meterkeep.readings.store.erasing.acts import Destroyed, Finding
    from meterkeep.readings.store.intake.intake import Intake
    from meterkeep.readings.store.intake.summary import SeriesSummary, Stored
    from meterkeep.readings.store.status import Status
    from meterkeep.readings.store.store import Store
    from meterkeep.readings.store.tables.compacting import Compacted
    from meterkeep.readings.store.tables.registry import AlreadyStored

__all__ = [
    "AlreadyStored",
    "Compacted",
    "Destroyed",
    "Finding",
    "Intake",
    "SeriesSummary",
    "Status",
    "Store",
    "Stored",
    "Withdrawn",
]

_HOMES = {
    "Store": "store",
    "Compacted": "tables.compacting",
    "Destroyed": "erasing.acts",
    "Finding": "erasing.acts",
    "Status": "status",
    "Intake": "intake.intake",
    "AlreadyStored": "tables.registry",
    "SeriesSummary": "intake.summary",
    "Stored": "intake.summary",
    "Withdrawn": "correcting.withdrawing",
}


def __getattr__(name: str) -> Any:
    # The engines behind the store take a third of a second to load; a command that reads nothing does not pay for it.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
