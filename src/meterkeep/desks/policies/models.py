from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of, ordered
from meterkeep.policy.language.adoption import KINDS, SIGNED

models.CharField.register_lookup(Length)


VOTES = ("ayes", "noes", "absent", "abstain")


class PackCopy(models.Model):
    """The files of a pack as they were adopted, the law beneath included: what decides, whatever becomes of the folder.

    digest: over the files. files: `PACK/NAME` → text. The database lets no row be changed.
    """

    CLASSIFICATION = classify(public="digest pack files")

    digest = models.CharField(max_length=64, primary_key=True)
    pack = models.SlugField(max_length=40)
    files = models.JSONField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(digest__length=64), name="pack_copy_known_by_digest"),
        )


class AdoptionAct(models.Model):
    """The act that brings a pack into force: a resolution, an entry in a manual, a notice, a statute, an archived text.

    until: the day on which the next act takes effect. pack_digest: of what decides. record_digest: of the record as it
    was given, which the log keeps too. recitals, sections: [{"says", "id", "on"}]. operational_on: since when customers
    are served. authoritative: false where what was read says that another text is.
    """

    CLASSIFICATION = classify(
        public="id kind number title body adopted_on effective_on until meeting_on item pages from_whom to_whom legal_basis"
        " recitals sections ayes noes absent abstain members result detached operational_on source_file source_lines"
        " authoritative note pack pack_digest copy record_digest on",
        business="by",
    )

    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=300, blank=True)
    body = models.CharField(max_length=120, blank=True)
    adopted_on = models.DateField()
    effective_on = models.DateField(unique=True)
    until = models.DateField(null=True)
    meeting_on = models.DateField(null=True)
    item = models.CharField(max_length=40, blank=True)
    pages = models.CharField(max_length=40, blank=True)
    from_whom = models.CharField(max_length=120, blank=True)
    to_whom = models.CharField(max_length=120, blank=True)
    legal_basis = models.JSONField(default=list)
    recitals = models.JSONField(default=list)
    sections = models.JSONField(default=list)
    ayes = models.PositiveSmallIntegerField(default=0)
    noes = models.PositiveSmallIntegerField(default=0)
    absent = models.PositiveSmallIntegerField(default=0)
    abstain = models.PositiveSmallIntegerField(default=0)
    members = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(max_length=20, blank=True)
    detached = models.BooleanField(default=False)
    operational_on = models.DateField(null=True)
    source_file = models.CharField(max_length=120, blank=True)
    source_lines = models.CharField(max_length=40, blank=True)
    authoritative = models.BooleanField(default=True)
    note = models.TextField(blank=True)
    pack = models.SlugField(max_length=40)
    pack_digest = models.CharField(max_length=64)
    copy = models.ForeignKey(PackCopy, models.PROTECT, related_name="acts")
    record_digest = models.CharField(max_length=64)
    by = models.CharField(max_length=60)
    on = models.DateField()

    class Meta:
        ordering = ("-effective_on",)
        constraints = (
            one_of("act_kind", "kind", KINDS),
            ordered("act_period", start="effective_on", end="until"),
            models.CheckConstraint(condition=Q(effective_on__gte=F("adopted_on")), name="act_before_effect"),
            models.CheckConstraint(condition=~Q(by=""), name="act_by_somebody"),
            models.CheckConstraint(
                condition=Q(ayes=0, noes=0, absent=0, abstain=0) | Q(ayes__gt=F("noes")), name="act_carried"
            ),
            models.CheckConstraint(
                condition=Q(members=0) | Q(members__gte=F("ayes") + F("noes") + F("absent") + F("abstain")),
                name="act_no_more_votes_than_members",
            ),
            models.CheckConstraint(
                condition=Q(members=0)
                | Q(ayes=0)
                | Q(members__lt=2 * (F("ayes") + F("noes") + F("abstain"))),
                name="act_with_a_quorum",
            ),
        )


