from django.db import models
from django.db.models import Q

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of, pair
from meterkeep.desks.disclosures.states import DECIDED, State


class DataRequest(models.Model):
    """A request on the worklist, and what was decided of it: the decision as it was printed, with every fact and its source.

    request: a gate's Request as JSON. permitted, left_out: for how many customers it holds, and for how many not.
    """

    CLASSIFICATION = classify(
        identifier="id reference",
        covered="request facts",
        business="state due_on asked_by asked_on decision sources permitted left_out decided_by decided_on"
        " fulfilled_by fulfilled_on policy closed_by closed_on closed_why",
    )

    reference = models.CharField(max_length=20, unique=True)
    request = models.JSONField()
    state = models.CharField(max_length=20, choices=State, default=State.RECEIVED)
    due_on = models.DateField(null=True)
    asked_by = models.CharField(max_length=60)
    asked_on = models.DateField()
    policy = models.CharField(max_length=64, blank=True)  # digest of the documents in force when it was asked
    decision = models.JSONField(null=True)
    facts = models.JSONField(default=dict)
    sources = models.JSONField(default=dict)
    permitted = models.PositiveIntegerField(null=True)
    left_out = models.PositiveIntegerField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_on = models.DateField(null=True)
    fulfilled_by = models.CharField(max_length=60, blank=True)
    fulfilled_on = models.DateField(null=True)
    closed_by = models.CharField(max_length=60, blank=True)
    closed_on = models.DateField(null=True)
    closed_why = models.TextField(blank=True)

    class Meta:
        ordering = ("-asked_on", "-pk")
        constraints = (
            one_of("request_state", "state", State.values),
            pair("request_asked", "asked_by", "asked_on"),
            pair("request_decided", "decided_by", "decided_on"),
            pair("request_fulfilled", "fulfilled_by", "fulfilled_on"),
            pair("request_closed", "closed_by", "closed_on"),
            models.CheckConstraint(
                condition=~Q(state__in=(*DECIDED, State.FULFILLED)) | Q(decided_on__isnull=False),
                name="request_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=State.FULFILLED, fulfilled_on__isnull=False)
                | (~Q(state=State.FULFILLED) & Q(fulfilled_on=None)),
                name="request_fulfilled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_on__isnull=False)
                | (~Q(state=State.CLOSED) & Q(closed_on=None)),
                name="request_closed_by_somebody",
            ),
        )


class SecrecyOrder(models.Model):
    """That law keeps something from the customers it concerns until a day: who ordered it, under which clause, and why.

    entry: the position in the log of what is withheld; null where the order goes with a request, and all that is logged under it.
    digest: of salt and basis together, as the log has it; the basis itself stands only here.
    """

    CLASSIFICATION = classify(
        identifier="id reference",
        covered="basis salt",
        business="until clause digest entry ordered_by ordered_on",
    )

    reference = models.CharField(max_length=20, unique=True)
    until = models.DateField()
    clause = models.CharField(max_length=60)
    basis = models.TextField()
    salt = models.CharField(max_length=32)
    digest = models.CharField(max_length=64, unique=True)
    entry = models.BigIntegerField(null=True)
    ordered_by = models.CharField(max_length=60)
    ordered_on = models.DateField()

    class Meta:
        ordering = ("ordered_on", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(basis=""), name="secrecy_has_basis"),
            models.CheckConstraint(condition=~Q(clause=""), name="secrecy_has_clause"),
            models.CheckConstraint(condition=~Q(ordered_by=""), name="secrecy_ordered_by_somebody"),
        )
