from __future__ import annotations

from datetime import date
from typing import Any

from meterkeep.desks.outbox.models import OutboxEvent


def waiting() -> int:
    """How many acts the log does not know yet; more than none, for long, is worth a look."""
    return OutboxEvent.objects.filter(index=None).count()


def untold(name: str) -> list[dict[str, Any]]:
    """Details of the acts of this name that the log does not have yet, oldest first."""
    rows = OutboxEvent.objects.filter(index=None, name=name)
    return list(rows.order_by("at", "id").values_list("detail", flat=True))


def has_told(name: str, *, by: str, on: date, release: str) -> bool:
    """Whether somebody has done this with a release on that day."""
    return OutboxEvent.objects.filter(name=name, actor=by, on=on, detail__release=release).exists()


def last_in_log() -> OutboxEvent | None:
    """The act that stands last in the log, as far as the database knows."""
    return OutboxEvent.objects.filter(index__isnull=False).order_by("-index").first()
