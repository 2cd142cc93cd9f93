"""Hashing and proofs are RFC 6962's: published vectors, and a plain reading of the RFC as oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.ledger.merkle import (
    EMPTY_ROOT,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    node_hash,
    root_from_path,
    root_of,
)

# The reference leaves, roots and paths of Certificate Transparency.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}


CONSISTENT = {
    (1, 1): [],
    (1, 8): PATHS[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) <= 1:
        return leaf_hash(leaves[0]) if leaves else EMPTY_ROOT
    middle = max(1 << bit for bit in range(20) if 1 << bit < len(leaves))
    return node_hash(plain_root(leaves[:middle]), plain_root(leaves[middle:]))


def path_of(leaves: list[bytes], index: int) -> list[bytes]:
    return inclusion_path(index, 0, len(leaves), lambda start, end: plain_root(leaves[start:end]))


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_the_reference_roots(size: int) -> None:
    assert root_of([leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_reference_paths(index: int, size: int) -> None:
    assert [hash.hex() for hash in path_of(LEAVES[:size], index)] == PATHS[index, size]


leaves = st.lists(st.binary(max_size=3), min_size=1, max_size=70, unique=True)


@given(leaves)
@settings(max_examples=60, deadline=None)
def test_every_root_is_the_one_of_the_rfc(data: list[bytes]) -> None:
    assert root_of([leaf_hash(leaf) for leaf in data]) == plain_root(data)


@given(leaves, st.data())
@settings(max_examples=60, deadline=None)
def test_a_path_leads_to_the_root_from_its_own_leaf_and_place_only(
    data: list[bytes], choice: st.DataObject
) -> None:
    size = len(data)
    index = choice.draw(st.integers(0, size - 1))
    path, leaf, root = path_of(data, index), leaf_hash(data[index]), plain_root(data)
    assert root_from_path(leaf, index=index, size=size, path=path) == root
    assert root_from_path(leaf_hash(b"another"), index=index, size=size, path=path) != root
    assert root_from_path(leaf, index=index, size=size, path=[*path, leaf]) is None
    if path:
        assert root_from_path(leaf, index=index, size=size, path=path[:-1]) is None
        assert root_from_path(leaf, index=index ^ 1, size=size, path=path) != root


@pytest.mark.parametrize("index", [-1, 3])
def test_a_place_outside_the_tree_has_no_path(index: int) -> None:
    assert root_from_path(leaf_hash(b""), index=index, size=3, path=[]) is None


def growth(leaves: list[bytes], old: int) -> list[bytes]:
    return consistency_path(old, len(leaves), lambda start, end: plain_root(leaves[start:end]))


@pytest.mark.parametrize(("old", "size"), CONSISTENT)
def test_published_consistency_proofs(old: int, size: int) -> None:
    assert [hash.hex() for hash in growth(LEAVES[:size], old)] == CONSISTENT[old, size]


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 70), data=st.data())
def test_a_tree_is_shown_to_begin_with_another_and_with_no_other(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) for number in range(size)]
    old = data.draw(st.integers(0, size))
    path, before, after = growth(leaves, old), plain_root(leaves[:old]), plain_root(leaves)
    assert is_consistent(path, old=old, old_root=before, size=size, root=after)
    wrong = bytes(32)
    if old:
        assert not is_consistent(path, old=old, old_root=wrong, size=size, root=after)
        assert not is_consistent(path, old=old, old_root=before, size=size, root=wrong)
    assert not is_consistent([*path, wrong], old=old, old_root=before, size=size, root=after)
    for at in range(len(path)):
        spoiled = [*path[:at], wrong, *path[at + 1 :]]
        assert not is_consistent(spoiled, old=old, old_root=before, size=size, root=after)
        assert not is_consistent(path[:at] + path[at + 1 :], old=old, old_root=before, size=size, root=after)
    assert not is_consistent(path, old=size + 1, old_root=before, size=size, root=after)
