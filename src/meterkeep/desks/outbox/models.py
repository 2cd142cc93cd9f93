from django.db import models
from django.db.models.functions import Now

from meterkeep.desks.classification import classify


class OutboxEvent(models.Model):
    """An act of a desk, written in the act's own transaction. `index` is its place in the log, null until it is there.

    at: when it was recorded, by the database's clock. on: the date it takes effect. subjects: chain ids of customers.
    """

    CLASSIFICATION = classify(identifier="subjects", business="id name at on actor detail index")

    id = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=60)
    at = models.DateTimeField(db_default=Now())
    on = models.DateField()
    actor = models.CharField(max_length=60)
    subjects = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    index = models.BigIntegerField(null=True, unique=True)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(condition=models.Q(index__gte=0), name="outbox_index_not_negative"),
            models.CheckConstraint(condition=~models.Q(actor=""), name="outbox_actor_named"),
        )
        indexes = (models.Index("at", "id", condition=models.Q(index=None), name="outbox_waiting"),)
