from django.db import models
from django.db.models import Q

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import ordered


class Party(models.Model):
    """Whoever may receive something: a contractor, an agency, a third party. kind: the vocabulary's `recipient.kind`.

    identity_verified, training_attested: null while nobody has said so on record.
    """

    CLASSIFICATION = classify(business="id name kind identity_verified training_attested")

    id = models.SlugField(max_length=60, primary_key=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    identity_verified = models.BooleanField(null=True)
    training_attested = models.BooleanField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.CheckConstraint(condition=~Q(kind=""), name="party_kind"),)


class Contract(models.Model):
    """What a contract says of each term that a clause asks for; null is unknown, never no."""

    CLASSIFICATION = classify(
        business="id party number start end purposes on_behalf program_use_only no_less_protective breach_term flow_down"
    )

    party = models.ForeignKey(Party, models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=60)
    start = models.DateField()
    end = models.DateField(null=True)
    purposes = models.JSONField(default=list)
    on_behalf = models.BooleanField(null=True)
    program_use_only = models.BooleanField(null=True)
    no_less_protective = models.BooleanField(null=True)
    breach_term = models.BooleanField(null=True)
    flow_down = models.BooleanField(null=True)

    class Meta:
        ordering = ("-start", "number")
        constraints = (
            ordered("contract_period"),
            models.UniqueConstraint(fields=("party", "number"), name="contract_number"),
        )


class Finding(models.Model):
    """A pattern or practice of violations, and from when to when disclosure to the party has been ceased for it."""

    CLASSIFICATION = classify(business="id party what found_on ceased_on reinstated_on reinstated_why")

    party = models.ForeignKey(Party, models.PROTECT, related_name="findings")
    what = models.TextField()
    found_on = models.DateField()
    ceased_on = models.DateField()
    reinstated_on = models.DateField(null=True)
    reinstated_why = models.TextField(blank=True)

    class Meta:
        ordering = ("ceased_on",)
        constraints = (
            models.CheckConstraint(condition=~Q(what=""), name="finding_says_what"),
            models.CheckConstraint(
                condition=Q(ceased_on__gte=models.F("found_on")), name="finding_before_ceasing"
            ),
            ordered("finding_period", start="ceased_on", end="reinstated_on"),
            models.CheckConstraint(
                condition=Q(reinstated_on=None, reinstated_why="")
                | (Q(reinstated_on__isnull=False) & ~Q(reinstated_why="")),
                name="finding_reinstated_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=("party",), condition=Q(reinstated_on=None), name="finding_one_open_per_party"
            ),
        )
