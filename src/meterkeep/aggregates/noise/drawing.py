"""How much noise a budget asks for, what it spends, how much it may tell, and drawing it. Budgets are whole millionths of rho; no float
decides."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final

from meterkeep.aggregates.rule import MILLION, Rule, share_ppm, share_ppm_up
from meterkeep.aggregates.shapes.game import STEEPEST_PPM
from meterkeep.errors import BadInput, Refused

MICRO: Final = 1_000_000
"""Millionths of rho, rounded up where something is spent."""
DEVIATIONS: Final = 5
"""A figure is taken to be off by no more than so many standard deviations: wrong in one of three million."""
Draw = Callable[..., list[int]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """value: with noise. safe: whether no customer can have too large a part of it. share_ppm, share_ppm_up: the most that one can
    have, rounded down and up; both follow from the value and from nothing else."""

    value: int
    safe: bool
    share_ppm: int
    share_ppm_up: int


def drawn(
    totals: Sequence[tuple[Hashable, int]],
    *,
    rule: Rule,
    clip: int,
    reach: int,
    scale: int,
    draw: Draw | None = None,
) -> list[Drawn]:
    """totals: each with its month; of a month one vector is drawn, in which one customer can move by `reach`. Once for a release: to do it
    again spends again."""
    draw, values = draw or gaussian, [0] * len(totals)
    for month in dict.fromkeys(month for month, _ in totals):
        mine = [at for at, (other, _) in enumerate(totals) if other == month]
        for at, value in zip(
            mine, draw([totals[at][1] for at in mine], reach=reach, scale=scale), strict=True
        ):
            values[at] = value
    return [_judged(value, rule, clip, scale) for value in values]


def _judged(value: int, rule: Rule, clip: int, scale: int) -> Drawn:
    """Nobody counts with more than the clip, and the total is hardly less than so."""
    least = value - DEVIATIONS * scale
    if least <= 0:
        return Drawn(value, rule.share_ppm == MILLION and not rule.strict, MILLION, MILLION)
    shares = (min(MILLION, share(clip, least)) for share in (share_ppm, share_ppm_up))
    return Drawn(value, rule.allows_share(min(clip, least), least), *shares)


def check_sense(micro_rho: int, *, limit_ppm: int, where: str) -> None:
    """Raises Refused where so large a part of the budget would leave too little hidden: with it, somebody who knows everything of all
    others tells with an advantage of more than the limit which of two amounts, a clip apart, a customer used. The best test of two
    normal laws (as in `shapes.game`) has 2Φ(μ/2) − 1 with μ² = 2 rho, which is no more than μ/√(2π)."""
    if 2 * micro_rho * STEEPEST_PPM**2 > limit_ppm**2 * MICRO:
        most = limit_ppm**2 * MICRO // (2 * STEEPEST_PPM**2)
        raise Refused(
            f"So little noise hides too little: at most {most:,} millionths of rho, where the documents limit what may be told of one customer.",
            where=where,
            next="Ask for less, which adds more noise.",
        )


def scale_for(reach: int, *, months: int, micro_rho: int) -> int:
    """The least whole standard deviation with which `months` vectors, each of which one customer can move by `reach` (Euclidean), spend
    at most the budget together: rho of one is reach² / (2 scale²)."""
    if micro_rho <= 0:
        raise BadInput(
            "A release with noise spends a part of the budget.", where="rho", next='Give it, such as "0.01".'
        )
    least = -(-months * reach * reach * MICRO // (2 * micro_rho))
    return max(1, isqrt(least - 1) + 1) if least else 1


def spent(reach: int, *, scale: int) -> int:
    """Millionths of rho of one month, rounded up."""
    return -(-reach * reach * MICRO // (2 * scale * scale))


def gaussian(values: Sequence[int], *, reach: int, scale: int) -> list[int]:
    """The values, each with whole noise of this standard deviation from the system's own randomness: never the same twice."""
    import opendp.prelude as dp

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="i64")
    measurement = dp.m.make_gaussian(*space, scale=float(scale))
    if measurement.map(reach) * MICRO > spent(reach, scale=scale) + 1:  # type: ignore[no-untyped-call]
        raise AssertionError("the library spends more than was reckoned")
    return [int(value) for value in measurement(list(values))]
