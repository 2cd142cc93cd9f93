"""Which quantities of an 867 only add up others of the same transaction. They are checked, and never added to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from meterkeep.readings.formats.edi867.usage import Loop, Quantity, channel_of, unit_of
from meterkeep.readings.model import Channel

_ACCOUNT_LOOPS = frozenset({"BB", "BJ", "BO", "BQ", "IA", "SU"})
"""Loops that speak of the account, or sum a meter up. All others are a meter's detail."""

Kind = tuple[Channel, str]


class Totals:
    """found: by index, "total_of_intervals" (of a meter, or of the account) or "total_of_meters".
    contradicted: which totals differ from the intervals they sum up, by index."""

    def __init__(self, quantities: Sequence[tuple[Loop, Quantity]], values: Sequence[int]) -> None:
        self.found: dict[int, str] = {}
        self.contradicted: list[int] = []
        self._of_meters: Counter[tuple[str, Kind]] = Counter()
        self._of_account: Counter[Kind] = Counter()
        self._periods: set[tuple[str, Kind]] = set()
        known: dict[tuple[str, str, str], Kind] = {}
        kinds = []
        for loop, each in quantities:
            key = (loop.role, each.qualifier, each.unit)
            if key not in known:
                known[key] = channel_of(each, loop, unit_of(each.unit)), each.unit
            kinds.append(known[key])
        for (loop, each), kind, value in zip(quantities, kinds, values, strict=True):
            self._learn(loop, each, kind, value)
        self._detailed = {kind for _, kind in self._of_meters}
        for index, ((loop, each), kind) in enumerate(zip(quantities, kinds, strict=True)):
            if name := self._name(loop, each, kind, index, values[index]):
                self.found[index] = name

    def masks(self, size: int) -> dict[str, npt.NDArray[np.bool_]]:
        """By name, which of so many quantities are such totals."""
        names = np.array([self.found.get(index, "") for index in range(size)], object)
        return {name: names == name for name in ("total_of_intervals", "total_of_meters")}

    def _learn(self, loop: Loop, each: Quantity, kind: Kind, value: int) -> None:
        account = loop.kind in _ACCOUNT_LOOPS
        if each.stamp and account:
            self._of_account[kind] += value
        elif each.stamp:
            self._of_meters[loop.meter, kind] += value
        elif not account:
            self._periods |= {(loop.meter, kind), ("", kind)}

    def _name(self, loop: Loop, each: Quantity, kind: Kind, index: int, value: int) -> str:
        account = loop.kind in _ACCOUNT_LOOPS
        if each.stamp:
            return "total_of_meters" if account and kind in self._detailed else ""
        intervals = self._intervals(loop, kind)
        if intervals is not None:
            if value not in intervals:
                self.contradicted.append(index)
            return "total_of_intervals"
        return "total_of_meters" if account and (loop.meter, kind) in self._periods else ""

    def _intervals(self, loop: Loop, kind: Kind) -> set[int] | None:
        """What the intervals come to that a total of this loop sums up; None where there are none, and the total is all
        that is told."""
        if kind in self._detailed:
            if not loop.meter:
                return {sum(value for (_, own), value in self._of_meters.items() if own == kind)}
            own = (loop.meter, kind)
            return {self._of_meters[own]} if own in self._of_meters else None
        return {self._of_account[kind]} if kind in self._of_account else None
