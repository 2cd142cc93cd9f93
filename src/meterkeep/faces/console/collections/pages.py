"""The overdue accounts as staff see them: by age and by next step, as a table, and one account's time-line. Nobody is named here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from meterkeep.desks.arrears.kinds import PostingKind
from meterkeep.desks.arrears.ledger import Line
from meterkeep.desks.arrears.standings import Standing
from meterkeep.desks.arrears.terms import Terms
from meterkeep.faces.charts.steps import Bar, Steps, steps
from meterkeep.faces.dates import day
from meterkeep.faces.downloads import csv_text
from meterkeep.faces.overdue import ACTS, POSTINGS, STEPS, dollars, reason

MOST = 500
"""Of how many accounts the page of a decision shows a line."""
PER_PAGE = 100
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
    """labels: of the steps on which somebody has to act, or may."""

    reference: str
    amount: str
    since: str
    days: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """direction: as `aria-sort` has it; "" where the rows are not ordered by it. query: of the page that is ordered by it, or the other way round."""

    label: str
    is_number: bool
    direction: str
    query: str


@dataclass(frozen=True)
class Portfolio:
    on: str
    on_sort: str
    today: bool
    accounts: int
    amount: str
    picture: str
    steps: tuple[StepRow, ...]
    columns: tuple[Column, ...]
    rows: tuple[AccountRow, ...]
    number: int
    page: int
    pages: int
    before: str
    after: str
    buckets: tuple[Choice, ...]
    nexts: tuple[Choice, ...]
    query: str


def portfolio(
    every: Sequence[Standing], terms: Terms, *, on: date, today: date, chosen: Mapping[str, str]
) -> Portfolio:
    """chosen: `bucket` and `next`, each empty for all; `by` and `way`, the order; `page`. Every account is on one of the pages."""
    edges, said = _edges(terms), {name: chosen.get(name, ALL) for name in ("bucket", "next", "by", "way")}
    shown = Paginator(_ordered(chosen_of(every, terms, on=on, chosen=chosen), said), PER_PAGE)
    page = shown.get_page(chosen.get("page", "1"))
    names = {name for one in every for name in one.names}

    def query(**more: object) -> str:
        return "?" + urlencode({"on": on.isoformat(), **said, **more})

    return Portfolio(
        on=day(on),
        on_sort=on.isoformat(),
        today=on == today,
        accounts=len(every),
        amount=dollars(sum(one.cents for one in every)),
        picture=_picture(every, edges, on) if every else "",
        steps=_steps(every),
        columns=_columns(said, query),
        rows=tuple(account_rows(page.object_list, on=on)),
        number=shown.count,
        page=page.number,
        pages=shown.num_pages,
        before=query(page=page.number - 1) if page.has_previous() else "",
        after=query(page=page.number + 1) if page.has_next() else "",
        buckets=_choices([(key, _span(low, high)) for key, low, high in edges], said["bucket"]),
        nexts=_choices([(key, str(STEPS[key])) for key in STEPS if key in names], said["next"]),
        query=query(),
    )


def chosen_of(
    every: Sequence[Standing], terms: Terms, *, on: date, chosen: Mapping[str, str]
) -> list[Standing]:
    bucket, step = chosen.get("bucket", ALL), chosen.get("next", ALL)
    edges = _edges(terms) if bucket else []
    return [
        one
        for one in every
        if (step == ALL or step in one.names) and (bucket == ALL or _bucket(one, edges, on) == bucket)
    ]


_ORDERS: Mapping[str, Callable[[Standing], Any]] = {
    "account": lambda one: one.reference,
    "amount": lambda one: one.cents,
    "since": lambda one: one.due or date.max,
    "days": lambda one: -(one.due or date.max).toordinal(),
    "next": lambda one: one.names,
}


def _ordered(some: list[Standing], said: Mapping[str, str]) -> list[Standing]:
    """The oldest first unless something else was asked for."""
    order = _ORDERS.get(said["by"])
    return sorted(some, key=order, reverse=said["way"] == "down") if order else some


def _columns(said: Mapping[str, str], query: Callable[..., str]) -> tuple[Column, ...]:
    labels = {
        "account": gettext("Account"),
        "amount": gettext("Overdue"),
        "since": gettext("Since"),
        "days": gettext("Days"),
        "next": gettext("Next step"),
    }
    by, down = said["by"] or "since", said["way"] == "down"
    return tuple(
        Column(
            label,
            name in ("amount", "days"),
            ("descending" if down else "ascending") if name == by else "",
            query(by=name, way="down" if name == by and not down else ""),
        )
        for name, label in labels.items()
    )


def account_rows(some: Iterable[Standing], *, on: date) -> list[AccountRow]:
    return [
        AccountRow(
            reference=one.reference,
            amount=dollars(one.cents),
            since=day(one.due),
            days=_days(one, on),
            labels=tuple(str(STEPS[name]) for name in one.names),
        )
        for one in some
    ]


def as_csv(some: Iterable[Standing], *, on: date) -> str:
    head = ("account", "overdue", "due_since", "days", "next", "clause", "reason", "agency")
    return csv_text([head, *(_csv_row(one, on) for one in some)])


def _csv_row(one: Standing, on: date) -> tuple[Any, ...]:
    return (
        one.reference,
        f"{one.cents // 100}.{one.cents % 100:02}",
        one.due.isoformat() if one.due else "",
        _days(one, on),
        " ".join(one.names),
        " ".join(step.clause for step in one.nexts),
        " ".join(reason(step.reason) for step in one.nexts),
        one.agency,
    )


def _days(one: Standing, on: date) -> int:
    return (on - one.due).days if one.due else 0


def _bucket(one: Standing, edges: Sequence[tuple[str, int, int | None]], on: date) -> str:
    days = _days(one, on)
    return next((key for key, low, high in edges if low <= days and (high is None or days < high)), "")


def _edges(terms: Terms) -> list[tuple[str, int, int | None]]:
    """From the day on which something happens by the documents to the next such day; the last has no end."""
    days = sorted({1, terms.first_day, terms.second_day, terms.credit_days})
    return [(str(low), low, high) for low, high in zip(days, [*days[1:], None], strict=True)]


def _span(low: int, high: int | None) -> str:
    if high is None:
        return gettext("%(low)s days or more") % {"low": low}
    return gettext("%(low)s to %(high)s days") % {"low": low, "high": high - 1}


def _picture(every: Sequence[Standing], edges: Sequence[tuple[str, int, int | None]], on: date) -> str:
    cents, numbers = Counter[str](), Counter[str]()
    for one in every:
        bucket = _bucket(one, edges, on)
        numbers[bucket] += 1
        cents[bucket] += one.cents
    bars = [
        Bar(f"{_span(low, high)} · {_accounts(numbers[key])}", cents[key], dollars(cents[key]), "whole")
        for key, low, high in edges
    ]
    says = "; ".join(f"{bar.name}: {bar.words}" for bar in bars)
    return steps(Steps(gettext("How much is overdue, by how long"), says, bars), name="ages")


def _accounts(number: int) -> str:
    words = {"count": number_format(number, force_grouping=True)}
    return ngettext("%(count)s account", "%(count)s accounts", number) % words


def _steps(every: Sequence[Standing]) -> tuple[StepRow, ...]:
    """In the order of `STEPS`."""
    cents, numbers = Counter[str](), Counter[str]()
    for one in every:
        for name in dict.fromkeys(one.names):
            numbers[name] += 1
            cents[name] += one.cents
    return tuple(
        StepRow(key, str(label), numbers[key], dollars(cents[key]), cents[key])
        for key, label in STEPS.items()
        if numbers[key]
    )


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
