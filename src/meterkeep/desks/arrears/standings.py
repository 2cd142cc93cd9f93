"""Where every account stands on a day, in as little as a page of all of them needs; put together once for as long as nothing is entered.

What is kept is kept in memory, for one day, and known by the last rows of the ledger: whatever is entered, or destroyed, makes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Max

from meterkeep.desks.arrears.models import Account, Act, Import, Posting
from meterkeep.desks.arrears.positions import Position, positions
from meterkeep.desks.arrears.steps import Step, StepName
from meterkeep.desks.arrears.terms import Terms


@dataclass(frozen=True, slots=True)
class Standing:
    """cents: overdue. due: of the oldest bill that is overdue. nexts: the steps on which somebody has to act, or may; else what holds it, or what
    comes, under the name of `none`. agency: which has it, or ""."""

    reference: str
    cents: int
    due: date | None
    nexts: tuple[Step, ...]
    names: tuple[str, ...]
    agency: str


_Key = tuple[object, ...]
_kept: list[tuple[_Key, Sequence[Standing]]] = []
"""At most one."""


def standings(*, on: date, terms: Terms) -> Sequence[Standing]:
    """Of all accounts on which something is overdue or to do, the oldest first. terms: those of the day. Raises Undetermined as `positions` does."""
    key = (on, terms, *_last_rows())
    for known, found in _kept:
        if known == key:
            return found
    _kept.clear()
    made = standing_of(positions(on=on, at=lambda _: terms))
    _kept.append((key, made))
    return made


def standing_of(found: Iterable[Position]) -> list[Standing]:
    """Those on which something is overdue or to do, the oldest first."""
    some = [_standing(one) for one in found if one.todo or _is_overdue(one)]
    return sorted(some, key=lambda one: (one.due or date.max, one.reference))


def _standing(one: Position) -> Standing:
    overdue, nexts = _is_overdue(one), one.todo or one.steps[:1]
    return Standing(
        reference=one.account.reference,
        cents=one.state.balance if overdue else 0,
        due=one.state.due_date if overdue else None,
        nexts=nexts,
        names=tuple(_name(step, one) for step in nexts),
        agency=one.agency,
    )


def _is_overdue(one: Position) -> bool:
    return one.state.balance > 0 and one.state.due_date < one.on


def _name(step: Step, one: Position) -> str:
    """What was done already is not to do again."""
    return str(step.name) if step in one.todo or step.name == StepName.HELD else str(StepName.NONE)


def _last_rows() -> _Key:
    """Rows are only added, and references are drawn, so another ledger of as many rows has others."""
    told: list[object] = [connection.settings_dict["NAME"]]
    for model in (Account, Import, Act, Posting):
        told += model.objects.aggregate(last=Max("pk"), number=Count("pk")).values()
    for named in (Account, Import, Act):
        told.append(named.objects.order_by("-pk").values_list("reference", flat=True).first())
    return tuple(told)
