from django.db import models

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import ordered


class Customer(models.Model):
    """A legal customer, however many accounts. `id` is the vault's; `chain` is the secret, stable name in the log.

    taken_in, policy: the day on which the customer's data first came in, and the digest of the documents in force on it.
    """

    CLASSIFICATION = classify(identifier="id chain", business="taken_in policy")

    id = models.CharField(primary_key=True, max_length=32)
    chain = models.CharField(max_length=32, unique=True)
    taken_in = models.DateField(null=True)
    policy = models.CharField(max_length=64, blank=True)


class BilledAmount(models.Model):
    """What a customer was billed for a usage point in a month, in cents; below zero where it was a credit."""

    CLASSIFICATION = classify(
        identifier="id customer usage_point", covered="month cents", business="taken_in policy"
    )

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="bills")
    usage_point = models.IntegerField()
    month = models.DateField()
    cents = models.BigIntegerField()
    taken_in = models.DateField()
    policy = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("customer", "usage_point", "month"), name="billed_once_a_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="billed_by_months"),
        )


class ServiceAgreement(models.Model):
    """Who held a usage point when: the readings of the period are this customer's and nobody else's.

    start: null where the provider's file does not say. policy: digest of the documents in force when it came in. The migration lets no two agreements of a usage point overlap.
    """

    CLASSIFICATION = classify(
        identifier="id customer usage_point",
        covered="start end zip city census_tract customer_class rate_class solar",
        business="policy",
    )

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="agreements")
    usage_point = models.IntegerField(null=True)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    zip = models.CharField(max_length=10, blank=True)
    city = models.CharField(max_length=60, blank=True)
    census_tract = models.CharField(max_length=11, blank=True)
    customer_class = models.CharField(max_length=40, blank=True)
    rate_class = models.CharField(max_length=40, blank=True)
    solar = models.BooleanField(null=True)
    policy = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (ordered("agreement_period"),)
        indexes = (models.Index("usage_point", "start", name="agreement_usage_point"),)
