"""The tree on disk as C2SP tlog-tiles lays it out: hash tiles and entry bundles, each 256 wide, whole or partial.

Everything here is derived from the journal and from nothing else.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Literal

from meterkeep.ledger.files import write_whole
from meterkeep.ledger.merkle import node_hash, parents, root_of, split, subtrees

WIDTH = 256  # and so 8 bits of an index for each level
HASH = 32
_LENGTH = struct.Struct(">H")
LENGTH_BYTES = _LENGTH.size
Level = int | Literal["entries"]


def bundle(entries: Sequence[bytes]) -> bytes:
    """Each entry after its length, a big-endian uint16."""
    parts = [b""] * (2 * len(entries))
    parts[0::2] = map(_LENGTH.pack, map(len, entries))
    parts[1::2] = entries
    return b"".join(parts)


def chunks(entries: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    """In parts of at most so many, so that a whole log is never in memory."""
    rest = iter(entries)
    while part := list(islice(rest, size)):
        yield part


def unbundle(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(offset, entry) of each. Raises ValueError where a length runs past the end."""
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        if end > len(data) or at + 2 > len(data):
            raise ValueError("an entry is cut off")
        yield at + 2, data[at + 2 : end]
        at = end


@dataclass(frozen=True)
class Tile:
    """Where a tile or bundle stands. width: below 256 for a partial one."""

    level: Level
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Below the log's folder: tile/0/x001/067, or tile/0/x001/067.p/9 where partial."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        whole = f"tile/{self.level}/{'/'.join(groups)}"
        return whole if self.width == WIDTH else f"{whole}.p/{self.width}"


def width_at(size: int, level: int, index: int) -> int:
    """How many hashes this tile has in a tree of this size."""
    return max(0, min(WIDTH, (size >> 8 * level) - index * WIDTH))


