"""Who has seen a customer's data: the log's lines about them, in words that need no dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext

from meterkeep.faces import words
from meterkeep.faces.downloads import csv_text
from meterkeep.faces.names import Names
from meterkeep.gate.history import Sighting

OTHERS, ALL = "others", "all"


@dataclass(frozen=True)
class Rule:
    id: str
    summary: str


@dataclass(frozen=True)
class SeenRow:
    """code: the outcome as the log has it; own: whether the customer looked themselves."""

    at: datetime
    day: str
    time: str
    who: str
    role: str
    what: str
    period: str
    why: str
    rules: tuple[Rule, ...]
    outcome: str
    tone: str
    code: str
    own: bool


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class SeenPage:
    """any: whether there are lines at all, the chosen ones or not."""

    rows: tuple[SeenRow, ...]
    any: bool
    own: int
    outcome: str
    outcomes: tuple[Choice, ...]
    who: str
    people: tuple[Choice, ...]
    query: str


def seen_page(
    sightings: Sequence[Sighting], *, names: Names, zone: ZoneInfo, chosen: Mapping[str, str]
) -> SeenPage:
    """chosen: `outcome`, a code of the log; `who`, a name, "all", or anything else for everyone but the customer."""
    every = [_row(sighting, names, zone) for sighting in sightings]
    others = list(dict.fromkeys(row.who for row in every if not row.own))
    who = chosen.get("who", "") if chosen.get("who", "") in (*others, ALL) else OTHERS
    outcome = chosen.get("outcome", "") if chosen.get("outcome", "") in words.OUTCOMES else ""
    return SeenPage(
        rows=tuple(row for row in every if _fits(row, who=who, outcome=outcome)),
        any=bool(every),
        own=sum(row.own for row in every),
        outcome=outcome,
        outcomes=(Choice("", gettext("Everything")), *_outcomes(every)),
        who=who,
        people=(
            Choice(OTHERS, gettext("Everybody but me")),
            Choice(ALL, gettext("Everybody")),
            *(Choice(name, name) for name in others),
        ),
        query="?" + urlencode({"who": who, "outcome": outcome}),
    )


def as_csv(page: SeenPage) -> str:
    head = ("when", "who", "role", "what", "period", "why", "rules", "outcome")
    return csv_text([head, *map(_cells, page.rows)])


def _cells(row: SeenRow) -> tuple[str, ...]:
    rules = " ".join(rule.id for rule in row.rules)
    return (row.at.isoformat(), row.who, row.role, row.what, row.period, row.why, rules, row.outcome)


def _fits(row: SeenRow, *, who: str, outcome: str) -> bool:
    wanted = who == ALL or (not row.own if who == OTHERS else row.who == who)
    return wanted and outcome in ("", row.code)


def _outcomes(rows: Sequence[SeenRow]) -> Iterator[Choice]:
    met = {row.code for row in rows}
    return (Choice(code, words.outcome(code)[0]) for code in words.OUTCOMES if code in met)


def _row(sighting: Sighting, names: Names, zone: ZoneInfo) -> SeenRow:
    if sighting.until:
        return _withheld(sighting, names, zone)
    at = datetime.fromisoformat(sighting.at).astimezone(zone)
    who, role = names.who(sighting.recipient or sighting.actor)
    own = sighting.recipient == sighting.actor == "customer"
    outcome, tone = words.outcome(sighting.outcome, family=sighting.family)
    return SeenRow(
        at=at,
        day=date_format(at, "j M Y"),
        time=date_format(at, "H:i"),
        who=who,
        role=role,
        what=_what(sighting),
        period=_period(sighting.period),
        why=gettext("You looked at your own data") if own else names.purpose(sighting.purpose),
        rules=tuple(Rule(id, names.clause(id)) for id in sighting.clauses),
        outcome=outcome,
        tone=tone,
        code=sighting.outcome,
        own=own,
    )


def _withheld(sighting: Sighting, names: Names, zone: ZoneInfo) -> SeenRow:
    """One entry that law keeps back: that it is there, until when, and by which rule; nothing of what it says. Of the time there
    is the day alone, which is no hour of the day before elsewhere."""
    day = date.fromisoformat(sighting.at[:10])
    outcome, tone = words.outcome("withheld")
    until = date_format(date.fromisoformat(sighting.until), "j M Y")
    return SeenRow(
        at=datetime.combine(day, time(), zone),
        day=date_format(day, "j M Y"),
        time="",
        who=gettext("Not told yet"),
        role="",
        what=gettext("One entry, withheld until %(day)s or longer") % {"day": until},
        period="",
        why=gettext("The law tells us to keep it back for a time"),
        rules=tuple(Rule(id, names.clause(id)) for id in sighting.clauses),
        outcome=outcome,
        tone=tone,
        code="withheld",
        own=False,
    )


def _what(sighting: Sighting) -> str:
    """A release tells what a whole group used, never what one of its members did."""
    if sighting.family == "release":
        return gettext("Totals of large groups, with you as one of many")
    return words.elements(sighting.elements)


def _period(text: str) -> str:
    """Half-open in the log, first and last day for people."""
    if not text:
        return ""
    start, end = (date.fromisoformat(part) for part in text.split("/"))
    return gettext("%(first)s to %(last)s") % {
        "first": date_format(start, "j M Y"),
        "last": date_format(end - timedelta(days=1), "j M Y"),
    }
