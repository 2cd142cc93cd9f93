"""What can become of a release. A withdrawn one that was public stays in every later audit: it cannot be unread."""

from django.db.models import TextChoices


class State(TextChoices):
    PLANNED = "planned", "Planned"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


TABLE = {
    State.PLANNED: frozenset({State.APPROVED, State.WITHDRAWN}),
    State.APPROVED: frozenset({State.PUBLISHED, State.WITHDRAWN}),
    State.PUBLISHED: frozenset({State.WITHDRAWN}),
    State.WITHDRAWN: frozenset(),
}
