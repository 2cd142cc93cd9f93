"""A claim as it comes in: JSON, checked for its shape before any rule is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from meterkeep.desks.expenses.given import Given
from meterkeep.errors import BadInput


class ClaimantKind(StrEnum):
    """Who claims (CEA-01 4.2 to 4.4)."""

    OFFICIAL = "official"
    COMMITTEE = "committee"
    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"
    VOLUNTEER = "volunteer"


class LineKind(StrEnum):
    MEAL = "meal"
    MILEAGE = "mileage"
    TAXI = "taxi"
    LODGING = "lodging"
    AIRFARE = "airfare"
    CAR_RENTAL = "car_rental"
    BAGGAGE = "baggage"
    PARKING = "parking"
    TOLL = "toll"
    PHONE = "phone"
    REGISTRATION = "registration"
    OTHER = "other"


_BOARD = frozenset({"board", "the board", "board of directors", "the board of directors", "governing board"})
COMPUTED = frozenset({LineKind.MILEAGE, LineKind.BAGGAGE})
"""Kinds whose amount follows from the quantity, so that it may be left out."""


@dataclass(frozen=True, slots=True)
class Approval:
    by: str
    on: date
    about: str


@dataclass(frozen=True, slots=True)
class Trip:
    """international, out_of_state: None where the claim does not say. start, end: a day, or a moment where the time was given.
    place: where to; workplace: where the claimant normally works; "" where it is not given."""

    start: date | datetime | None
    end: date | datetime | None
    international: bool | None
    out_of_state: bool | None = None
    place: str = ""
    workplace: str = ""

    @property
    def away(self) -> bool:
        """Whether it leads away from the normal place of work (CEA-01 4.1); true where that is not given."""
        return not self.workplace or _folded(self.place) != _folded(self.workplace)

    @property
    def outside(self) -> bool | None:
        """Whether it leaves the state (4.5, 4.6); whoever leaves the country does."""
        return True if self.international else self.out_of_state

    def holds(self, day: date) -> bool:
        """Whether it is a day of the trip, as far as its ends are given."""
        return not (self.start and day < _day(self.start)) and not (self.end and day > _day(self.end))

    @property
    def nights(self) -> int | None:
        """None where either end is not given."""
        if self.start is None or self.end is None:
            return None
        return (_day(self.end) - _day(self.start)).days


@dataclass(frozen=True, slots=True)
class Line:
    """amount: cents without the gratuity, None where it follows from the quantity and was not given. gratuity: cents.
    quantity: meals, miles, nights, days or bags, None where not given. receipts: kinds of paper, `itemised`, `card`,
    `fuel` or the provider's own."""

    id: str
    kind: LineKind
    on: date
    amount: int | None
    gratuity: int
    quantity: Decimal | None
    unit: str
    receipts: frozenset[str]
    details: Given


@dataclass(frozen=True, slots=True)
class Claim:
    claimant: ClaimantKind
    filed: date
    purpose: str
    activity: str
    approvals: tuple[Approval, ...]
    trip: Trip | None
    lines: tuple[Line, ...]
    unread: tuple[str, ...]  # places of fields that the form does not have

    def approved(self, *, about: str, before: date) -> bool:
        """Whether the Board approved it on an earlier day: an approval for the trip, or without a subject, covers all of it."""
        return any(
            approval.by in _BOARD and approval.on < before and _covers(approval.about, about)
            for approval in self.approvals
        )


_FIELDS = frozenset(
    {
        "claimant",
        "filed",
        "purpose",
        "activity",
        "position",
        "approvals",
        "trip",
        "lines",
        "other_agency",
        "report",
        "joint",
        "currency",
    }
)
_LINE_FIELDS = frozenset(
    {"id", "kind", "on", "amount", "gratuity", "quantity", "unit", "receipts", "details", "currency"}
)
_DOLLARS = frozenset({"", "usd", "us$", "$", "us dollars", "dollars"})
DETAILS = frozenset(
    {
        *("alcohol", "legislator", "whose_meals", "issues", "positions"),
        *("program_fare", "class", "justification", "state_rate", "airport", "lot", "long_term_rate"),
        *("government_rate", "government_rate_requested", "community_rate", "group_rate", "none_near"),
        *("covered_by_plan", "other_agency", "personal_part", "nature", "over_budget", "what", "overnight"),
    }
)
"""What a line's details may say; docs/expenses.md explains each."""


