"""How long records are kept, what is due, what is held, and what was destroyed, as staff and auditors read it. No customer is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.retention.models import Hold, Lot
from meterkeep.desks.retention.plan import Due, Held, Plan
from meterkeep.desks.retention.schedule import Bound, Term
from meterkeep.faces.downloads import csv_text
from meterkeep.faces.overdue import reason

RECORDS = {
    "customer": _("All about a former customer"),
    "readings": _("Meter readings"),
    "files": _("Files"),
    "": _("All records"),
}
COUNTED = {
    "customer": _("from the end of the last service agreement"),
    "readings": _("from the end of the month"),
    "files": _("from the day they were last written"),
}
KINDS = {
    "legal": _("Legal hold"),
    "law": _("A law asks for it"),
    "needed": _("Still needed"),
}
STATES = {
    "due": (_("Under way"), "open"),
    "done": (_("Destroyed"), "good"),
    "stopped": (_("Not destroyed"), "bad"),
}
OUTCOMES = {
    "permit": (_("May go"), "good"),
    "refuse": (_("Refused"), "bad"),
    "undetermined": (_("A fact is missing"), "open"),
}


@dataclass(frozen=True)
class TermRow:
    records: str
    counted: str
    ceiling: str
    ceiling_cite: str
    floor: str
    floor_cite: str
    conflict: bool


@dataclass(frozen=True)
class DueRow:
    records: str
    number: str
    number_sort: int
    before: str
    since: str
    since_sort: str
    clauses: tuple[str, ...]
    says: str
    tone: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class HoldRow:
    reference: str
    kind: str
    records: str
    who: str
    since: str
    since_sort: str
    until: str
    by: str
    why: str
    lifted: str
    keeps: str


@dataclass(frozen=True)
class LotRow:
    reference: str
    records: str
    number: str
    on: str
    on_sort: str
    by: str
    says: str
    tone: str
    detail: str


@dataclass(frozen=True)
class RetentionPage:
    on: str
    terms: tuple[TermRow, ...]
    conflicts: int
    due: tuple[DueRow, ...]
    duties: tuple[tuple[str, str], ...]
    coming: tuple[str, ...]
    holds: tuple[HoldRow, ...]
    lots: tuple[LotRow, ...]
    under_way: int


def retention_page(plan: Plan, holds: Iterable[Hold], lots: Iterable[Lot]) -> RetentionPage:
    keeps = {(held.hold.reference, held.record): held.number for held in plan.held}
    return RetentionPage(
        on=date_format(plan.on, "j F Y"),
        terms=tuple(map(_term, plan.terms)),
        conflicts=len(plan.conflicts),
        due=tuple(map(_due, plan.due)),
        duties=tuple(plan.duties.items()) if plan.due else (),
        coming=tuple(_coming(*one) for one in plan.coming),
        holds=(
            *(_needed(held) for held in plan.held if held.hold.pk is None),
            *(_hold(hold, keeps) for hold in holds),
        ),
        lots=tuple(map(_lot, lots)),
        under_way=plan.under_way,
    )


def as_csv(plan: Plan) -> str:
    head = ("records", "outcome", "number", "customers", "before", "due_since", "why", "clauses", "hold")
    due = [
        (
            one.record, one.outcome, one.number, len(one.customers), one.end or "", one.since, one.why,
            " ".join(one.term.cites), "",
        )
        for one in plan.due
    ]  # fmt: skip
    held = [
        (one.record, "held", "", one.number, "", "", one.hold.why, "", one.hold.reference)
        for one in plan.held
    ]
    return csv_text([head, *due, *held])


def _term(term: Term) -> TermRow:
    return TermRow(
        records=str(RECORDS[term.record]),
        counted=str(COUNTED[term.record]),
        ceiling=_length(term.ceiling),
        ceiling_cite=term.ceiling.cite if term.ceiling else "",
        floor=_length(term.floor),
        floor_cite=term.floor.cite if term.floor else "",
        conflict=term.conflict,
    )


def _length(bound: Bound | None) -> str:
    if bound is None:
        return gettext("not set")
    numbers = {"count": bound.value}
    if bound.unit == "year":
        return ngettext("%(count)s year", "%(count)s years", bound.value) % numbers
    if bound.unit == "month":
        return ngettext("%(count)s month", "%(count)s months", bound.value) % numbers
    return ngettext("%(count)s day", "%(count)s days", bound.value) % numbers


def _due(due: Due) -> DueRow:
    says, tone = OUTCOMES[due.outcome]
    return DueRow(
        records=str(RECORDS[due.record]),
        number=number_format(due.number, force_grouping=True),
        number_sort=due.number,
        before=_day(due.end),
        since=_day(due.since),
        since_sort=due.since.isoformat(),
        clauses=tuple(due.term.cites),
        says=str(says),
        tone=tone,
        missing=due.missing,
    )


def _hold(hold: Hold, keeps: dict[tuple[str, str], int]) -> HoldRow:
    kept = [number for (reference, _record), number in keeps.items() if reference == hold.reference]
    number = hold.customers.count()
    return HoldRow(
        reference=hold.reference,
        kind=str(KINDS[hold.kind]),
        records=str(RECORDS[hold.record]),
        who=gettext("Everyone")
        if hold.everyone
        else ngettext("%(count)s customer", "%(count)s customers", number) % {"count": number},
        since=_day(hold.placed_on),
        since_sort=hold.placed_on.isoformat(),
        until=_day(hold.until) or gettext("until it is lifted"),
        by=hold.placed_by,
        why=hold.why,
        lifted=_day(hold.lifted_on),
        keeps=gettext("keeps records that are due") if kept else "",
    )


def _needed(held: Held) -> HoldRow:
    """What another desk still needs: nobody placed it, and it ends by itself."""
    hold = held.hold
    return HoldRow(
        reference=hold.reference,
        kind=str(KINDS[hold.kind]),
        records=str(RECORDS[held.record]),
        who=ngettext("%(count)s customer", "%(count)s customers", held.number) % {"count": held.number},
        since="",
        since_sort="",
        until="",
        by=gettext("Overdue accounts"),
        why=reason(hold.why),
        lifted="",
        keeps=gettext("keeps records that are due"),
    )


def _lot(lot: Lot) -> LotRow:
    says, tone = STATES[lot.state]
    return LotRow(
        reference=lot.reference,
        records=str(RECORDS[lot.record]),
        number=number_format(lot.number, force_grouping=True) if lot.number else "–",
        on=_day(lot.on),
        on_sort=lot.on.isoformat(),
        by=lot.by,
        says=str(says),
        tone=tone,
        detail=lot.sha256 or lot.stopped,
    )


def _coming(record: str, day: date, number: int) -> str:
    words = {"records": RECORDS[record], "day": _day(day), "count": number}
    if not number:
        return gettext("%(records)s: from %(day)s on") % words
    return (
        ngettext(
            "%(records)s: %(count)s customer from %(day)s on",
            "%(records)s: %(count)s customers from %(day)s on",
            number,
        )
        % words
    )


def _day(day: date | None) -> str:
    return date_format(day, "j M Y") if day else ""
