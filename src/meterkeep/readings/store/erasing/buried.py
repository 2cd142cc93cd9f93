"""What was destroyed does not come back: readings under a tombstone are rejected under the name `destroyed`."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from meterkeep.errors import Busy
from meterkeep.readings.defects import DefectList
from meterkeep.readings.model import Block, Int32s
from meterkeep.readings.store.erasing.acts import Tombstones
from meterkeep.readings.store.intake.summary import Tally

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

DESTROYED: Final = "destroyed"


class Buried:
    """The tombstones as they were when an intake began. count: how many readings met one; the list has their records, and
    neither whose they were nor when.
    """

    def __init__(self, store: Store, defects: DefectList) -> None:
        self._tombstones, self._defects = store.tombstones(), defects
        self.count = 0

    def without(self, block: Block, usage_point: Int32s) -> Block:
        """usage_point: of each reading."""
        if not len(self._tombstones):
            return block
        gone = self._tombstones.hits(usage_point, block.start, block.duration)
        self.count += int(gone.sum())
        if gone.any():
            self._defects.add(DESTROYED, rejected=True, record=block.record[gone])
        return _chosen(block, ~gone) if gone.any() else block

    def check(self, db: sqlite3.Connection, usage_points: Int32s, tally: Tally) -> None:
        """Raises Busy where something of the file may have been destroyed while it was read. usage_points: of each series."""
        now = Tombstones.read(db)
        met = np.flatnonzero(tally.records)
        last = tally.last[met] + np.maximum(tally.longest[met], 1) - 1
        late = now.through != self._tombstones.through and any(
            extent.meets(usage_points[met], tally.first[met], last).any() for extent in now.extents
        )
        if late:
            raise Busy(
                "Readings that this file brings were destroyed while it was read; nothing of it was stored.",
                next="Take the file in once more: what was destroyed is then left out.",
            )


def _chosen(block: Block, which: npt.NDArray[np.bool_]) -> Block:
    quality = None if block.quality is None else block.quality[which]
    return Block(
        series=block.series[which],
        start=block.start[which],
        duration=block.duration[which],
        value=block.value[which],
        quality=quality,
        record=block.record[which],
    )
