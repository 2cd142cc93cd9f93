"""What is due to be destroyed as of a day: what, why, when, and what stands in the way. It opens and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from meterkeep.desks.customers import queries as customers
from meterkeep.desks.retention import debts, queries
from meterkeep.desks.retention.models import Hold
from meterkeep.desks.retention.schedule import Bound, Term
from meterkeep.errors import BadInput
from meterkeep.gate import Disposal, Farewell, Gate, Period

EVER = date(1970, 1, 1)


@dataclass(frozen=True)
class Due:
    """Records of one class that go together. customers: whose; of readings, () where they are everyone's. number: how many customers, or
    readings. start, end: civil days, half-open. since: the day on which the first of them fell due. counts, outcome, missing: what the
    gate counts, and what the documents say of their destruction."""

    record: str
    number: int
    since: date
    term: Term
    ceiling: Bound
    customers: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    outcome: str = ""
    missing: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        unit = self.ceiling.unit if self.ceiling.value == 1 else f"{self.ceiling.unit}s"
        return f"older than {self.ceiling.value} {unit}"


@dataclass(frozen=True)
class Held:
    """Records that would be due, and what keeps them. number: of customers. customers: their ids, where the hold names them."""

    record: str
    hold: Hold
    number: int
    customers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """coming: (class, day, number of customers) of what falls due within a year. unscheduled: classes for which nothing adopted says how
    long they are kept at most. under_way: destructions that were begun and not finished."""

    on: date
    terms: tuple[Term, ...]
    due: tuple[Due, ...] = ()
    held: tuple[Held, ...] = ()
    coming: tuple[tuple[str, date, int], ...] = ()
    under_way: int = 0
    duties: Mapping[str, str] = field(default_factory=dict)

    @property
    def conflicts(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.conflict)


@dataclass
class _Found:
    due: list[Due] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    coming: list[tuple[str, date, int]] = field(default_factory=list)


def plan(*, gate: Gate, by: str, on: date) -> Plan:
    """Deterministic: sorted by class of records and by day. by: for whom the documents decide; nothing is recorded."""
    terms = queries.terms(on)
    found = _Found()
    for term in terms:
        if term.ceiling is None or term.conflict:
            continue
        if term.record == "customer":
            _customers(term, term.ceiling, found)
        elif term.record == "readings":
            _readings(term, term.ceiling, gate, found)
        elif queries.places():
            _files(term, term.ceiling, found)
    return Plan(
        on,
        terms,
        tuple(due for due in (weighed(due, gate=gate, by=by, on=on) for due in found.due) if due.number),
        tuple(found.held),
        tuple(found.coming),
        queries.under_way().count(),
        queries.duties(on),
    )


def weighed(due: Due, *, gate: Gate, by: str, on: date) -> Due:
    """With what the gate counts and decides of it."""
    if due.record == "customer":
        whom = Farewell(customers=due.customers, usage_points=tuple(customers.alone_at(due.customers)))
        kept = gate.forget(whom, why=due.why, by=by, on=on, apply=False)
        counts = {name: int(kept.told[name]) for name in ("readings", "values", "keys")}
        return replace(due, counts=counts, outcome=kept.outcome, missing=tuple(kept.missing))
    if due.record == "files":
        kept = gate.forget(old_files(due.end or EVER), why=due.why, by=by, on=on, apply=False)
        number = int(kept.told["copies"])
        return replace(due, number=number, outcome=kept.outcome, missing=tuple(kept.missing))
    disposal = Disposal(customers=due.customers, period=Period(due.start or EVER, due.end or EVER))
    try:
        seen = gate.destroy(disposal, why=due.why, by=by, on=on, apply=False)
    except BadInput:  # Nobody of them held a usage point then.
        return due
    counts = {"readings": seen.readings, "files": seen.files}
    return replace(
        due, number=seen.readings, counts=counts, outcome=seen.outcome, missing=tuple(seen.missing)
    )


def old_files(before: date) -> Farewell:
    """What goes of the places outside the home. The facts are the schedule's: whose files they are nobody knows, so no register does."""
    facts = {
        "record.still_needed": False,
        "record.past_ceiling": True,
        "record.floor_reached": True,
        "record.hold": False,
        "record.law_requires_keeping": False,
    }
    return Farewell(customers=(), folders=tuple(queries.places()), before=before, declared=facts)


def _files(term: Term, ceiling: Bound, found: _Found) -> None:
    """Files of the places that are so old. A hold on anybody's files keeps all of them: nobody knows who is in which."""
    holds = list(queries.about(term.record, on=term.on))
    found.held.extend(Held(term.record, hold, queries.customers_of(hold)) for hold in holds)
    if not holds:
        before = ceiling.before(term.on) + timedelta(days=1)
        found.due.append(Due(term.record, 0, term.on, term, ceiling, (), None, before))


