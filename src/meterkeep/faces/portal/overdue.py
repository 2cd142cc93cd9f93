"""What was done on a customer's overdue account, as they read it themselves: day, what, how much, with whom, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meterkeep.desks.arrears import queries
from meterkeep.desks.arrears.positions import Position, histories, positions, remembered
from meterkeep.desks.arrears.reasons import rule
from meterkeep.desks.arrears.terms import Terms
from meterkeep.errors import Undetermined
from meterkeep.faces.dates import day
from meterkeep.faces.names import Names
from meterkeep.faces.overdue import ACTS, dollars, reason


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
    """amount: overdue today; "" where no document in force says how it is counted. since: "" where nothing is."""

    reference: str
    amount: str
    since: str
    done: tuple[Done, ...]


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
        for of, _, acts in histories(on=on, accounts=accounts)
    )


def _owed(one: Position | None) -> tuple[str, str]:
    if one is None:
        return "", ""
    late = one.state.balance > 0 and one.state.due_date < one.on
    return (dollars(one.state.balance), day(one.state.due_date)) if late else (dollars(0), "")


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
