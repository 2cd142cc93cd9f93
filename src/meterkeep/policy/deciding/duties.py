"""What must be done because of a decision, and by when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from meterkeep.clocks import Closure, calendar_named, due, parse_period
from meterkeep.policy.deciding.program import Rule
from meterkeep.policy.language.clauses import Clause, DutyRule

FEDERAL = "US"
ROLLED = {"none": "", "next": ", or the next business day", "previous": ", or the business day before"}


@dataclass(frozen=True, slots=True)
class Duty:
    """due: None where the document names no time. clause: the one that imposes it.

    days: how it was counted, such as `10 California business days`; "" where nothing was.
    """

    do: str
    due: date | None
    clause: str
    days: str = ""

    @property
    def in_words(self) -> str:
        """`Tell the customer. By 2026-01-12 (7 calendar days). CPUC/4-c-2`"""
        by = f" By {self.due} ({self.days})." if self.due else ""
        return f"{self.do}{by} {self.clause}"


def duties_of(
    cited: Iterable[Rule], on: date, *, jurisdiction: str = FEDERAL, closures: Sequence[Closure] = ()
) -> tuple[Duty, ...]:
    """The duties of the cited clauses, each once, and where two clauses impose one by the earlier day.

    jurisdiction: whose business days count. closures: the provider's own days; a staff clock leaves them out, a statutory
    clock runs through them.
    """
    return duties_from((rule.clause for rule in cited), on, jurisdiction=jurisdiction, closures=closures)


def duties_from(
    clauses: Iterable[Clause], on: date, *, jurisdiction: str = FEDERAL, closures: Sequence[Closure] = ()
) -> tuple[Duty, ...]:
    """The same of clauses, for a desk whose event, and no decision, starts the clock: a breach, a request, a year's end."""
    duties: dict[str, Duty] = {}
    shut = frozenset(closure.on for closure in closures)
    for clause in clauses:
        for rule in clause.duties:
            duty = _duty(rule, clause.id, on, jurisdiction, shut)
            kept = duties.get(duty.do, duty)
            duties[duty.do] = min(kept, duty, key=lambda one: one.due or date.max)
    return tuple(duties.values())


@lru_cache(maxsize=4096)
def _duty(rule: DutyRule, clause: str, on: date, jurisdiction: str, shut: frozenset[date]) -> Duty:
    if not rule.within:
        return Duty(rule.do, None, clause)
    calendar = calendar_named(jurisdiction)
    pausing = shut if rule.clock == "staff" else frozenset[date]()
    day = due(on, rule.within, calendar=calendar, roll=rule.roll, closures=pausing)
    paused = ", the office's closures not counted" if any(on < closed <= day for closed in pausing) else ""
    return Duty(rule.do, day, clause, _counted(rule, calendar.title) + paused)


def _counted(rule: DutyRule, business_days: str) -> str:
    """`10 California business days`, or `7 calendar days, or the next business day`."""
    period = parse_period(rule.within)
    unit = {"day": "calendar days", "business day": business_days}.get(period.unit, f"{period.unit}s")
    said = f"{period.count} {unit if period.count != 1 else unit.removesuffix('s')}"
    return said if period.unit == "business day" else said + ROLLED[rule.roll]
