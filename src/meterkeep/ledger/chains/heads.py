"""All chains at one point of the log: who, how many entries, the newest link. Columns, sorted by the chains' keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meterkeep.ledger.chains.hashes import (
    HASH,
    ID,
    NO_LINK,
    Rows,
    heads_of,
    keys_of,
    leaves_of,
    links_of,
    numbers,
    rows_of,
)

_AT_ONCE = 2_000_000  # memberships held in memory at a time


@dataclass(frozen=True)
class Told:
    """An entry as the chains see it. ids: the chain ids it concerns, joined."""

    index: int
    leaf: bytes
    ids: bytes


@dataclass
class Heads:
    """keys, ids, links: (chains, bytes); counts: entries of each chain so far. upto: entries of the log taken in."""

    keys: Rows
    ids: Rows
    counts: npt.NDArray[np.int64]
    links: Rows
    upto: int = 0

    @classmethod
    def none(cls) -> Heads:
        return cls(rows_of(b"", HASH), rows_of(b"", ID), np.zeros(0, np.int64), rows_of(b"", HASH))

    def __len__(self) -> int:
        return len(self.counts)

    def leaves(self, epoch: int, chosen: slice = slice(None)) -> Rows:
        """The leaves of the tree of heads in this epoch."""
        ids, counts, links = self.ids[chosen], numbers(self.counts[chosen]), self.links[chosen]
        return leaves_of(self.keys[chosen], heads_of(ids, epoch=epoch, counts=counts, links=links))

    def take_in(self, entries: Iterator[Told], upto: int) -> None:
        """The entries from the present `upto` to this one, in order."""
        held: list[Told] = []
        size = 0
        for entry in entries:
            held.append(entry)
            size += len(entry.ids) // ID
            if size >= _AT_ONCE:
                self._advance(held)
                held, size = [], 0
        if held:
            self._advance(held)
        self.upto = upto

    def _advance(self, entries: Sequence[Told]) -> None:
        """Round by round: in the first every chain takes its first entry of these, in the second its second, and so on."""
        ids = rows_of(b"".join(entry.ids for entry in entries), ID)
        of_entry = np.repeat(np.arange(len(entries)), [len(entry.ids) // ID for entry in entries])
        places = self._places(ids)
        order = np.argsort(places, kind="stable")
        places, of_entry = places[order], of_entry[order]
        begins = np.concatenate([[True], places[1:] != places[:-1]])
        starts = np.flatnonzero(begins)
        rounds = np.arange(len(places)) - np.repeat(starts, np.diff([*starts, len(places)]))
        order = np.argsort(rounds, kind="stable")
        places, of_entry = places[order], of_entry[order]
        indices = numbers([entry.index for entry in entries])
        leaves = rows_of(b"".join(entry.leaf for entry in entries), HASH)
        start = 0
        for width in np.bincount(rounds).tolist():
            self._link(places[start : start + width], of_entry[start : start + width], indices, leaves)
            start += width

    def _link(
        self, places: npt.NDArray[np.int64], of_entry: npt.NDArray[np.int64], indices: Rows, leaves: Rows
    ) -> None:
        self.counts[places] += 1
        self.links[places] = links_of(
            self.ids[places],
            numbers(self.counts[places]),
            self.links[places],
            indices[of_entry],
            leaves[of_entry],
        )

    def _places(self, ids: Rows) -> npt.NDArray[np.int64]:
        """Where each of these chains stands; one met for the first time is given its place."""
        distinct, back = np.unique(text_of(ids), return_inverse=True)
        known = rows_of(distinct.tobytes(), ID)
        keys = keys_of(known)
        self._admit(known, keys)
        places: npt.NDArray[np.int64] = np.searchsorted(text_of(self.keys), text_of(keys))
        return places[back]

    def _admit(self, ids: Rows, keys: Rows) -> None:
        text, held = text_of(keys), text_of(self.keys)
        places = np.searchsorted(held, text)
        there = np.zeros(len(text), bool)
        inside = places < len(held)
        there[inside] = held[places[inside]] == text[inside]
        order = np.argsort(text[~there])
        new, at = np.flatnonzero(~there)[order], places[~there][order]
        self.keys = np.insert(self.keys, at, keys[new], axis=0)
        self.ids = np.insert(self.ids, at, ids[new], axis=0)
        self.counts = np.insert(self.counts, at, 0)
        self.links = np.insert(self.links, at, rows_of(NO_LINK, HASH), axis=0)


def text_of(rows: Rows) -> npt.NDArray[np.bytes_]:
    """One value for each row, in the order of bytes. All have the same width, so that NumPy's padding changes nothing."""
    return np.ascontiguousarray(rows).view(f"S{rows.shape[1]}").reshape(-1)
