from __future__ import annotations

from django.db.models import QuerySet

from meterkeep.desks.intake.models import Defect, InboundFile


def files() -> QuerySet[InboundFile]:
    """Newest first."""
    return InboundFile.objects.all()


def by_reference(reference: str) -> InboundFile | None:
    return InboundFile.objects.filter(reference=reference).first()


def defects() -> QuerySet[Defect]:
    """The defect list of all files."""
    return Defect.objects.select_related("file")
