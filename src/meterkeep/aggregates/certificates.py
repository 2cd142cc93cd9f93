"""What a planned release can be certified to be, as plain data for the log and the catalogue."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal, TypedDict

from meterkeep.aggregates.release import ReleasePlan
from meterkeep.aggregates.rule import MILLION

ENGINE = "meterkeep.aggregates 2"
AUDIT = "T1 count closure, T2 share closure, T4 neighbouring periods; over all rows of the family"


class Certificate(TypedDict):
    """smallest_group and worst_share_ppm hold for every group that can be derived from the rows audited and the new ones.

    rank: of these rows; light: the dimension of what can be derived about groups below the minimum, which was searched to the
    end where `proof` says exhaustive. Where it says bounded nothing is certified. known_to: customers that the recipient is
    taken to know, and that hide nobody. gap_ppm: of what is withheld beside the rule, the part that may be needless; 0 where no
    smaller choice is safe. told: how closely withheld figures can be told (T3), None where that was not asked for.
    """

    engine: str
    audit: str
    proof: Literal["exhaustive", "bounded"]
    rule: str
    clause: str
    measure: str
    family: str
    rows_released: int
    rows_audited: int
    rank: int
    light: int
    known_to: int
    published: int
    withheld: int
    gap_ppm: int
    smallest_group: int | None
    worst_share_ppm: int | None
    worst_share_ppm_up: int | None
    small_changes: int
    told: dict[str, int] | None


def _gap_ppm(price: int, lower: int) -> int:
    return -(-(price - lower) * MILLION // price) if price else 0


def certificate(plan: ReleasePlan) -> Certificate:
    """rows_released: figures that go out; rows_audited: past rows beside which they stand."""
    return Certificate(
        engine=ENGINE,
        audit=AUDIT,
        proof=plan.proof,
        rule=str(plan.rule),
        clause=plan.rule.cite,
        measure=plan.measure,
        family=plan.family,
        rows_released=len(plan.released),
        rows_audited=plan.audited,
        rank=plan.found.rank,
        light=plan.found.light,
        known_to=plan.known,
        published=len(plan.published),
        withheld=len(plan.withheld),
        gap_ppm=_gap_ppm(plan.found.price, plan.found.lower),
        smallest_group=plan.smallest_group,
        worst_share_ppm=plan.worst_share_ppm,
        worst_share_ppm_up=plan.worst_share_ppm_up,
        small_changes=plan.small_changes,
        told=asdict(plan.told) if plan.told else None,
    )
