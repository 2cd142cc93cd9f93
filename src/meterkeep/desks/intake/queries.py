from __future__ import annotations

from datetime import date

from django.db.models import Count, QuerySet

from meterkeep.desks.intake.models import Defect, InboundFile, Source, Status, Upkeep


def files() -> QuerySet[InboundFile]:
    """Newest first."""
    return InboundFile.objects.all()


def by_reference(reference: str) -> InboundFile | None:
    return InboundFile.objects.filter(reference=reference).first()


def days_taken_in(*, since: date | None = None) -> list[date]:
    """The days on which files came in that hold readings of a period since then: none comes before what it tells of."""
    stored = InboundFile.objects.filter(status=Status.STORED)
    if since:
        stored = stored.filter(on__gte=since)
    return list(stored.order_by("on").values_list("on", flat=True).distinct())


def defects() -> QuerySet[Defect]:
    """The defect list of all files."""
    return Defect.objects.select_related("file")


def by_policy() -> list[tuple[str, int]]:
    """Digest of the documents in force when they came in → how many."""
    rows = InboundFile.objects.order_by().values_list("policy").annotate(Count("pk"))
    return list(rows)


def was_kept_up(job: str, on: date) -> bool:
    return Upkeep.objects.filter(job=job, on=on).exists()


def source(id: str) -> Source | None:
    return Source.objects.filter(pk=id).first()
