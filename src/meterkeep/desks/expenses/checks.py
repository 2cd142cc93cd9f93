from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from meterkeep.desks.expenses.assessing import WHOLE, cents, open_lines
from meterkeep.desks.expenses.claim import ClaimantKind
from meterkeep.desks.expenses.files import MOST
from meterkeep.desks.expenses.models import ABOUT, PAPERS, Claim, Receipt
from meterkeep.desks.expenses.states import TABLE, WRITABLE, State
from meterkeep.desks.state_table import check_move
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, MeterkeepError, Refused, Undetermined

VERIFIER, APPROVER = "finance", "approver"
"""Roles of the workforce register. Where somebody has ever had one, only people in it do what it is for."""
LONGEST_WHY = 500


def check_member(by: str, *, on: date) -> None:
    if workforce.person(by, on=on) is None:
        raise Refused(
            f"{by[:60]!r} is nobody of the workforce register on {on}.",
            where="by",
            next="Give a person's id of the register; who is missing is entered with `meterkeep register`.",
        )


def check_claimant(claimant: str, kind: str, *, on: date) -> None:
    if kind not in list(ClaimantKind):
        raise BadInput(
            "There is no such kind of claimant.", where="kind", next=f"One of {', '.join(ClaimantKind)}."
        )
    if workforce.person(claimant, on=on) is None:
        raise Refused(
            "The claimant is nobody of the workforce register on this day.",
            where="claimant",
            next="Enter officials, committee members, contractors and volunteers there too: `meterkeep register`.",
        )


def check_own(claim: Claim, by: str) -> None:
    if by not in (claim.claimant, claim.began_by):
        raise Refused(
            "This is somebody else's claim.",
            where="by",
            next="The claimant changes it, or whoever entered it.",
        )


def check_writable(claim: Claim) -> None:
    if claim.state not in WRITABLE:
        raise Refused(
            f"This claim is {State(claim.state).label.lower()}; what was handed in stays as it is.",
            where=claim.reference,
            next="Have it given back first, or file another claim.",
        )


def check_move_to(claim: Claim, new: State) -> None:
    check_move(TABLE, claim.state, new, thing="claim")


def can_move_to(claim: Claim, new: State) -> bool:
    try:
        check_move_to(claim, new)
    except Refused:
        return False
    return True


def check_another(claim: Claim, by: str, *, does: str) -> None:
    """Verified, and decided, by somebody else than the claimant, and than whoever entered it for them (CEA-01 6.2)."""
    if by in (claim.claimant, claim.began_by):
        raise Refused(
            f"Nobody {does} a claim of their own, or one that they entered (CEA-01 6.2).",
            where="by",
            next="Ask somebody else.",
        )


AHEAD = timedelta(days=92)
"""How far ahead a meeting's item is filed: the Board meets before a quarter is over, and what one meeting was told no other hears."""


def check_meeting(meeting: date, *, on: date) -> None:
    if not on <= meeting <= on + AHEAD:
        raise Refused(
            f"On {on} no item is filed for the meeting of {meeting}: it is past, or not the following one.",
            where="meeting",
            next=f"Name the Board's next meeting, at most {AHEAD.days} days ahead.",
        )


def check_unfiled(meeting: date, filed: bool) -> None:
    if filed:
        raise Refused(
            f"The report for the meeting of {meeting} is filed already.",
            where="meeting",
            next="Name the following meeting: it hears of what was decided since.",
        )


def check_role(by: str, role: str, *, on: date) -> None:
    person = workforce.person(by, on=on)
    if person is None:
        return check_member(by, on=on)
    if person.role != role and workforce.ever_had(role):
        raise Refused(
            f"Here this is done by people in the role “{role}”.", where="by", next="Ask one of them."
        )
    return None


def can_act(claim: Claim, by: str, role: str, *, on: date) -> bool:
    try:
        check_role(by, role, on=on)
        check_another(claim, by, does="decides")
    except MeterkeepError:
        return False
    return True


def check_reader(claim: Claim, by: str, *, on: date) -> None:
    """The form and the receipts are for whose claim it is, and for those who verify and decide claims."""
    check_member(by, on=on)
    if by not in (claim.claimant, claim.began_by) and not _works_on_claims(by, on=on):
        raise Refused("This is somebody else's claim.", where="by", next="Ask somebody who verifies claims.")


def check_accountant(by: str, *, on: date) -> None:
    check_member(by, on=on)
    if not _works_on_claims(by, on=on):
        raise Refused(
            "Claims leave by people who verify or decide them.", where="by", next="Ask one of them."
        )


def _works_on_claims(by: str, *, on: date) -> bool:
    for role in (VERIFIER, APPROVER):
        try:
            check_role(by, role, on=on)
        except Refused:
            continue
        return True
    return False


def check_not_before(earlier: date | None, on: date) -> None:
    if earlier and on < earlier:
        raise Refused(
            f"What came before is of {earlier}: nothing of it is done on {on}.",
            where="on",
            next="Name that day or a later one.",
        )


def check_why(why: str) -> None:
    if not 0 < len(why.strip()) <= LONGEST_WHY:
        raise BadInput(
            "It needs a reason.", where="why", next=f"Say why, in at most {LONGEST_WHY} characters."
        )


def check_rulings(report: Mapping[str, Any], rulings: Mapping[str, tuple[int | None, str]]) -> None:
    """Every line that waits has its ruling, each ruling its reason, and none pays more than the policy allows."""
    allowed = {line["id"]: cents(line["allowed"]) for line in report["lines"]}
    for line, (amount, why) in rulings.items():
        if line != WHOLE and line not in allowed:
            raise BadInput("The claim has no such line.", where=line[:40], next="Name one of its lines.")
        check_why(why)
        if amount is not None and (line == WHOLE or not 0 <= amount <= allowed[line]):
            raise BadInput(
                "A person may pay less than the policy allows, never more (CEA-01 5.3).",
                where=line[:40],
                next="Give an amount from zero to what is allowed.",
            )
    if left := [line or "the claim as a whole" for line in open_lines(report) if line not in rulings]:
        raise Undetermined(
            f"These wait for a decision with a reason: {', '.join(left)}.",
            where="lines",
            next="Decide each of them.",
        )


def check_paper(claim: Claim, kind: str, *, number: int) -> None:
    if kind not in PAPERS:
        raise BadInput("There is no such kind of receipt.", where="kind", next=f"One of {', '.join(PAPERS)}.")
    if number >= MOST:
        raise BadInput(
            f"A claim has at most {MOST} receipts.", where=claim.reference, next="File another claim."
        )


def check_redaction(receipt: Receipt, by: str) -> None:
    if by == receipt.claim.claimant:
        raise Refused(
            "The copy for the public is made by somebody else than the claimant.",
            where="by",
            next="Ask the verifier.",
        )


def check_approval(
    about: str, *, minutes: str, on: date, recorded: date, claimants: Collection[str], by: str
) -> None:
    if by in claimants:
        raise Refused(
            "Nobody enters the Board's approval of their own expenses (CEA-01 5.1.6).",
            where="by",
            next="Ask somebody else to enter it.",
        )
    if about not in ABOUT:
        raise BadInput(
            "The Board approves something else.", where="about", next=f"One of {', '.join(ABOUT)}."
        )
    if not minutes.strip():
        raise BadInput(
            "Where does the approval stand?", where="minutes", next="Give the minutes or the resolution."
        )
    if on > recorded:
        raise BadInput("The Board has not met yet.", where="on", next="Enter an approval after it was given.")