def _customers(term: Term, ceiling: Bound, found: _Found) -> None:
    """Everything of customers who left so long ago."""
    oldest = ceiling.before(term.on)
    left = customers.left_by(oldest)
    if general := queries.holding_everyone(term.record, on=term.on):
        found.held.extend(Held(term.record, hold, len(left)) for hold in general if left)
    else:
        names = queries.held(term.record, [customer for customer, _ in left], on=term.on)
        owing = debts.needed(term.record, [customer for customer, _ in left], end=None, on=term.on)
        going = [(customer, day) for customer, day in left if customer not in names and customer not in owing]
        found.held.extend((*_counted(term.record, names), *_owing(term, owing)))
        if going:
            since = ceiling.after(going[0][1])
            whose = tuple(sorted(customer for customer, _ in going))
            found.due.append(Due(term.record, len(going), since, term, ceiling, whose))
    found.coming.extend(_coming(term.record, ceiling, oldest))


def _coming(record: str, ceiling: Bound, oldest: date) -> list[tuple[str, date, int]]:
    """By month of the day on which they fall due, within a year."""
    horizon = date(oldest.year + 1, oldest.month, min(oldest.day, 28))
    days = [day for _, day in customers.left_by(horizon) if day > oldest]
    months = Counter(ceiling.after(day).replace(day=1) for day in days)
    return [(record, month, months[month]) for month in sorted(months)]


def _readings(term: Term, ceiling: Bound, gate: Gate, found: _Found) -> None:
    """The readings of all months that ended so long ago, of everyone who is not held."""
    end = ceiling.before(term.on).replace(day=1)
    first = gate.store_status(as_of=term.on).first
    oldest = date.fromisoformat(f"{first}-01") if first else end
    found.coming.append((term.record, ceiling.after(_next_month(max(end, oldest))), 0))
    held, general = queries.held(term.record, on=term.on), queries.holding_everyone(term.record, on=term.on)
    found.held.extend(Held(term.record, hold, customers.count()) for hold in general)
    if general:
        return
    owing = debts.needed(term.record, None, end=end, on=term.on)
    found.held.extend((*_counted(term.record, held), *_owing(term, owing)))
    kept = owing.union(held)
    whose = tuple(one for one in customers.everyone() if one not in kept) if kept else ()
    if not kept or whose:
        since = ceiling.after(_next_month(min(oldest, end)))
        found.due.append(Due(term.record, 0, since, term, ceiling, whose, EVER, end))


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _owing(term: Term, owing: set[str]) -> list[Held]:
    return [Held(term.record, debts.hold(term.on), len(owing), tuple(sorted(owing)))] if owing else []


def _counted(record: str, held: dict[str, list[Hold]]) -> list[Held]:
    whose: dict[str, list[str]] = {}
    by_reference = {hold.reference: hold for holds in held.values() for hold in holds}
    for customer, holds in held.items():
        for hold in holds:
            whose.setdefault(hold.reference, []).append(customer)
    return [
        Held(record, by_reference[reference], len(ids), tuple(sorted(ids)))
        for reference, ids in sorted(whose.items())
    ]


def as_json(found: Plan) -> dict[str, Any]:
    """Whoever is due is counted; whoever is held is told by their random ids."""
    return {
        "as_of": found.on,
        "schedule": [
            {
                "record": term.record,
                "ceiling": _bound(term.ceiling),
                "floor": _bound(term.floor),
                "conflict": term.conflict,
            }
            for term in found.terms
        ],
        "due": [
            {
                "record": due.record,
                "why": due.why,
                "since": due.since,
                "clauses": due.term.cites,
                "start": due.start,
                "end": due.end,
                "customers": len(due.customers),
                "counts": due.counts,
                "outcome": due.outcome,
                "missing": due.missing,
            }
            for due in found.due
        ],
        "held": [
            {
                "record": held.record,
                "hold": held.hold.reference,
                "kind": held.hold.kind,
                "why": held.hold.why,
                "until": held.hold.until,
                "customers": held.number,
                "ids": held.customers,
            }
            for held in found.held
        ],
        "coming": [
            {"record": record, "on": day, "customers": number} for record, day, number in found.coming
        ],
        "under_way": found.under_way,
        "duties": [{"clause": clause, "do": do} for clause, do in found.duties.items()],
    }


def _bound(bound: Any) -> dict[str, Any] | None:
    if bound is None:
        return None
    return {"value": bound.value, "unit": bound.unit, "clause": bound.cite, "verified": bound.verified}
