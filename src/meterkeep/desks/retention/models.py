from __future__ import annotations

from django.db import models
from django.db.models import Q

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of, ordered, pair
from meterkeep.policy.language.retaining import RECORDS


class Kind(models.TextChoices):
    """Why something is kept although its time is over; each is a fact that clauses ask for."""

    LEGAL = "legal", "Legal hold"
    LAW = "law", "A law asks for it"
    NEEDED = "needed", "Still needed"


class Hold(models.Model):
    """Somebody's act: what is not destroyed, why, and until when. It beats the schedule.

    record: one class of records, "" for all. everyone: of every customer; else of those named. until: the first day on which it no longer
    holds by itself; null until it is lifted.
    """

    CLASSIFICATION = classify(
        identifier="id reference",
        business="kind record everyone why placed_by placed_on until lifted_by lifted_on lifted_why",
    )

    reference = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    record = models.CharField(max_length=20, blank=True)
    everyone = models.BooleanField(default=False)
    why = models.TextField()
    placed_by = models.CharField(max_length=60)
    placed_on = models.DateField()
    until = models.DateField(null=True)
    lifted_by = models.CharField(max_length=60, blank=True)
    lifted_on = models.DateField(null=True)
    lifted_why = models.TextField(blank=True)

    class Meta:
        ordering = ("placed_on", "pk")
        constraints = (
            one_of("hold_kind", "kind", Kind.values),
            one_of("hold_record", "record", ("", *RECORDS)),
            ordered("hold_period", start="placed_on", end="until"),
            pair("hold_lifted", "lifted_by", "lifted_on"),
            models.CheckConstraint(condition=~Q(why=""), name="hold_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_on=None, lifted_why="") | (Q(lifted_on__isnull=False) & ~Q(lifted_why="")),
                name="hold_lifted_for_a_reason",
            ),
        )


class HeldCustomer(models.Model):
    """customer: the vault's id."""

    CLASSIFICATION = classify(identifier="id hold customer")

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="customers")
    customer = models.CharField(max_length=32, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("hold", "customer"), name="held_once"),)


class Place(models.Model):
    """A folder outside the home in which files about customers may lie: a watched folder, or one that exports go to."""

    CLASSIFICATION = classify(business="id path since by")

    path = models.TextField(unique=True)
    since = models.DateField()
    by = models.CharField(max_length=60)

    class Meta:
        ordering = ("path",)


class State(models.TextChoices):
    DUE = "due", "Under way"
    DONE = "done", "Destroyed"
    STOPPED = "stopped", "Not destroyed"


class Lot(models.Model):
    """What one act of destruction is about, from its planning on: a process that dies leaves it to be carried on.

    record: the class of records. customers: ids, for as long as it is under way; number: how many they are. start, end: civil days,
    of readings and files. on: the day that it was last asked for. facts: what the schedule said of them, its figures and clauses. found: counts and
    digests of what was there before it was begun. certificate: of what was destroyed.
    sha256: of the certificate's file. stopped: why nothing was destroyed.
    """

    CLASSIFICATION = classify(
        identifier="id reference customers",
        business="record number start end facts why by on state found certificate sha256 stopped",
    )

    reference = models.CharField(max_length=20, unique=True)
    record = models.CharField(max_length=20)
    customers = models.JSONField(default=list)
    number = models.PositiveIntegerField(default=0)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    facts = models.JSONField(default=dict)
    why = models.TextField()
    by = models.CharField(max_length=60)
    on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    found = models.JSONField(default=dict)
    certificate = models.JSONField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    stopped = models.TextField(blank=True)

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            one_of("lot_record", "record", RECORDS),
            one_of("lot_state", "state", State.values),
            ordered("lot_period"),
            models.CheckConstraint(
                condition=Q(state=State.DUE)
                | Q(state=State.DONE, certificate__isnull=False)
                | Q(state=State.STOPPED, certificate=None),
                name="lot_done_with_a_certificate",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.STOPPED) & ~Q(stopped=""))
                | (~Q(state=State.STOPPED) & Q(stopped="")),
                name="lot_stopped_for_a_reason",
            ),
        )
