"""Planning a release with noise: which groups are large enough, their clipped totals, and what all of it spends.

A plan draws nothing: whoever could plan again and again would average the noise away, or choose the draw that suits. It is drawn once, when
the release is published and the budget is charged (`drawing.drawn`). Until then the figures are exact, for staff alone.
What decides which groups go out must not tell anything either. So a plan looks at who is in a group, which is taken to be known, and never at
what they used; the share of the largest customer is judged of the figure with noise, from which everybody can repeat it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, Final

import numpy as np
import pyarrow as pa

from meterkeep.aggregates.loads import Group, Int64s, Period, group, read_loads
from meterkeep.aggregates.noise.drawing import scale_for, spent
from meterkeep.aggregates.planning import month
from meterkeep.aggregates.reasons import against_rule
from meterkeep.aggregates.register import PastRow, overlap
from meterkeep.aggregates.release import AREAS, CLASSES, PLAIN_DIMENSIONS, Cell
from meterkeep.aggregates.rule import Rule
from meterkeep.errors import BadInput, Refused

ENGINE: Final = "OpenDP, discrete Gaussian"
AUDIT: Final = "zero-concentrated differential privacy of what a customer used in a month, up to the clip"


@dataclass(frozen=True, slots=True)
class Terms:
    """Of the documents. clip: the most of one customer's month that counts, in the table's unit. minimum: customers below which the
    noise leaves nothing of use. micro_rho: what this release may spend. cite: the clause of the minimum."""

    clip: int
    minimum: int
    micro_rho: int
    cite: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NoisePlan:
    """cells: clipped totals, still without noise; of withheld ones 0. spending: year → millionths of rho. reach: how far one customer can
    move a month's figures. exact: figures without noise about some of the same customers that are out."""

    by: tuple[str, ...]
    measure: str
    rule: Rule
    terms: Terms
    cells: tuple[Cell, ...]
    reach: int
    scale: int
    spending: dict[int, int]
    exact: int

    @property
    def published(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.status == "published"]

    @property
    def withheld(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.status == "withheld"]

    @property
    def finding(self) -> str:
        """One sentence for staff."""
        spends = ", ".join(f"{micro:,} millionths of rho of {year}" for year, micro in self.spending.items())
        return (
            f"{len(self.published)} of {len(self.cells)} figures may be published with noise of standard deviation "
            f"{self.scale:,}; that spends {spends or 'nothing'}. It is drawn on publication; until then they are exact."
        )

    @property
    def caution(self) -> str:
        """What the noise does not hide, or nothing."""
        if not self.exact:
            return ""
        return f"{self.exact} exact figures about some of the same customers are out: noise hides nothing of what those tell."

    def facts(self) -> dict[str, bool | int]:
        """The `aggregate.*` facts that hang on who is counted. The largest share is known once the noise is drawn."""
        if not self.published:
            return {}
        plain = PLAIN_DIMENSIONS.issuperset(self.by)
        facts: dict[str, bool | int | None] = {
            "aggregate.customers": min(cell.customers for cell in self.published),
            "aggregate.traceable": False,
            "aggregate.size_reveals": False,
            "aggregate.class_reveals": False,
            "aggregate.similarly_situated": bool(CLASSES & set(self.by)),
            "aggregate.one_area": bool(AREAS & set(self.by)),
            "aggregate.identifiers_removed": True if plain else None,
            "aggregate.nature_reveals": False if plain else None,
            "aggregate.habits_deducible": False if plain else None,
        }
        return {name: value for name, value in facts.items() if value is not None}

    def certificate(self) -> dict[str, Any]:
        """As of a release without noise. It has no share of any customer: that would be an exact figure."""
        return {
            "engine": ENGINE,
            "audit": AUDIT,
            "proof": "noise",
            "rule": str(self.rule),
            "clause": self.rule.cite,
            "measure": self.measure,
            "rows_released": len(self.published),
            "rows_audited": 0,
            "published": len(self.published),
            "withheld": len(self.withheld),
            "smallest_group": min((cell.customers for cell in self.published), default=None),
            "worst_share_ppm": None,
            "worst_share_ppm_up": None,
            "noise": {
                "clip": self.terms.clip,
                "standard_deviation": self.scale,
                "reach": self.reach,
                "minimum_customers": self.terms.minimum,
                "micro_rho": {str(year): micro for year, micro in self.spending.items()},
                "hides": "what a customer used in a month, up to the clip; not that they are a customer, nor in which group",
                "exact_figures_of_the_same_customers": self.exact,
                "beside_them": "what exact figures tell is not hidden by noise; the guarantee holds for the rest",
            },
        }


