"""Lodging (CEA-01 5.9): the conference's group rate, else the government's, else the community's federal rate."""

from __future__ import annotations

from decimal import Decimal

from meterkeep.desks.expenses.case import Case
from meterkeep.desks.expenses.claim import Line
from meterkeep.desks.expenses.findings import Sheet
from meterkeep.desks.expenses.reasons import say


def lodging(sheet: Sheet, case: Case) -> None:
    """quantity: nights, of the trip where it does not say. details, each for a night: group_rate, where it was available
    at booking; government_rate; community_rate, the federal one ("standard" for a community that the table does not
    list). government_rate_requested; none_near: nobody near offered that rate at booking."""
    line = case.line
    trip_nights = case.claim.trip.nights if case.claim.trip else None
    if trip_nights == 0:
        sheet.refuse("CEA-01/5.9-a", say("day_trip"))
        return
    nights = line.quantity if line.quantity is not None else trip_nights
    if nights is None:
        sheet.without(
            "CEA-01/5.9-a",
            f"{line.id}: nights",
            say("nights_unsaid"),
        )
        return
    if trip_nights is not None and nights > trip_nights:
        sheet.decide("CEA-01/5.9-a", say("nights", nights=str(nights), most=trip_nights))
        nights = trip_nights
    nights = Decimal(nights)
    if (group := line.details.cents("group_rate")) is not None:
        most = int(group * nights)
        if sheet.price <= most:
            sheet.allow("CEA-01/5.9.1", say("lodging_within", most=most))
        sheet.cut_price(most, "CEA-01/5.9.1", say("group_rate", most=most))
        return
    _asked(sheet, line)
    _by_rate(sheet, case, nights)


def _asked(sheet: Sheet, line: Line) -> None:
    asked = line.details.flag("government_rate_requested")
    if asked is None and line.details.cents("government_rate") is None:
        sheet.miss(
            "CEA-01/5.9-b",
            f"{line.id}: was the government rate asked for",
            say("government_rate_unsaid"),
        )
    elif asked is False:
        sheet.decide("CEA-01/5.9-b", say("government_rate_not_asked"))


def _by_rate(sheet: Sheet, case: Case, nights: Decimal) -> None:
    line = case.line
    government = line.details.cents("government_rate")
    clause = "CEA-01/5.9-d" if government is None else "CEA-01/5.9-c"
    rate = government if government is not None else _community(case)
    if rate is None:
        sheet.without(
            clause,
            f"{line.id}: a rate for the community",
            say("lodging_rate_unsaid"),
        )
        return
    most = int(rate * nights)
    if sheet.price <= most:
        sheet.allow(clause, say("lodging_within", most=most))
    elif line.details.flag("none_near") and case.claim.approved(about="activity", before=line.on):
        sheet.allow(
            "CEA-01/5.9-e",
            say("none_near"),
        )
    else:
        sheet.cut_price(most, clause, say("lodging_above", most=most))


def _community(case: Case) -> int | None:
    line = case.line
    if line.details.content.get("community_rate") != "standard":
        return line.details.cents("community_rate")
    rate = case.rates.at("lodging", line.on) if case.terms.federal_table else None
    return None if rate is None else int(rate.dollars * 100)
