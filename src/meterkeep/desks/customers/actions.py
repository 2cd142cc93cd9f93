from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypedDict

from django.db import transaction

from meterkeep.desks.customers import queries
from meterkeep.desks.customers.agreements import WRITTEN, Batch
from meterkeep.desks.customers.bills import Bill, bills, holder_of
from meterkeep.desks.customers.models import BilledAmount, Customer, ServiceAgreement
from meterkeep.desks.customers.queries import batches
from meterkeep.desks.customers.rows import Row, read_lines, row_of
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.gate import Gate
from meterkeep.gate.intake import SEVERAL, Enrolment
from meterkeep.ledger.names import EventName

_AT_ONCE = 5_000


class Rejected(TypedDict):
    line: int
    why: str


class Stamp(NamedTuple):
    """The day on which rows come in, and the digest of the documents in force on it."""

    on: date
    policy: str


class Imported(TypedDict):
    imported: int
    rejected: list[Rejected]


@transaction.atomic
def import_customers(
    path: Path,
    *,
    gate: Gate,
    by: str,
    on: date,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Imported:
    """Takes in a customers file; bad lines are named and the rest goes on. The same file again changes nothing.

    Lines with one customer_id are one legal customer with several agreements. progress: told (lines done, lines).
    """
    total = sum(1 for _ in read_lines(path))
    rejected: list[Rejected] = []
    done = 0
    stamp = Stamp(on, policies.version(on))
    with gate.enrol(by=by, on=on, count=total) as enrolment:
        for rows in _batches(_good_rows(path, rejected)):
            done += _take_in(rows, enrolment, rejected, stamp)
            progress(done + len(rejected), total)
    record(
        Event(
            name=EventName.CUSTOMERS_TAKEN_IN,
            by=by,
            on=on,
            detail={"imported": done, "rejected": len(rejected)},
        )
    )
    return {"imported": done, "rejected": sorted(rejected, key=lambda bad: bad["line"])}


@transaction.atomic
def import_bills(path: Path, *, gate: Gate, by: str, on: date) -> Imported:
    """Takes in what was billed, by usage point and month; bad lines are named and the rest goes on. A later file's amount stands in the
    place of an earlier one's; the same file again changes nothing."""
    rejected: list[tuple[int, str]] = []
    stamp, done, seen = Stamp(on, policies.version(on)), 0, set[tuple[str, int, date]]()
    with gate.enrol(by=by, on=on, count=sum(1 for _ in bills(path, [])), bills=True) as enrolment:
        good = bills(path, rejected)
        while some := list(islice(good, _AT_ONCE)):
            done += _take_in_bills(some, enrolment, rejected, stamp, seen)
    counts = {"bills": done, "rejected": len(rejected)}
    record(Event(name=EventName.BILLS_TAKEN_IN, by=by, on=on, detail=counts))
    return {"imported": done, "rejected": [{"line": line, "why": why} for line, why in sorted(rejected)]}


def _take_in_bills(
    some: list[Bill],
    enrolment: Enrolment,
    rejected: list[tuple[int, str]],
    stamp: Stamp,
    seen: set[tuple[str, int, date]],
) -> int:
    """Writes the batch's good lines and says how many they were."""
    points = enrolment.known_points(list(dict.fromkeys(bill.usage_point for bill in some)))
    customers = enrolment.known(list(dict.fromkeys(bill.customer for bill in some if bill.customer)))
    held = queries.held(points.values())
    new = []
    for bill in some:
        point = points.get(bill.usage_point)
        try:
            customer = holder_of(bill, held.get(point, ()), customers)
        except ValueError as reason:
            rejected.append((bill.line, str(reason)))
            continue
        if (customer, point, bill.month) in seen:
            rejected.append((bill.line, "this month of the usage point stands in the file already"))
            continue
        seen.add((customer, point, bill.month))
        new.append(
            BilledAmount(
                customer_id=customer,
                usage_point=point,
                month=bill.month,
                cents=bill.cents,
                taken_in=stamp.on,
                policy=stamp.policy,
            )
        )
    BilledAmount.objects.bulk_create(
        new,
        update_conflicts=True,
        unique_fields=["customer", "usage_point", "month"],
        update_fields=["cents", "taken_in", "policy"],
    )
    return len(new)


@transaction.atomic
def destroy_bills(*, customers: Iterable[str], before: date | None = None, by: str, on: date) -> int:
    """Deletes what these customers were billed, all of it or of the months before the one of the day; how many amounts."""
    gone = 0
    for batch in queries.batches(customers):
        rows = BilledAmount.objects.filter(customer__in=batch)
        gone += (rows.filter(month__lt=before.replace(day=1)) if before else rows).delete()[0]
    if gone:
        record(Event(name=EventName.BILLS_DESTROYED, by=by, on=on, detail={"bills": gone}))
    return gone


@transaction.atomic
def forget(*, customers: Iterable[str], by: str, on: date) -> int:
    """Deletes these customers and all that is kept by customer here; how many they were. Their names in the log stay there, and lead to nobody."""
    gone = 0
    for batch in batches(customers):
        for relation in Customer._meta.related_objects:
            relation.related_model.objects.filter(**{f"{relation.field.name}__in": batch}).delete()
        gone += Customer.objects.filter(pk__in=batch).delete()[0]
    if gone:
        told = {"desk": "customers", "records": gone}
        record(Event(name=EventName.RECORDS_FORGOTTEN, by=by, on=on, detail=told))
    return gone


def _good_rows(path: Path, rejected: list[Rejected]) -> Iterator[Row]:
    for line, cells in read_lines(path):
        try:
            yield row_of(line, cells)
        except ValueError as reason:
            rejected.append({"line": line, "why": str(reason)})


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, _AT_ONCE)):
        yield batch


