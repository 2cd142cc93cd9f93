"""What is hashed of a chain, row by row over whole columns.

A chain is named by its secret id (16 random bytes). Its key, the place in the tree of heads, is a hash of the id. Its n-th
link takes in the link before, n, and the n-th entry about the customer: the index in the log and the leaf hash. Its head
commits to the number and the newest link, and to the epoch, so that it looks new in each epoch whether or not anything
happened: hashes of neighbours, which a proof shows, tell nothing of them.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.uint8]
"""(rows, bytes)."""

ID, HASH = 16, 32
NO_LINK = bytes(HASH)
_KEY, _LINK, _HEAD = b"meterkeep chain key\n", b"meterkeep chain link\n", b"meterkeep chain head\n"
_AT_ONCE = 1 << 16


def rows_of(data: bytes, width: int) -> Rows:
    return np.frombuffer(data, np.uint8).reshape(-1, width)


def numbers(values: npt.ArrayLike) -> Rows:
    """As big-endian uint64."""
    return np.ascontiguousarray(values, ">u8").view(np.uint8).reshape(-1, 8)


def keys_of(ids: Rows) -> Rows:
    return _digests(_KEY, ids)


def links_of(ids: Rows, sequence: Rows, before: Rows, indices: Rows, leaves: Rows) -> Rows:
    return _digests(_LINK, ids, sequence, before, indices, leaves)


def heads_of(ids: Rows, *, epoch: int, counts: Rows, links: Rows) -> Rows:
    """What the leaves commit to."""
    return _digests(_HEAD, ids, np.repeat(numbers([epoch]), len(ids), axis=0), counts, links)


def leaves_of(keys: Rows, heads: Rows) -> Rows:
    return _digests(b"\x00", keys, heads)


def node(depth: int, left: bytes, right: bytes) -> bytes:
    """depth: the first bit, counted from 0, in which the keys on the left and on the right differ."""
    return sha256(b"\x01" + bytes((depth,)) + left + right).digest()


def _digests(prefix: bytes, *columns: Rows) -> Rows:
    """The SHA-256 of each row: the prefix, then the columns side by side."""
    count, start = len(columns[0]), rows_of(prefix, len(prefix))
    parts = []
    for first in range(0, count, _AT_ONCE):
        cut = [column[first : first + _AT_ONCE] for column in columns]
        table = np.concatenate([np.repeat(start, len(cut[0]), axis=0), *cut], axis=1)
        data, width = table.tobytes(), table.shape[1]
        parts.append(b"".join([sha256(data[at : at + width]).digest() for at in range(0, len(data), width)]))
    return rows_of(b"".join(parts), HASH)
