"""What this desk tells the gate, customer by customer: the authorization that speaks best for the request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from meterkeep.desks.authorizations import queries
from meterkeep.desks.authorizations.models import Authorization
from meterkeep.desks.authorizations.states import State
from meterkeep.gate import CustomerFacts
from meterkeep.gate.request import FactValue, Period, Request


class AuthorizationFacts:
    name = "authorizations"

    def facts(self, request: Request, customers: Sequence[str], *, by: str, on: date) -> CustomerFacts:
        given: dict[str, list[dict[str, FactValue]]] = defaultdict(list)
        for authorization in queries.given_by(customers, on=on):
            given[authorization.customer].append(_facts(authorization, request, on=on))
        best = {customer: max(each, key=_speaks_for_it) for customer, each in given.items()}
        return CustomerFacts(common={"authorization.given": False}, exceptions=best)


def _facts(authorization: Authorization, request: Request, *, on: date) -> dict[str, FactValue]:
    papers = {
        "authorization.written": authorization.written,
        "authorization.separate": authorization.separate,
        "authorization.incentive": authorization.incentive,
    }
    return {
        "authorization.given": True,
        "authorization.names_recipient": authorization.party == request.recipient,
        "authorization.names_purpose": request.purpose in authorization.purposes,
        "authorization.covers_elements": set(request.elements) <= set(authorization.elements),
        "authorization.in_period": _in_period(authorization, request.period, on=on),
        "authorization.cancelled": _over(authorization, on, State.CANCELLED_BY_CUSTOMER),
        **{name: value for name, value in papers.items() if value is not None},
    }


def _in_period(authorization: Authorization, asked: Period | None, *, on: date) -> bool:
    """The date lies within the authorization, and the readings asked for within those that it covers."""
    if on < authorization.start or (authorization.end and on >= authorization.end):
        return False
    if _over(authorization, on, State.ENDED_BY_PROVIDER):
        return False
    if asked is None:  # then no readings are asked for: the gate gives none without a period
        return True
    begins = authorization.data_start is None or authorization.data_start <= asked.start
    ends = authorization.data_end is None or asked.end <= authorization.data_end
    return begins and ends


def _over(authorization: Authorization, on: date, state: State) -> bool:
    return (
        authorization.state == state and authorization.ended_on is not None and authorization.ended_on <= on
    )


def _speaks_for_it(facts: dict[str, FactValue]) -> tuple[bool, ...]:
    """The right recipient first, then what else a clause asks for, so that the best of several authorizations counts."""
    wanted = ("names_recipient", "names_purpose", "in_period", "covers_elements", "written", "separate")
    return (
        facts["authorization.names_recipient"] is True,
        facts["authorization.cancelled"] is False,
        *(facts.get(f"authorization.{name}") is True for name in wanted[1:]),
    )
