"""The tree of heads: one leaf for each chain, in the place that its key gives it, and no second place for any key.

A binary tree in which a node states the first bit in which the keys below it differ. Whoever looks a key up follows its bits
down to one leaf, and the nodes on the way are fixed by the root. So a root gives every key one answer: the leaf with this
key, or another's leaf, which shows that the tree has none. Nobody can show one customer a head and an auditor another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meterkeep.ledger.chains.hashes import HASH, Rows, node
from meterkeep.ledger.merkle import EMPTY_ROOT

Depths = npt.NDArray[np.uint8]
_LEADING_ZEROS = np.array([8 - value.bit_length() for value in range(256)], np.uint8)


@dataclass(frozen=True)
class Found:
    """Where a look-up ends: the leaf at this place among the sorted keys. path: (depth, sibling), from the root down."""

    place: int
    path: list[tuple[int, bytes]]


def depths_of(keys: Rows) -> Depths:
    """For each of the sorted keys the first bit in which it differs from the one before; for the first of them 255."""
    differing = keys[1:] ^ keys[:-1]
    place = (differing != 0).argmax(axis=1)
    byte = differing[np.arange(len(differing)), place]
    depths: Depths = (place * 8 + _LEADING_ZEROS[byte]).astype(np.uint8)
    return np.concatenate([np.array([255], np.uint8), depths])[: len(keys)]


def nodes_over(leaves: Rows, depths: Depths) -> list[bytes]:
    """The node whose right side begins at each leaf; for the first leaf, which begins none, the root.

    One pass from left to right: what is deeper than the border between two leaves is finished there.
    """
    if not len(leaves):
        return [EMPTY_ROOT]
    data = leaves.tobytes()
    nodes = [b""] * len(leaves)
    waiting: list[tuple[int, int, bytes]] = []  # depth, leaf at which the right side begins, left side
    current = data[:HASH]
    for place, depth in enumerate(depths[1:].tolist(), 1):
        while waiting and waiting[-1][0] > depth:
            above, begun, left = waiting.pop()
            nodes[begun] = current = node(above, left, current)
        waiting.append((depth, place, current))
        current = data[place * HASH : (place + 1) * HASH]
    while waiting:
        above, begun, left = waiting.pop()
        nodes[begun] = current = node(above, left, current)
    nodes[0] = current
    return nodes


def look_up(
    key: bytes, *, depths: Depths, leaf: Callable[[int], bytes], inner: Callable[[int], bytes]
) -> Found:
    """leaf(i), inner(i): the hash of the i-th leaf, and of the node whose right side begins there."""
    start, end, path = 0, len(depths), []
    while end - start > 1:
        border = _border(depths, start, end)
        depth = int(depths[border])
        right = key[depth // 8] >> 7 - depth % 8 & 1
        other = (start, border) if right else (border, end)
        path.append((depth, leaf(other[0]) if other[1] - other[0] == 1 else inner(_border(depths, *other))))
        start, end = (border, end) if right else (start, border)
    return Found(start, path)


def _border(depths: Depths, start: int, end: int) -> int:
    return start + 1 + int(np.argmin(depths[start + 1 : end]))
