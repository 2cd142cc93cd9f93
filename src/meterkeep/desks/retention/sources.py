"""What this desk tells the gate of records that somebody wants destroyed, or kept: the facts `record.*`.

A hold, a law, a schedule and an open debt speak; what none of them says stays unknown. Whoever declares that something stands in the way is
believed: the desk never says that it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from meterkeep.desks.customers import queries as customers
from meterkeep.desks.retention import debts, queries
from meterkeep.desks.retention.models import Hold, Kind
from meterkeep.desks.retention.schedule import Term
from meterkeep.gate.request import Facts, Request
from meterkeep.gate.sources import CustomerFacts

READINGS = frozenset({"interval_usage"})
FACT = {
    Kind.LEGAL: "record.hold",
    Kind.LAW: "record.law_requires_keeping",
    Kind.NEEDED: "record.still_needed",
}
IN_THE_WAY = {"record.hold": True, "record.law_requires_keeping": True, "record.still_needed": True}
"""What stands in the way of a destruction when it is declared."""


class RetentionFacts:
    name = "retention schedule and holds"

    def facts(self, request: Request, customers: Sequence[str], *, by: str, on: date) -> CustomerFacts:
        if request.action not in ("destroy", "retain"):
            return CustomerFacts()
        record = "readings" if READINGS.issuperset(request.elements) else "customer"
        term = next((one for one in queries.terms(on) if one.record == record), None)
        ages = _ages(record, term, request, customers)
        general = queries.holding_everyone(record, on=on)
        common = _under(general, {**_no_holds(term), **ages.common})
        held = queries.held(record, customers, on=on)
        exceptions = {
            customer: _under(
                [*general, *held.get(customer, [])], {**common, **ages.exceptions.get(customer, {})}
            )
            for customer in {*held, *ages.exceptions}
        }
        end = request.period.end if request.period else None
        for customer in debts.needed(record, customers, end=end, on=on):
            exceptions[customer] = {**exceptions.get(customer, common), FACT[Kind.NEEDED]: True}
        return _believing(request, CustomerFacts(common, exceptions))


def _no_holds(term: Term | None) -> Facts:
    """Where a schedule is in force, holds and laws are entered here, so one that is not here is none."""
    return {"record.hold": False, **({"record.law_requires_keeping": False} if term else {})}


def _under(holds: Sequence[Hold], facts: Facts) -> Facts:
    return {**facts, **{FACT[Kind(hold.kind)]: True for hold in holds}}


def _ages(record: str, term: Term | None, request: Request, whom: Sequence[str]) -> CustomerFacts:
    """How old the records are: readings by the end of the period, everything of a customer by the end of the last agreement."""
    if term is None:
        return CustomerFacts()
    if record == "readings":
        return CustomerFacts(aged(term, request.period.end) if request.period else {})
    ends = customers.last_ends(whom)
    return CustomerFacts({}, {customer: aged(term, end) for customer, end in ends.items()})


def aged(term: Term, day: date | None) -> Facts:
    """Of records of this day; None for those that are not over, such as a customer's who is served."""
    if day is None:
        return {
            "record.still_needed": True,
            "record.past_ceiling": False,
            "record.floor_reached": term.floor is None,
        }
    past, reached = term.past(day), term.reached(day)
    facts: dict[str, bool] = {}
    if reached is not None:
        facts["record.floor_reached"] = reached
    if past is not None:
        facts["record.past_ceiling"] = past
    if past:
        facts["record.still_needed"] = False
    return facts


def _believing(request: Request, found: CustomerFacts) -> CustomerFacts:
    said = [name for name, value in IN_THE_WAY.items() if request.declared.get(name) is value]
    if request.declared.get("record.floor_reached") is False:
        said.append("record.floor_reached")

    def without(facts: Facts) -> Facts:
        return {name: value for name, value in facts.items() if name not in said}

    return CustomerFacts(
        without(found.common), {customer: without(facts) for customer, facts in found.exceptions.items()}
    )
