"""Civil periods that follow each other, and which standard days they cut apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from meterkeep.readings.model import Int64s
from meterkeep.readings.store.rows.civil import DAY, EPOCH, civil_periods, month_of

Piece = tuple[date, int, int]
"""A standard day, and from which of its seconds to which a period has a part of it."""


@dataclass(frozen=True)
class Periods:
    """The civil months (P1M) or days (P1D) that cover [first, end), in epoch seconds. offset: of standard days, in seconds."""

    interval: str
    zone: ZoneInfo
    offset: int
    first: int
    end: int

    @cached_property
    def boundaries(self) -> Int64s:
        return civil_periods(self.interval, self.zone, self.first, self.end)

    @cached_property
    def table(self) -> pa.Table:
        """As `tables.PERIODS`."""
        start, end = self.boundaries[:-1], self.boundaries[1:]
        if self.interval == "P1M":
            period = month_of(start, self.zone)
        else:
            # A civil day begins within half a day of the standard one that has its name.
            period = (start + self.offset + DAY // 2) // DAY
        return pa.table({"period": period.astype(np.int64), "period_start": start, "period_end": end})

    @property
    def only(self) -> int | None:
        """The number of the period where there is one alone."""
        return int(self.table["period"][0].as_py()) if len(self.boundaries) == 2 else None

    def within(self) -> tuple[date, date]:
        """The first and the last standard day that lie wholly inside the periods."""
        first, end = (int(self.boundaries[at]) + self.offset for at in (0, -1))
        return _date(-(-first // DAY)), _date(end // DAY - 1)

    def cut(self, instants: Int64s) -> set[date]:
        """The standard days that these instants cut apart."""
        day, second = np.divmod(np.unique(instants) + self.offset, DAY)
        return {_date(number) for number in day[second > 0]}

    def cuts(self) -> tuple[date, ...]:
        """Those that the periods cut apart."""
        return tuple(sorted(self.cut(self.boundaries)))

    def pieces(self) -> tuple[Piece, ...]:
        """What one period alone has of the days that it cuts apart."""
        (first, begin), (last, end) = (divmod(int(at) + self.offset, DAY) for at in self.boundaries)
        if first == last:
            return ((_date(first), begin, end),)
        found = [(first, begin, DAY)] if begin else []
        found += [(last, 0, end)] if end else []
        return tuple((_date(number), second, until) for number, second, until in found)

    def are_bounds(self, instants: Int64s) -> bool:
        """Whether every one of them begins or ends a period. Searching few in order is quicker than `isin` on many."""
        place = np.minimum(np.searchsorted(self.boundaries, instants), len(self.boundaries) - 1)
        return bool((self.boundaries[place] == instants).all())


def _date(number: int) -> date:
    return EPOCH + timedelta(days=int(number))
