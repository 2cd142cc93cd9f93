"""The files of the log that leave the house: checkpoint, hash tiles and keys for anyone, entry bundles and the leaves of sets for auditors, ids never."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from meterkeep.ledger.sets import ID_BYTES, leaves_of, set_path
from meterkeep.ledger.tiles import HASH, WIDTH, Level, Tile, exactly
from meterkeep.ledger.witness.kept import POLICY, WITNESSED

INDEX = r"(?:x\d{3}/)*\d{3}(?:\.p/\d{1,3})?"
"""C2SP tlog-tiles: index in groups of three digits, width where the tile is partial."""

HASH_TILE = re.compile(rf"\d{{1,2}}/{INDEX}")
ENTRY_BUNDLE = re.compile(INDEX)
SET = re.compile(r"[0-9a-f]{64}")
PUBLISHED = re.compile(r"public-key|policy|handovers/[1-9]\d{0,17}")


@dataclass(frozen=True)
class Checkpoint:
    """A signed note: origin, size of the tree, root hash, signatures."""

    text: str

    @property
    def size(self) -> int:
        return int(self.text.split("\n")[1])


def checkpoint(folder: Path) -> Checkpoint | None:
    """The newest; where the log has a policy, the newest that met it, with its cosignatures. None where there is none yet.

    folder: of the log.
    """
    name = WITNESSED if has_policy(folder) else "checkpoint"
    try:
        return Checkpoint((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def has_policy(folder: Path) -> bool:
    return (folder / POLICY).exists()


def is_there(folder: Path) -> bool:
    """Whether there is a log that can be read, witnessed or not."""
    return (folder / "checkpoint").is_file()


def hash_tile(folder: Path, name: str) -> bytes | None:
    """None where there is no such hash tile, or where the name means anything else."""
    level, _, index = name.partition("/")
    return _tile(folder, int(level), index) if HASH_TILE.fullmatch(name) else None


def entry_bundle(folder: Path, name: str) -> bytes | None:
    return _tile(folder, "entries", name) if ENTRY_BUNDLE.fullmatch(name) else None


def set_leaves(folder: Path, root: str) -> tuple[int, Iterator[bytes]] | None:
    """(bytes, the leaf hashes in parts) of a set that entries name; None where there is none. They tell nobody's id."""
    try:
        count = set_path(folder, root).stat().st_size // ID_BYTES if SET.fullmatch(root) else 0
    except FileNotFoundError:
        count = 0
    return (count * HASH, leaves_of(folder, root)) if count else None


def _tile(folder: Path, level: Level, index: str) -> bytes | None:
    """A narrow partial tile whose file is gone is cut from the wider one: whoever has an older checkpoint still asks for it."""
    place, _, width = index.partition(".p/")
    number = int(place.replace("x", "").replace("/", ""))
    tile = Tile(level, number, int(width) if width else WIDTH)
    try:
        return exactly(folder, tile) if tile.path == f"tile/{level}/{index}" else None
    except (OSError, ValueError):
        return None


def published_file(folder: Path, name: str) -> bytes | None:
    return _bytes(folder / name) if PUBLISHED.fullmatch(name) else None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
