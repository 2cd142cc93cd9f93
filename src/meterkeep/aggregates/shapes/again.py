"""The membership game once more, on the rows that a release keeps: before a shape goes out it is played on what goes out, whatever has
become of the group since it was planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from meterkeep.aggregates.loads import Period
from meterkeep.aggregates.register import FORGOTTEN, SLOT_SIGN, PastRow, loads_of
from meterkeep.aggregates.rule import MILLION
from meterkeep.aggregates.shapes.game import Outcome, play
from meterkeep.aggregates.shapes.planning import series_of

Shape = tuple[tuple[str, ...], Period]
"""The keys of a cell, without the slot, and its period."""


def played_again(rows: Iterable[PastRow]) -> dict[Shape, Outcome]:
    """Of each shape in the rows of a release. Where a load was destroyed since, or slots have other members, everybody counts as told."""
    shapes: dict[Shape, list[PastRow]] = defaultdict(list)
    for row in rows:
        if SLOT_SIGN in row.measure:
            shapes[row.label, row.period].append(row)
    return {shape: _played(slots) for shape, slots in shapes.items()}


def _played(slots: Sequence[PastRow]) -> Outcome:
    first = slots[0]
    if any(
        np.any(loads_of(row) == FORGOTTEN) or not np.array_equal(row.members, first.members) for row in slots
    ):
        return Outcome(len(np.unique(first.members)), len(slots), MILLION, MILLION)
    return play(series_of(slots, np.empty(0, np.uint64)))
