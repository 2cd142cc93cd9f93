"""What the page of letters shows: how many of each kind are due, for which accounts, and what each says, to nobody in particular."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext

from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.letters.letter import Addressee, Itemised, Letter, Letterhead, Office
from meterkeep.desks.arrears.letters.writing import Page, written
from meterkeep.desks.arrears.mailing import LeftOut, Pending
from meterkeep.desks.arrears.occasions import CLAUSES, KINDS
from meterkeep.faces.overdue import LETTERS, reason

_AGENCY = "specimen"
_SHOWN = 200
"""Of how many accounts of a kind the page names the reference."""


@dataclass(frozen=True)
class KindRow:
    """accounts: our references. sample: what it says; None without a letterhead."""

    kind: str
    label: str
    clause: str
    number: int
    accounts: tuple[str, ...]
    more: int
    sample: Page | None


@dataclass(frozen=True)
class LeftRow:
    account: str
    label: str
    why: str


@dataclass(frozen=True)
class LettersPage:
    number: int
    rows: tuple[KindRow, ...]
    others: tuple[KindRow, ...]
    stopped: tuple[LeftRow, ...]
    waiting: int
    batches: tuple[tuple[str, int], ...]
    has_head: bool


def letters_page(
    pending: Pending, batches: Mapping[str, int], head: Letterhead | None, *, language: str, on: date
) -> LettersPage:
    """Those of which none is due stand there too, so that what they say can be read."""
    whose = defaultdict(list)
    for one, kind in pending.found:
        whose[kind].append(one.account.reference)
    return LettersPage(
        number=len(pending.found),
        rows=tuple(_row(kind, whose[kind], head, language, on) for kind in KINDS if whose[kind]),
        others=tuple(_row(kind, [], head, language, on) for kind in KINDS if not whose[kind]),
        stopped=left_out(pending.stopped),
        waiting=pending.waiting,
        batches=tuple(batches.items()),
        has_head=head is not None,
    )


def left_out(some: Iterable[LeftOut]) -> tuple[LeftRow, ...]:
    return tuple(LeftRow(one.account, str(LETTERS[one.kind]), reason(one.why)) for one in some)


def _row(kind: ActKind, accounts: list[str], head: Letterhead | None, language: str, on: date) -> KindRow:
    return KindRow(
        kind=str(kind),
        label=str(LETTERS[kind]),
        clause=CLAUSES[kind],
        number=len(accounts),
        accounts=tuple(accounts[:_SHOWN]),
        more=max(0, len(accounts) - _SHOWN),
        sample=_sample(kind, head, language, on) if head else None,
    )


def _sample(kind: ActKind, head: Letterhead, language: str, on: date) -> Page:
    """An invented debt of nobody; the agency has no name yet."""
    agency = Office(gettext("Example Agency"), (gettext("its address"),), gettext("its phone"))
    due, day = on - timedelta(days=130), on - timedelta(days=10)
    letter = Letter(
        kind=KINDS[kind],
        reference="A-0",
        to=Addressee(gettext("the customer’s name"), (gettext("their address"),), "00001234"),
        balance=31245,
        due_date=due,
        on=on,
        agency=_AGENCY,
        itemised=Itemised(day, owed=35000, paid=3755),
        next_on=on + timedelta(days=29),
        dispute_by=on + timedelta(days=44),
        report_from=on + timedelta(days=14),
        credit_days=180,
        disputed_on=day,
        planned_on=day,
        instalments=((on + timedelta(days=30), 20000), (on + timedelta(days=60), 11245)),
        billed=kind in (ActKind.FIRST_LETTER, ActKind.SECOND_LETTER),
        returned=kind == ActKind.RETURNED_LETTER,
        never_referred=True,
        never_reported=True,
    )
    (page,) = written(letter, replace(head, agencies={_AGENCY: agency}), languages=[language])
    return page
