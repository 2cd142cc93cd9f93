from __future__ import annotations

from meterkeep.desks.outbox.models import OutboxEvent


def waiting() -> int:
    """How many acts the log does not know yet; more than none, for long, is worth a look."""
    return OutboxEvent.objects.filter(index=None).count()


def last_in_log() -> OutboxEvent | None:
    """The act that stands last in the log, as far as the database knows."""
    return OutboxEvent.objects.filter(index__isnull=False).order_by("-index").first()
