"""Every desk's act is told to the log from here: the row commits with the act, or neither does."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction

from meterkeep.desks.outbox import sequencer
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.gate.request import check_actor, is_customer
from meterkeep.ledger.names import EventName

Detail = Mapping[str, str | int]


@dataclass(frozen=True, kw_only=True)
class Event:
    """by: who acted. subjects: chain ids, never customer ids. detail: no identities."""

    name: EventName
    by: str
    on: date
    subjects: Sequence[str] = ()
    detail: Detail = field(default_factory=dict)


def record(event: Event) -> OutboxEvent:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{event.name} is recorded outside the transaction of its act, so one could be kept without the other."
        )
    check_actor(event.by)
    row = OutboxEvent.objects.create(
        id=secrets.token_hex(16),
        name=event.name,
        on=event.on,
        actor=_actor(event.by),
        subjects=sorted(event.subjects),
        detail=dict(event.detail),
    )
    transaction.on_commit(sequencer.drain_after_commit)
    return row


def _actor(by: str) -> str:
    """A customer who acts is told by the chain among the subjects alone: the log outlives the customer's id."""
    return "customer" if is_customer(by) else by
