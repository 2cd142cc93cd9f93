from __future__ import annotations

from datetime import date

from meterkeep.desks.disclosures.models import DataRequest
from meterkeep.desks.disclosures.states import TABLE, State
from meterkeep.desks.state_table import check_move
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Refused
from meterkeep.gate.request import Request, is_customer


def check_request(request: Request) -> None:
    """The rest is for the documents to decide; what makes no sense at all does not reach them."""
    if not request.purpose or not request.elements:
        raise BadInput("A request names a purpose and at least one data element.")
    if request.action == "disclose" and not request.recipient:
        raise BadInput(
            "A disclosure names its recipient.", where="recipient", next="Give the id of a registered party."
        )
    if request.period and request.period.end <= request.period.start:
        raise BadInput(
            "The period ends before it starts.", where="period", next="Its end is the day after the last."
        )


def check_move_to(request: DataRequest, new: State) -> None:
    check_move(TABLE, request.state, new, thing="request")


def can_move_to(request: DataRequest, new: State) -> bool:
    try:
        check_move_to(request, new)
    except Refused:
        return False
    return True


def check_member(by: str, *, on: date) -> None:
    """A permitted disclosure passes through somebody's hands, and no clause asks whose."""
    if workforce.person(by, on=on) is None:
        raise Refused(
            "Only members of the workforce carry out a disclosure.",
            where="by",
            next="Give the id of somebody who is in the workforce register today.",
        )


def check_secrecy(*, clause: str, basis: str, by: str, on: date) -> None:
    """Law is kept by somebody in particular, for a reason that can be shown to a judge later."""
    if workforce.person(by, on=on) is None:
        raise Refused(
            "Only members of the workforce withhold what the log says.",
            where="by",
            next="Give the id of somebody who is in the workforce register today.",
        )
    if not clause.strip() or " " in clause or len(clause) > 60:
        raise BadInput(
            "The clause that keeps it secret is named by its id.",
            where="clause",
            next="Such as CEA-04/6.5-d.",
        )
    if not basis.strip():
        raise BadInput(
            "Withholding needs its legal basis.", where="basis", next="Say which order or law asks for it."
        )


def check_secrecy_until(until: date, *, on: date) -> None:
    if until <= on:
        raise BadInput(
            "The day until which it is withheld has come already.", where="until", next="Give a later day."
        )


def check_closing(request: DataRequest, *, why: str) -> None:
    check_move_to(request, State.CLOSED)
    if not why.strip():
        raise BadInput("Closing a request needs a reason.", where="why")


def check_own(customer: str, *, by: str) -> None:
    if is_customer(by) and by != customer:
        raise Refused(
            "This is another customer's usage.", next="Look at your own, or ask them to share it with you."
        )


def usage_point_number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise BadInput(
            "A usage point is named by its number in the store, never by an identifier.",
            where="usage_point",
            next="`meterkeep ingest` prints the numbers, for a file that is stored already too.",
        )
    return int(text)


def check_held(holders: list[str], *, start: date, end: date) -> None:
    if not holders:
        raise BadInput(
            f"Nobody is known to have held this usage point between {start} and {end}, so nobody's usage can be shown.",
            where="usage_point",
            next="Import the customers and their service agreements: meterkeep customers import FILE.csv",
        )
