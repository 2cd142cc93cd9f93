"""T3 as a second opinion: how closely the published figures tell the withheld ones.

No rule that was read asks for it, so it withholds nothing: it counts, for whoever decides. Source: docs/releases.md, “Intervals”.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from meterkeep.aggregates.audit.intervals import UNDECIDED, Interval, intervals
from meterkeep.aggregates.history.slots import together
from meterkeep.aggregates.history.unknowns import system_of, unknowns
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.release import ReleasePlan, Told


def closely_told(
    plan: ReleasePlan, past: Sequence[PastRow], *, at_least_ppm: int, left: Callable[[], float]
) -> ReleasePlan:
    """The plan with the number of withheld figures whose limits are closer together than this part of them. past: the register.
    left: seconds left; what is not looked at in time is undecided, and so is everything where the recipient knows some loads."""
    withheld = [row for cell, row in zip(plan.cells, plan.figures, strict=True) if cell.status == "withheld"]
    public = [row for row in past if (row.family, row.measure) == (plan.family, plan.measure)]
    public += plan.released
    found = (
        [UNDECIDED] * len(withheld)
        if plan.known
        else [*_limits(public, withheld, at_least_ppm=at_least_ppm, left=left)]
    )
    count = Counter(each.verdict for each in found)
    return replace(plan, told=Told(at_least_ppm, count["ok"], count["too close"], count["undecided"]))


def _limits(
    public: Sequence[PastRow],
    withheld: Sequence[PastRow],
    *,
    at_least_ppm: int,
    left: Callable[[], float],
) -> Iterator[Interval]:
    """Of each withheld row, beside the public ones whose periods hang together with its own."""
    everything = [*public, *withheld]
    for numbers in together([row.period for row in everything]):
        rows = [everything[at] for at in sorted(numbers)]
        if max(numbers) >= len(public):
            values = np.array([row.value for row in rows], np.int64)
            system = system_of(unknowns(rows), rows=len(rows))
            out = sum(at < len(public) for at in numbers)
            yield from intervals(system, values, published=out, p_ppm=at_least_ppm, left=left)
