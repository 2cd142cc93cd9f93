"""What becomes of a release by its reviewers' decisions."""

from __future__ import annotations

from collections.abc import Sequence

from meterkeep.desks.releases.states import State
from meterkeep.policy import Pack

REVIEWERS = 2
WHO_DECIDES = "M6"  # the interpretation: whoever decides where the reviewers differ
REQUESTER = "requester"


def outcome(state: str, decisions: Sequence[bool]) -> State:
    """decisions: whether each accepted it, in order of time. Nothing follows before both are in, so that the second reviewer
    cannot know the first one's; the third decides what the two could not."""
    if len(decisions) < REVIEWERS:
        return State(state)
    if len(decisions) > REVIEWERS:
        return State.APPROVED if decisions[-1] else State.REFUSED
    if len(set(decisions)) > 1:
        return State.DISPUTED
    return State.APPROVED if decisions[0] else State.REFUSED


def arbiter(pack: Pack | None) -> str:
    """The role that decides where the reviewers differ; "" where it goes back to whoever planned the release."""
    ruling = pack.interpretations.get(WHO_DECIDES) if pack else None
    return ruling.ruling if ruling and ruling.ruling != REQUESTER else ""
