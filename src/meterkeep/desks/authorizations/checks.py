from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from meterkeep.desks.authorizations.models import Authorization, Mechanism
from meterkeep.desks.authorizations.states import TABLE, State
from meterkeep.desks.parties import queries as parties
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.state_table import check_move
from meterkeep.errors import BadInput, Refused
from meterkeep.gate.request import is_customer

SIMPLICITY = {Mechanism.WEB: 0, Mechanism.PHONE: 1, Mechanism.PAPER: 2}
"""The lower, the less a customer has to do."""


def check_offer(
    *, party: str, purposes: Sequence[str], elements: Sequence[str], mechanism: str, on: date
) -> None:
    if parties.party(party) is None:
        raise BadInput(
            "Nobody of this id is in the party register.", where="party", next="Record the party first."
        )
    if not purposes or not elements:
        raise BadInput("An authorization names at least one purpose and one data element.")
    _check_known("purpose register", purposes, {purpose.code for purpose in policies.purposes(on)})
    _check_known("data catalogue", elements, {element.name for element in policies.elements()})
    check_mechanism(mechanism)


def check_period(start: date | None, end: date | None, *, what: str) -> None:
    if start is not None and end is not None and end <= start:
        raise BadInput(
            f"The {what} ends before it starts.", where=what, next="Its end is the day after the last."
        )


def check_mechanism(mechanism: str) -> None:
    if mechanism not in Mechanism.values:
        raise BadInput(
            f"There is no way “{mechanism}”.", next=f"Choose one of {', '.join(Mechanism.values)}."
        )


def check_own(authorization: Authorization, *, by: str) -> None:
    """Granting, declining and cancelling are the customer's; staff may pass on what came on paper or by telephone."""
    if authorization.mechanism == Mechanism.WEB and by != authorization.customer:
        raise Refused("On the web, only the customer answers.", next="Ask the customer to sign in.")
    if is_customer(by) and by != authorization.customer:
        raise Refused("This authorization is another customer's.")


def check_answerable(authorization: Authorization, *, new: State, by: str) -> None:
    check_move(TABLE, authorization.state, new, thing="authorization")
    check_own(authorization, by=by)


def check_cancellable(authorization: Authorization, *, mechanism: str) -> None:
    """By the mechanism by which it was given, or a simpler one (CEA-04 6.10)."""
    check_move(TABLE, authorization.state, State.CANCELLED_BY_CUSTOMER, thing="authorization")
    if mechanism not in Mechanism.values:
        raise BadInput(
            f"There is no way “{mechanism}”.", next=f"Choose one of {', '.join(Mechanism.values)}."
        )
    if SIMPLICITY[Mechanism(mechanism)] > SIMPLICITY[Mechanism(authorization.mechanism)]:
        raise Refused(
            f"It was given {Mechanism(authorization.mechanism).label.lower()}, and nothing harder may be asked to cancel it.",
            next="Cancel it the way it was given.",
        )


def can_cancel(authorization: Authorization, *, mechanism: str) -> bool:
    try:
        check_cancellable(authorization, mechanism=mechanism)
    except Refused:
        return False
    return True


def check_endable(authorization: Authorization, *, why: str) -> None:
    check_move(TABLE, authorization.state, State.ENDED_BY_PROVIDER, thing="authorization")
    if not why.strip():
        raise BadInput("Ending a customer's authorization needs a reason.", where="why")


def _check_known(register: str, named: Sequence[str], known: set[str]) -> None:
    if unknown := set(named) - known:
        raise BadInput(
            f"Not in the {register}: {', '.join(sorted(unknown))}.",
            next=f"It has {', '.join(sorted(known))}.",
        )