class Ballot(models.Model):
    """One name of the roll call. These are officials who voted in public, as the act's own record names them."""

    CLASSIFICATION = classify(public="id act name vote")

    act = models.ForeignKey(AdoptionAct, models.PROTECT, related_name="ballots")
    name = models.CharField(max_length=100)
    vote = models.CharField(max_length=10)

    class Meta:
        ordering = ("pk",)
        constraints = (
            one_of("ballot_vote", "vote", VOTES),
            models.UniqueConstraint(fields=("act", "name"), name="ballot_once"),
            models.CheckConstraint(condition=~Q(name=""), name="ballot_named"),
        )


class Signature(models.Model):
    """document: "" where the act itself is signed. state: signed, illegible, or missing where the line is empty."""

    CLASSIFICATION = classify(public="id act document role name on state")

    act = models.ForeignKey(AdoptionAct, models.PROTECT, related_name="signatures")
    document = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=120)
    name = models.CharField(max_length=100, blank=True)
    on = models.DateField(null=True)
    state = models.CharField(max_length=10)

    class Meta:
        ordering = ("pk",)
        constraints = (
            one_of("signature_state", "state", SIGNED),
            models.CheckConstraint(condition=~Q(state="signed") | ~Q(name=""), name="signature_by_somebody"),
        )


class Attachment(models.Model):
    """sha256: of the file that is kept; "" where none is, which is a finding."""

    CLASSIFICATION = classify(public="id act title sha256")

    act = models.ForeignKey(AdoptionAct, models.PROTECT, related_name="attachments")
    title = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(condition=Q(sha256="") | Q(sha256__length=64), name="attachment_digest"),
        )


class Adoption(models.Model):
    """One version of one document: its executable form (digest), its dates, and its header block as printed.

    act: null only in rows from before acts were kept. pages_said, pages_run: 0 where nobody said or counted.
    """

    CLASSIFICATION = classify(
        public="id act pack document digest resolution adopted_on effective_on until title subject number supersedes"
        " staff_contact pages_said pages_run aliases anchor",
        business="by",
    )

    act = models.ForeignKey(AdoptionAct, models.PROTECT, related_name="documents", null=True)
    pack = models.SlugField(max_length=40)
    document = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    resolution = models.CharField(max_length=200, blank=True)
    adopted_on = models.DateField()
    effective_on = models.DateField()
    until = models.DateField(null=True)
    title = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=60, blank=True)
    supersedes = models.CharField(max_length=60, blank=True)
    staff_contact = models.CharField(max_length=100, blank=True)
    pages_said = models.PositiveSmallIntegerField(default=0)
    pages_run = models.PositiveSmallIntegerField(default=0)
    aliases = models.JSONField(default=list)
    anchor = models.CharField(max_length=40, blank=True)
    by = models.CharField(max_length=60)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("document", "effective_on"), name="adoption_once_a_day"),
            models.CheckConstraint(
                condition=Q(effective_on__gte=F("adopted_on")), name="adoption_before_effect"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("effective_on")),
                name="adoption_ends_after_it_begins",
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
            models.UniqueConstraint(fields=("code",), condition=Q(end=None), name="purpose_registered_once"),
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
            models.CheckConstraint(condition=~Q(signed_by="") & ~Q(reason=""), name="interpretation_signed"),
        )


class UseApproval(models.Model):
    """A reasoned approval of a use that the documents leave to one (CEA-03 5.1: a purpose outside the examples): from the day on, whoever
    may use information for the purpose may use these elements for it. It opens nothing to anybody outside, and sends nothing."""

    CLASSIFICATION = classify(public="id purpose elements why on signed_by until")

    purpose = models.SlugField(max_length=60)
    elements = models.JSONField()
    why = models.TextField()
    on = models.DateField()
    signed_by = models.CharField(max_length=60)
    until = models.DateField(null=True)

    class Meta:
        ordering = ("on", "pk")
        constraints = (
            ordered("use_approval_period", start="on", end="until"),
            models.CheckConstraint(condition=~Q(signed_by="") & ~Q(why=""), name="use_approval_signed"),
        )
