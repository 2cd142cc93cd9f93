from __future__ import annotations

from datetime import date

from django.db.models import BigIntegerField, Count, F, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from meterkeep.desks.intake.models import Defect, InboundFile, Source, Status, Upkeep

COUNTS = ("records", "stored", "duplicate", "already_stored")


def files(*, sort: str = "") -> QuerySet[InboundFile]:
    """Newest first, or by a field or one of the counts ("-" before it: downwards), and then newest first."""
    everything = InboundFile.objects.all()
    name = sort.removeprefix("-")
    if not name:
        return everything
    if name in (*COUNTS, "rejected"):
        counts = {f"n_{count}": _count(count) for count in COUNTS}
        rejected = F("n_records") - F("n_stored") - F("n_duplicate") - F("n_already_stored")
        everything = everything.annotate(**counts).annotate(n_rejected=rejected)
        name = f"n_{name}"
    by = F(name).desc() if sort.startswith("-") else F(name).asc()
    return everything.order_by(by, "-received", "-pk")


def _count(name: str) -> Cast:
    return Cast(KeyTextTransform(name, "counts"), BigIntegerField())


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
