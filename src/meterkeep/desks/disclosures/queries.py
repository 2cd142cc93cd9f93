from __future__ import annotations

from django.db.models import Count, F, QuerySet

from meterkeep.desks.disclosures.models import DataRequest
from meterkeep.desks.disclosures.states import OPEN
from meterkeep.gate import Gate
from meterkeep.gate.history import Sighting


def worklist() -> QuerySet[DataRequest]:
    """What is still to be done, the most urgent first."""
    return DataRequest.objects.filter(state__in=OPEN).order_by(
        F("due_on").asc(nulls_last=True), "asked_on", "pk"
    )


def all_requests() -> QuerySet[DataRequest]:
    return DataRequest.objects.all()


def by_reference(reference: str) -> DataRequest | None:
    return DataRequest.objects.filter(reference=reference).first()


def seen(customer: str, gate: Gate) -> list[Sighting]:
    """Everything that was done, or tried, with this customer's information; newest first."""
    return gate.history(customer)


def by_policy() -> list[tuple[str, int]]:
    """Digest of the documents in force when they came in → how many."""
    rows = DataRequest.objects.order_by().values_list("policy").annotate(Count("pk"))
    return list(rows)
