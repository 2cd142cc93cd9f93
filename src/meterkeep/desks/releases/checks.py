from __future__ import annotations

from datetime import date

from meterkeep.aggregates import Rule
from meterkeep.aggregates.second_look import Independent, second_look
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import queries
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.noise import NOISE, check_affordable
from meterkeep.desks.releases.reviews import REVIEWERS, arbiter
from meterkeep.desks.releases.states import TABLE, State
from meterkeep.desks.state_table import check_move
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Refused


def check_member(by: str, *, on: date) -> None:
    """An id that stands for nobody would let one person be two."""
    if workforce.person(by, on=on) is None:
        raise Refused(
            "Only members of the workforce approve or publish a release.",
            where="by",
            next="Give the id of somebody who is in the workforce register today.",
        )


def check_reviewer(release: Release, *, by: str, on: date) -> None:
    """Two people who did not plan it look at every release, each for themselves; where they differ, a third."""
    check_member(by, on=on)
    check_move(TABLE, release.state, State.APPROVED, thing="release")
    if by == release.planned_by:
        raise Refused(
            "Nobody reviews a release that they planned.", next=f"Have {REVIEWERS} others look at it."
        )
    if release.reviews.filter(by=by).exists():
        raise Refused("You have decided on this release already.", next="Another person reviews it next.")
    if release.state == State.DISPUTED:
        _check_arbiter(by, on=on)


def _check_arbiter(by: str, *, on: date) -> None:
    role = arbiter(policies.pack_in_force(on))
    if not role:
        raise Refused(
            "The reviewers decided differently, so this release goes back to whoever planned it.",
            next="Withdraw it and plan it again, as the reviewers' reasons suggest.",
        )
    person = workforce.person(by, on=on)
    if person is None or person.role != role:
        raise Refused(
            "The reviewers decided differently; the documents name somebody else to decide.",
            where=role.replace("_", " "),
            next="Have a person of this role decide, or withdraw it and plan it again.",
        )


def check_reason(why: str) -> None:
    if not why.strip():
        raise BadInput(
            "A decision needs its reason.",
            where="why",
            next="Say in a sentence what you looked at and found.",
        )


def can_review(release: Release, *, by: str, on: date) -> bool:
    try:
        check_reviewer(release, by=by, on=on)
    except Refused:
        return False
    return True


def check_publishable(release: Release, *, on: date) -> Independent | None:
    """The whole of it: what `check_ready` asks for, and the independent checker's look at every figure; what it looked at. Where there
    is noise there are no sums to be checked, and the year's budget has to hold it."""
    check_ready(release)
    if release.certificate["proof"] == NOISE:
        check_affordable(queries.spending(release), on=on)
        return None
    looked = second_look(
        queries.rows_of(release), queries.register(), Rule.parse(release.certificate["rule"])
    )
    if looked.found:
        raise Refused(
            f"The independent checker disagrees with the audit: {'; '.join(looked.found)}.",
            next="Publish nothing and report this as a fault: one of the two programs is wrong.",
        )
    return looked.said


def check_ready(release: Release) -> None:
    check_move(TABLE, release.state, State.PUBLISHED, thing="release")
    if not any(cell["status"] == "published" for cell in release.cells):
        raise Refused(
            "Every figure of this release is withheld, so there is nothing to publish.",
            next="Plan it with wider groups; the cells say what stands in the way of each.",
        )
    if release.certificate.get("proof") not in ("exhaustive", NOISE):
        raise Refused(
            "The audit of this release did not come to an end, so nothing is proven.",
            next="Plan it again, with fewer or wider groups if it says so again.",
        )
    if release.audited != queries.ever_public().count():
        raise Refused(
            "Something was published after this release was planned, so its audit is out of date.",
            next="Plan it again; the new plan is audited against everything that is public now.",
        )


def can_publish(release: Release) -> bool:
    try:
        check_ready(release)
    except Refused:
        return False
    return True


def check_corrected(release: Release) -> None:
    if release.published_on is None:
        raise Refused(
            "Only what was published can be corrected.",
            where=release.reference,
            next="Withdraw the plan and make a new one.",
        )


def check_withdrawal(release: Release, *, why: str) -> None:
    check_move(TABLE, release.state, State.WITHDRAWN, thing="release")
    if not why.strip():
        raise BadInput("Withdrawing a release needs a reason.", where="why")
