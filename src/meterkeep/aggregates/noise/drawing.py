"""How much noise a budget asks for, what it spends, and drawing it. Budgets are whole millionths of rho; no float decides."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Final

from meterkeep.errors import BadInput

MICRO: Final = 1_000_000
"""Millionths of rho, rounded up where something is spent."""


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
