"""The codes of a ReadingType → channel, unit, power of ten. Source: NAESB REQ.21 ESPI 4.0, espi.xsd enumerations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meterkeep.readings.formats.columns.units import AMOUNTS, ESPI_UNITS, UNKNOWN
from meterkeep.readings.model import Channel, Int64s, QualityClass
from meterkeep.readings.quality import classify

CODES = [
    "accumulationBehaviour",
    "commodity",
    "consumptionTier",
    "cpp",
    "dataQualifier",
    "defaultQuality",
    "flowDirection",
    "intervalLength",
    "kind",
    "phase",
    "powerOfTenMultiplier",
    "tou",
    "uom",
]

_FLOWS = {
    1: Channel.DELIVERED,
    8: Channel.DELIVERED,
    19: Channel.RECEIVED,
    10: Channel.RECEIVED,
    4: Channel.NET,
}
_UNSTATED = (None, 0)
_DELTA = 4
# Kinds of measurement that are no amount of what is delivered, whatever unit stands beside them: power factor, currency,
# current, date, frequency, funds, temperature, voltage, and the bill kinds.
_NO_AMOUNT = frozenset({2, 3, 4, 5, 6, 7, 15, 16, 38, 46, 54, 55, 56, 57, 150, 151, 152, 153})
# Data qualifiers of a single largest or smallest value: maximum, minimum, and the second to fifth of them.
_EXTREMES = frozenset({8, 9, 16, 17, 23, 24, 25})


def unit_of(uom: int | None) -> str:
    return UNKNOWN if uom in _UNSTATED else ESPI_UNITS.get(uom or 0, f"uom:{uom}")


def direction(flow: int | None, *, negative: bool) -> Channel:
    """Without a stated direction a reading is delivered, unless some are negative, which only a net reading may be."""
    if flow in _UNSTATED:
        return Channel.NET if negative else Channel.DELIVERED
    return _FLOWS.get(flow or 0, Channel.OTHER)


def cumulative(accumulation: int | None) -> bool:
    """Whether the ReadingType says that values are states of a register, and not amounts per interval."""
    return accumulation not in (*_UNSTATED, _DELTA)


def channel(codes: dict[str, int], *, negative: bool, deltas: bool) -> Channel:
    """codes: of the ReadingType. deltas: the values themselves show that they are amounts per interval."""
    unit = unit_of(codes.get("uom"))
    if unit == "W":
        return Channel.DEMAND
    if unit not in AMOUNTS or codes.get("kind") in _NO_AMOUNT or codes.get("dataQualifier") in _EXTREMES:
        return Channel.OTHER
    if cumulative(codes.get("accumulationBehaviour")) and not deltas:
        return Channel.REGISTER
    return direction(codes.get("flowDirection"), negative=negative)


_WORST_FIRST: tuple[QualityClass, ...] = ("missing", "estimated", "edited", "unknown", "actual")


def worst_quality(codes: list[str]) -> str:
    """Of several codes for one reading, the one that says the least good of it."""
    return min(codes, key=lambda code: _WORST_FIRST.index(classify(code)))


@dataclass(slots=True)
class Course:
    """How a series' values go up and down in order of time: a register's only rise, apart from small corrections."""

    steps: int = 0
    falls: int = 0
    fallen: int = 0
    moved: int = 0
    level: int = 0
    readings: int = 0

    def add(self, start: Int64s, value: Int64s) -> None:
        # Several registers in one series are read at the same instants: the first of each instant is one register.
        _, firsts = np.unique(start, return_index=True)
        value = value[firsts]
        step = np.diff(value)
        self.steps += len(step)
        self.falls += int(np.count_nonzero(step < 0))
        self.fallen -= int(step[step < 0].sum())
        self.moved += int(np.abs(step).sum())
        self.level += int(np.abs(value).sum())
        self.readings += len(value)

    @property
    def shows_deltas(self) -> bool:
        """A fall in every tenth step at least, a fifth of all movement downwards, and steps of a hundredth of the level."""
        if self.steps < 4:
            return False
        often = self.falls * 10 >= self.steps and self.fallen * 5 >= self.moved
        return often and self.moved * 100 * self.readings >= self.level * self.steps
