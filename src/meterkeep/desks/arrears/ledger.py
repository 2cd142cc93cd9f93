"""What an account's rows say of a day, and which steps it had reached by then: from the rows alone, without a memory of earlier runs.

Amounts are cents and days are civil days; a day's state is that of its end. What a report states replaces what was due by its day;
payments go to the oldest bill first, and one of the report's own day comes on top of it, as the customer would want it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from meterkeep.desks.arrears.kinds import HOLDS, ActKind, PostingKind
from meterkeep.desks.arrears.steps import Account, Hold, Step, StepName, steps_of, years_after
from meterkeep.desks.arrears.table import HOLDS as REASONS
from meterkeep.desks.arrears.terms import Terms

TermsAt = Callable[[date], Terms | None]
"""What the documents in force on a day say; None where there are none."""
_DAY = timedelta(days=1)
_RANK: Mapping[str, int] = {PostingKind.STATED: 0, PostingKind.BILLED: 1}
_BEGINS = frozenset(
    {
        ActKind.FIRST_LETTER, ActKind.SECOND_LETTER, ActKind.RETURNED, ActKind.REFERRED, ActKind.CREDIT_NOTICE, ActKind.REPORTED,
        ActKind.SUED,
    }
)  # fmt: skip
"""Acts after which there is something to end once all is paid."""
ENTERED = frozenset(
    {
        StepName.FIRST_LETTER, StepName.SECOND_LETTER, StepName.WRITE_OFF_CANDIDATE, StepName.REFERRAL_CANDIDATE,
        StepName.CREDIT_REPORT, StepName.LEGAL_AUTHORITY, StepName.STOP,
    }
)  # fmt: skip
"""Steps on which somebody has to act, or may."""


@dataclass(frozen=True, slots=True)
class Line:
    """A posting. file: which file it came with; the lines of one that state what is owed belong together."""

    kind: str
    on: date
    cents: int
    due: date | None = None
    file: int | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """An act. ended: the day on which another act ended it."""

    kind: str
    on: date
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All that is on record of an account, in any order."""

    number: str
    lines: tuple[Line, ...] = ()
    deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class Reached:
    """since: the first day on which the account stood at the step."""

    step: Step
    since: date


def account_on(history: History, on: date) -> Account:
    """The account as it stood at the end of the day. Its balance is what was overdue; where nothing was, what was open."""
    items, clearings = _walked(history.lines, on)
    overdue = {due: cents for due, cents in items.items() if due < on}
    standing = overdue or items
    deeds = [deed for deed in history.deeds if deed.on <= on]
    paid_on = None if overdue else _ended_on(deeds, clearings)
    # What was done about a debt that was paid since says nothing of a new one.
    since = clearings[-1] if overdue and clearings else date.min
    current = [deed for deed in deeds if deed.on > since and (overdue or paid_on)]
    return Account(
        number=history.number,
        balance=sum(standing.values()),
        due_date=min(standing, default=date.max),
        returned_on=_last(current, ActKind.RETURNED),
        referred_on=_last((deed for deed in current if not _over(deed, on)), ActKind.REFERRED),
        legal_notice_on=_first(current, ActKind.CREDIT_NOTICE),
        spoken_on=_first(current, ActKind.CONVERSATION),
        written_off_on=None if overdue else _last(deeds, ActKind.WRITTEN_OFF),
        paid_on=paid_on,
        holds=tuple(
            Hold(*REASONS[HOLDS[deed.kind]], deed.on)
            for deed in deeds
            if deed.kind in HOLDS and not _over(deed, on)
        ),
    )


def open_on(lines: Iterable[Line], on: date) -> dict[date, int]:
    """Due day → cents that are open at the end of the day, each above zero."""
    book = _Book()
    for line in sorted((one for one in lines if one.on <= on), key=_order):
        book.post(line)
    return book.items


