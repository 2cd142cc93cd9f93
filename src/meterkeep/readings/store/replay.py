"""What a day would hold had some files not come: the rows that were ever written for it, told once more without theirs.

A row of a later version holds the whole day as it then was. What its file has added is what differs from the day before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.readings.model import Int64s
from meterkeep.readings.store.civil import DAY
from meterkeep.readings.store.days import Bools, Rows, align
from meterkeep.readings.store.streams import rescaled

STANDS: Final = 0
LEAVING: Final = 1
LEFT: Final = 2
REPLAYED: Final = 3
"""What a file's rows do: count, count no longer from now on, or since earlier; and the rows of a withdrawal."""


@dataclass(frozen=True, slots=True)
class Change:
    """rows: the days as they are now, of the next version, where anything changes. ceased, restored: positions."""

    rows: Rows
    ceased: int
    restored: int


class _Days:
    """A state of each day: values, which are there, and their codes."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.values = np.zeros(shape, np.int64)
        self.present = np.zeros(shape, bool)
        self.codes = np.full(shape, -1, np.int16)

    def put(self, at: npt.NDArray[np.intp], where: Bools, rows: Rows) -> None:
        """Takes these positions of the rows over into the days at these places."""
        self.values[at] = np.where(where, rows.values, self.values[at])
        self.present[at] = np.where(where, rows.present, self.present[at])
        self.codes[at] = np.where(where, rows.codes(), self.codes[at])

    def differs(self, at: npt.NDArray[np.intp], rows: Rows) -> Bools:
        """Where the rows say something that these days did not."""
        other = (self.values[at] != rows.values) | (self.codes[at] != rows.codes())
        found: Bools = rows.present & (other | ~self.present[at])
        return found


def replayed(stored: pa.Table, seconds: int, *, codes: dict[str, int]) -> Change:
    """stored: rows (key, power_of_ten, version, values, quality, number, standing) of one length, by key and number."""
    all_keys = stored["key"].to_numpy()
    keys, first = np.unique(all_keys, return_index=True)
    place = np.searchsorted(keys, all_keys)
    layer = np.arange(len(all_keys)) - first[place]
    power = np.minimum.reduceat(stored["power_of_ten"].to_numpy().astype(np.int64), first)
    version = np.maximum.reduceat(stored["version"].to_numpy().astype(np.int64), first)
    shape = (len(keys), DAY // seconds)
    actual, before, after = _Days(shape), _Days(shape), _Days(shape)
    newest = np.zeros(len(keys), np.int64)
    leaving = np.zeros(shape, bool)
    standing = stored["standing"].to_numpy()
    for number in range(int(layer.max()) + 1):
        which = layer == number
        at = place[which]
        rows = _layer(stored.filter(pa.array(which)), keys[at], seconds, power[at], codes)
        how = standing[which][:, None]
        said = actual.differs(at, rows) & (how != REPLAYED)
        before.put(at, said & (how <= LEAVING), rows)
        after.put(at, said & (how == STANDS), rows)
        leaving[at] = np.where(said & (how <= LEAVING), how == LEAVING, leaving[at])
        actual.put(at, rows.present | (rows.version > newest[at])[:, None], rows)
        newest[at] = np.maximum(newest[at], rows.version)
    ceased = before.present & leaving
    touched: Bools = np.logical_or.reduce(ceased, axis=1)
    changed = Rows(keys, seconds, after.values, after.present, after.codes, power, version + 1)
    return Change(changed[touched], int(ceased.sum()), int((ceased & after.present).sum()))


def _layer(stored: pa.Table, keys: Int64s, seconds: int, power: Int64s, codes: dict[str, int]) -> Rows:
    """One row for each key, in the power of ten asked for."""
    shape = (len(keys), DAY // seconds)
    nothing = np.zeros(len(keys), np.int64)
    like = Rows(keys, seconds, np.zeros(shape, np.int64), np.zeros(shape, bool), None, power, nothing)
    rows = align(stored, like, codes=codes)
    values = rescaled(rows.values, (rows.power - power)[:, None])
    return Rows(keys, seconds, values, rows.present, rows.quality, power, rows.version)