def parse_claim(document: Any) -> Claim:
    """document: what JSON gave, numbers as Decimal. Raises BadInput that names the field."""
    given = Given.of(document, "claim")
    claimant = given.part("claimant")
    _in_dollars(given)
    lines = tuple(_line(each) for each in given.parts("lines"))
    if not lines:
        raise BadInput("A claim has lines.", where="lines", next="Give at least one.")
    ((most, count),) = Counter(line.id for line in lines).most_common(1)
    if count > 1:
        raise BadInput(f"Two lines have the id {most[:40]!r}.", where="lines", next="Give each line its own.")
    return Claim(
        claimant=ClaimantKind(claimant.choice("kind", ClaimantKind)),
        filed=given.day("filed"),
        purpose=given.text("purpose"),
        activity=given.text("activity"),
        approvals=tuple(
            Approval(each.text("by").casefold(), each.day("on"), each.text("for").casefold())
            for each in given.parts("approvals")
        ),
        trip=_trip(given.part("trip")) if given.has("trip") else None,
        lines=lines,
        unread=tuple(_unread(given)),
    )


def _in_dollars(given: Given) -> None:
    """What another currency was worth is not ours to say: the rate that the bank took stands in its statement."""
    if given.text("currency").casefold() not in _DOLLARS:
        raise BadInput(
            "Amounts are in US dollars.",
            where=given.at("currency"),
            next="Give what the bank took for it, in dollars, with its statement beside the receipt.",
        )


def _unread(given: Given) -> Iterator[str]:
    yield from given.unknown(_FIELDS)
    for each in given.parts("lines"):
        yield from each.unknown(_LINE_FIELDS)
        yield from each.part("details").unknown(DETAILS)


def _trip(given: Given) -> Trip:
    trip = Trip(
        given.moment("start"),
        given.moment("end"),
        given.flag("international"),
        given.flag("out_of_state"),
        given.text("to"),
        given.text("workplace"),
    )
    ends = [end for end in (trip.start, trip.end) if isinstance(end, datetime)]
    if len({end.tzinfo is None for end in ends}) > 1:
        raise BadInput(
            "One end of the trip has a time zone, the other none.", where="trip", next="Give both alike."
        )
    backwards = len(ends) == 2 and ends[1] < ends[0]
    if backwards or (trip.nights is not None and trip.nights < 0):
        raise BadInput("The trip ends before it begins.", where="trip", next="Correct start or end.")
    return trip


def _line(given: Given) -> Line:
    kind = LineKind(given.choice("kind", LineKind))
    _in_dollars(given)
    amount = given.cents("amount")
    if amount is None and kind not in COMPUTED:
        raise BadInput(
            "A line needs its amount.", where=given.at("amount"), next="Give it in dollars, as in 12.50."
        )
    return Line(
        id=given.needed("id"),
        kind=kind,
        on=given.day("on"),
        amount=amount,
        gratuity=given.cents("gratuity") or 0,
        quantity=given.number("quantity"),
        unit=given.text("unit").casefold(),
        receipts=frozenset(_paper(name) for name in given.texts("receipts")) - {"", "none", "no", "missing"},
        details=given.part("details"),
    )


def _paper(name: str) -> str:
    return name.strip().casefold().replace("ized", "ised")


def _covers(said: str, about: str) -> bool:
    """An approval for the trip, or without a subject, covers all of it; one for travel at home does not cover going abroad."""
    words = set(re.findall(r"\w+", said))
    return not words or bool(words & {about, "trip"}) or ("travel" in words and "domestic" not in words)


def _folded(place: str) -> str:
    return " ".join(re.findall(r"\w+", place.casefold()))


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
