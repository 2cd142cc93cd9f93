from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from django.db.models import Count, QuerySet

from meterkeep.desks.authorizations.models import Authorization
from meterkeep.desks.authorizations.states import WAS_GRANTED, State

_AT_ONCE = 10_000


def of_customer(customer: str) -> QuerySet[Authorization]:
    """Newest first; the portal's "Who may see my data"."""
    return Authorization.objects.filter(customer=customer)


def by_reference(reference: str) -> Authorization | None:
    return Authorization.objects.filter(reference=reference).first()


def to_party(party: str) -> QuerySet[Authorization]:
    return Authorization.objects.filter(party=party)


def run_out(on: date) -> QuerySet[Authorization]:
    return Authorization.objects.filter(state=State.GRANTED, end__lte=on)


def unanswered(on: date) -> QuerySet[Authorization]:
    """Offers whose time is over."""
    return Authorization.objects.filter(state=State.OFFERED, end__lte=on)


def given_by(customers: Sequence[str], *, on: date) -> Iterator[Authorization]:
    """Every authorization that the customers had given by the date, whatever became of it since."""
    given = Authorization.objects.filter(state__in=WAS_GRANTED, answered_on__lte=on).order_by("pk")
    meant = iter(customers)
    while batch := list(islice(meant, _AT_ONCE)):
        yield from given.filter(customer__in=batch)


def by_policy() -> list[tuple[str, int]]:
    """Digest of the documents in force when they came in → how many."""
    rows = Authorization.objects.order_by().values_list("policy").annotate(Count("pk"))
    return list(rows)
