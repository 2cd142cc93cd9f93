from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from meterkeep.desks.constraints import in_force
from meterkeep.desks.customers.bills import Holder, in_month, next_month
from meterkeep.desks.customers.models import BilledAmount, Customer, ServiceAgreement
from meterkeep.errors import BadInput

ATTRIBUTES = ("zip", "city", "census_tract", "customer_class", "rate_class", "solar")
OPEN = Q(agreements__isnull=False, agreements__end=None)
"""A service agreement whose end is not known."""
_AT_ONCE = 10_000
"""Fewer than the parameters that either database takes in one statement."""


def days_taken_in() -> list[date]:
    """The days on which customers came in, few as imports are."""
    days = Customer.objects.exclude(taken_in=None).order_by("taken_in")
    return list(days.values_list("taken_in", flat=True).distinct())


def taken_in(customers: Sequence[str]) -> dict[str, date | None]:
    """Customer → the day on which their data first came in; None where it was not kept."""
    found: dict[str, date | None] = {}
    for batch in batches(customers):
        found.update(Customer.objects.filter(pk__in=batch).values_list("pk", "taken_in"))
    return found


def count() -> int:
    return Customer.objects.count()


def chain(customer: str) -> str:
    """The customer's name in the log, for the subjects of an event."""
    return chains([customer])[0]


def chains(customers: Sequence[str]) -> list[str]:
    """In the given order. Raises BadInput where one of the ids is no customer's."""
    found: dict[str, str] = {}
    for batch in batches(customers):
        found.update(Customer.objects.filter(pk__in=batch).values_list("pk", "chain"))
    if len(found) < len(set(customers)):
        raise BadInput("There is no such customer.", where="customer", next="Search by an identifier first.")
    return [found[customer] for customer in customers]


def known(customers: Sequence[str]) -> list[str]:
    """Those of the ids that are customers, in the given order."""
    found = {
        pk
        for batch in batches(customers)
        for pk in Customer.objects.filter(pk__in=batch).values_list("pk", flat=True)
    }
    return [customer for customer in customers if customer in found]


def everyone() -> list[str]:
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def matching(attributes: dict[str, str], *, on: date) -> list[str]:
    """Customers with an agreement in force that has all the attributes."""
    if unknown := set(attributes) - set(ATTRIBUTES):
        raise BadInput(
            f"Customers cannot be chosen by {', '.join(sorted(unknown))}.",
            next=f"Choose by {', '.join(ATTRIBUTES)}.",
        )
    meant: dict[str, Any] = dict(attributes)
    if "solar" in meant:
        meant["solar"] = str(meant["solar"]).lower() in {"true", "yes", "1"}
    if "customer_class" in meant:
        meant["customer_class"] = meant["customer_class"].lower()
    agreements = ServiceAgreement.objects.filter(in_force(on), **meant)
    return list(agreements.order_by("customer").values_list("customer", flat=True).distinct())


def agreements_of(customer: str) -> QuerySet[ServiceAgreement]:
    return ServiceAgreement.objects.filter(customer=customer).order_by("start", "pk")


def agreements_between(
    customers: Sequence[str], start: date, end: date
) -> Iterator[tuple[str, int, date | None, date | None]]:
    """(customer, usage point, start, end) of agreements that touch the period, where the usage point is known."""
    for batch in batches(customers):
        rows = ServiceAgreement.objects.filter(
            _touching(start, end), customer__in=batch, usage_point__isnull=False
        )
        yield from rows.order_by("customer", "usage_point", "start").values_list(
            "customer", "usage_point", "start", "end"
        )


def last_ends(customers: Sequence[str]) -> dict[str, date | None]:
    """Customer → the first day on which they had no service agreement any more; None while one is open. Whoever never had an agreement
    counts from the day on which they came in."""
    found: dict[str, date | None] = {}
    for batch in batches(customers):
        rows = Customer.objects.filter(pk__in=batch).annotate(
            last=Max("agreements__end"), still=Count("agreements", filter=OPEN), all=Count("agreements")
        )
        for customer, last, still, number, came in rows.values_list("pk", "last", "still", "all", "taken_in"):
            found[customer] = None if still else last if number else came
    return found