def _take_in(rows: list[Row], enrolment: Enrolment, rejected: list[Rejected], stamp: Stamp) -> int:
    """Writes the batch's good lines and says how many they were. The vault is written before our own rows, so that
    after a crash the same file finds the customers again instead of making new ones."""
    references = list(dict.fromkeys(row.reference for row in rows))
    ids = dict(zip(references, enrolment.find_or_new(references), strict=True))
    points = _usage_points(rows, enrolment)
    batch = Batch(customers=ids.values(), usage_points=set(points.values()))
    good = []
    for row in rows:
        try:
            batch.enter(row, customer=ids[row.reference], usage_point=points.get(row.line))
            good.append(row)
        except ValueError as reason:
            rejected.append({"line": row.line, "why": str(reason)})
    enrolment.write(_identities(good, ids))
    _write({ids[row.reference] for row in good}, batch, stamp)
    return len(good)


def _usage_points(rows: list[Row], enrolment: Enrolment) -> dict[int, int]:
    """Line → usage point, for the lines that name one."""
    named = [row for row in rows if row.usage_point]
    numbers = enrolment.usage_points([(row.usage_point,) for row in named])
    # The usage points are known by now, so this adds their meters' numbers; a meter that is known stays where it was.
    enrolment.usage_points([(row.usage_point, row.meter) for row in named if row.meter])
    return {row.line: number for row, number in zip(named, numbers, strict=True)}


def _identities(rows: Iterable[Row], ids: dict[str, str]) -> dict[str, dict[str, str]]:
    """What the lines say of each customer, several values of one field as lines of it, in the order met."""
    said: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        for field, value in {"customer_ref": row.reference, **row.identity}.items():
            said[ids[row.reference]][field][value] = None
    return {
        customer: {
            field: "\n".join(values) if field in SEVERAL else [*values][-1]
            for field, values in fields.items()
        }
        for customer, fields in said.items()
    }


def _write(customers: set[str], batch: Batch, stamp: Stamp) -> None:
    known = set(Customer.objects.filter(pk__in=customers).values_list("pk", flat=True))
    Customer.objects.bulk_create(
        Customer(id=customer, chain=secrets.token_hex(16), taken_in=stamp.on, policy=stamp.policy)
        for customer in sorted(customers - known)
    )
    for agreement in batch.new:
        agreement.policy = stamp.policy
    ServiceAgreement.objects.bulk_create(batch.new)
    ServiceAgreement.objects.bulk_create(
        batch.changed.values(), update_conflicts=True, unique_fields=["pk"], update_fields=WRITTEN
    )
