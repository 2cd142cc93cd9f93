"""What a planned release can be certified to be, as plain data for the log and the catalogue."""

from __future__ import annotations

from typing import TypedDict

from meterkeep.aggregates.release import ReleasePlan

ENGINE = "meterkeep.aggregates 1"
AUDIT = "pairwise disjoint or identical (sufficient for T1 and T2)"


class Certificate(TypedDict):
    """smallest_group and worst_share_ppm hold for every group that can be derived with the new rows' help."""

    engine: str
    audit: str
    rule: str
    clause: str
    measure: str
    family: str
    rows_released: int
    rows_audited: int
    published: int
    withheld: int
    smallest_group: int | None
    worst_share_ppm: int | None
    worst_share_ppm_up: int | None
    small_changes: int


def certificate(plan: ReleasePlan) -> Certificate:
    """rows_released: sums that become known; rows_audited: past rows of the same family and overlapping periods."""
    return Certificate(
        engine=ENGINE,
        audit=AUDIT,
        rule=str(plan.rule),
        clause=plan.rule.cite,
        measure=plan.measure,
        family=plan.family,
        rows_released=len(plan.derivable),
        rows_audited=plan.audited,
        published=len(plan.published),
        withheld=len(plan.withheld),
        smallest_group=plan.smallest_group,
        worst_share_ppm=plan.worst_share_ppm,
        worst_share_ppm_up=plan.worst_share_ppm_up,
        small_changes=plan.small_changes,
    )
