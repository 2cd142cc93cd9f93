"""The service agreements that a batch of lines touches, before and after: found, entered one by one, written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from meterkeep.desks.customers.checks import check_alone
from meterkeep.desks.customers.models import ServiceAgreement
from meterkeep.desks.customers.rows import Row

WRITTEN = ("end", "zip", "city", "census_tract", "customer_class", "rate_class", "solar")
"""What a line may change in an agreement that is known by its customer, usage point and start."""


class Batch:
    """new: agreements to be added. changed: those on record that are said otherwise now, by their keys."""

    def __init__(self, *, customers: Collection[str], usage_points: Collection[int]) -> None:
        self._held: dict[int | str, list[ServiceAgreement]] = defaultdict(list)
        self.new: list[ServiceAgreement] = []
        self.changed: dict[int, ServiceAgreement] = {}
        without_point = Q(usage_point=None, customer__in=customers)
        for agreement in ServiceAgreement.objects.filter(Q(usage_point__in=usage_points) | without_point):
            self._held[_holder(agreement)].append(agreement)

    def enter(self, row: Row, *, customer: str, usage_point: int | None) -> None:
        """Raises ValueError with the reason where the line cannot be true beside the agreements known so far."""
        agreement = ServiceAgreement(
            customer_id=customer, usage_point=usage_point, start=row.start, end=row.end, **row.attributes
        )
        held = self._held[_holder(agreement)]
        known = next((other for other in held if _same(agreement, other)), None)
        others = [other for other in held if other is not known]
        if usage_point is not None:
            check_alone(agreement, others)
        if known is None:
            held.append(agreement)
            self.new.append(agreement)
        elif any(getattr(known, name) != getattr(agreement, name) for name in WRITTEN):
            for name in WRITTEN:
                setattr(known, name, getattr(agreement, name))
            if known.pk is not None:
                self.changed[known.pk] = known


def _holder(agreement: ServiceAgreement) -> int | str:
    return agreement.customer_id if agreement.usage_point is None else agreement.usage_point


def _same(one: ServiceAgreement, other: ServiceAgreement) -> bool:
    return (one.customer_id, one.start) == (other.customer_id, other.start)