def left_by(day: date) -> list[tuple[str, date]]:
    """(customer, the first day without a service agreement) of those who had left by the day, in the order of leaving."""
    rows = Customer.objects.annotate(
        still=Count("agreements", filter=OPEN), left=Coalesce(Max("agreements__end"), "taken_in")
    )
    return list(rows.filter(still=0, left__lte=day).order_by("left", "pk").values_list("pk", "left"))


def alone_at(customers: Sequence[str]) -> list[int]:
    """Usage points that these customers held and nobody else ever did."""
    theirs: set[int] = set()
    for batch in batches(customers):
        rows = ServiceAgreement.objects.filter(customer__in=batch, usage_point__isnull=False)
        theirs.update(rows.values_list("usage_point", flat=True))
    mine, others = set(customers), set()
    for some in batches(sorted(theirs)):
        rows = ServiceAgreement.objects.filter(usage_point__in=some).values_list("usage_point", "customer")
        others.update(point for point, customer in rows if customer not in mine)
    return sorted(theirs - others)


def held(usage_points: Iterable[int]) -> dict[int | None, list[Holder]]:
    """Usage point → who held it when."""
    found: dict[int | None, list[Holder]] = defaultdict(list)
    for batch in batches(sorted(set(usage_points))):
        rows = ServiceAgreement.objects.filter(usage_point__in=batch).order_by("usage_point", "start")
        for point, *holder in rows.values_list("usage_point", "customer", "start", "end"):
            found[point].append((holder[0], holder[1], holder[2]))
    return found


def billed_between(
    customers: Sequence[str], months: Sequence[date]
) -> Iterator[tuple[str, int, date, int | None]]:
    """(customer, usage point, month, cents) of these months, whose cents are None where a usage point was held and no bill came in."""
    if not months:
        return
    start, end = months[0], next_month(months[-1])
    for batch in batches(customers):
        rows = BilledAmount.objects.filter(customer__in=batch, month__gte=start, month__lt=end)
        amounts: dict[tuple[str, int, date], int | None] = {
            (customer, point, month): cents
            for customer, point, month, cents in rows.values_list("customer", "usage_point", "month", "cents")
        }
        for customer, point, since, until in agreements_between(batch, start, end):
            for month in months:
                if in_month(month, since, until):
                    amounts.setdefault((customer, point, month), None)
        yield from ((*key, amounts[key]) for key in sorted(amounts))


def holders(usage_point: int, start: date, end: date) -> list[str]:
    """Who held the usage point on any day of the half-open period."""
    found = ServiceAgreement.objects.filter(_touching(start, end), usage_point=usage_point)
    return list(found.order_by("customer").values_list("customer", flat=True).distinct())


def attributes(customers: Sequence[str], *, on: date) -> dict[str, tuple[Any, ...]]:
    """Customer → (zip, city, census_tract, customer_class, rate_class, solar) of the agreement in force, else of the last one that was.

    Where several are in force, the one that began last speaks for the customer.
    """
    found: dict[str, tuple[tuple[bool, date, int], tuple[Any, ...]]] = {}
    for batch in batches(customers):
        rows = ServiceAgreement.objects.filter(Q(start=None) | Q(start__lte=on), customer__in=batch)
        for customer, pk, start, end, *values in rows.values_list(
            "customer", "pk", "start", "end", *ATTRIBUTES
        ):
            rank = (end is None or end > on, start or date.min, pk)
            if customer not in found or found[customer][0] < rank:
                found[customer] = (rank, tuple(values))
    return {customer: values for customer, (_, values) in found.items()}


def batches(values: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(values)
    while batch := list(islice(remaining, _AT_ONCE)):
        yield batch


def _touching(start: date, end: date) -> Q:
    return (Q(start=None) | Q(start__lt=end)) & (Q(end=None) | Q(end__gt=start))


def by_policy() -> list[tuple[str, int]]:
    """Digest of the documents in force when they came in → how many."""
    rows = Customer.objects.order_by().values_list("policy").annotate(Count("pk"))
    return list(rows)
