from django.db import models
from django.db.models import F, Q

from meterkeep.desks.authorizations.states import ENDED, WAS_GRANTED, State
from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of, ordered, pair


class Mechanism(models.TextChoices):
    WEB = "web", "On the web"
    PAPER = "paper", "On paper"
    PHONE = "phone", "By telephone"


class Authorization(models.Model):
    """A customer's own act: who may receive what, for which purpose, about which days, from when to when.

    customer: the vault's id. data_start, data_end: the readings it covers, half-open, open where null. written:
    express and in writing or electronically signed. separate: given for itself, not in bulk. incentive: null if unknown.
    """

    CLASSIFICATION = classify(
        identifier="id reference customer",
        covered="party purposes elements data_start data_end start end mechanism written separate incentive"
        " notice_version state offered_by offered_on answered_by answered_on ended_by ended_on ended_why",
        business="policy",
    )

    reference = models.CharField(max_length=32, unique=True)
    customer = models.CharField(max_length=32, db_index=True)
    party = models.SlugField(max_length=60)
    purposes = models.JSONField()
    elements = models.JSONField()
    data_start = models.DateField(null=True)
    data_end = models.DateField(null=True)
    start = models.DateField()
    end = models.DateField(null=True)
    mechanism = models.CharField(max_length=10, choices=Mechanism)
    written = models.BooleanField(null=True)
    separate = models.BooleanField(null=True)
    incentive = models.BooleanField(null=True)
    notice_version = models.CharField(max_length=64, blank=True)
    policy = models.CharField(
        max_length=64, blank=True
    )  # digest of the documents in force when it was offered
    state = models.CharField(max_length=30, choices=State)
    offered_by = models.CharField(max_length=60)
    offered_on = models.DateField()
    answered_by = models.CharField(max_length=60, blank=True)
    answered_on = models.DateField(null=True)
    ended_by = models.CharField(max_length=60, blank=True)
    ended_on = models.DateField(null=True)
    ended_why = models.TextField(blank=True)

    class Meta:
        ordering = ("-offered_on", "-pk")
        indexes = (models.Index("party", "state", name="authorization_party"),)
        constraints = (
            one_of("authorization_state", "state", State.values),
            one_of("authorization_mechanism", "mechanism", Mechanism.values),
            ordered("authorization_period"),
            ordered("authorization_data_period", start="data_start", end="data_end"),
            pair("authorization_offered", "offered_by", "offered_on"),
            pair("authorization_answered", "answered_by", "answered_on"),
            pair("authorization_ended", "ended_by", "ended_on"),
            models.CheckConstraint(
                condition=Q(state=State.OFFERED, answered_on=None)
                | (~Q(state=State.OFFERED) & Q(answered_on__isnull=False)),
                name="authorization_answered_once_not_offered",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, ended_on__isnull=False)
                | (~Q(state__in=ENDED) & Q(ended_on=None)),
                name="authorization_ended_when_over",
            ),
            models.CheckConstraint(
                condition=Q(answered_on=None) | Q(answered_on__gte=F("offered_on")),
                name="authorization_offer_first",
            ),
        )

    @property
    def was_granted(self) -> bool:
        return self.state in WAS_GRANTED
