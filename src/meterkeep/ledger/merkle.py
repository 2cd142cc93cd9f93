"""Merkle trees as RFC 6962 section 2.1 hashes them, and their proofs (checked as in RFC 9162 section 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over these hashes of leaves, or of subtrees of equal size of which only the last may be incomplete.

    Joined level by level; a node without a right neighbour moves up unchanged, which is what the RFC's split at the
    largest power of two amounts to.
    """
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        odd = hashes[-1:] if len(hashes) % 2 else []
        hashes = [*parents(hashes), *odd]
    return hashes[0]


def subtrees(hashes: Sequence[bytes], *, height: int) -> list[bytes]:
    """The roots of whole subtrees of this height over hashes, as many as fill them."""
    for _ in range(height):
        hashes = parents(hashes)
    return list(hashes)


def parents(hashes: Sequence[bytes]) -> list[bytes]:
    """The hash over each pair, a last one alone left out. `node_hash` is written out: calling it would cost as much as the hash."""
    pairs = iter(hashes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


def split(count: int) -> int:
    """The largest power of two below count (count > 1): the leaves of the left subtree."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_path(index: int, start: int, end: int, subtree: Callable[[int, int], bytes]) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root over leaves start..end, the leaf's sibling first.

    subtree(i, j) gives the root over leaves i..j.
    """
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return [*inclusion_path(index, start, middle, subtree), subtree(middle, end)]
    return [*inclusion_path(index, middle, end, subtree), subtree(start, middle)]


def root_from_path(leaf: bytes, *, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that this path leads to, or None where the path cannot belong to this index and size."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def consistency_path(old: int, size: int, subtree: Callable[[int, int], bytes]) -> list[bytes]:
    """The hashes that lead from the root over `old` leaves to that over `size`: RFC 6962 section 2.1.2; none for 0."""
    return _subproof(old, 0, size, subtree, known=True) if old else []


def _subproof(
    old: int, start: int, end: int, subtree: Callable[[int, int], bytes], *, known: bool
) -> list[bytes]:
    """known: whether the root over start..start+old is what the checker holds, so that it need not be sent."""
    if old == end - start:
        return [] if known else [subtree(start, end)]
    middle = start + split(end - start)
    if start + old <= middle:
        return [*_subproof(old, start, middle, subtree, known=known), subtree(middle, end)]
    return [*_subproof(start + old - middle, middle, end, subtree, known=False), subtree(start, middle)]


def is_consistent(path: Sequence[bytes], *, old: int, old_root: bytes, size: int, root: bytes) -> bool:
    """Whether the tree of `size` leaves begins with that of `old`: RFC 9162 section 2.1.4.2. Every tree begins with none."""
    if not 0 < old < size or not path:
        return not path and (old == 0 or (old, old_root) == (size, root))
    first, *rest = [old_root, *path] if old & (old - 1) == 0 else path
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = first
    for sibling in rest:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and (before, after) == (old_root, root)
