from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of


class Status(models.TextChoices):
    STORED = "stored", "Stored"
    ALREADY_STORED = "already_stored", "Already stored"
    REFUSED = "refused", "Refused"


class InboundFile(models.Model):
    """One arrival of one meter file. Its name is not kept: names of utility files hold account numbers.

    sha256: "" where the file could not be read at all. counts: records, stored, duplicate, already_stored.
    policy: digest of the documents in force on the day; every reading points to its file, and so to them.
    """

    CLASSIFICATION = classify(
        identifier="id reference sha256", business="format received by on status counts error policy"
    )

    reference = models.CharField(max_length=32, unique=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    format = models.CharField(max_length=40, blank=True)
    received = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=60)
    on = models.DateField()
    status = models.CharField(max_length=20, choices=Status)
    counts = models.JSONField(default=dict)
    error = models.CharField(max_length=40, blank=True)
    policy = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-received", "-pk")
        constraints = (
            one_of("inbound_status", "status", Status.values),
            models.CheckConstraint(
                condition=(Q(status=Status.REFUSED) & ~Q(error=""))
                | (~Q(status=Status.REFUSED) & Q(error="")),
                name="inbound_refused_for_an_error",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.REFUSED) | ~Q(sha256=""), name="inbound_known_by_digest"
            ),
        )


class Defect(models.Model):
    """One line of the defect list: what was wrong in a file, how often, and the first places. rejected, or only noted."""

    CLASSIFICATION = classify(business="id file kind rejected count places")

    file = models.ForeignKey(InboundFile, models.CASCADE, related_name="defects")
    kind = models.CharField(max_length=80)
    rejected = models.BooleanField()
    count = models.PositiveIntegerField()
    places = models.JSONField(default=list)

    class Meta:
        ordering = ("-rejected", "-count", "kind")
        constraints = (
            models.CheckConstraint(condition=Q(count__gte=1), name="defect_counted"),
            models.UniqueConstraint(fields=("file", "kind", "rejected"), name="defect_once_per_file"),
        )
