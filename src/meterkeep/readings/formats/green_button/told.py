"""What is known of each series while its file is read, gathered from its readings a column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from meterkeep.readings.formats.green_button.codes import Course, cumulative
from meterkeep.readings.formats.green_button.columns import Columns, Mask
from meterkeep.readings.formats.green_button.links import MeterReading
from meterkeep.readings.formats.green_button.parts import Weight, marks
from meterkeep.readings.model import Int64s


@dataclass(slots=True, eq=False)
class Told:
    """What is known of a series while its file is read. ordinal: None until it has a good reading. codes: not to be changed,
    for many series may have the same; `mean` gives it others."""

    reading: MeterReading
    codes: dict[str, int]
    ordinal: int | None = None
    weight: Weight = field(default_factory=Weight)
    negative: bool = False
    course: Course | None = None
    """Of what calls itself a register."""
    described: object = None
    """What its Series was last made from."""
    is_register: bool = field(init=False)
    """Whether its values are states of a register, by its codes."""

    def __post_init__(self) -> None:
        self.is_register = cumulative(self.codes.get("accumulationBehaviour"))

    def mean(self, codes: dict[str, int]) -> None:
        self.codes, self.is_register = codes, cumulative(codes.get("accumulationBehaviour"))

    @property
    def deltas(self) -> bool:
        """Whether the values are amounts per interval, by what they say of themselves or by how they go."""
        return not self.is_register or self.shows_deltas

    @property
    def shows_deltas(self) -> bool:
        return self.course is not None and self.course.shows_deltas


def watch(rows: Columns, told: Sequence[Told]) -> Mask:
    """Looks at where values fall and which are negative: a channel may depend on it. told: for each Held.

    Gives for each Held whether its values are amounts per interval.
    """
    for part in np.unique(rows.held[rows.value < 0]):
        told[part].negative = True
    bounds = np.searchsorted(rows.held, np.arange(len(told) + 1))
    _weigh(rows, told, bounds)
    deltas = np.ones(len(told), np.bool_)
    registers: dict[int, list[int]] = {}
    for place, known in enumerate(told):
        if known.is_register:
            registers.setdefault(id(known), []).append(place)
    for places in registers.values():
        mine = np.concatenate([np.arange(bounds[place], bounds[place + 1]) for place in places])
        register = told[places[0]]
        register.course = register.course or Course()
        register.course.add(rows.start[mine], rows.value[mine])
        deltas[places] = register.deltas
    return deltas


def _weigh(rows: Columns, told: Sequence[Told], bounds: Int64s) -> None:
    counts = np.diff(bounds)
    some = np.flatnonzero(counts)
    if not len(some):
        return
    begins = bounds[some]
    columns = (
        counts[some],
        np.minimum.reduceat(rows.start, begins),
        np.maximum.reduceat(rows.start, begins),
        np.add.reduceat(marks(rows.start, rows.value), begins),
    )
    for place, *told_of in zip(some.tolist(), *(column.tolist() for column in columns), strict=True):
        told[place].weight.add(*told_of)
