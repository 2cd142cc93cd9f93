"""The worklist: what waits, the most urgent first, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.disclosures.models import DataRequest
from meterkeep.desks.disclosures.states import OPEN
from meterkeep.faces import words
from meterkeep.faces.downloads import csv_text
from meterkeep.faces.names import Names

SOON = timedelta(days=7)
STATES = {
    "received": (_("Not decided"), "open"),
    "permitted": (_("Permitted"), "good"),
    "refused": (_("Refused"), "bad"),
    "undetermined": (_("A fact is missing"), "open"),
    "fulfilled": (_("Done"), "plain"),
    "closed": (_("Closed"), "plain"),
}
GROUPS = {"alarm": _("Overdue"), "soon": _("Due soon"), "calm": _("Not yet due")}


@dataclass(frozen=True)
class WorkRow:
    """group: alarm, soon or calm."""

    reference: str
    act: str
    purpose: str
    recipient: str
    about: str
    received: str
    received_sort: str
    due: str
    due_sort: str
    left: str
    state: str
    code: str
    tone: str
    group: str


@dataclass(frozen=True)
class Group:
    name: str
    tone: str
    rows: tuple[WorkRow, ...]


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Worklist:
    today: str
    groups: tuple[Group, ...]
    count: int
    search: str
    state: str
    states: tuple[Choice, ...]
    query: str


def worklist(
    requests: Iterable[DataRequest], *, names: Names, today: date, chosen: Mapping[str, str]
) -> Worklist:
    """chosen: `q`, words that a row must have; `state`, one of the states, or anything else for all that is open."""
    search = chosen.get("q", "").strip()
    state = chosen.get("state", "") if chosen.get("state", "") in STATES else ""
    rows = [work_row(request, names=names, today=today) for request in requests]
    rows = [row for row in rows if _fits(row, search=search, state=state)]
    return Worklist(
        today=date_format(today, "j F Y"),
        groups=tuple(
            Group(str(name), tone, tuple(row for row in rows if row.group == tone))
            for tone, name in GROUPS.items()
        ),
        count=len(rows),
        search=search,
        state=state,
        states=(
            Choice("", gettext("All that is open")),
            *(Choice(code, str(name)) for code, (name, _tone) in STATES.items()),
        ),
        query="?" + urlencode({"q": search, "state": state}) if search or state else "",
    )


def work_row(request: DataRequest, *, names: Names, today: date) -> WorkRow:
    asked, due = request.request, request.due_on
    state, tone = STATES[request.state]
    return WorkRow(
        reference=request.reference,
        act=act(asked),
        purpose=names.title(asked["purpose"]),
        recipient=names.who(asked["recipient"])[0] if asked["recipient"] else names.provider,
        about=about(asked),
        received=date_format(request.asked_on, "j M Y"),
        received_sort=request.asked_on.isoformat(),
        due=date_format(due, "j M Y") if due else gettext("no date"),
        due_sort=due.isoformat() if due else "9999",
        left=_left(due, today) if due and request.state in OPEN else "",
        state=str(state),
        code=request.state,
        tone=tone,
        group=_group(due, today) if request.state in OPEN else "calm",
    )


def as_csv(work: Worklist) -> str:
    head = ("reference", "act", "purpose", "for", "about", "received", "due", "state")
    return csv_text([head, *(_cells(row) for group in work.groups for row in group.rows)])


def _cells(row: WorkRow) -> tuple[str, ...]:
    due = "" if row.due_sort == "9999" else row.due_sort
    return (row.reference, row.act, row.purpose, row.recipient, row.about, row.received_sort, due, row.state)


def act(asked: Mapping[str, Any]) -> str:
    return f"{words.ACTS.get(asked['action'], asked['action'])}: {words.within(words.elements(asked['elements']))}"


def about(asked: Mapping[str, Any]) -> str:
    """How many customers, or which kind; never who."""
    if asked["customers"] is not None:
        count = len(asked["customers"])
        return ngettext("%(count)s customer", "%(count)s customers", count) % {"count": count}
    if asked["where"]:
        return ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in sorted(asked["where"].items())
        )
    return gettext("all customers")


def _fits(row: WorkRow, *, search: str, state: str) -> bool:
    """A search looks at reference, act, purpose and recipient."""
    text = " ".join((row.reference, row.act, row.purpose, row.recipient)).casefold()
    open_or_chosen = row.code == state if state else row.code in OPEN
    return open_or_chosen and all(word in text for word in search.casefold().split())


def _group(due: date | None, today: date) -> str:
    if due is None or due > today + SOON:
        return "calm"
    return "alarm" if due < today else "soon"


def _left(due: date, today: date) -> str:
    days = (due - today).days
    if days == 0:
        return gettext("today")
    if days < 0:
        return ngettext("%(count)s day late", "%(count)s days late", -days) % {"count": -days}
    return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days}
