"""Getting there (CEA-01 5.4 to 5.8, 5.12): own car, taxi, aeroplane, rented car, parking, tolls."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from meterkeep.desks.expenses.case import Case
from meterkeep.desks.expenses.claim import Line, Trip
from meterkeep.desks.expenses.findings import Sheet
from meterkeep.desks.expenses.reasons import say
from meterkeep.desks.expenses.terms import percent, share

_MILES = frozenset({"", "mi", "mile", "miles"})
_ECONOMY = frozenset({"", "economy", "coach", "basic economy"})


def mileage(sheet: Sheet, case: Case) -> None:
    """quantity: miles. By the rate of the day of travel, to the nearest cent."""
    line = case.line
    if line.quantity is None or line.unit not in _MILES:
        sheet.without("CEA-01/5.5-a", f"{line.id}: miles driven", say("miles_unsaid"))
        return
    if (rate := case.rates.at("mileage", line.on)) is None:
        sheet.without(
            "CEA-01/5.5-a",
            f"{line.id}: the IRS rate of {line.on}",
            say("no_rate", on=line.on),
        )
        return
    most = by_the_mile(line.quantity, rate.dollars)
    if line.amount is None:
        sheet.price, sheet.claimed = most, most + line.gratuity
    reason = say("miles", miles=f"{line.quantity:f}", rate=str(rate.dollars), source=rate.source, most=most)
    if sheet.allowed <= most:
        sheet.allow("CEA-01/5.5-a", reason)
    sheet.cut_to(most, "CEA-01/5.5-a", reason)


def by_the_mile(miles: Decimal, dollars: Decimal) -> int:
    """Cents, to the nearest."""
    return int((miles * dollars * 100).quantize(Decimal(1), ROUND_HALF_UP))


def taxi(sheet: Sheet, case: Case) -> None:
    tip = share(sheet.price, case.terms.fare_gratuity)
    rate = percent(case.terms.fare_gratuity)
    reason = say("fare_gratuity", share=rate, base=sheet.price, most=tip)
    sheet.cut_tip(tip, "CEA-01/5.8", reason)


def airfare(sheet: Sheet, case: Case) -> None:
    """details: program_fare, the local governments' fare for the route; justification of a dearer one; class."""
    line = case.line
    justified = bool(line.details.text("justification"))
    if line.details.text("class").casefold() not in _ECONOMY and not justified:
        sheet.decide("CEA-01/5.4", say("class"))
    _presumed(
        sheet,
        line,
        "CEA-01/5.6",
        line.details.cents("program_fare"),
        "fare",
    )


def car_rental(sheet: Sheet, case: Case) -> None:
    """quantity: days. details: state_rate, the State's rate for a day."""
    line = case.line
    for paper, what in (("itemised", "itemised receipt"), ("fuel", "receipts for fuel")):
        if paper not in line.receipts:
            sheet.miss("CEA-01/5.7-b", f"{line.id}: {what}", say(f"rental_{paper}"))
    rate = line.details.cents("state_rate")
    days = line.quantity if line.quantity is not None else 1
    _presumed(sheet, line, "CEA-01/5.7-a", None if rate is None else int(rate * days), "rental")


def toll(sheet: Sheet, case: Case) -> None:
    """Bridge and road tolls are paid at cost, in addition to mileage."""


def parking(sheet: Sheet, case: Case) -> None:
    """quantity: days. details: airport; lot, long_term or short_term; long_term_rate, for a day.

    Parking elsewhere than at an airport has no rule of its own.
    """
    line = case.line
    lot = line.details.text("lot").casefold().replace("-", "_").replace(" ", "_")
    if line.details.flag("airport") is False or lot == "long_term":
        return
    longer = _longer_than(case.claim.trip, case.terms.long_term_over_hours)
    if longer is False:
        return
    if longer is None:
        sheet.miss("CEA-01/5.12", "trip: times of start and end", say("parking_times"))
    elif not lot:
        sheet.miss("CEA-01/5.12", f"{line.id}: long-term or short-term parking", say("parking_lot"))
    elif (rate := line.details.cents("long_term_rate")) is None or line.quantity is None:
        sheet.decide(
            "CEA-01/5.12",
            say("parking_unknown"),
        )
    else:
        most = int(rate * line.quantity)
        reason = say("parking", hours=case.terms.long_term_over_hours, most=most)
        sheet.cut_price(most, "CEA-01/5.12", reason)


def _presumed(sheet: Sheet, line: Line, clause: str, benchmark: int | None, offer: str) -> None:
    """offer: whose it is, fare or rental. At or below the benchmark it is presumed reasonable. Above, a person decides on a justification; without one the rest is cut."""
    if benchmark is None:
        sheet.decide(clause, say(f"{offer}_unsaid"))
    elif sheet.price <= benchmark:
        sheet.allow(clause, say(f"{offer}_within", most=benchmark))
    elif line.details.text("justification"):
        sheet.decide(clause, say(f"{offer}_justified", most=benchmark))
    else:
        sheet.cut_price(benchmark, clause, say(f"{offer}_above", most=benchmark))


def _longer_than(trip: Trip | None, hours: int) -> bool | None:
    """None where the claim does not say it: two days alone do not tell an hour."""
    if trip is None or trip.start is None or trip.end is None:
        return None
    if isinstance(trip.start, datetime) and isinstance(trip.end, datetime):
        return (trip.end - trip.start).total_seconds() > hours * 3600
    nights = trip.nights or 0
    if nights * 24 + 24 <= hours:
        return False
    return True if (nights - 1) * 24 >= hours else None
