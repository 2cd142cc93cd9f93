"""What can become of an authorization. `TABLE` is the whole of it; docs/desks.md draws it."""

from django.db.models import TextChoices


class State(TextChoices):
    OFFERED = "offered", "Offered"
    GRANTED = "granted", "Granted"
    DECLINED = "declined", "Declined"
    TIMED_OUT = "timed_out", "Timed out"
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer", "Cancelled by the customer"
    ENDED_BY_PROVIDER = "ended_by_provider", "Ended by the provider"
    EXPIRED = "expired", "Expired"


TABLE = {
    State.OFFERED: frozenset({State.GRANTED, State.DECLINED, State.TIMED_OUT}),
    State.GRANTED: frozenset({State.CANCELLED_BY_CUSTOMER, State.ENDED_BY_PROVIDER, State.EXPIRED}),
    State.DECLINED: frozenset(),
    State.TIMED_OUT: frozenset(),
    State.CANCELLED_BY_CUSTOMER: frozenset(),
    State.ENDED_BY_PROVIDER: frozenset(),
    State.EXPIRED: frozenset(),
}
ENDED = (State.CANCELLED_BY_CUSTOMER, State.ENDED_BY_PROVIDER, State.EXPIRED)
WAS_GRANTED = (State.GRANTED, *ENDED)
