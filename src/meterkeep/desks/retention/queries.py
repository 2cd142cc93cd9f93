from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.db.models import Q, QuerySet

from meterkeep.desks.customers import queries as customers
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.retention.models import HeldCustomer, Hold, Lot, Place, State
from meterkeep.desks.retention.schedule import Term, schedule
from meterkeep.errors import BadInput

CUSTOMER = "customer"
DESTRUCTION = "F20"
"""The function of clauses on how records are destroyed."""


def terms(on: date) -> tuple[Term, ...]:
    """The schedule of the documents in force on the day."""
    return schedule(policies.pack_in_force(on), on)


def duties(on: date) -> dict[str, str]:
    """Clause → what has to be done before or while records are destroyed, in the documents' words as we put them."""
    pack = policies.pack_in_force(on)
    found = (
        [clause for clause in pack.clauses if clause.function == DESTRUCTION and clause.duties]
        if pack
        else []
    )
    return {
        clause.id: " ".join(duty.do for duty in clause.duties) for clause in found if clause.kind == "duty"
    }


def holds() -> QuerySet[Hold]:
    """All that were ever placed, oldest first."""
    return Hold.objects.all()


def hold(reference: str) -> Hold | None:
    return Hold.objects.filter(reference=reference).first()


def in_force(on: date) -> QuerySet[Hold]:
    """Those that have by the day neither been lifted nor run out. One placed later counts too: no day in the past is before a hold."""
    return Hold.objects.filter(Q(until=None) | Q(until__gt=on), Q(lifted_on=None) | Q(lifted_on__gt=on))


def about(record: str, *, on: date) -> QuerySet[Hold]:
    """Those in force that keep records of this class. Whatever is held of a customer holds all of them, since they go as a whole;
    and who is held as a whole keeps readings and files."""
    return in_force(on) if record == CUSTOMER else in_force(on).filter(record__in=("", CUSTOMER, record))


def held(record: str, among: Iterable[str] | None = None, *, on: date) -> dict[str, list[Hold]]:
    """Customer → the holds that name them and keep records of this class. among: None where all are asked about."""
    found: dict[str, list[Hold]] = {}
    asked = None if among is None else set(among)
    named = HeldCustomer.objects.filter(hold__in=about(record, on=on)).select_related("hold")
    for row in named.order_by("customer", "hold"):
        if asked is None or row.customer in asked:
            found.setdefault(row.customer, []).append(row.hold)
    return found


def holding_everyone(record: str, *, on: date) -> list[Hold]:
    return list(about(record, on=on).filter(everyone=True))


def customers_of(one: Hold) -> int:
    """How many customers the hold is about."""
    return customers.count() if one.everyone else one.customers.count()


def places() -> list[Path]:
    """Folders outside the home in which files about customers may lie."""
    return [Path(place.path) for place in Place.objects.all()]


def place(path: Path) -> Place:
    found = Place.objects.filter(path__in=(str(path), str(path.resolve()))).first()
    if found is None:
        raise BadInput(
            "This folder is not on the list.", where=str(path), next="See `meterkeep retention places`."
        )
    return found


def lots() -> QuerySet[Lot]:
    return Lot.objects.all()


def under_way() -> QuerySet[Lot]:
    """Destructions that were begun and have not come to their end."""
    return Lot.objects.filter(state=State.DUE)


def lot(reference: str) -> Lot | None:
    return Lot.objects.filter(reference=reference).first()


def named_in(reference: str) -> list[str]:
    """Ids of the customers whom a hold names. Raises BadInput where there is no such hold."""
    found = hold(reference)
    if found is None:
        raise BadInput(f"There is no hold {reference}.", next="See `meterkeep retention holds`.")
    return list(found.customers.order_by("customer").values_list("customer", flat=True))
