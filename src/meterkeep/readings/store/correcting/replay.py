"""What a day would hold had some files, or parts of them, not come: all rows ever written for it, told once more without them.

A row of a later version holds the whole day as it then was. What its file has added is what differs from the day before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meterkeep.readings.model import Int64s
from meterkeep.readings.store.correcting.standing import STAGES
from meterkeep.readings.store.rows.civil import DAY
from meterkeep.readings.store.rows.days import Bools, Rows, align
from meterkeep.readings.store.rows.streams import rescaled


@dataclass(frozen=True, slots=True)
class Change:
    """rows: the days as they are now, of the next version, where anything changes. ceased: which positions of them; restored,
    revived: how many.
    """

    rows: Rows
    ceased: Bools
    restored: int
    revived: int


class _Days:
    """A state of each day: values, which are there, their codes, and which intake has said so."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.values = np.zeros(shape, np.int64)
        self.present = np.zeros(shape, bool)
        self.codes = np.full(shape, -1, np.int16)
        self.origin = np.full(shape, -1, np.int64)

    def put(self, at: npt.NDArray[np.intp], where: Bools, rows: Rows, origin: Int64s) -> None:
        """Takes these positions of the rows over into the days at these places."""
        self.values[at] = np.where(where, rows.values, self.values[at])
        self.present[at] = np.where(where, rows.present, self.present[at])
        self.codes[at] = np.where(where, rows.codes(), self.codes[at])
        self.origin[at] = np.where(where, origin[:, None], self.origin[at])

    def differs(self, at: npt.NDArray[np.intp], rows: Rows) -> Bools:
        """Where the rows say something that these days did not."""
        other = (self.values[at] != rows.values) | (self.codes[at] != rows.codes())
        found: Bools = rows.present & (other | ~self.present[at])
        return found

    def unlike(self, other: _Days) -> Bools:
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("values", "codes", "origin"))
        found: Bools = np.logical_or.reduce([one != two for one, two in pairs])
        return found


def replayed(stored: pa.Table, silenced: pa.Table, seconds: int, *, codes: dict[str, int]) -> Change:
    """stored: rows (key, power_of_ten, version, values, quality, number, told, before, after) of one length, by key and
    number. silenced: what of them is said otherwise: number, key, position, before, after, and for each stage value, power
    and quality, null where nothing is left.
    """
    all_keys, number = stored["key"].to_numpy(), stored["number"].to_numpy()
    keys, first = np.unique(all_keys, return_index=True)
    place = np.searchsorted(keys, all_keys)
    layer = np.arange(len(all_keys)) - first[place]
    power = np.minimum.reduceat(stored["power_of_ten"].to_numpy().astype(np.int64), first)
    version = np.maximum.reduceat(stored["version"].to_numpy().astype(np.int64), first)
    shape = (len(keys), DAY // seconds)
    actual, sides = _Days(shape), {stage: _Days(shape) for stage in STAGES}
    newest = np.zeros(len(keys), np.int64)
    flags = {name: stored[name].to_numpy()[:, None] for name in ("told", *STAGES)}
    for step in range(int(layer.max()) + 1):
        which = layer == step
        at = place[which]
        rows = _layer(stored.filter(pa.array(which)), keys[at], seconds, power[at], codes)
        said = actual.differs(at, rows) & flags["told"][which]
        for stage, days in sides.items():
            spoken = _without(rows, number[which], silenced, stage, codes)
            gone = rows.present & ~spoken.present
            days.put(at, said & flags[stage][which] & ~gone, spoken, number[which])
        actual.put(at, rows.present | (rows.version > newest[at])[:, None], rows, number[which])
        newest[at] = np.maximum(newest[at], rows.version)
    return _change(Rows(keys, seconds, actual.values, actual.present, None, power, version + 1), **sides)


def _change(days: Rows, *, before: _Days, after: _Days) -> Change:
    ceased = before.present & (before.unlike(after) | ~after.present)
    revived = after.present & ~before.present
    touched: Bools = np.logical_or.reduce(ceased | revived, axis=1)
    changed = replace(days, values=after.values, present=after.present, quality=after.codes)
    return Change(changed[touched], ceased[touched], int((ceased & after.present).sum()), int(revived.sum()))


def _without(rows: Rows, number: Int64s, silenced: pa.Table, stage: str, codes: dict[str, int]) -> Rows:
    """The rows with what is left of them at a stage. number: of the intake of each."""
    mine = silenced.filter(silenced[stage]) if silenced.num_rows else silenced
    if not mine.num_rows:
        return rows
    at = np.minimum(np.searchsorted(rows.key, mine["key"].to_numpy()), len(rows.key) - 1)
    met = (rows.key[at] == mine["key"].to_numpy()) & (number[at] == mine["number"].to_numpy())
    at, mine = at[met], mine.filter(pa.array(met))
    position = mine["position"].to_numpy()
    there = mine[f"{stage}_value"].is_valid().to_numpy()
    shift = np.where(there, mine[f"{stage}_power"].fill_null(0).to_numpy() - rows.power[at], 0)
    words = mine[f"{stage}_quality"].to_pylist()
    values, present, quality = rows.values.copy(), rows.present.copy(), rows.codes().copy()
    values[at, position] = rescaled(mine[f"{stage}_value"].fill_null(0).to_numpy(), shift)
    present[at, position] &= there
    quality[at, position] = [-1 if word is None else codes.setdefault(word, len(codes)) for word in words]
    return replace(rows, values=values, present=present, quality=quality)


def _layer(stored: pa.Table, keys: Int64s, seconds: int, power: Int64s, codes: dict[str, int]) -> Rows:
    """One row for each key, in the power of ten asked for."""
    shape = (len(keys), DAY // seconds)
    nothing = np.zeros(len(keys), np.int64)
    like = Rows(keys, seconds, np.zeros(shape, np.int64), np.zeros(shape, bool), None, power, nothing)
    rows = align(stored, like, codes=codes)
    values = rescaled(rows.values, (rows.power - power)[:, None])
    return Rows(keys, seconds, values, rows.present, rows.quality, power, rows.version)
