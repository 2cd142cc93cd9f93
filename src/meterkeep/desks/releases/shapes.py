"""Load shapes at the door: the membership game is played on the figures that are about to go out, under the documents of the day."""

from __future__ import annotations

from datetime import date
from typing import Final

from meterkeep.aggregates.rule import percent
from meterkeep.aggregates.shapes.again import played_again
from meterkeep.aggregates.shapes.game import Limits
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import seals
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.rules import conditions_of
from meterkeep.desks.releases.spec import parse_spec
from meterkeep.errors import Refused

_AGAIN: Final = "Withdraw it and plan it again."


def check_shapes(release: Release, *, on: date) -> None:
    """Raises Refused where a shape tells more of who is in it than the documents in force allow, Undetermined where they set no limits.

    Whom the recipient knows is not kept; of a release that leaves them out, what the game on all others came to stands in its notes.
    """
    spec = parse_spec(release.spec)
    limits = conditions_of(spec, policies.pack_in_force(on), on=on).limits
    if limits is None:
        return
    _check_notes(release, limits)
    if release.certificate["known_to"]:
        return
    for (label, _), outcome in played_again(seals.rows_of(release)).items():
        if not outcome.within(limits):
            raise Refused(
                f"The shape of {', '.join(label)} would tell with an advantage of up to {percent(outcome.worst_ppm)} % that one customer is in it, "
                f"on average {percent(outcome.mean_ppm)} %; the limits are {percent(limits.worst_ppm)} % and {percent(limits.mean_ppm)} %.",
                where=release.reference,
                next=_AGAIN,
            )


def _check_notes(release: Release, limits: Limits) -> None:
    said = release.notes.get("shapes", {})
    worst, mean = said.get("worst_ppm"), said.get("mean_ppm")
    if worst is None or mean is None or worst > limits.worst_ppm or mean > limits.mean_ppm:
        raise Refused(
            "What the membership game came to when this shape was planned is not within the limits of today.",
            where=release.reference,
            next=_AGAIN,
        )
