"""What a series of a file is in the store: a *stream*, one usage point's channel in one unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.errors import BadInput
from meterkeep.readings.model import SUMMABLE, Int32s, Int64s, Series

LARGEST = 2**52
"""No value is larger, so that the total of a day's 1,440 fits into 64 bits. ESPI allows 48 bits."""

LARGEST_POWER = 15
"""ESPI goes from -12 to 9. Sums are brought to one power of ten, and two series are never more than 30 apart."""


class Streams:
    """The streams of one file, ranked by usage point, channel and unit.

    rank: of each series, by its position; the arrays below it are by rank. power: the finest power of ten among the
    series of the stream, in which its day rows are written.

    A stream has several *parts* where a file splits it: a meter each, or, where no meter is named, a series each (periods
    of a tariff). part: of each series, its number within the stream; most: the largest number of parts of any stream.
    named: of each rank, what the format itself calls the parts, where it does.
    """

    def __init__(self, series: Sequence[Series], usage_points: Int32s) -> None:
        keys = [(int(u), s.channel.value, s.unit) for s, u in zip(series, usage_points, strict=True)]
        self.keys = sorted(set(keys))
        ranks = {key: rank for rank, key in enumerate(self.keys)}
        self.rank: Int32s = np.array([ranks[key] for key in keys], np.int32)
        self.usage_point: Int32s = np.array([key[0] for key in self.keys], np.int32)
        self.part = _parts(series, self.rank)
        self.most = int(self.part.max(initial=0)) + 1
        self.named: list[set[str]] = [set() for _ in self.keys]
        for one, rank in zip(series, self.rank.tolist(), strict=True):
            self.named[rank] |= {one.part} - {""}
        self.summable = np.array([key[1] in SUMMABLE for key in self.keys], bool)
        own = np.array([s.power_of_ten for s in series], np.int64)
        if (np.abs(own) > LARGEST_POWER).any():
            raise BadInput(
                f"A series has a power of ten beyond ±{LARGEST_POWER}.",
                next="Ask the sender for the right one; the file was not stored.",
            )
        self.power: npt.NDArray[np.int64] = np.full(len(self.keys), 99, np.int64)
        np.minimum.at(self.power, self.rank, own)
        self.series_power = own
        self._shift = own - self.power[self.rank]
        self._channel = pa.array([key[1] for key in self.keys]).dictionary_encode()
        self._unit = pa.array([key[2] for key in self.keys]).dictionary_encode()

    def at_stream_power(self, place: Int32s, value: Int64s) -> Int64s:
        """The values of readings whose series are at these places, in the power of ten of their streams."""
        return rescaled(value, self._shift[place]) if self._shift.any() else value

    def part_key(self, place: Int32s, day: Int32s | int = 0) -> Int64s:
        """A number for each part and day, ascending by rank, day and part; `// most` is `rank * 2**17 + day`."""
        key = self.rank[place].astype(np.int64) << 17 | day
        return key * self.most + self.part[place] if self.most > 1 else key

    def columns(self, rank: npt.NDArray[np.integer]) -> dict[str, pa.Array]:
        taken = pa.array(rank)
        return {
            "usage_point": pa.array(self.usage_point[rank]),
            "channel": self._channel.take(taken),
            "unit": self._unit.take(taken),
        }

    def table(self) -> pa.Table:
        """For joins: rank, usage_point, channel, unit."""
        everything = np.arange(len(self.keys), dtype=np.int32)
        return pa.table({"rank": everything, **self.columns(everything)})


def _parts(series: Sequence[Series], rank: Int32s) -> Int32s:
    numbers: dict[int, dict[str | int, int]] = defaultdict(dict)
    parts = []
    for place, (one, stream) in enumerate(zip(series, rank.tolist(), strict=True)):
        known = numbers[stream]
        parts.append(known.setdefault(one.meter or place, len(known)))
    return np.array(parts, np.int32)


def rescaled(value: Int64s, shift: npt.NDArray[np.integer]) -> Int64s:
    """value * 10**shift for day rows; shift is not negative and broadcasts against value."""
    if not len(value) or not shift.any():
        return value
    factor = 10 ** np.minimum(shift, 18).astype(np.int64)
    if (np.abs(value) > LARGEST // factor).any():
        raise BadInput(
            "A usage point has readings at powers of ten so far apart that no common one holds them exactly.",
            next="Ask the sender which power of ten is right; the file was not stored.",
        )
    scaled: Int64s = value * factor
    return scaled
