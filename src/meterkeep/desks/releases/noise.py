"""Releases with noise: the documents' figures for them, the draft, and what is left of a year's budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from meterkeep.aggregates import PastRow, Rule
from meterkeep.aggregates.noise.drawing import Draw, check_sense, drawn
from meterkeep.aggregates.noise.planning import NoisePlan, Terms, check_budget, micro_rho_of, plan_noise
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import queries, taking
from meterkeep.desks.releases.drafting import measured
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.rules import conditions_of
from meterkeep.desks.releases.spec import Spec
from meterkeep.errors import BadInput, Refused, Undetermined
from meterkeep.gate import Gate, Request, Subjects
from meterkeep.policy import Figure, Pack

NOISE: Final = "noise"
TOO_LARGE: Final = "By what the noise leaves, a single customer could have too large a part of it."
LIMIT: Final = "membership.worst_ppm"
NEVER_NEGATIVE: Final = ("delivered", "received")
CLIP, MINIMUM, YEARLY = "noise.clip_wh_month", "noise.minimum_customers", "noise.micro_rho_year"


@dataclass(frozen=True, slots=True, eq=False)
class NoiseDraft:
    """As `drafting.Draft`."""

    plan: NoisePlan
    power: int
    notes: dict[str, Any]
    facts: dict[str, bool | int]
    counted: bytes


def draft_noise(spec: Spec, *, gate: Gate, past: Sequence[PastRow], by: str, on: date) -> NoiseDraft:
    """Without the noise: `draw_noise` adds it on publication. Raises Undetermined where the documents have no figures for it, Refused where the year's budget is spent."""
    _check(spec)
    pack = policies.pack_in_force(on)
    conditions = conditions_of(spec, pack, on=on)
    with gate.open(_request(spec), by=by, on=on) as grant:
        taken = taking.loads(grant, spec, attributes=bool(spec.attributes))
        plan = plan_noise(
            taken.table,
            by=spec.dimensions,
            rule=conditions.rule,
            terms=_terms(spec, pack, power=taken.power, on=on),
            measure=spec.quantity,
            part=taking.PREMISE,
            past=past,
        )
        check_affordable(plan.spending, on=on)
        grant.deliver(repr([cell.value for cell in plan.published]).encode(), to="")
    notes = {"mode": NOISE, **measured(taken)}
    return NoiseDraft(plan, taken.power, notes, plan.facts(), taking.counted(taken.table))


def draw_noise(release: Release, *, draw: Draw | None = None) -> None:
    """Adds the noise to the figures of a release that is about to be published, once; nothing is saved. Figures of which somebody could
    have too large a part, by what the noise leaves, are withheld. Where that is all of them the release goes out empty and is charged: to
    draw until one suits would tell more than was paid for."""
    said = release.certificate["noise"]
    if "reach" not in said:
        raise Refused(
            "An older version planned this release, and drew its noise then.",
            where=release.reference,
            next="Withdraw it and plan it again.",
        )
    rule = Rule.parse(release.certificate["rule"])
    public = [cell for cell in release.cells if cell["status"] == "published"]
    found = drawn(
        [(tuple(cell["period"]), cell["value"]) for cell in public],
        rule=rule,
        clip=said["clip"],
        reach=said["reach"],
        scale=said["standard_deviation"],
        draw=draw,
    )
    for cell, one in zip(public, found, strict=True):
        cell["value"] = one.value if one.safe else 0
        cell |= {} if one.safe else {"status": "withheld", "code": "share", "why": TOO_LARGE}
    out = [one for one in found if one.safe]
    release.certificate |= {
        "published": len(out),
        "rows_released": len(out),
        "withheld": len(release.cells) - len(out),
    }
    for name in ("share_ppm", "share_ppm_up"):
        release.facts[f"aggregate.largest_{name}"] = max((getattr(one, name) for one in out), default=0)


def check_affordable(spending: dict[int, int], *, on: date) -> None:
    check_budget(spending, spent_before=queries.noise_spent(), yearly=yearly(on))


def yearly(on: date) -> int:
    """Millionths of rho that a year has."""
    return _figure(policies.pack_in_force(on), YEARLY, on).value


def _terms(spec: Spec, pack: Pack | None, *, power: int, on: date) -> Terms:
    """The clip in the table's own unit."""
    clip, minimum = _figure(pack, CLIP, on).value, _figure(pack, MINIMUM, on)
    in_units = clip * 10**-power if power <= 0 else clip // 10**power
    asked, limit = micro_rho_of(spec.rho), _figure(pack, LIMIT, on).value
    check_sense(asked, limit_ppm=limit, where="rho")
    check_sense(_figure(pack, YEARLY, on).value, limit_ppm=limit, where=YEARLY)
    return Terms(in_units, minimum.value, asked, cite=minimum.cite)


def _figure(pack: Pack | None, name: str, on: date) -> Figure:
    if pack is None or name not in pack.parameters:
        raise Undetermined(
            "The adopted documents set no figures for releases with noise.",
            where=name,
            next="Have them adopted with the pack: what counts of one customer at most, the smallest group, the budget of a year.",
        )
    return pack.figure(name, on)


def _check(spec: Spec) -> None:
    asked = (spec.unit, spec.statistic, spec.slot, spec.totals)
    if asked != ("Wh", "sum", "", ()) or spec.known_to or spec.measure not in NEVER_NEGATIVE:
        raise BadInput(
            "Noise is for monthly sums of delivered or received energy, each group by itself.",
            where="mode",
            next="Leave out totals, slots, means, other measures and units and customers that the recipient knows; add up the noisy figures instead.",
        )


def _request(spec: Spec) -> Request:
    return Request(
        action="use",
        purpose=spec.purpose,
        elements=("monthly_usage", *spec.attributes),
        subjects=Subjects.everyone(),
        period=spec.period,
        reason=f"Release with noise: {spec.title}",
    )
