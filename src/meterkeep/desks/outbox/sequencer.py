"""Moves events from the outbox to the log, exactly once: the log knows an event's id and gives the same index again.

It runs when an act commits, and at every start and tick for what a crash left behind.
"""

from __future__ import annotations

from collections.abc import Callable

from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.errors import Busy
from meterkeep.gate import Event

Append = Callable[[Event], int]
"""Durable when it returns the event's index; idempotent by the event's id."""

_plugged: list[Append] = []


def plug(append: Append | None) -> None:
    """Where events go from now on in this process; None lets them wait in the outbox."""
    _plugged[:] = [append] if append else []


def drain() -> int:
    """Moves all that wait, oldest first, and says how many they were."""
    moved = 0
    for append in _plugged:
        for row in OutboxEvent.objects.filter(index=None):
            OutboxEvent.objects.filter(pk=row.pk).update(index=append(_event(row)))
            moved += 1
    return moved


def drain_after_commit() -> None:
    """The act has been committed by now, so a busy log is no failure of it: its event waits for the next drain."""
    try:
        drain()
    except Busy:
        return


def _event(row: OutboxEvent) -> Event:
    return Event(
        id=row.id,
        name=row.name,
        at=row.at,
        on=row.on,
        actor=row.actor,
        subjects=row.subjects,
        detail=row.detail,
    )
