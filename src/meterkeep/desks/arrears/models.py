"""The ledger of overdue accounts. Rows are added, never changed (the migration sees to it); whatever an account's state is on a day
follows from them. Money is in cents. They go only with the customer's own records."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from meterkeep.desks.arrears.kinds import CLOSES, DECIDED, HOLDS, WITH_PARTY, ActKind, FileKind, PostingKind
from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of


class Account(models.Model):
    """A utility account on which something was overdue once.

    reference: our own name for it, in files, pages and the log. customer: the vault's id. digest: the vault's keyed hash of the account
    number, by which a later file's line finds it again; the number itself stands in the vault alone.
    """

    CLASSIFICATION = classify(identifier="id reference customer digest", business="since")

    reference = models.CharField(max_length=20, unique=True)
    customer = models.CharField(max_length=32, db_index=True)
    digest = models.CharField(max_length=32, unique=True)
    since = models.DateField()

    class Meta:
        ordering = ("reference",)


class Import(models.Model):
    """A file that was taken in, once: its bytes are known by their digest.

    as_of: the day that the file tells of. cents_in = cents_kept + cents_rejected. rejects: [[line, rule, cents or null]].
    """

    CLASSIFICATION = classify(
        identifier="id reference sha256",
        business="kind format mapping as_of by on at lines kept rejected cents_in cents_kept cents_rejected rejects policy",
    )

    reference = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=FileKind)
    sha256 = models.CharField(max_length=64, unique=True)
    format = models.CharField(max_length=10)
    mapping = models.CharField(max_length=40, blank=True)
    as_of = models.DateField()
    by = models.CharField(max_length=60)
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    lines = models.PositiveIntegerField()
    kept = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    cents_in = models.BigIntegerField()
    cents_kept = models.BigIntegerField()
    cents_rejected = models.BigIntegerField()
    rejects = models.JSONField(default=list)
    policy = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            one_of("arrears_import_kind", "kind", FileKind.values),
            models.CheckConstraint(
                condition=Q(cents_in=F("cents_kept") + F("cents_rejected")), name="arrears_no_cent_lost"
            ),
            models.CheckConstraint(condition=Q(lines=F("kept") + F("rejected")), name="arrears_no_line_lost"),
        )


class Act(models.Model):
    """Something that was done or happened on an account, on a day.

    by: who did it, or who entered it. why: the reason of whoever decided. party: the agency's id in the register of parties, or the credit bureau's.
    answers: the act that this one ends. cents: what was referred, written off or reported. sha256: of the letter or file that
    went out. detail: of a payment plan {"instalments": [[day, cents], …]}.
    """

    CLASSIFICATION = classify(
        identifier="id reference account answers file sha256",
        covered="kind on why cents detail party",
        business="by at clause policy",
    )

    reference = models.CharField(max_length=20, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=20, choices=ActKind)
    on = models.DateField()
    by = models.CharField(max_length=60)
    at = models.DateTimeField(db_default=Now())
    why = models.TextField(blank=True)
    party = models.CharField(max_length=60, blank=True)
    answers = models.OneToOneField("self", models.PROTECT, null=True, related_name="ended_by")
    cents = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    file = models.ForeignKey(Import, models.PROTECT, null=True, related_name="acts")
    detail = models.JSONField(default=dict)
    clause = models.CharField(max_length=40, blank=True)
    policy = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            one_of("arrears_act_kind", "kind", ActKind.values),
            models.CheckConstraint(condition=~Q(by=""), name="arrears_act_by_somebody"),
            models.CheckConstraint(
                condition=Q(kind__in=list(CLOSES), answers__isnull=False)
                | (~Q(kind__in=list(CLOSES)) & Q(answers=None)),
                name="arrears_act_ends_another",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=sorted({*DECIDED, *HOLDS, *CLOSES})) | ~Q(why=""),
                name="arrears_act_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=sorted(WITH_PARTY)) | ~Q(party=""), name="arrears_act_with_party"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=sorted(DECIDED)) | Q(cents__gt=0), name="arrears_act_of_an_amount"
            ),
        )
        indexes = (models.Index("kind", "on", name="arrears_act_kind_on"),)


class Posting(models.Model):
    """An amount on an account. cents: above zero is owed, below zero takes off. due: the bill's due date.

    What a report states replaces, from its day on, all that was stated or posted before; what is billed, paid or adjusted comes on top.
    """

    CLASSIFICATION = classify(
        identifier="id account file act", covered="kind on due cents", business="line by at"
    )

    account = models.ForeignKey(Account, models.PROTECT, related_name="postings")
    kind = models.CharField(max_length=12, choices=PostingKind)
    on = models.DateField()
    due = models.DateField(null=True)
    cents = models.BigIntegerField()
    file = models.ForeignKey(Import, models.PROTECT, null=True, related_name="postings")
    line = models.PositiveIntegerField(null=True)
    act = models.OneToOneField(Act, models.PROTECT, null=True, related_name="posting")
    by = models.CharField(max_length=60)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            one_of("arrears_posting_kind", "kind", PostingKind.values),
            models.CheckConstraint(
                condition=~Q(kind__in=[PostingKind.STATED, PostingKind.BILLED])
                | Q(due__isnull=False)
                | Q(cents__lte=0),
                name="arrears_owed_since_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(kind=PostingKind.WRITTEN_OFF) | Q(cents__lt=0, act__isnull=False),
                name="arrears_written_off_by_an_act",
            ),
            models.CheckConstraint(
                condition=Q(file=None, line=None) | Q(file__isnull=False, line__isnull=False),
                name="arrears_posting_from_a_line",
            ),
        )


class DueStep(models.Model):
    """A step that an account had reached by a day, entered by a run: what letters and the worklist go by. No run reads it; it follows from the ledger.

    name: of `steps.StepName`. due: the day from which it is due.
    """

    CLASSIFICATION = classify(
        identifier="id account", covered="name due reason", business="clause by on at policy"
    )

    account = models.ForeignKey(Account, models.PROTECT, related_name="steps")
    name = models.CharField(max_length=30)
    clause = models.CharField(max_length=40)
    due = models.DateField()
    reason = models.TextField()
    by = models.CharField(max_length=60)
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    policy = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("due", "pk")
        constraints = (
            models.UniqueConstraint(fields=("account", "name", "due"), name="arrears_step_entered_once"),
            models.CheckConstraint(condition=Q(on__gte=F("due")), name="arrears_step_entered_when_due"),
        )


class AgencyCheck(models.Model):
    """What was seen of a collection agency's licence on a day; the last check speaks. licence: its number. until: the first day on which it no
    longer holds; null where the register gives no end. source: where it was looked up."""

    CLASSIFICATION = classify(business="id party licence until source by on at")

    party = models.SlugField(max_length=60, db_index=True)
    licence = models.CharField(max_length=60)
    until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    by = models.CharField(max_length=60)
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(licence=""), name="arrears_licence_has_a_number"),
            models.CheckConstraint(condition=~Q(source=""), name="arrears_licence_was_looked_up"),
        )


class KeptEntry(models.Model):
    """What the books keep of a write-off whose customer's records were destroyed: no account, no reason, nobody.

    reference: of the act that it was. by: who decided.
    """

    CLASSIFICATION = classify(business="id reference on cents by clause policy")

    reference = models.CharField(max_length=20, unique=True)
    on = models.DateField()
    cents = models.BigIntegerField()
    by = models.CharField(max_length=60)
    clause = models.CharField(max_length=40)
    policy = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(cents__gt=0), name="arrears_kept_entry_of_an_amount"),
        )
