from django.db import models

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of, ordered


class Adoption(models.Model):
    """A document that the provider has adopted, in the executable form that was adopted with it."""

    CLASSIFICATION = classify(
        public="id pack document digest resolution adopted_on effective_on", business="by"
    )

    pack = models.SlugField(max_length=40)
    document = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    resolution = models.CharField(max_length=60, blank=True)
    adopted_on = models.DateField()
    effective_on = models.DateField()
    by = models.CharField(max_length=60)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("document", "effective_on"), name="adoption_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(effective_on__gte=models.F("adopted_on")), name="adoption_before_effect"
            ),
        )


class RegisteredPurpose(models.Model):
    """What covered information may be asked for. name: the vocabulary's word; elements: what it needs, and no more.

    cls: primary, secondary, or "" where nobody has ruled. states: facts that the purpose itself settles, its class among them.
    """

    CLASSIFICATION = classify(public="id code name title cls elements states start end")

    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    cls = models.CharField(max_length=10, blank=True)
    elements = models.JSONField(default=list)
    states = models.JSONField(default=dict)
    start = models.DateField()
    end = models.DateField(null=True)

    class Meta:
        ordering = ("code", "start")
        constraints = (
            one_of("purpose_class", "cls", ("primary", "secondary", "")),
            ordered("purpose_period"),
            models.UniqueConstraint(
                fields=("code",), condition=models.Q(end=None), name="purpose_registered_once"
            ),
        )


class DataElement(models.Model):
    """One entry of the data catalogue."""

    CLASSIFICATION = classify(public="name title kind contact credit_or_usage demographic government_id")

    name = models.SlugField(max_length=60, primary_key=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    contact = models.BooleanField()
    credit_or_usage = models.BooleanField()
    demographic = models.BooleanField()
    government_id = models.BooleanField()

    class Meta:
        ordering = ("name",)
        constraints = (one_of("element_kind", "kind", ("covered", "customer")),)


class Interpretation(models.Model):
    """The provider's own ruling on an ambiguous clause, dated and signed; a later one stands beside it and prevails.

    number: the question's, in the adopted pack. ruling: one of the choices that the pack offers.
    """

    CLASSIFICATION = classify(public="id number ruling reason on signed_by")

    number = models.CharField(max_length=20)
    ruling = models.CharField(max_length=60)
    reason = models.TextField()
    on = models.DateField()
    signed_by = models.CharField(max_length=60)

    class Meta:
        ordering = ("number", "on")
        constraints = (
            models.UniqueConstraint(fields=("number", "on"), name="interpretation_once_a_day"),
            models.CheckConstraint(
                condition=~models.Q(signed_by="") & ~models.Q(reason=""), name="interpretation_signed"
            ),
        )
