"""The tree of heads: what a plain recursion says, and one answer for every key."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.ledger.chains.hashes import HASH, Rows, rows_of
from meterkeep.ledger.chains.tree import Found, depths_of, look_up, nodes_over
from meterkeep.ledger.verify import Wrong, down


def bit(key: bytes, at: int) -> int:
    return int.from_bytes(key) >> 255 - at & 1


def plain_root(leaves: dict[bytes, bytes], at: int = 0) -> bytes:
    """By definition: at the first bit in which the keys differ they part."""
    if len(leaves) < 2:
        return next(iter(leaves.values()), sha256().digest())
    sides: list[dict[bytes, bytes]] = [{}, {}]
    for key, leaf in leaves.items():
        sides[bit(key, at)][key] = leaf
    if not all(sides):
        return plain_root(leaves, at + 1)
    left, right = (plain_root(side, at + 1) for side in sides)
    return sha256(b"\x01" + bytes([at]) + left + right).digest()


def found(key: bytes, keys: Rows, leaves: Rows, nodes: list[bytes]) -> Found:
    return look_up(
        key, depths=depths_of(keys), leaf=lambda at: leaves[at].tobytes(), inner=lambda at: nodes[at]
    )


short = st.binary(min_size=1, max_size=2).map(lambda data: data.rjust(32, b"\0"))
"""Keys that share most of their bits, beside keys that share none."""


@settings(max_examples=150, deadline=None)
@given(st.sets(st.one_of(short, st.binary(min_size=32, max_size=32)), max_size=40), short)
def test_it_is_what_the_definition_says_and_shows_each_key_its_leaf(chosen: set[bytes], other: bytes) -> None:
    ordered = sorted(chosen)
    leaf_of = {key: sha256(b"leaf" + key).digest() for key in ordered}
    keys = rows_of(b"".join(ordered), HASH)
    leaves = rows_of(b"".join(leaf_of.values()), HASH)
    nodes = nodes_over(leaves, depths_of(keys))
    root = plain_root(leaf_of)
    assert nodes[0] == root
    for key in {*ordered[:5], *ordered[-5:], other} if ordered else ():
        at = found(key, keys, leaves, nodes)
        assert (ordered[at.place] == key) == (key in leaf_of)
        assert climbed(leaf_of[ordered[at.place]], key, at) == root


def climbed(leaf: bytes, key: bytes, at: Found) -> bytes:
    """As the stand-alone verifier does it."""
    from base64 import b64encode

    return down(leaf, key, [[depth, b64encode(hash).decode()] for depth, hash in at.path])


def test_a_path_out_of_order_is_refused() -> None:
    step = [3, "A" * 43 + "="]
    with pytest.raises(Wrong, match="path"):
        down(bytes(32), bytes(32), [step, step])
    with pytest.raises(Wrong, match="path"):
        down(bytes(32), bytes(32), [[256, step[1]]])


def test_depths_are_first_differing_bits() -> None:
    keys = rows_of(b"".join(value.to_bytes(32) for value in (0, 1, 3, 1 << 255)), HASH)
    assert depths_of(keys).tolist() == [255, 255, 254, 0]
    assert depths_of(rows_of(b"", HASH)).dtype == np.uint8 and len(depths_of(rows_of(b"", HASH))) == 0
