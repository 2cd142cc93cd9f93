"""Who may be shown what: half-open spans of instants for each usage point, none of them overlapping or touching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.readings.model import Int32s, Int64s
from meterkeep.readings.store.rows.civil import DAY, LAST_DAY

END_OF_TIME = LAST_DAY * DAY


@dataclass(frozen=True, slots=True)
class Spans:
    """Columns, sorted by holder, usage point and start. holder: a number of the caller's by which rows are kept apart."""

    holder: Int64s
    usage_point: Int32s
    start: Int64s
    end: Int64s

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, which: npt.NDArray[np.bool_]) -> Spans:
        return Spans(self.holder[which], self.usage_point[which], self.start[which], self.end[which])

    @classmethod
    def of(cls, holdings: pa.Table) -> Spans:
        """holdings: usage_point, start, end in epoch seconds, half-open; and holder, if there are several."""
        usage_point = holdings["usage_point"].to_numpy().astype(np.int32)
        start = np.clip(holdings["start"].to_numpy().astype(np.int64), 0, END_OF_TIME)
        end = np.clip(holdings["end"].to_numpy().astype(np.int64), 0, END_OF_TIME)
        holder = np.zeros(len(start), np.int64)
        if "holder" in holdings.column_names:
            holder = holdings["holder"].to_numpy().astype(np.int64)
        lasting = start < end
        return _merged(cls(holder, usage_point, start, end)[lasting])

    def usage_points(self) -> Int32s:
        return np.unique(self.usage_point)

    def table(self) -> pa.Table:
        return pa.table(
            {
                "holder": self.holder,
                "usage_point": self.usage_point,
                "span_start": self.start,
                "span_end": self.end,
            }
        )

    def clipped(self, boundaries: Int64s) -> tuple[Spans, Int64s]:
        """The spans cut at ascending boundaries, and the number of the period in which each piece lies."""
        first = np.searchsorted(boundaries, self.start, side="right") - 1
        last = np.searchsorted(boundaries, self.end, side="left") - 1
        first, last = np.maximum(first, 0), np.minimum(last, len(boundaries) - 2)
        pieces = np.maximum(last - first + 1, 0)
        row = np.repeat(np.arange(len(self)), pieces)
        period = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + first[row]
        start = np.maximum(self.start[row], boundaries[period])
        end = np.minimum(self.end[row], boundaries[period + 1])
        return Spans(self.holder[row], self.usage_point[row], start, end), period


def _merged(spans: Spans) -> Spans:
    """Overlapping and touching spans of a holder and usage point become one."""
    if not len(spans):
        return spans
    order = np.lexsort((spans.start, spans.usage_point, spans.holder))
    holder, usage_point = spans.holder[order], spans.usage_point[order]
    start, end = spans.start[order], spans.end[order]
    other = (np.diff(holder, prepend=holder[0]) != 0) | (np.diff(usage_point, prepend=usage_point[0]) != 0)
    # The latest end so far, among the spans of the same usage point: each usage point counts from a height of its own.
    height = np.cumsum(other) * (2 * END_OF_TIME)
    reach = np.maximum.accumulate(end + height) - height
    begins = other.copy()
    begins[0] = True
    begins[1:] |= start[1:] > reach[:-1]
    at = np.flatnonzero(begins)
    return Spans(holder[at], usage_point[at], start[at], np.maximum.reduceat(end, at))
