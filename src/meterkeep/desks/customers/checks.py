from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from meterkeep.desks.customers.models import ServiceAgreement


def check_alone(agreement: ServiceAgreement, others: Iterable[ServiceAgreement]) -> None:
    """Raises ValueError with the reason, for the line's place in the result."""
    if any(_overlap(agreement, other) for other in others):
        raise ValueError("another agreement holds the same usage point in this period")


def _overlap(one: ServiceAgreement, other: ServiceAgreement) -> bool:
    return (one.start or date.min) < (other.end or date.max) and (other.start or date.min) < (
        one.end or date.max
    )
