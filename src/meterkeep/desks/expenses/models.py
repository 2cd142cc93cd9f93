from __future__ import annotations

from django.db import models
from django.db.models import Q

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of, pair
from meterkeep.desks.expenses.claim import ClaimantKind, LineKind
from meterkeep.desks.expenses.states import State

ABOUT = ("activity", "budget", "international", "trip")
"""What the Board may have approved beforehand."""
PAPERS = ("itemised", "card", "fuel", "receipt", "evidence")
"""Kinds of paper: a restaurant's own receipt, a card slip, fuel, any other receipt, evidence such as a search for lodging."""


class Claim(models.Model):
    """A Report of Actual Travel Expense from its first line on.

    claimant: a person of the workforce register. subject: what its papers are sealed under in the vault. payee: the paper that says where
    the claimant lives and is reached; nothing of it stands here. draft: the document while it is written. version: of the newest that was
    handed in, 0 for none. filed: the day it was first handed in, from which the time limit counts. report: what the policy says of it, as
    last assessed. approved: cents.
    """

    CLASSIFICATION = classify(
        identifier="id reference subject payee",
        business="claimant kind state draft version filed report began_by began_on verified_by verified_on decided_by decided_on"
        " approved why",
    )

    reference = models.CharField(max_length=20, unique=True)
    claimant = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in ClaimantKind])
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    subject = models.CharField(max_length=32, unique=True)
    payee = models.CharField(max_length=32, blank=True)
    draft = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    filed = models.DateField(null=True)
    report = models.JSONField(null=True)
    began_by = models.CharField(max_length=60)
    began_on = models.DateField()
    verified_by = models.CharField(max_length=60, blank=True)
    verified_on = models.DateField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_on = models.DateField(null=True)
    approved = models.PositiveBigIntegerField(null=True)
    why = models.TextField(blank=True)

    class Meta:
        ordering = ("began_on", "pk")
        constraints = (
            one_of("expense_kind", "kind", ClaimantKind),
            one_of("expense_state", "state", State.values),
            pair("expense_verified", "verified_by", "verified_on"),
            pair("expense_decided", "decided_by", "decided_on"),
            models.CheckConstraint(
                condition=Q(version=0, filed=None) | Q(version__gt=0, filed__isnull=False),
                name="expense_filed_with_a_version",
            ),
            models.CheckConstraint(
                condition=~Q(verified_by=models.F("claimant")), name="expense_verified_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=models.F("claimant")), name="expense_decided_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.APPROVED, State.REFUSED])
                | (
                    Q(approved__isnull=False, verified_on__isnull=False, decided_on__isnull=False)
                    & ~Q(why="")
                ),
                name="expense_decided_for_a_reason",
            ),
        )


class Version(models.Model):
    """What was handed in, as it stood. document: the claim in the form of docs/expenses.md, without what is private. report: what the
    policy said of it that day. sha256: of the document. policy: digest of the documents in force. The database lets no row change."""

    CLASSIFICATION = classify(identifier="id claim", business="number document report sha256 policy by on")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    report = models.JSONField()
    sha256 = models.CharField(max_length=64)
    policy = models.CharField(max_length=64)
    by = models.CharField(max_length=60)
    on = models.DateField()

    class Meta:
        ordering = ("claim", "number")
        constraints = (
            models.UniqueConstraint(fields=("claim", "number"), name="expense_version_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="expense_version_from_one"),
        )


class Line(models.Model):
    """A line of a version, for what is claimed twice. line: its id in the claim. claimed, allowed: cents."""

    CLASSIFICATION = classify(identifier="id version", business="line kind on claimed allowed")

    version = models.ForeignKey(Version, models.PROTECT, related_name="lines")
    line = models.CharField(max_length=60)
    kind = models.CharField(max_length=12)
    on = models.DateField()
    claimed = models.PositiveBigIntegerField()
    allowed = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("version", "pk")
        indexes = (models.Index("on", "kind", "claimed", name="expense_line_again"),)
        constraints = (
            one_of("expense_line_kind", "kind", LineKind),
            models.UniqueConstraint(fields=("version", "line"), name="expense_line_once"),
            models.CheckConstraint(
                condition=Q(allowed__lte=models.F("claimed")), name="expense_line_allowed_of_claimed"
            ),
        )


class Receipt(models.Model):
    """A file. paper: its id in the vault, where the file is sealed. first, last: the versions that it belongs to; last is null for the
    newest. public: the paper of a copy without what is private, made by a person."""

    CLASSIFICATION = classify(
        identifier="id claim paper public",
        business="line kind media size sha256 first last by on public_sha256 public_by public_on",
    )

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="receipts")
    line = models.CharField(max_length=60)
    kind = models.CharField(max_length=12)
    media = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    paper = models.CharField(max_length=32, unique=True)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField(null=True)
    by = models.CharField(max_length=60)
    on = models.DateField()
    public = models.CharField(max_length=32, blank=True)
    public_sha256 = models.CharField(max_length=64, blank=True)
    public_by = models.CharField(max_length=60, blank=True)
    public_on = models.DateField(null=True)

    class Meta:
        ordering = ("claim", "line", "pk")
        constraints = (
            one_of("expense_receipt_kind", "kind", PAPERS),
            pair("expense_receipt_public", "public_by", "public_on"),
        )


