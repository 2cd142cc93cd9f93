"""What can become of a release. A withdrawn one that was public stays in every later audit: it cannot be unread."""

from django.db.models import TextChoices


class State(TextChoices):
    """disputed: two reviewers decided differently, so that a third person decides, or it is planned again."""

    PLANNED = "planned", "Planned"
    DISPUTED = "disputed", "Disputed"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


TABLE = {
    State.PLANNED: frozenset({State.APPROVED, State.REFUSED, State.DISPUTED, State.WITHDRAWN}),
    State.DISPUTED: frozenset({State.APPROVED, State.REFUSED, State.WITHDRAWN}),
    State.APPROVED: frozenset({State.PUBLISHED, State.WITHDRAWN}),
    State.REFUSED: frozenset(),
    State.PUBLISHED: frozenset({State.WITHDRAWN}),
    State.WITHDRAWN: frozenset(),
}
