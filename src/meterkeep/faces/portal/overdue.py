"""What was done on a customer's overdue account, as they read it themselves: day, what, how much, with whom, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from meterkeep.desks.arrears import queries
from meterkeep.desks.arrears.letters.head import NAME, read_letterhead
from meterkeep.desks.arrears.occasions import parts_of_plan
from meterkeep.desks.arrears.positions import Position, histories, positions, remembered
from meterkeep.desks.arrears.reasons import rule
from meterkeep.desks.arrears.terms import Terms
from meterkeep.errors import BadInput, Undetermined
from meterkeep.faces.dates import day
from meterkeep.faces.names import Names
from meterkeep.faces.overdue import ACTS, dollars, language, reason

_HELD = {
    "disputed": _("You told us that it is wrong. Until that is settled, nothing else happens."),
    "payment_plan": _("You pay it in parts. While you do, nothing else happens."),
    "bankrupt": _("It is on hold because of a bankruptcy."),
    "deceased": _("It is on hold because of a death."),
}
"""Sentence of the desk → as customers read it."""


@dataclass(frozen=True)
class Done:
    """rule: in the reader's language, or, of a rule that is not about overdue accounts, `foreign`: the document's own words in English."""

    on: str
    on_sort: str
    what: str
    amount: str
    who: str
    clause: str
    rule: str
    foreign: bool


@dataclass(frozen=True)
class Overdue:
    """amount: overdue today; "" where no document in force says how it is counted. since: "" where nothing is. held: why nothing goes on
    now. parts: of a payment plan that is kept, day and amount."""

    reference: str
    amount: str
    since: str
    held: str
    parts: tuple[tuple[str, str], ...]
    done: tuple[Done, ...]


@dataclass(frozen=True)
class Help:
    """As the letters say it: how to pay, and where to ask."""

    ways: tuple[str, ...]
    phone: str
    website: str
    post: str


def help_of(folder: Path) -> Help | None:
    """Of the home's letterhead; None where there is none that can be read, which customers need not hear of."""
    try:
        head = read_letterhead(folder / NAME)
    except BadInput:
        return None
    office = head.office
    return Help(
        head.ways[language()], office.phone, office.website, ", ".join((office.name, *office.address))
    )


def overdue_of(customer: str, *, names: Names, on: date) -> tuple[Overdue, ...]:
    """Each of the customer's accounts on which something was overdue once; the newest act first. Nobody of the staff is named, nor their notes."""
    accounts = list(queries.accounts_of(customer).filter(since__lte=on))
    try:
        stands = {one.account.pk: one for one in positions(on=on, accounts=accounts)}
    except Undetermined:
        stands = {}
    at = remembered()
    return tuple(
        Overdue(
            of.reference,
            *_owed(stands.get(of.pk)),
            tuple(_done(act, names, at(act.on)) for act in reversed(acts)),
        )
        for of, _history, acts in histories(on=on, accounts=accounts)
    )


def _owed(one: Position | None) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    if one is None:
        return "", "", "", ()
    late = one.state.balance > 0 and one.state.due_date < one.on
    hold = one.state.hold(one.on) if late else None
    return (
        dollars(one.state.balance if late else 0),
        day(one.state.due_date) if late else "",
        str(_HELD.get(hold.why.name, "")) if hold else "",
        tuple((day(on), dollars(cents)) for on, cents in parts_of_plan(one)) if late else (),
    )


def _done(act: queries.Act, names: Names, terms: Terms | None) -> Done:
    """terms: that were in force when it was done."""
    said = rule(act.clause, terms) if terms else None
    return Done(
        on=day(act.on),
        on_sort=act.on.isoformat(),
        what=str(ACTS[act.kind]),
        amount="" if act.cents is None else dollars(act.cents),
        who=names.parties[act.party].name if act.party in names.parties else act.party or names.provider,
        clause=act.clause,
        rule=reason(said) if said else names.clause(act.clause),
        foreign=said is None,
    )
