from __future__ import annotations

from datetime import date

from meterkeep.desks.arrears import queries
from meterkeep.desks.arrears.kinds import CLOSES, DECIDED, HOLDS, WITH_PARTY, ActKind
from meterkeep.desks.arrears.models import Account, Act
from meterkeep.desks.parties import queries as parties
from meterkeep.errors import BadInput, Refused

LONGEST_WHY = 300


def check_why(why: str) -> None:
    if not 0 < len(why.strip()) <= LONGEST_WHY:
        raise BadInput(
            "It needs a reason.",
            where="why",
            next=f"Say why, in at most {LONGEST_WHY} characters; name no customer.",
        )


def check_act(
    account: Account, kind: ActKind, *, why: str, party: str, answers: Act | None, on: date
) -> None:
    if kind in {*DECIDED, *HOLDS, *CLOSES}:
        check_why(why)
    if kind in WITH_PARTY and not party:
        raise BadInput(
            "It says which agency or bureau it is about.", where="party", next="Name the party's id."
        )
    if on < account.since:
        raise BadInput(
            f"The account is on record since {account.since}; nothing was done on it before.",
            where=account.reference,
        )
    if begun := CLOSES.get(kind):
        _check_ends(account, kind, ActKind(begun), answers, on=on)
    if kind in HOLDS and any(one.kind == kind for one in queries.open_holds(account, on=on)):
        raise Refused(
            f"This account is already in that state: {kind.label.lower()}.",
            where=account.reference,
            next="See `meterkeep collections show`.",
        )


def _check_ends(account: Account, kind: ActKind, begun: ActKind, answers: Act | None, *, on: date) -> None:
    if answers is None or answers.account_id != account.pk or answers.kind != begun:
        raise BadInput(
            f"“{kind.label}” ends “{begun.label}”, and says which.",
            where=account.reference,
            next="Name the act that it ends.",
        )
    if hasattr(answers, "ended_by"):
        raise Refused(
            "That has ended already.", where=answers.reference, next="See `meterkeep collections show`."
        )
    if on < answers.on:
        raise BadInput(f"It began on {answers.on} and ends on that day or later.", where=answers.reference)


def check_licence(party: str, licence: str, source: str, *, until: date | None, on: date) -> None:
    if parties.party(party) is None:
        raise BadInput(
            f"There is no party {party!r}.", where="party", next="Enter it first: `meterkeep parties`."
        )
    if not licence.strip() or not source.strip():
        raise BadInput("A licence has a number, and was looked up somewhere.", next="Give both.")
    if until is not None and until <= on:
        raise BadInput("The licence has run out.", where="until", next="Enter it once it is renewed.")
