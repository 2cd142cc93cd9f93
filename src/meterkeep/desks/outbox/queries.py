from __future__ import annotations

from meterkeep.desks.outbox.models import OutboxEvent


def waiting() -> int:
    """How many acts the log does not know yet; more than none, for long, is worth a look."""
    return OutboxEvent.objects.filter(index=None).count()