class Ruling(models.Model):
    """What a named person decided of a line, "" for the claim as a whole, and why. allowed: cents, null where the policy's amount
    stays. The database lets no row change."""

    CLASSIFICATION = classify(identifier="id claim", business="version line allowed why by on")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="rulings")
    version = models.PositiveIntegerField()
    line = models.CharField(max_length=60, blank=True)
    allowed = models.PositiveBigIntegerField(null=True)
    why = models.TextField()
    by = models.CharField(max_length=60)
    on = models.DateField()

    class Meta:
        ordering = ("claim", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(why=""), name="expense_ruling_says_why"),
            models.UniqueConstraint(fields=("claim", "version", "line"), name="expense_ruling_once"),
        )


class BoardApproval(models.Model):
    """What the Board approved beforehand, as somebody entered it from the minutes. on: the day of the Board's act. claimants: whom it is
    for; empty for anybody."""

    CLASSIFICATION = classify(
        identifier="id reference", business="about what on minutes claimants recorded_by recorded_on"
    )

    reference = models.CharField(max_length=20, unique=True)
    about = models.CharField(max_length=20)
    what = models.TextField()
    on = models.DateField()
    minutes = models.CharField(max_length=120)
    claimants = models.JSONField(default=list)
    recorded_by = models.CharField(max_length=60)
    recorded_on = models.DateField()

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            one_of("expense_approval_about", "about", ABOUT),
            models.CheckConstraint(
                condition=Q(recorded_on__gte=models.F("on")), name="expense_approval_recorded_after"
            ),
        )


class AgencyPayment(models.Model):
    """What another agency paid somebody, from its own public list: whoever sits on two boards may ask both. cents: the amount."""

    CLASSIFICATION = classify(identifier="id", business="agency person on cents recorded_by recorded_on")

    agency = models.CharField(max_length=120)
    person = models.CharField(max_length=60)
    on = models.DateField()
    cents = models.PositiveBigIntegerField()
    recorded_by = models.CharField(max_length=60)
    recorded_on = models.DateField()

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "person", "on", "cents"), name="expense_agency_payment_once"
            ),
        )


class BoardReport(models.Model):
    """The item of a Board meeting that tells of meetings attended at the provider's expense. document: as it was filed."""

    CLASSIFICATION = classify(identifier="id", business="meeting document sha256 by on")

    meeting = models.DateField(unique=True)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    by = models.CharField(max_length=60)
    on = models.DateField()

    class Meta:
        ordering = ("meeting",)


class Reported(models.Model):
    """A claim that a Board meeting has heard of."""

    CLASSIFICATION = classify(identifier="id report claim")

    report = models.ForeignKey(BoardReport, models.PROTECT, related_name="claims")
    claim = models.OneToOneField(Claim, models.PROTECT, related_name="reported")
