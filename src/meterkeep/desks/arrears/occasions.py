"""Which letters an account calls for on a day, and what each of them states: from the ledger alone, so that the same day gives the same letters.

A letter is called for from the day on which what it tells of happened until one of its kind is entered as sent. Nobody gets two on a day: the
first of the order below goes, the others wait. Where somebody is bankrupt or has died, a person writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.ledger import account_on, open_on
from meterkeep.desks.arrears.letters.letter import Itemised, Kind
from meterkeep.desks.arrears.models import Act
from meterkeep.desks.arrears.positions import Position
from meterkeep.desks.arrears.reasons import say
from meterkeep.desks.arrears.steps import StepName, years_after
from meterkeep.desks.arrears.terms import Terms
from meterkeep.desks.saying import Said

A = ActKind
KINDS: Mapping[ActKind, Kind] = {
    A.DISPUTE_LETTER: Kind.DISPUTE,
    A.PLAN_LETTER: Kind.PLAN,
    A.PAID_LETTER: Kind.PAID,
    A.WRITE_OFF_LETTER: Kind.WRITTEN_OFF,
    A.CREDIT_NOTICE: Kind.CREDIT,
    A.FIRST_LETTER: Kind.FIRST,
    A.SECOND_LETTER: Kind.SECOND,
    A.RETURNED_LETTER: Kind.RETURNED,
    A.VALIDATION_NOTICE: Kind.VALIDATION,
}
"""In the order in which they go: answers first, then the notices and letters, last what the agency may send itself."""
CLAUSES: Mapping[ActKind, str] = {
    A.DISPUTE_LETTER: "FED/1692g",
    A.PLAN_LETTER: "CEA-05/5.1-c",
    A.PAID_LETTER: "CEA-05/5.7",
    A.WRITE_OFF_LETTER: "CEA-05/5.3",
    A.CREDIT_NOTICE: "CIV/1785.26",
    A.FIRST_LETTER: "CEA-05/5.1-a",
    A.SECOND_LETTER: "CEA-05/5.1-b",
    A.RETURNED_LETTER: "CEA-05/5.2",
    A.VALIDATION_NOTICE: "FED/1692g",
}
_STATEMENTS = (A.FIRST_LETTER, A.SECOND_LETTER, A.RETURNED_LETTER)
"""Letters that state what is owed: a validation notice is itemised from the last of them."""
_NEVER = (A.BANKRUPTCY_OPENED, A.DECEASED_OPENED)


@dataclass(frozen=True, slots=True)
class Called:
    """The letters that are called for, in the order in which they go. stopped: those of which something is missing yet, and what."""

    kinds: tuple[ActKind, ...]
    stopped: Mapping[ActKind, Said]


class NotYet(Exception):
    """Something that the letter states is missing."""

    def __init__(self, why: Said) -> None:
        super().__init__(why)
        self.why = why


def called(one: Position, terms: Terms) -> Called:
    if any(one.open(kind) for kind in _NEVER):
        return Called((), {})
    kinds = [kind for kind in KINDS if _CALLS[kind](one, terms)]
    stopped = {kind: why for kind in kinds if (why := _lacking(one, kind, terms))}
    return Called(tuple(kind for kind in kinds if kind not in stopped), stopped)


def facts(one: Position, kind: ActKind, terms: Terms) -> dict[str, Any]:
    """What the letter states beside name and address, as `letters.letter.Letter` has it. Raises NotYet where `called` would stop it."""
    if why := _lacking(one, kind, terms):
        raise NotYet(why)
    due = _due_date(one, kind)
    return {
        "kind": KINDS[kind],
        "balance": one.state.balance,
        "due_date": due,
        "bills": _bills(one),
        "agency": one.agency,
        "billed": one.state.returned_on is None and not one.agency,
        "returned": one.state.returned_on is not None and not one.agency,
        "referred": bool(one.agency),
        "credit_days": terms.credit_days,
        "too_old_to_sue": one.on > years_after(due, terms.sue_years),
        "too_old_to_report": one.on > years_after(due, terms.obsolete_years),
        **_OWN.get(kind, lambda *_: {})(one, terms),
    }


def _bills(one: Position) -> tuple[tuple[date, int], ...]:
    """Of what is overdue; bills that fall due later are not in the balance either."""
    items = open_on(one.history.lines, one.on)
    return tuple((day, cents) for day, cents in sorted(items.items()) if day < one.on)


def _due_date(one: Position, kind: ActKind) -> date:
    """Of what was paid or written off: as it stood before that came off."""
    ended = one.state.paid_on if kind == A.PAID_LETTER else None
    if kind == A.WRITE_OFF_LETTER:
        ended = _last(one, A.WRITTEN_OFF).on
    if ended is None:
        return one.state.due_date
    before = tuple(line for line in one.history.lines if line.cents > 0 or line.on < ended)
    return account_on(replace(one.history, lines=before), ended).due_date


def _lacking(one: Position, kind: ActKind, terms: Terms) -> Said | None:
    """Why it cannot be written yet although it is called for."""
    if kind == A.PAID_LETTER and any(step.name == StepName.STOP for step in one.todo):
        return say("take_back_first")
    if kind == A.VALIDATION_NOTICE:
        if terms.dispute_days is None:
            return say("no_dispute_time")
        if (itemised := _itemised(one)) is None:
            return say("no_statement")
        return say("owed_more", day=itemised.day) if itemised.paid < 0 else None
    return None


def _calls_dispute(one: Position, terms: Terms) -> bool:
    return _unanswered(one, one.open(A.DISPUTE_OPENED), A.DISPUTE_LETTER)


def _calls_plan(one: Position, terms: Terms) -> bool:
    return _unanswered(one, one.open(A.PLAN_AGREED), A.PLAN_LETTER)


def _calls_paid(one: Position, terms: Terms) -> bool:
    paid = one.state.paid_on
    return paid is not None and one.state.written_off_on is None and not _since(one, paid, A.PAID_LETTER)


def _calls_write_off(one: Position, terms: Terms) -> bool:
    return one.state.written_off_on is not None and _unanswered(
        one, [_last(one, A.WRITTEN_OFF)], A.WRITE_OFF_LETTER
    )


def _calls_validation(one: Position, terms: Terms) -> bool:
    return bool(one.agency) and _collects(one) and _unanswered(one, one.open(A.REFERRED), A.VALIDATION_NOTICE)


def _calls_credit(one: Position, terms: Terms) -> bool:
    """Once the notice is all that is missing before it may be reported."""
    blocked = any(
        step.name == StepName.CREDIT_REPORT_BLOCKED and step.clause == CLAUSES[A.CREDIT_NOTICE]
        for step in one.steps
    )
    return blocked and bool(one.agency)


def _calls_returned(one: Position, terms: Terms) -> bool:
    """Where no other letter has told that the utility no longer bills it, or does so now."""
    since = one.state.returned_on
    if since is None or not _collects(one) or one.state.balance < terms.referral_from:
        return False
    if any(_calls_step(one, kind) for kind in (A.FIRST_LETTER, A.SECOND_LETTER)):
        return False
    return not _since(one, since, *_STATEMENTS, A.VALIDATION_NOTICE)


def _calls_step(one: Position, kind: ActKind) -> bool:
    return any(str(step.name) == str(kind) for step in one.todo)


_CALLS: Mapping[ActKind, Callable[[Position, Terms], bool]] = {
    A.DISPUTE_LETTER: _calls_dispute,
    A.PLAN_LETTER: _calls_plan,
    A.PAID_LETTER: _calls_paid,
    A.WRITE_OFF_LETTER: _calls_write_off,
    A.VALIDATION_NOTICE: _calls_validation,
    A.CREDIT_NOTICE: _calls_credit,
    A.FIRST_LETTER: lambda one, terms: _calls_step(one, A.FIRST_LETTER),
    A.SECOND_LETTER: lambda one, terms: _calls_step(one, A.SECOND_LETTER),
    A.RETURNED_LETTER: _calls_returned,
}


def _collects(one: Position) -> bool:
    """Something is overdue, and nothing holds it."""
    return one.state.balance > 0 and one.state.due_date < one.on and one.state.hold(one.on) is None


def _unanswered(one: Position, begun: list[Act], answer: ActKind) -> bool:
    return bool(begun) and not _since(one, begun[-1].on, answer)


def _since(one: Position, day: date, *kinds: ActKind) -> bool:
    return any(act.kind in kinds and act.on >= day for act in one.acts)


def _last(one: Position, kind: ActKind) -> Act:
    return next(act for act in reversed(one.acts) if act.kind == kind)


def _first(one: Position, terms: Terms) -> dict[str, Any]:
    next_on = one.state.due_date + timedelta(days=terms.second_day)
    return {"next_on": next_on if next_on > one.on else None}


def _validation(one: Position, terms: Terms) -> dict[str, Any]:
    """It counts as received once it had time to come back, which is later than the law lets it be assumed; the time to dispute runs from then."""
    days = terms.wait_days + (terms.dispute_days or 0)
    return {"itemised": _itemised(one), "dispute_by": one.on + timedelta(days=days)}


def _itemised(one: Position) -> Itemised | None:
    """From the last day on which the customer was written what is owed; None where nobody wrote since it fell due."""
    days = [act.on for act in one.acts if act.kind in _STATEMENTS and one.state.due_date < act.on < one.on]
    if not days:
        return None
    owed = account_on(one.history, max(days)).balance
    return Itemised(max(days), owed=owed, paid=owed - one.state.balance)


def _credit(one: Position, terms: Terms) -> dict[str, Any]:
    return {"report_from": one.on + timedelta(days=terms.wait_days)}


def _paid(one: Position, terms: Terms) -> dict[str, Any]:
    """agency: the last that had it. What was taken back is told once."""
    before = max(
        (act.on for act in one.acts if act.kind == A.PAID_LETTER and act.on < one.on), default=date.min
    )
    since = [act for act in one.acts if act.on > before]
    agencies = [act.party for act in since if act.kind == A.REFERRED]
    return {
        "balance": 0,
        "agency": agencies[-1] if agencies else "",
        "recalled": any(act.kind == A.RECALLED for act in since),
        "reported": any(act.kind == A.CORRECTED for act in since),
    }


def _write_off(one: Position, terms: Terms) -> dict[str, Any]:
    kinds = {act.kind for act in one.acts}
    return {
        "balance": _last(one, A.WRITTEN_OFF).cents or 0,
        "never_referred": A.REFERRED not in kinds,
        "never_reported": A.REPORTED not in kinds,
    }


def _dispute(one: Position, terms: Terms) -> dict[str, Any]:
    return {"disputed_on": _last(one, A.DISPUTE_OPENED).on}


def _plan(one: Position, terms: Terms) -> dict[str, Any]:
    parts = parts_of_plan(one)
    return {
        "planned_on": _last(one, A.PLAN_AGREED).on,
        "instalments": parts,
        "balance": sum(cents for _, cents in parts),
    }


def parts_of_plan(one: Position) -> tuple[tuple[date, int], ...]:
    """Days and cents of the payment plan that is kept now; none where there is no plan, or it was entered without them."""
    return tuple(
        (date.fromisoformat(day), cents)
        for act in one.open(A.PLAN_AGREED)[-1:]
        for day, cents in sorted(act.detail.get("instalments", ()))
    )


_OWN: Mapping[ActKind, Callable[[Position, Terms], dict[str, Any]]] = {
    A.DISPUTE_LETTER: _dispute,
    A.PLAN_LETTER: _plan,
    A.PAID_LETTER: _paid,
    A.WRITE_OFF_LETTER: _write_off,
    A.VALIDATION_NOTICE: _validation,
    A.CREDIT_NOTICE: _credit,
    A.FIRST_LETTER: _first,
}
