"""What this desk tells the gate: whether a use was stated to customers when their data was collected (CIT-24b, CIT-24c).

Every file and every customer carries the day of intake and the documents in force on it. The purpose was stated if the
register of purposes had it on that day; for readings, on the day of every file that may hold some of the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache

from meterkeep.desks.customers import queries as customers_register
from meterkeep.desks.intake import queries
from meterkeep.desks.policies import queries as policies
from meterkeep.gate import CustomerFacts
from meterkeep.gate.request import Request

STATED = "use.as_stated_at_collection"


class CollectionFacts:
    name = "policy-version stamps"

    def facts(self, request: Request, customers: Sequence[str], *, by: str, on: date) -> CustomerFacts:
        if not customers or request.action == "collect":
            return CustomerFacts()

        @cache
        def stated(day: date) -> bool | None:
            return policies.stated(request.purpose, on=day)

        kinds = {element.kind for element in policies.elements() if element.name in request.elements}
        if not kinds:
            return CustomerFacts()
        usage = _of_readings(map(stated, _file_days(request))) if "covered" in kinds else True
        if "customer" not in kinds:
            return CustomerFacts(common=_fact(usage))
        days = customers_register.days_taken_in()
        if len(days) < 2:
            return CustomerFacts(common=_fact(_both(usage, stated(days[0]) if days else None)))
        each = customers_register.taken_in(customers)
        return CustomerFacts(
            exceptions={
                customer: fact
                for customer, day in each.items()
                if (fact := _fact(_both(usage, stated(day) if day else None)))
            }
        )


def _file_days(request: Request) -> list[date]:
    return queries.days_taken_in(since=request.period.start if request.period else None)


def _of_readings(verdicts: Iterable[bool | None]) -> bool | None:
    """True where it was stated whenever a file came in, False where it never was. Of files that came in under documents that
    differ in this, nobody knows without opening them which hold the readings."""
    met = set(verdicts)
    return met.pop() if len(met) == 1 else None


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _fact(stated: bool | None) -> dict[str, bool | int | str]:
    return {} if stated is None else {STATED: stated}
