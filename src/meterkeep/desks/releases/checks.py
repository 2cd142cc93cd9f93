from __future__ import annotations

from datetime import date

from meterkeep.aggregates import Rule
from meterkeep.aggregates.second_look import Independent, second_look
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import queries, scales, seals
from meterkeep.desks.releases.drafting import use_of
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.names import listed, some
from meterkeep.desks.releases.noise import NOISE, check_affordable
from meterkeep.desks.releases.reviews import REVIEWERS, arbiter
from meterkeep.desks.releases.shapes import check_shapes
from meterkeep.desks.releases.spec import parse_spec
from meterkeep.desks.releases.states import TABLE, State
from meterkeep.desks.state_table import check_move
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Refused
from meterkeep.gate import Gate


def check_member(by: str, *, on: date) -> None:
    """An id that stands for nobody would let one person be two."""
    if workforce.person(by, on=on) is None:
        raise Refused(
            "Only members of the workforce act on a release, or read what it leaves out.",
            where="by",
            next="Give the id of somebody who is in the workforce register today.",
        )


def check_purpose(code: str, *, on: date) -> None:
    """Who it is for is decided by what the purpose register says of it; a code that is none would end in clauses about somebody else."""
    known = list(policies.purposes(on).values_list("code", flat=True))
    if known and code not in known:
        raise BadInput(
            f"The purpose register has no {some([code])!r}.",
            where="purpose",
            next=f"There is {listed(code, known)}.",
        )


def check_standing(release: Release, *, gate: Gate, by: str, on: date) -> None:
    """Whoever reviews, publishes or withdraws a release, or reads why its figures are left out, sees what its planner saw: the
    documents decide as on planning it (need to know, training, signature). What they do not permit is in the log."""
    check_member(by, on=on)
    spec = parse_spec(release.spec)
    gate.check(use_of(spec, spec.attributes), by=by, on=on)


def check_reviewer(release: Release, *, by: str, on: date) -> None:
    """Two people who did not plan it look at every release, each for themselves; where they differ, a third."""
    check_member(by, on=on)
    check_move(TABLE, release.state, State.APPROVED, thing="release")
    check_current(release, on=on)
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


def check_publishable(release: Release, *, gate: Gate, on: date) -> Independent | None:
    """The whole of it: what `check_ready` asks for, and the independent checker's look at every figure; what it looked at. Where there
    is noise there are no sums to be checked, and the year's budget has to hold it."""
    check_ready(release, on=on)
    if release.certificate["proof"] == NOISE:
        check_affordable(queries.spending(release), on=on)
        return None
    seals.check_plan(release, gate=gate)
    check_shapes(release, on=on)
    past = scales.alike(
        queries.register(gate).rows, also={release.certificate["measure"]: release.power_of_ten}
    )
    looked = second_look(seals.rows_of(release), past, Rule.parse(release.certificate["rule"]))
    if looked.found:
        raise Refused(
            f"The independent checker disagrees with the audit: {'; '.join(looked.found)}.",
            next="Publish nothing and report this as a fault: one of the two programs is wrong.",
        )
    return looked.said


def check_current(release: Release, *, on: date) -> None:
    """Whatever was proven of a plan holds for what was public then, and for the rules of then."""
    if why := outdated(release, on=on):
        raise Refused(
            f"This plan is out of date: {why}",
            where=release.reference,
            next="Plan it again; the new plan is audited against everything that is public now, under the documents of today.",
        )


def outdated(release: Release, *, on: date) -> str:
    """Why what is not public yet has to be planned again; "" where nothing has changed since, or it is no plan any more."""
    if release.state not in (State.PLANNED, State.DISPUTED, State.APPROVED):
        return ""
    if release.audited != queries.ever_public().count():
        return "something was published after it, which its audit does not know."
    if release.policy != policies.version(on):
        return "the adopted documents, and with them maybe the rules, are others now."
    return ""


def check_ready(release: Release, *, on: date) -> None:
    check_current(release, on=on)
    _check_reviewed(release)
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


def _check_reviewed(release: Release) -> None:
    if release.state != State.PLANNED:
        return
    missing = REVIEWERS - release.reviews.count()
    raise Refused(
        f"{missing} of {REVIEWERS} reviewers {'has' if missing == 1 else 'have'} still to decide on this release.",
        where=release.reference,
        next=f"meterkeep release approve {release.reference} --why REASON --by PERSON, who did not plan it and has not decided yet.",
    )


def can_publish(release: Release, *, on: date) -> bool:
    try:
        check_ready(release, on=on)
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
    if by := queries.corrections(release):
        raise Refused(
            f"This release was corrected by {by[0]} already.",
            where=release.reference,
            next=f"Correct that one: --corrects {by[0]}; meterkeep release list says what is public.",
        )
    if release.state == State.WITHDRAWN:
        raise Refused(
            f"This release was withdrawn on {release.withdrawn_on}, so that nothing of it is left to correct.",
            where=release.reference,
            next='Plan without --corrects; `republish = "audit"` in the specification has the same figures audited.',
        )


def check_withdrawal(release: Release, *, why: str) -> None:
    check_move(TABLE, release.state, State.WITHDRAWN, thing="release")
    if not why.strip():
        raise BadInput("Withdrawing a release needs a reason.", where="why")
