"""What the travel policy in force on a day says: amounts in cents, shares in ppm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meterkeep.errors import Undetermined
from meterkeep.policy import Pack

DOCUMENT = "CEA-01"


@dataclass(frozen=True, slots=True)
class Terms:
    """gratuity_on_top: interpretation 11.6. everyone_reports: 11.7. federal_table: 11.8."""

    meal: int
    meal_gratuity: int
    fare_gratuity: int
    other_gratuity: int
    bag: int
    long_term_over_hours: int
    report_days: int
    gratuity_on_top: bool
    everyone_reports: bool
    federal_table: bool


def begins(pack: Pack) -> date:
    """The day from which the travel policy is in force. Raises Undetermined where the pack has none."""
    for document in pack.documents:
        if document.id == DOCUMENT:
            return document.effective
    raise Undetermined(
        f"{pack.name} has adopted no travel policy.",
        where=pack.id,
        next="Name a pack that has with --provider.",
    )


def terms_of(pack: Pack, on: date) -> Terms:
    """on: a day on which the policy is in force."""

    def figure(name: str) -> int:
        return pack.figure(f"expenses.{name}", on).value

    return Terms(
        meal=figure("meal_cents"),
        meal_gratuity=figure("meal_gratuity_ppm"),
        fare_gratuity=figure("fare_gratuity_ppm"),
        other_gratuity=figure("other_gratuity_ppm"),
        bag=figure("bag_cents"),
        long_term_over_hours=figure("long_term_parking_over_hours"),
        report_days=figure("report_within_days"),
        gratuity_on_top=pack.holds("11.6 is on_top"),
        everyone_reports=pack.holds("11.7 is everyone"),
        federal_table=pack.holds("11.8 is gsa_table"),
    )


def percent(ppm: int) -> str:
    return f"{ppm / 10_000:g} %"


def share(cents: int, ppm: int) -> int:
    """The largest whole number of cents that is at most this share."""
    return cents * ppm // 1_000_000
