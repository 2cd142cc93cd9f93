"""What the documents in force say of collections: amounts in cents, times in days, and how the days are counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meterkeep.errors import Undetermined
from meterkeep.policy import Pack

DOCUMENT = "CEA-05"
"""The document whose form these terms have; a pack of another provider that adopts it keeps its clause ids."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`letter_over`: letters above it. `first_day`, `second_day`: days past due from which each letter is due.
    `second_stays`: whether the second letter stays due after its day. `still_above`: whether it needs the amount still.
    `from_referral`: whether collection begins with the referral, else with the first letter. `without_letter`: what is
    said of a referral that no letter went before: warn, letter_first or freely."""

    letter_over: int
    first_day: int
    second_day: int
    second_stays: bool
    still_above: bool
    referral_from: int
    write_off_to: int
    credit_days: int
    from_referral: bool
    without_letter: str
    legal_from: int
    wait_days: int
    dispute_days: int | None
    sue_years: int
    obsolete_years: int


def terms_of(pack: Pack, on: date) -> Terms:
    """Raises Undetermined where the pack has no document on collections in force on the date."""
    document = next((one for one in pack.documents if one.id == DOCUMENT), None)
    if document is None or not document.in_force(on):
        raise Undetermined(
            f"{pack.name} has no document on collections in force on {on}.",
            where=pack.id,
            next="Adopt one, or ask as of a day on which one is in force.",
        )

    def figure(name: str) -> int:
        return pack.figure(f"collections.{name}", on).value

    return Terms(
        letter_over=figure("letter_over_cents"),
        first_day=figure("first_letter_after_days") + pack.holds("11.5-b is day_after"),
        second_day=figure("second_letter_at_days"),
        second_stays=pack.holds("11.5-c is on_or_after"),
        still_above=pack.holds("11.5-d is still_above"),
        referral_from=figure("referral_from_cents"),
        write_off_to=figure("write_off_up_to_cents"),
        credit_days=figure("credit_report_after_days"),
        from_referral=pack.holds("11.5-e is referral"),
        without_letter=pack.interpretations["11.9"].ruling,
        legal_from=figure("legal_action_from_cents"),
        wait_days=law_figure(pack, "wait_before_reporting_days", on) or 0,
        dispute_days=law_figure(pack, "dispute_days", on),
        sue_years=figure("limitation_years"),
        obsolete_years=figure("obsolete_years"),
    )


def law_figure(pack: Pack, name: str, on: date) -> int | None:
    """A figure of the law layer; None on a day before that law was in force."""
    parameter = pack.parameters.get(f"collections.{name}")
    figure = parameter.at(on) if parameter else None
    return figure.value if figure else None
