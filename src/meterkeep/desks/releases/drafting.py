"""A release drafted: the table through the gate, the conditions of the documents, the plan, and what has to be said beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from meterkeep.aggregates import PastRow, ReleasePlan
from meterkeep.aggregates.conditions.closeness import second_opinion
from meterkeep.aggregates.conditions.colluders import besides_colluders
from meterkeep.aggregates.conditions.own import own_counted
from meterkeep.aggregates.conditions.remedies import Remedied, plan_with_remedies
from meterkeep.aggregates.conditions.told import closely_told
from meterkeep.aggregates.release import AREAS, CLASSES
from meterkeep.aggregates.rule import MILLION
from meterkeep.aggregates.shapes.planning import ShapePlan, plan_shapes
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import scales, taking
from meterkeep.desks.releases.entries import check_steps
from meterkeep.desks.releases.rules import Conditions, conditions_of
from meterkeep.desks.releases.spec import Spec
from meterkeep.errors import BadInput
from meterkeep.gate import Gate, Request, Subjects

FAMILY: Final = "energy"
"""Energy, the bill for it and the count of customers tell about each other, so that they are audited together."""

STEP_PPM: Final = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """power: of ten, of the values. notes: for the data sheet, plain data that everybody may read: how much was measured and how much of
    it estimated, what the rule counts, what is recalled, the membership games, what was combined, and from which published figures
    somebody was left out. facts: the computed `aggregate.*` facts. staff: exact counts by month, which would tell how large the withheld figures are. counted: as `Release.counted`."""

    plan: ReleasePlan
    power: int
    notes: dict[str, Any]
    facts: dict[str, bool | int]
    staff: dict[str, Any]
    counted: bytes


def draft(spec: Spec, *, gate: Gate, past: Sequence[PastRow], by: str, on: date, **options: Any) -> Draft:
    """Computes and audits the table without keeping it. past: every figure ever public. options: more for `aggregates.plan`. Raises BadInput, Undetermined and Refused as the gate and the rules do."""
    conditions = conditions_of(spec, policies.pack_in_force(on), on=on)
    check_steps([step.partition(" ")[0] for step in conditions.remedy], spec.by)
    known = taking.atoms(_own(spec))
    attributes = tuple(
        dict.fromkeys((*spec.attributes, *(("customer_class",) if conditions.rule.classes else ())))
    )
    with gate.open(use_of(spec, attributes), by=by, on=on) as grant:
        taken, past = scales.together(
            taking.loads(grant, spec, attributes=bool(attributes)), past, quantity=spec.quantity
        )
        done = _planned(taken, spec, conditions, past=past, known_to=known, **options)
        grant.deliver(done.plan.table(), to="")
    lacking = {"incomplete_customers": done.plan.incomplete} if isinstance(done.plan, ShapePlan) else {}
    notes = {**_notes(spec, conditions, done), **measured(taken)}
    staff = {"coverage": taken.coverage, **lacking}
    return Draft(done.plan, taken.power, notes, _facts(done.plan, spec), staff, taking.counted(taken.table))


def _own(spec: Spec) -> list[str]:
    """The customers that the recipient knows."""
    if isinstance(spec.known_to, tuple):
        return list(spec.known_to)
    if spec.known_to:
        raise BadInput(
            "A number of customers does not say who they are.",
            where="known_to",
            next="Give the ids of the recipient's own customers; they are not kept.",
        )
    return []


def use_of(spec: Spec, attributes: Sequence[str]) -> Request:
    """What planning is asked of the gate as."""
    return Request(
        action="use",
        purpose=spec.purpose,
        elements=(spec.element, *attributes),
        subjects=Subjects.everyone(),
        period=spec.period,
        reason=f"Release: {spec.title}",
    )


def _planned(
    taken: taking.Taken,
    spec: Spec,
    conditions: Conditions,
    *,
    past: Sequence[PastRow],
    known_to: Sequence[int],
    **options: Any,
) -> Remedied:
    asked = {
        "by": spec.dimensions,
        "period": spec.times if len(spec.times) > 1 else spec.times[0],
        "rule": conditions.rule,
        "past": past,
        "measure": spec.quantity,
        "family": FAMILY,
        "totals": spec.totals,
        "part": taking.PREMISE,
        "republish": spec.republish,
        "known_to": known_to,
        "usual": spec.usual,
        "mixed": conditions.mixed,
        **options,
    }
    if conditions.limits is not None and conditions.interval_ppm:
        raise BadInput(
            "How closely withheld figures can be told is not computed for load shapes.",
            where="interval_percent",
            next="Leave it out, or ask for months.",
        )
    if conditions.limits is not None:
        shapes = plan_shapes(
            taken.table,
            slot=spec.slot,
            limits=conditions.limits,
            floor=conditions.floor,
            floor_cite=conditions.floor_cite,
            p_ppm=conditions.p_ppm,
            colluders=conditions.colluders,
            **asked,
        )
        return Remedied(shapes, {}, {})
    done = plan_with_remedies(taken.table, steps=_steps(spec, conditions), **asked)
    if conditions.own_counted:
        counted, cite = conditions.own_counted, conditions.rule.cite
        plan = own_counted(done.plan, known_to=known_to, customers=counted, cite=cite)
        done = replace(done, plan=plan)
    if conditions.p_ppm:
        done = replace(done, plan=second_opinion(done.plan, at_least_ppm=conditions.p_ppm))
    return _told(_besides(done, taken, conditions, known_to), conditions, past, **options)


def _told(
    done: Remedied,
    conditions: Conditions,
    past: Sequence[PastRow],
    *,
    left: Callable[[], float] = lambda: math.inf,
    **_options: Any,
) -> Remedied:
    """With how closely what is published tells what is withheld."""
    if not conditions.interval_ppm:
        return done
    told = closely_told(done.plan, past, at_least_ppm=conditions.interval_ppm, left=left)
    return replace(done, plan=told)


def _besides(
    done: Remedied, taken: taking.Taken, conditions: Conditions, known_to: Sequence[int]
) -> Remedied:
    """Without what colluders could tell by themselves."""
    if not conditions.colluders:
        return done
    plan = besides_colluders(
        done.plan,
        taken.table,
        rule=conditions.rule,
        colluders=conditions.colluders,
        known_to=known_to,
        mixed=conditions.mixed,
    )
    return replace(done, plan=plan)


def _steps(spec: Spec, conditions: Conditions) -> list[str]:
    """A rule that says "combine" means the first area of the table."""
    area = next((name for name in spec.dimensions if name in AREAS), "")
    steps = [f"combine {area}" if step == "combine" else step for step in conditions.remedy]
    return [step for step in steps if step != "combine "]


def _facts(plan: ReleasePlan, spec: Spec) -> dict[str, bool | int]:
    """Those of the plan; and where only one class or one area is asked about, all figures are of that one."""
    facts = plan.facts()
    one = {name for name, values in spec.filter.items() if len(values) == 1}
    if facts and one & CLASSES:
        facts["aggregate.similarly_situated"] = True
    if facts and one & AREAS:
        facts["aggregate.one_area"] = True
    return facts


def measured(taken: taking.Taken) -> dict[str, int | None]:
    """Of all intervals (or bills) that should be there how many are, and of these how many were estimated, which of bills nobody knows;
    in parts per million and rounded: exact counts would tell how many customers the withheld figures have."""
    there, missing = (sum(month[name] for month in taken.coverage) for name in taking.COUNTS[:2])
    estimated = [month["estimated"] for month in taken.coverage]
    return {
        "coverage_ppm": _rounded(there, there + missing),
        "estimated_ppm": None if None in estimated else _rounded(sum(estimated), there),
    }


def _rounded(part: int, whole: int) -> int | None:
    return MILLION * part // whole // STEP_PPM * STEP_PPM if whole else None


def _notes(spec: Spec, conditions: Conditions, done: Remedied) -> dict[str, Any]:
    published = {cell.keys for cell in done.plan.published}
    notes: dict[str, Any] = {
        "counted": "customers",
        "rule_counts": conditions.unit,
        "recalled": list(conditions.recalled),
        "resolution": spec.resolution,
        "resolution_customers": conditions.floor,
        "statistic": spec.statistic,
        "p_ppm": conditions.p_ppm,
        "colluders": conditions.colluders,
        "remedy": _steps(spec, conditions),
        "merges": done.merges,
        "left_out": [
            {"keys": list(keys), "customers": count}
            for keys, count in done.left_out.items()
            if keys in published
        ],
        "areas": {area.name: area.of for area in spec.areas},
        "filter": {name: list(values) for name, values in spec.filter.items()},
    }
    if conditions.own_counted:
        notes["own_counted"] = conditions.own_counted
    if isinstance(plan := done.plan, ShapePlan):
        out = plan.outcomes()
        notes["shapes"] = {
            "played": len(plan.games),
            "worst_ppm": max((each.worst_ppm for each in out), default=None),
            "mean_ppm": max((each.mean_ppm for each in out), default=None),
        }
    return notes


def mean(value: int, customers: int, power: int) -> Decimal:
    """Of a published total, times ten to the power, for each of its customers: to one part in a thousand of the finest unit, half to
    even. Beside the count it says no more than the total, which is what was audited."""
    exact = Decimal(value).scaleb(power)
    return (exact / customers).quantize(Decimal(1).scaleb(power - 3), rounding=ROUND_HALF_EVEN)