class _Book:
    """What is open, by due day, and what was paid beyond it."""

    def __init__(self) -> None:
        self.items: dict[date, int] = {}
        self._credit = 0
        self._report: tuple[date, int | None] | None = None
        self._stated: set[date] = set()

    def post(self, line: Line) -> None:
        if line.kind == PostingKind.STATED:
            self._state(line)
        elif line.cents > 0:
            self._charge(line.due or line.on, line.cents)
        else:
            self._pay(-line.cents)

    def _state(self, line: Line) -> None:
        """Its report's first line takes away what was due by its day; bills that fall due later stay."""
        if self._report != (line.on, line.file):
            self._report, self._credit, self._stated = (line.on, line.file), 0, set()
            self.items = {due: cents for due, cents in self.items.items() if due > line.on}
        if line.cents <= 0 or line.due is None:
            self._pay(-line.cents)
            return
        if line.due not in self._stated:
            self.items.pop(line.due, None)
            self._stated.add(line.due)
        self._charge(line.due, line.cents)

    def _charge(self, due: date, cents: int) -> None:
        used = min(self._credit, cents)
        self._credit -= used
        if cents > used:
            self.items[due] = self.items.get(due, 0) + cents - used

    def _pay(self, cents: int) -> None:
        for due in sorted(self.items):
            used = min(self.items[due], cents)
            self.items[due] -= used
            cents -= used
        self.items = {due: left for due, left in self.items.items() if left}
        self._credit += cents


def _order(line: Line) -> tuple[date, int, int, date]:
    return line.on, _RANK.get(line.kind, 2), line.file or 0, line.due or date.min


def _walked(lines: Iterable[Line], on: date) -> tuple[dict[date, int], list[date]]:
    """What `open_on` says, and the days at whose end nothing was overdue any more."""
    ordered = sorted((line for line in lines if line.on <= on), key=_order)
    days = {line.on for line in ordered} | {line.due + _DAY for line in ordered if line.due}
    book, posted, was_overdue, clearings = _Book(), 0, False, []
    for day in sorted(one for one in days if one <= on):
        while posted < len(ordered) and ordered[posted].on <= day:
            book.post(ordered[posted])
            posted += 1
        is_overdue = bool(book.items) and min(book.items) < day
        if was_overdue and not is_overdue:
            clearings.append(day)
        was_overdue = is_overdue
    return book.items, clearings


def _ended_on(deeds: Iterable[Deed], clearings: list[date]) -> date | None:
    """The day on which all was paid, if anything had been begun on that debt."""
    if not clearings:
        return None
    before = clearings[-2] if len(clearings) > 1 else date.min
    begun = any(deed.kind in _BEGINS and before < deed.on <= clearings[-1] for deed in deeds)
    return clearings[-1] if begun else None


def reached(
    history: History, terms_at: TermsAt, upto: date, *, changes: Iterable[date] = ()
) -> list[Reached]:
    """The steps that the account had reached by the day, those that ended since too; in the order of the days on which it first stood at them.
    It tells what a run on each day up to then would have told. changes: the days on which the documents changed."""
    found: dict[tuple[StepName, date], Reached] = {}
    for day in sorted(breakpoints(history, terms_at, upto, changes)):
        terms = terms_at(day)
        for step in steps_of(account_on(history, day), terms, day) if terms else ():
            if step.name in ENTERED and step.due is not None:
                found.setdefault((step.name, step.due), Reached(step, day))
    return list(found.values())


def breakpoints(history: History, terms_at: TermsAt, upto: date, changes: Iterable[date] = ()) -> set[date]:
    """The days up to the last one on which the steps can be others than on the day before."""
    dues = {line.due or line.on for line in history.lines}
    days = {line.on for line in history.lines} | {deed.on for deed in history.deeds} | set(changes)
    days |= {deed.ended for deed in history.deeds if deed.ended} | {due + _DAY for due in dues}
    for terms in {terms_at(day) for day in (*days, upto)} - {None}:
        assert terms is not None  # noqa: S101
        days |= set(_counted(history, dues, terms))
    return {day for day in days if day <= upto}


def _counted(history: History, dues: Iterable[date], terms: Terms) -> Iterator[date]:
    """The days that the documents count from due days and acts."""
    for due in dues:
        first, second = due + timedelta(days=terms.first_day), due + timedelta(days=terms.second_day)
        yield from (first, second, second + _DAY, first + timedelta(days=terms.credit_days))
        yield from (years_after(due, years) + _DAY for years in (terms.sue_years, terms.obsolete_years))
    for deed in history.deeds:
        yield deed.on + timedelta(days=terms.credit_days)
        yield deed.on + timedelta(days=terms.wait_days)


def _over(deed: Deed, on: date) -> bool:
    return deed.ended is not None and deed.ended <= on


def _first(deeds: Iterable[Deed], kind: ActKind) -> date | None:
    return min((deed.on for deed in deeds if deed.kind == kind), default=None)


def _last(deeds: Iterable[Deed], kind: ActKind) -> date | None:
    return max((deed.on for deed in deeds if deed.kind == kind), default=None)
