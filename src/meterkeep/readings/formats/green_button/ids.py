"""Which ids a feed gives to several things: a long feed has millions, so only eight bytes of each are kept."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from meterkeep.readings.model import Int64s

_PENDING = 1 << 16


class Ids:
    """Ids by their hashes: that two different ones are taken for one has a chance of about n² / 2^65 for n of them."""

    def __init__(self) -> None:
        self._known: Int64s = np.empty(0, np.int64)
        self._pending: list[int] = []
        self._repeated: set[int] = set()

    def see(self, ids: Iterable[str]) -> None:
        self._pending.extend(map(hash, ids))
        if len(self._pending) > max(_PENDING, len(self._known) // 4):
            self._merge()

    def repeated(self, one: str) -> bool:
        """Whether it was seen more than once so far."""
        if self._pending:
            self._merge()
        return hash(one) in self._repeated

    def _merge(self) -> None:
        both = np.concatenate([self._known, np.array(self._pending, np.int64)])
        both.sort(kind="stable")
        again = both[1:] == both[:-1]
        self._repeated.update(both[1:][again].tolist())
        self._known = both[np.concatenate([[True], ~again])]
        self._pending.clear()
