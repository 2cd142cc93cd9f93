"""Releases with noise: the documents' figures for them, the draft, and what is left of a year's budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from meterkeep.aggregates import PastRow
from meterkeep.aggregates.noise.planning import NoisePlan, Terms, check_budget, micro_rho_of, plan_noise
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import queries, taking
from meterkeep.desks.releases.drafting import measured
from meterkeep.desks.releases.rules import conditions_of
from meterkeep.desks.releases.spec import Spec
from meterkeep.errors import BadInput, Undetermined
from meterkeep.gate import Gate, Request, Subjects
from meterkeep.policy import Figure, Pack

NOISE: Final = "noise"
CLIP, MINIMUM, YEARLY = "noise.clip_wh_month", "noise.minimum_customers", "noise.micro_rho_year"


@dataclass(frozen=True, slots=True, eq=False)
class NoiseDraft:
    """As `drafting.Draft`."""

    plan: NoisePlan
    power: int
    notes: dict[str, Any]
    facts: dict[str, bool | int]


def draft_noise(spec: Spec, *, gate: Gate, past: Sequence[PastRow], by: str, on: date) -> NoiseDraft:
    """Draws the noise. Raises Undetermined where the documents have no figures for it, Refused where the year's budget is spent."""
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
            measure=spec.measure,
            part=taking.PREMISE,
            past=past,
        )
        check_affordable(plan.spending, on=on)
        grant.deliver(repr([cell.value for cell in plan.published]).encode(), to="")
    return NoiseDraft(plan, taken.power, {"mode": NOISE, **measured(taken)}, plan.facts())


def check_affordable(spending: dict[int, int], *, on: date) -> None:
    check_budget(spending, spent_before=queries.noise_spent(), yearly=yearly(on))


def yearly(on: date) -> int:
    """Millionths of rho that a year has."""
    return _figure(policies.pack_in_force(on), YEARLY, on).value


def _terms(spec: Spec, pack: Pack | None, *, power: int, on: date) -> Terms:
    """The clip in the table's own unit."""
    clip, minimum = _figure(pack, CLIP, on).value, _figure(pack, MINIMUM, on)
    in_units = clip * 10**-power if power <= 0 else clip // 10**power
    return Terms(in_units, minimum.value, micro_rho_of(spec.rho), cite=minimum.cite)


def _figure(pack: Pack | None, name: str, on: date) -> Figure:
    if pack is None or name not in pack.parameters:
        raise Undetermined(
            "The adopted documents set no figures for releases with noise.",
            where=name,
            next="Have them adopted with the pack: what counts of one customer at most, the smallest group, the budget of a year.",
        )
    return pack.figure(name, on)


def _check(spec: Spec) -> None:
    if (spec.unit, spec.statistic, spec.slot, spec.totals) != ("Wh", "sum", "", ()) or spec.known_to:
        raise BadInput(
            "Noise is for monthly sums of energy, each group by itself.",
            where="mode",
            next="Leave out totals, slots, means, other units and customers that the recipient knows; add up the noisy figures instead.",
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
