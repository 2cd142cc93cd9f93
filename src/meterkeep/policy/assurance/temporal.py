"""Time: the days on which what a pack says may change, and whether it can be asked on every day of its life.

No outcome is asserted here. Asking on the first day of each quarter, and around every change, shows gaps: a number that is
not in force yet, a clause that fails to compile, a day between two documents on which nothing is in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.deciding.engine import decide
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import vocabulary

AHEAD = 2  # years after the day asked about


@dataclass(frozen=True, slots=True)
class TimeReport:
    """first and last: the span tried; tried: days × actions; failures: (day, action, what happened)."""

    first: date
    last: date
    tried: int
    failures: tuple[tuple[date, str, str], ...]

    def as_json(self) -> dict[str, Any]:
        failures = [
            {"on": day.isoformat(), "action": action, "what": what} for day, action, what in self.failures
        ]
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "tried": self.tried,
            "failures": failures,
        }


def first_day(pack: Pack) -> date:
    """The day on which the first of the pack's own documents came into force."""
    return min(document.effective for document in pack.documents)


def ahead(on: date) -> date:
    """How far the time after a day is looked at."""
    return on.replace(year=min(on.year + AHEAD, date.max.year), day=min(on.day, 28))


def stretches(pack: Pack, *, last: date) -> list[tuple[date, date]]:
    """The half-open stretches of time without a change, from the first own document to the last day."""
    first = first_day(pack)
    inside = {day for day in changes(pack) if first < day <= last}
    if first == date.max:  # the end of time, on which nothing begins
        return []
    end = min(max(last, first), date.max - timedelta(days=1)) + timedelta(days=1)
    return list(pairwise([*sorted({first, *inside}), end]))


def cover_time(pack: Pack, *, on: date) -> TimeReport:
    """Asks every action on every quarter's first day, and on each side of every change, to two years after `on`."""
    first, end = first_day(pack), max(document.until for document in pack.documents)
    last = min(ahead(on), max(first, end - timedelta(days=1)))
    turns = {day for day in changes(pack) if first <= day <= last}
    around = {day - timedelta(days=1) for day in turns if day > first} | turns
    days = sorted({*around, *_quarters(first, last), first})
    failures = tuple(failure for day in days for failure in _failures(pack, day))
    return TimeReport(first, last, len(days) * len(vocabulary().actions), failures)


def _failures(pack: Pack, day: date) -> Iterator[tuple[date, str, str]]:
    for action in vocabulary().actions:
        try:
            why = decide(pack, action=action, facts={}, on=day).why
        except BadInput as error:
            yield day, action, error.message
            continue
        if why == "not_in_force":
            yield day, action, f"No document of {pack.id} is in force."
            return


def _quarters(first: date, last: date) -> Iterator[date]:
    starts = (date(year, month, 1) for year in range(first.year, last.year + 1) for month in (1, 4, 7, 10))
    yield from (day for day in starts if first <= day <= last)


def changes(pack: Pack) -> set[date]:
    """The days on which a clause, a document or a number begins or ends."""
    figures = {figure.effective for parameter in pack.parameters.values() for figure in parameter.figures}
    clauses = {day for clause in pack.clauses for day in (clause.effective, clause.until)}
    layers = {day for layer in pack.layers for day in (layer.effective, layer.until)}
    return (figures | clauses | layers) - {date.min, date.max}
