"""The overdue accounts as staff see them: by age and by next step, as a table, and one account's time-line. Nobody is named here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from meterkeep.desks.arrears.kinds import PostingKind
from meterkeep.desks.arrears.ledger import Line
from meterkeep.desks.arrears.positions import Position
from meterkeep.desks.arrears.steps import Step, StepName
from meterkeep.desks.arrears.terms import Terms
from meterkeep.faces.charts.steps import Bar, Steps, steps
from meterkeep.faces.dates import day
from meterkeep.faces.downloads import csv_text
from meterkeep.faces.overdue import ACTS, POSTINGS, STEPS, dollars, reason

MOST = 500
"""Of how many accounts the page shows a line; the file has all."""
ALL = ""


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class StepRow:
    step: str
    label: str
    accounts: int
    amount: str
    cents: int


@dataclass(frozen=True)
class AccountRow:
    """nexts: of `STEPS`, all on which somebody has to act, or may. clauses, reasons: of these."""

    reference: str
    amount: str
    cents: int
    since: str
    since_sort: str
    days: int
    bucket: str
    nexts: tuple[str, ...]
    labels: tuple[str, ...]
    clauses: tuple[str, ...]
    reasons: tuple[str, ...]
    agency: str

    def fits(self, bucket: str, step: str) -> bool:
        """Each empty for all."""
        return bucket in (ALL, self.bucket) and (step == ALL or step in self.nexts)


@dataclass(frozen=True)
class Portfolio:
    on: str
    on_sort: str
    today: bool
    accounts: int
    amount: str
    picture: str
    steps: tuple[StepRow, ...]
    rows: tuple[AccountRow, ...]
    more: int
    buckets: tuple[Choice, ...]
    nexts: tuple[Choice, ...]
    query: str


def nexts_of(one: Position) -> tuple[Step, ...]:
    """The steps on which somebody has to act, or may; else what holds it, or what comes."""
    return one.todo or one.steps[:1]


def _name(step: Step, one: Position) -> str:
    """What was done already is not to do again."""
    return str(step.name) if step in one.todo or step.name == StepName.HELD else str(StepName.NONE)


def portfolio(
    found: Sequence[Position], terms: Terms, *, on: date, today: date, chosen: Mapping[str, str]
) -> Portfolio:
    """chosen: `bucket` and `next`, each empty for all. Accounts without anything owed or to do are left out."""
    every = account_rows(found, terms, on=on)
    bucket, step = chosen.get("bucket", ALL), chosen.get("next", ALL)
    fit = [one for one in every if one.fits(bucket, step)]
    edges = _edges(terms)
    return Portfolio(
        on=day(on),
        on_sort=on.isoformat(),
        today=on == today,
        accounts=len(every),
        amount=dollars(sum(one.cents for one in every)),
        picture=_picture(every, edges) if every else "",
        steps=_steps(every),
        rows=tuple(fit[:MOST]),
        more=max(0, len(fit) - MOST),
        buckets=_choices([(key, _span(low, high)) for key, low, high in edges], bucket),
        nexts=_choices(
            [(key, str(STEPS[key])) for key in STEPS if any(key in one.nexts for one in every)], step
        ),
        query="?" + urlencode({"on": on.isoformat(), "bucket": bucket, "next": step}),
    )


def account_rows(found: Iterable[Position], terms: Terms, *, on: date) -> list[AccountRow]:
    """The oldest first."""
    rows = [
        _row(one, terms, on=on)
        for one in found
        if one.todo or (one.state.balance > 0 and one.state.due_date < on)
    ]
    return sorted(rows, key=lambda one: (-one.days, one.reference))


def as_csv(rows: Iterable[AccountRow]) -> str:
    head = ("account", "overdue", "due_since", "days", "next", "clause", "reason", "agency")
    return csv_text(
        [head, *((r.reference, f"{r.cents // 100}.{r.cents % 100:02}", r.since_sort, r.days, " ".join(r.nexts), " ".join(r.clauses), " ".join(r.reasons), r.agency) for r in rows)]
    )  # fmt: skip


def _row(one: Position, terms: Terms, *, on: date) -> AccountRow:
    overdue = one.state.balance > 0 and one.state.due_date < on
    since = one.state.due_date if overdue else None
    days = (on - since).days if since else 0
    nexts = nexts_of(one)
    names = tuple(_name(step, one) for step in nexts)
    return AccountRow(
        reference=one.account.reference,
        amount=dollars(one.state.balance if overdue else 0),
        cents=one.state.balance if overdue else 0,
        since=day(since),
        since_sort=since.isoformat() if since else "",
        days=days,
        bucket=next(
            (key for key, low, high in _edges(terms) if low <= days and (high is None or days < high)), ""
        ),
        nexts=names,
        labels=tuple(str(STEPS[name]) for name in names),
        clauses=tuple(step.clause for step in nexts),
        reasons=tuple(reason(step.reason) for step in nexts),
        agency=one.agency,
    )


def _edges(terms: Terms) -> list[tuple[str, int, int | None]]:
    """From the day on which something happens by the documents to the next such day; the last has no end."""
    days = sorted({1, terms.first_day, terms.second_day, terms.credit_days})
    return [(str(low), low, high) for low, high in zip(days, [*days[1:], None], strict=True)]


def _span(low: int, high: int | None) -> str:
    if high is None:
        return gettext("%(low)s days or more") % {"low": low}
    return gettext("%(low)s to %(high)s days") % {"low": low, "high": high - 1}


def _picture(rows: Sequence[AccountRow], edges: Sequence[tuple[str, int, int | None]]) -> str:
    cents, numbers = Counter[str](), Counter(one.bucket for one in rows)
    for one in rows:
        cents[one.bucket] += one.cents
    bars = [
        Bar(f"{_span(low, high)} · {_accounts(numbers[key])}", cents[key], dollars(cents[key]), "whole")
        for key, low, high in edges
    ]
    says = "; ".join(f"{bar.name}: {bar.words}" for bar in bars)
    return steps(Steps(gettext("How much is overdue, by how long"), says, bars), name="ages")


def _accounts(number: int) -> str:
    words = {"count": number_format(number, force_grouping=True)}
    return ngettext("%(count)s account", "%(count)s accounts", number) % words


def _steps(rows: Sequence[AccountRow]) -> tuple[StepRow, ...]:
    found = []
    for key, label in STEPS.items():
        its = [one.cents for one in rows if key in one.nexts]
        if its:
            found.append(StepRow(key, str(label), len(its), dollars(sum(its)), sum(its)))
    return tuple(found)


def _choices(named: Iterable[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    return (
        Choice(ALL, gettext("All"), chosen == ALL),
        *(Choice(key, label, key == chosen) for key, label in named),
    )


@dataclass(frozen=True)
class Moment:
    """what: of the time-line. tone: of its tag."""

    on: str
    on_sort: str
    what: str
    amount: str
    by: str
    why: str
    party: str
    clause: str
    ended: str
    tone: str


@dataclass(frozen=True)
class AccountPage:
    reference: str
    on: str
    on_sort: str
    today: bool
    balance: str
    open: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str, str, bool], ...]
    moments: tuple[Moment, ...]
    law: tuple[tuple[str, str, bool], ...]
    no_call: str


def account_page(
    told: Mapping[str, Any], lines: Sequence[Line], parties: Mapping[str, str], *, today: date
) -> AccountPage:
    """told: of `telling.account`. parties: id → name. The newest first."""
    moments = [*map(_posting, lines), *(_act(one, parties) for one in told["acts"])]
    moments.sort(key=lambda one: one.on_sort)
    return AccountPage(
        reference=told["account"],
        on=day(told["on"]),
        on_sort=told["on"].isoformat(),
        today=told["on"] == today,
        balance=_dollars(told["balance"]),
        open=tuple((day(one["due"]), _dollars(one["amount"])) for one in told["open"]),
        steps=tuple(
            (str(STEPS[one["step"]]), one["clause"], reason(one["reason"]), one["todo"])
            for one in told["steps"]
        ),
        moments=tuple(reversed(moments)),
        law=tuple((one["clause"], reason(one["says"]), one["broken"]) for one in told["law"]),
        no_call=reason(told["no_call"]),
    )


def _dollars(amount: str) -> str:
    return dollars(int(Decimal(amount) * 100))


def _act(one: Mapping[str, Any], parties: Mapping[str, str]) -> Moment:
    return Moment(
        on=day(one["on"]),
        on_sort=one["on"].isoformat(),
        what=str(ACTS[one["kind"]]),
        amount=_dollars(one["amount"]) if one["amount"] else "",
        by=one["by"],
        why=one["why"],
        party=parties.get(one["party"], one["party"]),
        clause=one["clause"],
        ended=day(one["ended"]),
        tone="open" if one["kind"].endswith(("_opened", "plan_agreed")) and not one["ended"] else "plain",
    )


def _posting(line: Line) -> Moment:
    what = str(POSTINGS[line.kind])
    due = gettext("due on %(day)s") % {"day": day(line.due)} if line.due else ""
    tone = "good" if line.kind == PostingKind.PAID and line.cents < 0 else "plain"
    return Moment(day(line.on), line.on.isoformat(), what, dollars(line.cents), "", due, "", "", "", tone)
