from django.db import models

from meterkeep.desks.state_table import Table


class State(models.TextChoices):
    DRAFT = "draft", "Being written"
    SUBMITTED = "submitted", "Handed in"
    RETURNED = "returned", "Given back"
    VERIFIED = "verified", "Verified"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


TABLE: Table = {
    State.DRAFT: {State.SUBMITTED, State.WITHDRAWN},
    State.SUBMITTED: {State.VERIFIED, State.RETURNED, State.WITHDRAWN},
    State.RETURNED: {State.SUBMITTED, State.WITHDRAWN},
    State.VERIFIED: {State.APPROVED, State.REFUSED, State.RETURNED},
    State.APPROVED: set(),
    State.REFUSED: set(),
    State.WITHDRAWN: set(),
}

WRITABLE = frozenset({State.DRAFT, State.RETURNED})
"""In which the claimant changes it."""
STANDING = frozenset({State.SUBMITTED, State.RETURNED, State.VERIFIED, State.APPROVED})
"""In which what it claims may not be claimed once more."""