@dataclass
class Edge:
    """The right edge of the tree, all that is needed to grow it.

    levels: for each level the hashes of its last, not yet full tile. entries: those not yet in a full bundle.
    """

    size: int = 0
    levels: list[list[bytes]] = field(default_factory=lambda: [[]])
    entries: list[bytes] = field(default_factory=list)

    def extend(self, entries: Sequence[bytes]) -> list[tuple[Tile, bytes]]:
        """Takes entries; gives the tiles and the bundles that they filled."""
        before, self.size = self.size, self.size + len(entries)
        waiting = self.entries + list(entries)
        whole = len(waiting) - len(waiting) % WIDTH
        filled = _tiles("entries", before // WIDTH, waiting[:whole], bundle)
        self.entries = waiting[whole:]
        hashes, level = [sha256(b"\x00" + data).digest() for data in entries], 0
        while hashes:
            self.levels += [[]] if level == len(self.levels) else []
            hashes = self.levels[level] + hashes
            whole = len(hashes) - len(hashes) % WIDTH
            filled += _tiles(level, before >> 8 * (level + 1), hashes[:whole], b"".join)
            self.levels[level] = hashes[whole:]
            hashes, level = subtrees(hashes[:whole], height=8), level + 1
        return filled

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The partial tiles and bundle of a checkpoint at this size."""
        tiles = [
            (Tile(level, self.size >> 8 * (level + 1), len(hashes)), b"".join(hashes))
            for level, hashes in enumerate(self.levels)
            if hashes
        ]
        if self.entries:
            tiles.append((Tile("entries", self.size // WIDTH, len(self.entries)), bundle(self.entries)))
        return tiles

    def root(self) -> bytes:
        below: list[bytes] = []  # the root of the incomplete subtree under the levels above, if there is one
        for hashes in self.levels:
            nodes = [*hashes, *below]
            below = [root_of(nodes)] if nodes else []
        return root_of(below)


def _tiles(
    level: Level, first: int, parts: list[bytes], join: Callable[[list[bytes]], bytes]
) -> list[tuple[Tile, bytes]]:
    starts = range(0, len(parts), WIDTH)
    return [(Tile(level, first + start // WIDTH), join(parts[start : start + WIDTH])) for start in starts]


def load_edge(folder: Path, *, size: int, entries: list[bytes]) -> Edge:
    """The edge of a tree of this size, its hashes from the tiles. Raises OSError or ValueError where they are unfit."""
    levels: list[list[bytes]] = [] if size else [[]]
    level = 0
    while size >> 8 * level:
        index = size >> 8 * (level + 1)
        levels.append(read_hashes(folder, Tile(level, index, width_at(size, level, index))))
        level += 1
    return Edge(size=size, levels=levels, entries=entries)


def read_tile(folder: Path, tile: Tile) -> bytes:
    """The file's bytes; those of a wider one, partial or whole, where it is gone."""
    try:
        return (folder / tile.path).read_bytes()
    except FileNotFoundError:
        whole = folder / Tile(tile.level, tile.index).path
        partial = whole.with_name(f"{whole.name}.p")
        widths = [int(path.name) for path in partial.glob("*") if path.name.isdecimal()]
        wider = min((width for width in widths if width > tile.width), default=0)
        return (partial / str(wider) if wider else whole).read_bytes()


def exactly(folder: Path, tile: Tile) -> bytes:
    """What the file of this width holds, or held before a wider one took its place. Raises OSError or ValueError where that
    cannot be had."""
    data = read_tile(folder, tile)
    if tile.level != "entries":
        end = tile.width * HASH
    else:
        ends = [at + len(entry) for at, entry in islice(unbundle(data), tile.width)]
        end = ends[-1] if len(ends) == tile.width else len(data) + 1
    if not 0 < end <= len(data):
        raise ValueError("a tile is too short")
    return data[:end]


def read_hashes(folder: Path, tile: Tile) -> list[bytes]:
    if tile.width == 0:
        return []
    data = read_tile(folder, tile)
    if len(data) < tile.width * HASH:
        raise ValueError("a tile is too short")
    return [data[at : at + HASH] for at in range(0, tile.width * HASH, HASH)]


def read_bundle(folder: Path, *, index: int, size: int) -> list[bytes]:
    """The entries of one bundle in a log of this size."""
    data = read_tile(folder, Tile("entries", index, width_at(size, 0, index)))
    return [entry for _, entry in unbundle(data)]


def write_tiles(folder: Path, tiles: Sequence[tuple[Tile, bytes]]) -> None:
    """Whole tiles make their partial ones superfluous; a reader that still wants those is served by the whole."""
    for tile, data in tiles:
        path = folder / tile.path
        write_whole(path, data)
        partial = path.with_name(f"{path.name}.p")
        if tile.width == WIDTH and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


class Tree:
    """Hashes of any subtree of a log of a fixed size, from its tiles. What was read is kept, as far as it fits."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._size = folder, size
        self._heights = lru_cache(maxsize=256)(self._read)
        self._incomplete = lru_cache(maxsize=64)(self._join)  # the right edge has one for each level

    def _read(self, level: int, index: int) -> list[list[bytes]]:
        """The hashes of a tile, then those of all whole subtrees in it, height by height."""
        hashes = read_hashes(self._folder, Tile(level, index, width_at(self._size, level, index)))
        heights = [hashes]
        while len(heights[-1]) > 1:
            heights.append(parents(heights[-1]))
        return heights

    def subtree(self, start: int, end: int) -> bytes:
        """The root over leaves start..end, a range as RFC 6962 splits them."""
        count = end - start
        if count & (count - 1):
            return self._incomplete(start, end)
        level, height = divmod(count.bit_length() - 1, 8)
        index, at = divmod(start >> 8 * level, WIDTH)
        return self._heights(level, index)[height][at >> height]

    def _join(self, start: int, end: int) -> bytes:
        middle = start + split(end - start)
        return node_hash(self.subtree(start, middle), self.subtree(middle, end))
