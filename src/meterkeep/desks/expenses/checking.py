"""A claim by the travel policy: of each line what is paid, what is not, and what a person has to decide.

An expense above a guideline is paid up to it (CEA-01 5.3). What may be left to the claimant for want of a paper or of
time is a person's decision (6.1.2), so it stays allowed and says so. What cannot be reckoned is not allowed until it can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from meterkeep.desks.expenses.case import Case
from meterkeep.desks.expenses.claim import Claim, ClaimantKind, Line, LineKind
from meterkeep.desks.expenses.findings import Finding, Outcome, Sheet
from meterkeep.desks.expenses.kinds import BASIS, RULES
from meterkeep.desks.expenses.kinds.travel import by_the_mile
from meterkeep.desks.expenses.rates import Rates
from meterkeep.desks.expenses.reasons import kept, say
from meterkeep.desks.expenses.terms import Terms, begins, percent, share, terms_of
from meterkeep.policy import Pack

_NEVER = {
    "personal": "CEA-01/5.2-a",
    "political": "CEA-01/5.2-b",
    "charitable": "CEA-01/5.2-b",
    "family": "CEA-01/5.2-c",
    "entertainment": "CEA-01/5.2-d",
    "own_car": "CEA-01/5.2-e",
    "loss": "CEA-01/5.2-f",
    "agency_card": "CEA-01/5.14",
}
"""A line's `nature` → clause: never reimbursed."""
_EXAMPLES = {
    **dict.fromkeys(
        ("theatre", "theater", "movie", "movies", "film", "sport", "sports", "sporting_event", "culture"),
        "entertainment",
    ),
    **dict.fromkeys(("repair", "repairs", "fine", "fines", "insurance"), "own_car"),
}
_ACTIVITIES = {
    "CEA-01/5.1.1": r"legislat|government|advoca|lobby|representative",
    "CEA-01/5.1.2": r"seminar|conferenc|training|education|workshop|course",
    "CEA-01/5.1.3": r"organi[sz]ation|association|member|meeting|committee",
    "CEA-01/5.1.4": r"recogni|award|service",
    "CEA-01/5.1.5": r"event|ceremony",
}
"""Clause → words by which an activity is known for one of the five kinds that generally qualify."""
_OFFICIALS = frozenset({ClaimantKind.OFFICIAL, ClaimantKind.COMMITTEE})
_NO_PAPER = frozenset({LineKind.MILEAGE})
_OWN_GRATUITY = frozenset({LineKind.MEAL, LineKind.TAXI, LineKind.MILEAGE})
_TRAVEL = frozenset({LineKind.AIRFARE, LineKind.LODGING, LineKind.CAR_RENTAL})
_ON_THE_WAY = _TRAVEL | {LineKind.MILEAGE, LineKind.TAXI, LineKind.PARKING, LineKind.TOLL, LineKind.BAGGAGE}
_DURING = (_ON_THE_WAY - {LineKind.AIRFARE, LineKind.CAR_RENTAL}) | {LineKind.MEAL, LineKind.LODGING}
"""Paid on a day of the trip; fares, cars and registrations are bought before."""
_MANY = {LineKind.MEAL: 3, LineKind.MILEAGE: 1_000, LineKind.BAGGAGE: 10}
"""More of it on one line than a day has, so that a person looks; no rule of anybody's."""
_MISCELLANEOUS = frozenset({LineKind.MEAL, LineKind.MILEAGE})


class Part(StrEnum):
    """Of the report, by CEA-01 4.5 to 4.7. unknown: the trip does not say whether it left the state."""

    IN_STATE = "in_state"
    OUT_OF_STATE = "out_of_state"
    MISCELLANEOUS = "miscellaneous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Checked:
    line: Line
    sheet: Sheet
    part: Part


@dataclass(frozen=True, slots=True)
class Report:
    lines: tuple[Checked, ...]
    findings: tuple[Finding, ...]  # of the claim as a whole
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def claimed(self) -> int:
        return sum(each.sheet.claimed for each in self.lines)

    @property
    def allowed(self) -> int:
        return sum(each.sheet.allowed for each in self.lines)

    @property
    def outcomes(self) -> frozenset[Outcome]:
        every = [*self.findings, *(one for each in self.lines for one in each.sheet.findings)]
        return frozenset(finding.outcome for finding in every)

    def as_json(self) -> dict[str, Any]:
        """Amounts in dollars, as strings with two places."""
        return self._as_json(_told)

    def as_kept(self) -> dict[str, Any]:
        """The same, and of each finding what says it again in another language."""
        return self._as_json(_kept)

    def _as_json(self, told: Callable[[Iterable[Finding]], list[dict[str, Any]]]) -> dict[str, Any]:
        return {
            "lines": [
                {
                    "id": each.line.id,
                    "claimed": _plain(each.sheet.claimed),
                    "allowed": _plain(each.sheet.allowed),
                    "part": str(each.part),
                    "findings": told(each.sheet.findings),
                }
                for each in self.lines
            ],
            "claimed": _plain(self.claimed),
            "allowed": _plain(self.allowed),
            "missing": list(self.missing),
            "parts": {str(part): _plain(cents) for part, cents in self.parts.items()},
            "findings": told(self.findings),
            "notes": list(self.notes),
        }

    @property
    def parts(self) -> dict[Part, int]:
        """What is allowed of each part of the report that has a line."""
        found: dict[Part, int] = {}
        for each in self.lines:
            found[each.part] = found.get(each.part, 0) + each.sheet.allowed
        return found


