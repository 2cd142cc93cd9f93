"""The fields of an expense claim on a page: which kinds of line ask for what, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

KINDS = {
    "meal": _("Meal"),
    "mileage": _("Own car, by the mile"),
    "taxi": _("Taxi, shuttle or ride share"),
    "lodging": _("Hotel"),
    "airfare": _("Flight"),
    "car_rental": _("Rented car"),
    "baggage": _("Baggage help"),
    "parking": _("Parking"),
    "toll": _("Toll"),
    "phone": _("Phone or internet"),
    "registration": _("Registration fee"),
    "other": _("Something else"),
}
CLAIMANTS = {
    "official": _("Elected or appointed official"),
    "committee": _("Committee member"),
    "employee": _("Employee"),
    "contractor": _("Independent contractor"),
    "volunteer": _("Volunteer"),
}
ACTIVITIES = {
    "government representatives": _("Speak with people in government about a policy the Board adopted"),
    "conference or seminar": _("Conference, seminar or training"),
    "organization meeting": _("Meeting of a group whose work affects us"),
    "recognition of service": _("Honor someone for their service"),
    "agency event": _("Our own event"),
    "other": _("Something else"),
}
PAPERS = {
    "itemised": _("Itemized receipt"),
    "card": _("Card slip"),
    "fuel": _("Fuel receipt"),
    "receipt": _("Other receipt"),
    "evidence": _("Proof, such as a search for rooms"),
}
OUTCOMES = {
    "allow": (_("Paid"), "good"),
    "cut": (_("Cut"), "open"),
    "refuse": (_("Not paid"), "bad"),
    "decide": (_("A person decides"), "open"),
    "missing": (_("Something is missing"), "open"),
}
STATES = {
    "draft": (_("Being written"), "plain"),
    "submitted": (_("Handed in"), "open"),
    "returned": (_("Given back"), "open"),
    "verified": (_("Verified"), "open"),
    "approved": (_("Approved"), "good"),
    "refused": (_("Refused"), "bad"),
    "withdrawn": (_("Withdrawn"), "plain"),
}


@dataclass(frozen=True)
class Asked:
    """form: money, text, flag or choice. choices: value → words."""

    name: str
    label: Any
    form: str = "text"
    choices: Mapping[str, Any] | None = None


_JUSTIFICATION = Asked("justification", _("Why a dearer one was needed"))
_WHAT = Asked("what", _("What it was"))
NATURES = {
    "personal": _("Personal"),
    "political": _("Political"),
    "charitable": _("Charitable"),
    "family": _("For my family"),
    "entertainment": _("Entertainment"),
    "own_car": _("My own car, such as repairs or a fine"),
    "fuel": _("Fuel"),
    "loss": _("Something I lost"),
    "agency_card": _("Paid with a card of the agency"),
}
"""What is never paid (CEA-01 5.2, 5.14), so that whoever claims it hears it at once."""
DETAILS: dict[str, tuple[Asked, ...]] = {
    "meal": (
        Asked("alcohol", _("Alcohol in it ($)"), "money"),
        Asked("legislator", _("With a legislator?"), "flag"),
        Asked("whose_meals", _("Whose meals")),
        Asked("issues", _("What was discussed")),
        Asked("positions", _("Which adopted positions it served")),
    ),
    "lodging": (
        Asked("overnight", _("Why you had to stay the night")),
        Asked("government_rate_requested", _("Did you ask for the government rate?"), "flag"),
        Asked("government_rate", _("Government rate for a night ($)"), "money"),
        Asked("community_rate", _("Federal rate of the town for a night ($), or standard")),
        Asked("group_rate", _("Conference group rate for a night ($)"), "money"),
        Asked("none_near", _("Did nobody near offer that rate?"), "flag"),
    ),
    "airfare": (
        Asked("program_fare", _("Fare of the local governments' program ($)"), "money"),
        Asked("class", _("Class, such as economy")),
        _JUSTIFICATION,
    ),
    "car_rental": (Asked("state_rate", _("The State's rate for a day ($)"), "money"), _JUSTIFICATION),
    "parking": (
        Asked("airport", _("At an airport?"), "flag"),
        Asked("lot", _("Which lot"), "choice", {"long_term": _("Long-term"), "short_term": _("Short-term")}),
        Asked("long_term_rate", _("Long-term rate for a day ($)"), "money"),
    ),
    "phone": (Asked("covered_by_plan", _("Does a plan you have cover it?"), "flag"),),
    "registration": (_WHAT,),
    "other": (_WHAT, Asked("nature", _("Is it one of these?"), "choice", NATURES)),
}
EVERY = (
    Asked("personal_part", _("Your own private part of it ($)"), "money"),
    Asked("other_agency", _("What another agency pays of it ($)"), "money"),
    Asked("over_budget", _("Is it above the approved budget?"), "flag"),
)
QUANTITY = {
    "meal": _("Meals in it"),
    "mileage": _("Miles"),
    "lodging": _("Nights"),
    "car_rental": _("Days"),
    "parking": _("Days"),
    "baggage": _("Bags"),
}
PAPERS_OF = {
    "meal": ("itemised", "card"),
    "car_rental": ("itemised", "fuel", "card"),
    "lodging": ("itemised", "card", "evidence"),
    "mileage": ("evidence",),
}
"""Which papers a kind of line asks for; the others a receipt and a card slip."""


def asked_of(kind: str) -> tuple[Asked, ...]:
    return (*DETAILS.get(kind, ()), *EVERY)


def papers_of(kind: str) -> tuple[str, ...]:
    return PAPERS_OF.get(kind, ("itemised", "card"))
