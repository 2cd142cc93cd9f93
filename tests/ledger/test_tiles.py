"""The tree on disk is laid out as C2SP tlog-tiles says, and its hashes are those of the whole tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.ledger.merkle import leaf_hash, root_of
from meterkeep.ledger.tiles import (
    Edge,
    Tile,
    Tree,
    bundle,
    load_edge,
    read_bundle,
    unbundle,
    width_at,
    write_tiles,
)

ENTRIES = [b"%d" % number for number in range(1000)]
HASHES = [leaf_hash(data) for data in ENTRIES]


def grown(size: int) -> Edge:
    edge = Edge()
    for data in ENTRIES[:size]:
        edge.extend([data])
    return edge


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of 1,000 entries with a checkpoint's partial tiles at 600 as well."""
    folder, edge = tmp_path_factory.mktemp("tiles"), Edge()
    for data in ENTRIES:
        write_tiles(folder, edge.extend([data]))
        if edge.size in (600, 1000):
            write_tiles(folder, edge.partial())
    return folder


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999, 255), "tile/0/999.p/255"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile("entries", 1234067), "tile/entries/x001/x234/067"),
    ],
)
def test_paths_group_the_index_by_thousands(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_the_specifications_example_of_70_000_entries() -> None:
    edge, full = Edge(), []
    for _ in range(70_000):
        full += [tile for tile, _ in edge.extend([b""])]
    assert len([tile for tile in full if tile.level == 0]) == 273
    assert [tile for tile in full if tile.level == 1] == [Tile(1, 0)]
    partial = [tile for tile, _ in edge.partial() if tile.level != "entries"]
    assert partial == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert [width_at(70_000, tile.level, tile.index) for tile in partial] == [112, 17, 1]


def test_256_entries_make_a_full_tile_and_one_hash_above() -> None:
    edge = Edge()
    full = [tile for data in ENTRIES[:256] for tile, _ in edge.extend([data])]
    assert full == [Tile("entries", 0), Tile(0, 0)]
    assert [tile for tile, _ in edge.partial()] == [Tile(1, 0, 1)]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 1000])
def test_the_edge_alone_gives_the_root_of_the_whole_tree(size: int) -> None:
    assert grown(size).root() == root_of(HASHES[:size])


@pytest.mark.parametrize("size", [512, 600, 1000])
def test_the_edge_is_read_back_from_the_tiles(tiled: Path, size: int) -> None:
    assert load_edge(tiled, size=size, entries=ENTRIES[size - size % 256 : size]) == grown(size)


@given(st.sampled_from([600, 1000]), st.data())
@settings(max_examples=60, deadline=None)
def test_any_subtree_comes_from_the_tiles(tiled: Path, size: int, data: st.DataObject) -> None:
    height = data.draw(st.integers(0, 9))
    start = data.draw(st.integers(0, (size - 1) >> height)) << height
    end = min(size, start + (1 << height))
    assert Tree(tiled, size).subtree(start, end) == root_of(HASHES[start:end])


def test_a_whole_bundle_serves_those_who_want_its_beginning(tiled: Path) -> None:
    assert not (tiled / "tile/entries/002.p").exists()
    assert read_bundle(tiled, index=2, size=600)[: 600 - 512] == ENTRIES[512:600]


@given(st.lists(st.binary(max_size=300), max_size=9))
@settings(max_examples=40, deadline=None)
def test_bundles_give_back_what_was_put_in(entries: list[bytes]) -> None:
    assert [data for _, data in unbundle(bundle(entries))] == entries


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_cut_bundle_is_noticed(cut: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        list(unbundle(bundle([b"whole", b"ab"])[:-cut]))
