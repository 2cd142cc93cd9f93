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
            say("needs_reason"),
            where="why",
            next=say("say_why", most=LONGEST_WHY),
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
            say("only_workforce"),
            where="by",
            next=say("give_member"),
        )


def check_decider(by: str, *, on: date) -> None:
    """The named role of interpretation 11.17, where the provider has anybody in it."""
    check_member(by, on=on)
    person = workforce.person(by, on=on)
    if person and person.role != APPROVER and workforce.ever_had(APPROVER):
        raise Refused(
            say("only_approvers", role=APPROVER),
            where="by",
            next=say("ask_one"),
        )


def check_sender(by: str, *, on: date) -> None:
    """Whoever writes a file of identities can read it, so they need to know them (CEA-02 5.1)."""
    check_member(by, on=on)
    person = workforce.person(by, on=on)
    if person and not workforce.needs_to_know(person, PURPOSE, on=on):
        raise Refused(
            say("only_need_to_know", purpose=PURPOSE),
            where="by",
            next=say("ask_or_record"),
        )


def check_collector(by: str, *, on: date) -> None:
    """Whoever enters anything on an overdue account: a member of the workforce who needs to know for billing (CEA-02 5.1). on: the day on which it is entered."""
    person = workforce.person(by, on=on)
    if person is None or not workforce.needs_to_know(person, PURPOSE, on=on):
        raise Refused(
            f"Only members of the workforce with a need to know for {PURPOSE} act on overdue accounts (CEA-02/5.1-a).",
            where="by",
            next="Give the id of one of them, or record the need with `meterkeep register`.",
        )


def check_last(accounts: Iterable[Account], kind: ActKind, *, on: date) -> None:
    """What was decided or sent on a later day is not seen as of this one, so nothing is done twice."""
    later = queries.last_decided(accounts, kind, after=on)
    if later is not None:
        raise Refused(
            say("done_later", later=later, on=on),
            where="--as-of",
            next=say("as_of_later", later=later),
        )


def check_agency(party: str, *, on: date) -> None:
    """Licensed (law), under a contract in force for billing, and not ceased. What was never looked up is unknown, not fine."""
    found = parties.party(party) if party else None
    if found is None:
        raise BadInput(
            say("which_agency"),
            where="party",
            next=say("see_parties"),
        )
    licence = queries.licence(party, on=on)
    if licence is None:
        raise Undetermined(
            say("no_licence", party=party),
            where="party",
            next=say("look_up"),
        )
    if licence.until is not None and licence.until <= on:
        raise Refused(
            say("licence_ended", party=party, until=licence.until),
            where="party",
            next=say("look_up"),
        )
    contract = parties.contract_for(found, PURPOSE, on=on)
    if contract is None or not parties.binds(contract, on=on) or PURPOSE not in contract.purposes:
        raise Refused(
            say("no_contract", party=party, purpose=PURPOSE),
            where="party",
            next=say("enter_contract"),
        )
    if parties.ceased(found, on=on):
        raise Refused(say("ceased", party=party), where="party", next=say("other_agency"))


_CANDIDATE = {
    ActKind.REFERRED: StepName.REFERRAL_CANDIDATE,
    ActKind.WRITTEN_OFF: StepName.WRITE_OFF_CANDIDATE,
}


def undecidable(position: Position, kind: ActKind) -> Said | None:
    """Why it cannot be decided so as of the day; None where it can."""
    if kind == ActKind.WRITTEN_OFF and position.agency:
        return say("recall_first")
    if any(step.name == _CANDIDATE[kind] for step in position.steps):
        return None
    if kind == ActKind.REFERRED and position.agency:
        return say("with_agency")
    return position.steps[0].reason


def check_decidable(position: Position, kind: ActKind) -> None:
    if why := undecidable(position, kind):
        raise Refused(
            say("may_not_refer" if kind == ActKind.REFERRED else "may_not_write_off", why=why),
            where=position.account.reference,
            next=say("see_show"),
        )
