"""What can become of a request for data. It may be decided again until it is fulfilled or closed, for facts change."""

from django.db.models import TextChoices


class State(TextChoices):
    RECEIVED = "received", "Received"
    PERMITTED = "permitted", "Permitted"
    REFUSED = "refused", "Refused"
    UNDETERMINED = "undetermined", "Undetermined"
    FULFILLED = "fulfilled", "Fulfilled"
    CLOSED = "closed", "Closed"


DECIDED = (State.PERMITTED, State.REFUSED, State.UNDETERMINED)
OPEN = (State.RECEIVED, *DECIDED)
TABLE = {
    State.RECEIVED: frozenset({*DECIDED, State.CLOSED}),
    State.PERMITTED: frozenset({*DECIDED, State.FULFILLED, State.CLOSED}),
    State.REFUSED: frozenset({*DECIDED, State.CLOSED}),
    State.UNDETERMINED: frozenset({*DECIDED, State.CLOSED}),
    State.FULFILLED: frozenset(),
    State.CLOSED: frozenset(),
}
OF_OUTCOME = {"permit": State.PERMITTED, "refuse": State.REFUSED, "undetermined": State.UNDETERMINED}
