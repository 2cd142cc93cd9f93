from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from meterkeep.desks.arrears import queries
from meterkeep.desks.arrears.kinds import CLOSES, DECIDED, HOLDS, WITH_PARTY, ActKind
from meterkeep.desks.arrears.models import Account, Act
from meterkeep.desks.arrears.positions import Position
from meterkeep.desks.arrears.reasons import say
from meterkeep.desks.arrears.steps import StepName
from meterkeep.desks.parties import queries as parties
from meterkeep.desks.saying import Said
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Refused, Undetermined

LONGEST_WHY = 300
APPROVER = "approver"
"""Role of the workforce register. Where somebody has ever had it, only people in it decide."""
PURPOSE = "power_or_billing"
"""Collecting a bill is part of billing (interpretation R5); a contract with an agency is for it."""


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


def check_member(by: str, *, on: date) -> None:
    """Where a document says "may", a named person decides (interpretation 11.17)."""
    if workforce.person(by, on=on) is None:
        raise Refused(
            "Only members of the workforce decide about an overdue account.",
            where="by",
            next="Give the id of somebody who is in the workforce register on that day.",
        )


def check_decider(by: str, *, on: date) -> None:
    """The named role of interpretation 11.17, where the provider has anybody in it."""
    check_member(by, on=on)
    person = workforce.person(by, on=on)
    if person and person.role != APPROVER and workforce.ever_had(APPROVER):
        raise Refused(
            f"Here this is decided by people in the role “{APPROVER}” (interpretation 11.17).",
            where="by",
            next="Ask one of them.",
        )


def check_sender(by: str, *, on: date) -> None:
    """Whoever writes a file of identities can read it, so they need to know them (CEA-02 5.1)."""
    check_member(by, on=on)
    person = workforce.person(by, on=on)
    if person and not workforce.needs_to_know(person, PURPOSE, on=on):
        raise Refused(
            f"Only people with a need to know for {PURPOSE} write this file (CEA-02/5.1-a).",
            where="by",
            next="Ask one of them, or record the need with `meterkeep register`.",
        )


def check_last(accounts: Iterable[Account], kind: ActKind, *, on: date) -> None:
    """What was decided or sent on a later day is not seen as of this one, so nothing is done twice."""
    later = queries.last_decided(accounts, kind, after=on)
    if later is not None:
        raise Refused(
            f"For some of these accounts it was done on {later}, after {on}.",
            where="--as-of",
            next=f"Do it as of {later} or later.",
        )


def check_agency(party: str, *, on: date) -> None:
    """Licensed (law), under a contract in force for billing, and not ceased. What was never looked up is unknown, not fine."""
    found = parties.party(party) if party else None
    if found is None:
        raise BadInput(
            "Say to which agency: the id of a registered party.",
            where="party",
            next="See `meterkeep parties`.",
        )
    licence = queries.licence(party, on=on)
    if licence is None:
        raise Undetermined(
            f"Nobody has looked up the licence of {party} (CCP/licence, law).",
            where="party",
            next="Look it up, and enter it: meterkeep collections agency.",
        )
    if licence.until is not None and licence.until <= on:
        raise Refused(
            f"The licence of {party} ended on {licence.until} (CCP/licence, law).",
            where="party",
            next="Look it up again, and enter it: meterkeep collections agency.",
        )
    contract = parties.contract_for(found, PURPOSE, on=on)
    if contract is None or not parties.binds(contract, on=on) or PURPOSE not in contract.purposes:
        raise Refused(
            f"There is no contract with {party} in force for {PURPOSE}.",
            where="party",
            next="Enter the contract first.",
        )
    if parties.ceased(found, on=on):
        raise Refused(f"Disclosure to {party} is ceased.", where="party", next="Choose another agency.")


_CANDIDATE = {
    ActKind.REFERRED: StepName.REFERRAL_CANDIDATE,
    ActKind.WRITTEN_OFF: StepName.WRITE_OFF_CANDIDATE,
}


def undecidable(position: Position, kind: ActKind) -> Said | None:
    """Why it cannot be decided so as of the day; None where it can."""
    if any(step.name == _CANDIDATE[kind] for step in position.steps):
        return None
    if kind == ActKind.REFERRED and position.agency:
        return say("with_agency")
    return position.steps[0].reason


def check_decidable(position: Position, kind: ActKind) -> None:
    if why := undecidable(position, kind):
        raise Refused(
            f"This account may not be {'referred' if kind == ActKind.REFERRED else 'written off'}: {why}",
            where=position.account.reference,
            next="See `meterkeep collections show`.",
        )