def check(claim: Claim, pack: Pack, rates: Rates) -> Report:
    """Each line by the terms of its own day. Raises BadInput where a line contradicts itself, Undetermined where the pack
    has no travel policy at all."""
    whole = Sheet(0, 0, 0)
    _purpose(whole, claim)
    lines = tuple(
        Checked(line, _line(line, claim, pack, rates), part_of(line, claim)) for line in claim.lines
    )
    _twice(lines)
    missing = [*whole.missing, *(what for each in lines for what in each.sheet.missing)]
    notes = tuple(f"{place} is no field of the form; it was not read." for place in claim.unread)
    return Report(lines, tuple(whole.findings), tuple(dict.fromkeys(missing)), notes)


def part_of(line: Line, claim: Claim) -> Part:
    """All costs of a trip that leaves the state are out-of-state; else a meal or miles that belong to no conference or training are
    miscellaneous, on whatever trip."""
    outside = claim.trip.outside if claim.trip else None
    if outside:
        return Part.OUT_OF_STATE
    if line.kind in _MISCELLANEOUS and not _learning(claim):
        return Part.MISCELLANEOUS
    return Part.UNKNOWN if outside is None else Part.IN_STATE


def _learning(claim: Claim) -> bool:
    return bool(re.search(_ACTIVITIES["CEA-01/5.1.2"], claim.activity.casefold()))


def _purpose(whole: Sheet, claim: Claim) -> None:
    if not claim.purpose:
        whole.miss("CEA-01/6.1.1", "purpose", say("purpose"))
    if not claim.activity:
        whole.miss("CEA-01/5.1", "activity", say("activity"))
    elif not any(re.search(words, claim.activity.casefold()) for words in _ACTIVITIES.values()):
        whole.decide("CEA-01/5.1", say("activity_unknown"))
    if claim.trip and claim.trip.international is None:
        whole.miss("CEA-01/5.1.6", "trip.international", say("international_unsaid"))


def _line(line: Line, claim: Claim, pack: Pack, rates: Rates) -> Sheet:
    sheet = Sheet((line.amount or 0) + line.gratuity, line.amount or 0, line.gratuity)
    for clause, reason in _refusals(line, claim, pack):
        sheet.refuse(clause, reason)
    if sheet.findings:
        sheet.claimed = _asked(line, pack, rates) + line.gratuity
        return sheet
    terms = terms_of(pack, line.on)
    _business(sheet, line)
    RULES[line.kind](sheet, Case(line, claim, terms, rates))
    if any(one.outcome is Outcome.REFUSE for one in sheet.findings):
        return sheet  # nothing is left that a person could decide about
    if line.kind not in _OWN_GRATUITY:
        _gratuity(sheet, terms)
    _other_purses(sheet, line)
    _papers(sheet, line, claim, terms)
    _unusual(sheet, line, claim)
    if (nature := line.details.text("nature")) and _nature(nature) not in {*_NEVER, "fuel"}:
        sheet.decide("CEA-01/5.2-n", say("nature_unknown", nature=nature[:40]))
    if claim.trip is None and line.kind in _TRAVEL:
        sheet.miss("CEA-01/5.1.6", "trip", say("trip_unsaid"))
    if not sheet.findings:
        sheet.allow(BASIS[line.kind], say("within"))
    return sheet


def _asked(line: Line, pack: Pack, rates: Rates) -> int:
    """What a line that is refused asked for, where it follows from the quantity: both are told (5.3)."""
    if line.amount is not None or line.quantity is None:
        return line.amount or 0
    if line.kind is LineKind.MILEAGE:
        rate = rates.at("mileage", line.on)
        return by_the_mile(line.quantity, rate.dollars) if rate else 0
    return terms_of(pack, line.on).bag * int(line.quantity) if line.on >= begins(pack) else 0


