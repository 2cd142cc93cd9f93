from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of, pair


class Status(models.TextChoices):
    STORED = "stored", "Stored"
    ALREADY_STORED = "already_stored", "Already stored"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Source(models.Model):
    """Who sends meter files: a utility, a meter operator, an agent. Never a customer.

    id: the sub-folder of the watched folder. every_days: the rhythm that was agreed on; null where none is on record.
    """

    CLASSIFICATION = classify(business="id name every_days since")

    id = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=100)
    every_days = models.PositiveSmallIntegerField(null=True)
    since = models.DateField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(every_days=None) | Q(every_days__gte=1), name="source_has_a_rhythm"
            ),
        )


class InboundFile(models.Model):
    """One arrival of one meter file. Its name is not kept: names of utility files hold account numbers.

    sha256: "" where the file could not be read at all. counts: records, stored, duplicate, already_stored.
    policy: digest of the documents in force on the day; every reading points to its file, and so to them.
    source: who sent it, where that is known. arrival: the same for all files of an archive that came in a watched folder;
    "" for what was given to `ingest`. estimated: how many of its readings are estimates. reason: of a refused file, what its
    reader said: {"message","place","next"}, place in numbers only, as "line 12".
    """

    CLASSIFICATION = classify(
        identifier="id reference sha256 arrival",
        business="format received by on status counts error policy source estimated withdrawn_by withdrawn_on reason",
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
    reason = models.JSONField(default=dict)
    policy = models.CharField(max_length=64, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="files")
    arrival = models.CharField(max_length=32, blank=True, db_index=True)
    estimated = models.PositiveBigIntegerField(default=0)
    withdrawn_by = models.CharField(max_length=60, blank=True)
    withdrawn_on = models.DateField(null=True)

    class Meta:
        ordering = ("-received", "-pk")
        indexes = (models.Index(fields=("source", "on"), name="inbound_by_source"),)
        constraints = (
            pair("inbound_withdrawn_by_somebody", "withdrawn_by", "withdrawn_on"),
            models.CheckConstraint(
                condition=Q(status=Status.WITHDRAWN, withdrawn_on__isnull=False)
                | (~Q(status=Status.WITHDRAWN) & Q(withdrawn_on=None)),
                name="inbound_withdrawn_on_a_day",
            ),
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


class DaySummary(models.Model):
    """What came in on a civil day, from everybody. figures: see `summaries.figures_of`. final: the day had ended."""

    CLASSIFICATION = classify(business="id day final figures")

    day = models.DateField(unique=True)
    final = models.BooleanField()
    figures = models.JSONField()

    class Meta:
        ordering = ("-day",)


class Upkeep(models.Model):
    """Work on the store that was due and done: once for each job and day."""

    CLASSIFICATION = classify(business="id job on detail")

    job = models.CharField(max_length=40)
    on = models.DateField()
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ("-on", "job")
        constraints = (models.UniqueConstraint(fields=("job", "on"), name="upkeep_once_a_day"),)
