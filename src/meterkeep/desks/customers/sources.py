"""What this desk tells the gate: who is a customer, and which usage points they held when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import pyarrow as pa

from meterkeep.desks.customers import queries
from meterkeep.desks.customers.bills import next_month
from meterkeep.gate.request import Period, Subjects

HOLDINGS = pa.schema(
    [("customer", pa.string()), ("usage_point", pa.int32()), ("start", pa.int64()), ("end", pa.int64())]
)
BILLED = pa.schema(
    [("customer", pa.string()), ("usage_point", pa.int32()), ("month", pa.date32()), ("cents", pa.int64())]
)
ATTRIBUTES = pa.schema(
    [
        ("customer", pa.string()),
        *((name, pa.string()) for name in queries.ATTRIBUTES[:-1]),
        ("solar", pa.bool_()),
    ]
)
_NOTHING_KNOWN = (*[""] * (len(queries.ATTRIBUTES) - 1), None)


@dataclass(frozen=True)
class CustomerRegister:
    """zone: the provider's; its civil days bound what a customer held."""

    zone: ZoneInfo

    def select(self, subjects: Subjects, *, on: date) -> list[str]:
        if subjects.customers is not None:
            return queries.known(subjects.customers)
        return queries.matching(dict(subjects.where), on=on) if subjects.where else queries.everyone()

    def chains(self, customers: Sequence[str]) -> list[str]:
        return queries.chains(customers)

    def holdings(self, customers: Sequence[str], period: Period) -> pa.Table:
        """customer, usage_point, start, end (UTC epoch seconds, half-open), clipped to the period and the agreements."""
        rows = [
            (
                customer,
                usage_point,
                _midnight(max(start or period.start, period.start), self.zone),
                _midnight(min(end or period.end, period.end), self.zone),
            )
            for customer, usage_point, start, end in queries.agreements_between(
                customers, period.start, period.end
            )
        ]
        return _table(rows, HOLDINGS)

    def billed(self, customers: Sequence[str], period: Period) -> pa.Table:
        return _table(list(queries.billed_between(customers, whole_months(period))), BILLED)

    def attributes(self, customers: Sequence[str], *, on: date) -> pa.Table:
        found = queries.attributes(customers, on=on)
        return _table(
            [(customer, *found.get(customer, _NOTHING_KNOWN)) for customer in customers], ATTRIBUTES
        )


def whole_months(period: Period) -> list[date]:
    """First days of the months that lie in the period."""
    first = period.start if period.start.day == 1 else next_month(period.start.replace(day=1))
    found = []
    while next_month(first) <= period.end:
        found.append(first)
        first = next_month(first)
    return found


@lru_cache(maxsize=20_000)
def _midnight(day: date, zone: ZoneInfo) -> int:
    """The instant at which the civil day begins."""
    return int(datetime.combine(day, time(), zone).timestamp())


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
