"""Whose records the collection of a debt still needs, and what stays of those whose records go: the books' side of a write-off, without anybody.

A debt needs records while something is open on it, until it is too old to be reported (`collections.obsolete_years` after its newest due day).
Where nobody has said how many years those are, it needs them without an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from meterkeep.desks.arrears import queries
from meterkeep.desks.arrears.kinds import HOLDS, ActKind
from meterkeep.desks.arrears.ledger import Deed, History, open_on
from meterkeep.desks.arrears.positions import TAKEN_BACK, histories
from meterkeep.desks.arrears.steps import years_after
from meterkeep.desks.arrears.terms import law_figure
from meterkeep.desks.customers.queries import batches
from meterkeep.desks.policies import queries as policies

_UNFINISHED = frozenset({*TAKEN_BACK, *HOLDS})
"""Acts that somebody has to end: with an agency, at a bureau, a dispute or another hold, a payment plan."""


@dataclass(frozen=True, slots=True)
class Need:
    """Of one customer, over all accounts. oldest: due day of the oldest bill that is open, or of the oldest on record where none is.
    until: the first day on which it no longer keeps anything; None for no end."""

    oldest: date
    until: date | None


def needs(customers: Sequence[str] | None = None, *, on: date) -> dict[str, Need]:
    """Customer → what keeps their records as of the day; whoever has nothing open is left out. customers: None for all."""
    years, known_on = _years(on), max(on, queries.last_day() or on)
    found: dict[str, Need] = {}
    for account, history, _ in histories(on=known_on, accounts=_accounts(customers)):
        need = _need(history, years, on=on, known_on=known_on)
        if need is not None:
            known = found.get(account.customer)
            found[account.customer] = _both(known, need) if known else need
    return found


def _accounts(customers: Sequence[str] | None) -> list | None:
    if customers is None:
        return None
    return [one for some in batches(customers) for one in queries.accounts().filter(customer__in=some)]


def _years(on: date) -> int | None:
    pack = policies.pack_in_force(on)
    return law_figure(pack, "obsolete_years", on) if pack else None


def _need(history: History, years: int | None, *, on: date, known_on: date) -> Need | None:
    """A bill that falls due later is open, too. Whatever day is asked about, what was entered since then counts, as holds do."""
    dues = list(open_on(history.lines, known_on))
    if not dues and any(_unfinished(deed, known_on) for deed in history.deeds):
        dues = [line.due or line.on for line in history.lines] or [deed.on for deed in history.deeds]
    if not dues:
        return None
    until = years_after(max(dues), years) if years is not None else None
    return Need(min(dues), until) if until is None or on < until else None


def _unfinished(deed: Deed, on: date) -> bool:
    return ActKind(deed.kind) in _UNFINISHED and (deed.ended is None or deed.ended > on)


def _both(one: Need, other: Need) -> Need:
    until = None if one.until is None or other.until is None else max(one.until, other.until)
    return Need(min(one.oldest, other.oldest), until)