def plan_noise(
    table: pa.Table,
    *,
    by: Sequence[str],
    rule: Rule,
    terms: Terms,
    measure: str,
    part: str | None = None,
    past: Iterable[PastRow] = (),
) -> NoisePlan:
    """table, by, measure, part: as for `planning.plan`; months are told apart by the column `month`. past: exact figures that are out.

    A group has as many customers as the rule and the terms' minimum ask for. What is below zero counts as nothing, so a measure that can
    be negative makes no sense here.
    """
    loads = read_loads(table, by=by, within=["month"], measure=measure, key=None, part=part)
    at = list(by).index("month")
    everyone = np.ones(len(loads), bool)
    groups, _ = group(loads, by=by, of=lambda keys: month(keys[at]), where=everyone)
    asked = rule.at_least(terms.minimum, cite=terms.cite)
    public = [each for each in groups if each.customers >= asked.minimum_customers]
    reach = _reach(public, terms.clip)
    months = sorted({each.period for each in public})
    scale = scale_for(reach, months=max(len(months), 1), micro_rho=terms.micro_rho)
    totals = _totals(public, terms.clip)
    return NoisePlan(
        by=tuple(by),
        measure=measure,
        rule=asked,
        terms=terms,
        cells=tuple(_cell(each, asked, totals.get((each.keys, each.period))) for each in groups),
        reach=reach,
        scale=scale,
        spending={
            year: number * spent(reach, scale=scale)
            for year, number in sorted(Counter(start.year for start, _ in months).items())
        },
        exact=_beside(public, past),
    )


def _cell(one: Group, rule: Rule, total: int | None) -> Cell:
    """total: None where there are too few customers, which is the first thing that the rule asks."""
    return Cell(
        keys=one.keys,
        period=one.period,
        customers=one.customers,
        value=total or 0,
        largest=0,
        reason=against_rule(one, rule) if total is None else None,
    )


def _reach(groups: Sequence[Group], clip: int) -> int:
    """How far one customer's month can move the figures: the clip, or its diagonal where somebody stands in two groups of a month,
    since all of it may lie in one of them or in the other."""
    once = all(
        len(np.unique(all_of)) == len(all_of)
        for all_of in (
            np.concatenate([np.unique(each.members) for each in groups if each.period == period])
            for period in {each.period for each in groups}
        )
    )
    return clip if once else isqrt(2 * clip * clip) + 1


def _totals(groups: Sequence[Group], clip: int) -> dict[tuple[tuple[str, ...], Period], int]:
    """Keys and period → clipped total, month by month."""
    found = {}
    for period in sorted({each.period for each in groups}):
        mine = [each for each in groups if each.period == period]
        for each, total in zip(mine, clipped(mine, clip), strict=True):
            found[each.keys, period] = total
    return found


def clipped(groups: Sequence[Group], clip: int) -> list[int]:
    """Totals of one month, in which a customer counts with at most the clip over all the groups; the first groups get it first."""
    owner = np.concatenate([each.members for each in groups])
    load = np.maximum(np.concatenate([each.loads for each in groups]), 0)
    cell = np.repeat(np.arange(len(groups)), [len(each.members) for each in groups])
    order = np.lexsort((cell, owner))
    owner, load, cell = owner[order], load[order], cell[order]
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    until = np.cumsum(load)
    before = np.repeat(until[first] - load[first], np.diff(np.r_[first, len(owner)]))
    up_to: Int64s = until - before
    kept = np.minimum(up_to, clip) - np.minimum(up_to - load, clip)
    totals = np.zeros(len(groups), np.int64)
    np.add.at(totals, cell, kept)
    return [int(total) for total in totals]


def _beside(groups: Sequence[Group], past: Iterable[PastRow]) -> int:
    """Exact figures that are out about some of the same customers and times."""
    return sum(
        any(overlap(row.period, each.period) and np.isin(row.members, each.members).any() for each in groups)
        for row in past
    )


def check_budget(spending: dict[int, int], *, spent_before: dict[int, int], yearly: int) -> None:
    """Raises Refused where a year's spending would go above the budget of the documents."""
    for year, micro in spending.items():
        left = yearly - spent_before.get(year, 0)
        if micro > left:
            raise Refused(
                f"{micro:,} millionths of rho are asked for {year}, and {max(left, 0):,} of {yearly:,} are left.",
                where="rho",
                next="Ask for less, which adds more noise, or publish fewer months; the budget is for what customers used in a year.",
            )


def micro_rho_of(text: str) -> int:
    """ "0.01" → 10,000 millionths. Raises BadInput for anything else."""
    whole, _, digits = text.strip().partition(".")
    if not (whole.isdecimal() and (digits or "0").isdecimal() and len(digits) <= 6 and text.isascii()):
        raise BadInput(
            "This is no part of the budget.",
            where="rho",
            next='Write it as "0.01", with at most six digits after the point.',
        )
    return int(whole) * 1_000_000 + int(digits.ljust(6, "0"))