def _business(sheet: Sheet, line: Line) -> None:
    """What was one's own comes off the price before any guideline is asked: a limit, and a gratuity's share, are of the business alone."""
    own = line.details.cents("personal_part")
    if own and line.amount is not None:
        sheet.cut_price(line.amount - own, "CEA-01/5.2-a", say("personal_part", part=own))


def _unusual(sheet: Sheet, line: Line, claim: Claim) -> None:
    """What may be right, and is looked at by a person before it is paid."""
    if claim.trip and line.kind in _DURING and not claim.trip.holds(line.on):
        sheet.decide("CEA-01/4.1", say("outside_trip", on=line.on))
    most = _MANY.get(line.kind)
    if most and line.quantity is not None and line.quantity > most:
        sheet.decide("CEA-01/6.2", say("many", quantity=f"{line.quantity:f}"))


def _refusals(line: Line, claim: Claim, pack: Pack) -> Iterator[tuple[str, str]]:
    if line.on < begins(pack):
        yield "CEA-ADM/4", say("before_policy", on=line.on)
    if line.on > claim.filed:
        yield "CEA-01/6.1", say("to_come")
    if claim.trip and line.kind in _ON_THE_WAY and not claim.trip.away:
        yield "CEA-01/4.1", say("workplace")
    nature = _nature(line.details.text("nature"))
    if nature in _NEVER:
        yield _NEVER[nature], say(f"never_{nature}")
    if nature == "fuel" and line.kind is not LineKind.CAR_RENTAL:
        yield from _fuel(claim)
    if line.details.content.get("other_agency") is True:
        yield "CEA-01/5.13-c", say("agency_pays")
    abroad = claim.trip is not None and claim.trip.international is True
    if abroad and not claim.approved(about="international", before=line.on):
        yield "CEA-01/5.1.6", say("abroad_unapproved")
    if line.details.flag("over_budget") and not claim.approved(about="budget", before=line.on):
        yield "CEA-01/5.1.6", say("budget_unapproved")


def _nature(said: str) -> str:
    """As the clauses call it: what they name as an example stands for its kind."""
    name = said.casefold().strip().replace(" ", "_")
    return _EXAMPLES.get(name, name)


def _fuel(claim: Claim) -> Iterator[tuple[str, str]]:
    kinds = {line.kind for line in claim.lines}
    if LineKind.MILEAGE in kinds:
        yield "CEA-01/5.5-a", say("fuel_in_mileage")
    elif LineKind.CAR_RENTAL not in kinds:
        yield "CEA-01/5.2-e", say("fuel_own_car")


def _gratuity(sheet: Sheet, terms: Terms) -> None:
    most = share(sheet.price, terms.other_gratuity)
    reason = say("gratuity", share=percent(terms.other_gratuity), most=most)
    sheet.cut_tip(most, "CEA-01/5.13-b", reason)


def _other_purses(sheet: Sheet, line: Line) -> None:
    """What somebody else pays, and what was one's own, come off the claim; the guideline's limit stays."""
    left = sheet.claimed
    for name, clause, sentence in (
        ("personal_part", "CEA-01/5.2-a", "personal_part"),
        ("other_agency", "CEA-01/5.13-c", "agency_part"),
    ):
        if line.details.content.get(name) is not False and (cents := line.details.cents(name)):
            left -= cents
            sheet.cut_to(left, clause, say(sentence, part=cents))


def _papers(sheet: Sheet, line: Line, claim: Claim, terms: Terms) -> None:
    if not terms.everyone_reports and claim.claimant not in _OFFICIALS:
        return
    last = line.on + timedelta(days=terms.report_days)
    if claim.filed > last:
        reason = say("late", filed=claim.filed, last=last)
        sheet.decide("CEA-01/6.1.2-a", reason)
    if line.kind is LineKind.MEAL and line.receipts and "itemised" not in line.receipts:
        sheet.miss(
            "CEA-01/6.1.2-c", f"{line.id}: the restaurant's itemised receipt", say("restaurant_receipt")
        )
    elif not line.receipts and line.kind not in _NO_PAPER:
        sheet.miss("CEA-01/6.1.2-b", f"{line.id}: receipt", say("receipt"))


def _twice(lines: Sequence[Checked]) -> None:
    first: dict[tuple[Any, ...], str] = {}
    for each in lines:
        line = each.line
        one = 1 if line.quantity is None and line.kind is LineKind.MEAL else line.quantity
        earlier = first.setdefault((line.kind, line.on, line.amount, line.gratuity, one), line.id)
        if earlier != line.id:
            each.sheet.decide("CEA-01/6.2", say("looks_like", line=earlier))


def _told(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"clause": one.clause, "outcome": str(one.outcome), "reason": str(one.reason)} for one in findings
    ]


def _kept(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [{"clause": one.clause, "outcome": str(one.outcome), **kept(one.reason)} for one in findings]


def _plain(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
