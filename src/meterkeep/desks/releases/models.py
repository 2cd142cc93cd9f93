from django.db import models
from django.db.models import Q

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of, pair
from meterkeep.desks.releases.states import State

NOT_OUT = (State.PLANNED, State.DISPUTED, State.APPROVED, State.REFUSED)


class Release(models.Model):
    """A table of totals on its way to the public. Values are `unit` times ten to `power_of_ten`.

    cells: all of them, with the reasons of those withheld, which are for staff. facts: what the audit found, as the
    vocabulary's `aggregate.*`. audited: how many releases had ever been public when it was planned. corrects: the one in whose
    place it comes. notes: for its data sheet, such as how complete the readings are. withdrawn_why: everybody reads it.
    salt: of the digest of what its customers used; drawn anew when some of it is destroyed. counted: the atoms of everybody who is in some
    figure of it, withheld ones too, as little-endian 64-bit numbers; empty in a release of an older version, which may be about anybody.
    """

    CLASSIFICATION = classify(
        public="id reference title spec state unit power_of_ten certificate corrects published_by published_on "
        "withdrawn_on withdrawn_why",
        covered="cells facts notes salt counted",
        business="audited policy planned_by planned_on withdrawn_by",
    )

    reference = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    spec = models.TextField()
    state = models.CharField(max_length=20, choices=State, default=State.PLANNED)
    unit = models.CharField(max_length=20)
    power_of_ten = models.SmallIntegerField()
    cells = models.JSONField()
    facts = models.JSONField()
    certificate = models.JSONField()
    notes = models.JSONField(default=dict)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    audited = models.PositiveIntegerField()
    planned_by = models.CharField(max_length=60)
    planned_on = models.DateField()
    salt = models.BinaryField(default=bytes)
    counted = models.BinaryField(default=bytes)
    policy = models.CharField(
        max_length=64, blank=True
    )  # digest of the documents in force when it was planned
    published_by = models.CharField(max_length=60, blank=True)
    published_on = models.DateField(null=True)
    withdrawn_by = models.CharField(max_length=60, blank=True)
    withdrawn_on = models.DateField(null=True)
    withdrawn_why = models.TextField(blank=True)

    class Meta:
        ordering = ("-planned_on", "-pk")
        constraints = (
            one_of("release_state", "state", State.values),
            pair("release_planned", "planned_by", "planned_on"),
            pair("release_published", "published_by", "published_on"),
            pair("release_withdrawn", "withdrawn_by", "withdrawn_on"),
            models.CheckConstraint(
                condition=(Q(state=State.PUBLISHED) & Q(published_on__isnull=False))
                | (Q(state__in=NOT_OUT) & Q(published_on=None))
                | Q(state=State.WITHDRAWN),
                name="release_published_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=State.WITHDRAWN, withdrawn_on__isnull=False)
                | (~Q(state=State.WITHDRAWN) & Q(withdrawn_on=None)),
                name="release_withdrawn_by_somebody",
            ),
        )


class ReleaseRow(models.Model):
    """One sum that the release makes known, with its anonymous members: what later audits compare with."""

    CLASSIFICATION = classify(business="id release", covered="data")

    release = models.ForeignKey(Release, models.PROTECT, related_name="rows")
    data = models.BinaryField()


class NoiseSpent(models.Model):
    """What a published release with noise has spent of a year's budget, in millionths of rho. It is never given back: a withdrawn
    release was read."""

    CLASSIFICATION = classify(business="id release", public="year micro_rho")

    release = models.ForeignKey(Release, models.PROTECT, related_name="noise_spent")
    year = models.PositiveSmallIntegerField()
    micro_rho = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("year", "pk")
        constraints = (models.UniqueConstraint(fields=("release", "year"), name="noise_spent_once_a_year"),)


class ReleaseFile(models.Model):
    """What was published, byte for byte: whoever has the file finds its digest in the log."""

    CLASSIFICATION = classify(public="id release name kind sha256 content")

    release = models.ForeignKey(Release, models.PROTECT, related_name="files")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("release", "name"), name="release_file_once"),)


class Review(models.Model):
    """A reviewer's decision with its reason. discretion: whether it uses the discretion that the documents leave to the role."""

    CLASSIFICATION = classify(business="id release by on accepted why discretion")

    release = models.ForeignKey(Release, models.PROTECT, related_name="reviews")
    by = models.CharField(max_length=60)
    on = models.DateField()
    accepted = models.BooleanField(default=True)
    why = models.TextField(blank=True)
    discretion = models.BooleanField(default=False)

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            models.UniqueConstraint(fields=("release", "by"), name="review_once_per_person"),
            models.CheckConstraint(condition=~Q(by=""), name="review_by_somebody"),
        )
