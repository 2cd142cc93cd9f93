"""Flags: what a check has found, for people to look at. A flag changes no reading."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

COLUMNS: Final = {
    "usage_point": pa.int32(),
    "channel": pa.string(),
    "check": pa.string(),
    "start": pa.timestamp("s", "UTC"),
    "end": pa.timestamp("s", "UTC"),
    "found": pa.int64(),
    "limit": pa.int64(),
    "unit": pa.string(),
    "power_of_ten": pa.int32(),
    "count": pa.int64(),
}
"""start, end: the stretch, half-open. found and limit: in unit times ten to power_of_ten. count: how many intervals."""

SCHEMA: Final = pa.schema(list(COLUMNS.items()))
ORDER: Final = [
    (name, "ascending")
    for name in ("usage_point", "channel", "check", "start", "end", "unit", "found", "limit")
]

Numbers = npt.NDArray[Any]


class Flags:
    """Collects what the checks of a batch find. usage_point, channel, unit: of each stream, by its number."""

    def __init__(self, usage_point: Numbers, channel: Numbers, unit: Numbers) -> None:
        self._streams = usage_point, channel, unit
        self._parts: list[pa.Table] = []

    def add(
        self,
        check: str,
        stream: Numbers,
        *,
        start: Numbers,
        end: Numbers,
        found: Numbers | int,
        limit: Numbers | int,
        count: Numbers | int,
        power: Numbers | int = 0,
        unit: str | None = None,
    ) -> None:
        """Columns of equal length, or one value for all. unit: the stream's own by default."""
        if not len(stream):
            return
        usage_point, channel, own = (column[stream] for column in self._streams)
        columns = {
            "usage_point": usage_point,
            "channel": channel,
            "check": np.full(len(stream), check, object),
            "start": start,
            "end": end,
            "found": np.broadcast_to(found, len(stream)),
            "limit": np.broadcast_to(limit, len(stream)),
            "unit": own if unit is None else np.full(len(stream), unit, object),
            "power_of_ten": np.broadcast_to(power, len(stream)),
            "count": np.broadcast_to(count, len(stream)),
        }
        instants = {"start", "end"}
        arrays = [
            pa.array(np.asarray(columns[name]).astype(np.int64), pa.int64()).cast(kind)
            if name in instants
            else pa.array(np.asarray(columns[name]), kind, from_pandas=False)
            for name, kind in COLUMNS.items()
        ]
        self._parts.append(pa.Table.from_arrays(arrays, schema=SCHEMA))

    def table(self) -> pa.Table:
        return ordered(self._parts)


def ordered(parts: list[pa.Table]) -> pa.Table:
    """All of them in an order that depends on what they say alone."""
    return pa.concat_tables(parts).combine_chunks().sort_by(ORDER) if parts else SCHEMA.empty_table()
