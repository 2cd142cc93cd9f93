from django.db import models
from django.db.models import Q

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import ordered, pair


class Person(models.Model):
    """A member of the workforce: staff, board, member agency's staff or a contractor's user. display: name of the role."""

    CLASSIFICATION = classify(business="id display role start end")

    id = models.SlugField(max_length=60, primary_key=True)
    display = models.CharField(max_length=100)
    role = models.CharField(max_length=60)
    start = models.DateField()
    end = models.DateField(null=True)

    class Meta:
        constraints = (ordered("person_period"),)


class Assignment(models.Model):
    """An authorised need to know: for which purposes, from when to when."""

    CLASSIFICATION = classify(business="id person purposes start end")

    person = models.ForeignKey(Person, models.PROTECT, related_name="assignments")
    purposes = models.JSONField(default=list)
    start = models.DateField()
    end = models.DateField(null=True)

    class Meta:
        constraints = (ordered("assignment_period"),)


class Training(models.Model):
    """valid_until: the first day on which it no longer counts."""

    CLASSIFICATION = classify(business="id person module on valid_until")

    person = models.ForeignKey(Person, models.PROTECT, related_name="trainings")
    module = models.CharField(max_length=100)
    on = models.DateField()
    valid_until = models.DateField()

    class Meta:
        constraints = (ordered("training_period", start="on", end="valid_until"),)


class Acknowledgement(models.Model):
    """A person's signature under one edition of a document, the department head's, and the filing (CEA-02, last page)."""

    CLASSIFICATION = classify(business="id person document edition on head head_on filed_by filed_on")

    person = models.ForeignKey(Person, models.PROTECT, related_name="acknowledgements")
    document = models.CharField(max_length=60)
    edition = models.CharField(max_length=64)
    on = models.DateField()
    head = models.CharField(max_length=60, blank=True)
    head_on = models.DateField(null=True)
    filed_by = models.CharField(max_length=60, blank=True)
    filed_on = models.DateField(null=True)

    class Meta:
        constraints = (
            pair("acknowledgement_head", "head", "head_on"),
            pair("acknowledgement_filing", "filed_by", "filed_on"),
            models.CheckConstraint(
                condition=Q(filed_on=None) | Q(head_on__isnull=False), name="acknowledgement_filed_after_head"
            ),
            models.UniqueConstraint(fields=("person", "document", "edition"), name="acknowledgement_once"),
        )
