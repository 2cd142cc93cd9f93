"""The files of the log that anyone may have: the checkpoint and the hash tiles. Entry bundles say what happened: never."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HASH_TILE = re.compile(r"\d{1,2}/(?:x\d{3}/)*\d{3}(?:\.p/\d{1,3})?")
"""C2SP tlog-tiles: level, index in groups of three digits, width where the tile is partial."""


@dataclass(frozen=True)
class Checkpoint:
    """A signed note: origin, size of the tree, root hash, signatures."""

    text: str

    @property
    def size(self) -> int:
        return int(self.text.split("\n")[1])


def checkpoint(folder: Path) -> Checkpoint | None:
    """None where the log has no line yet. folder: of the log."""
    try:
        return Checkpoint((folder / "checkpoint").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def hash_tile(folder: Path, name: str) -> bytes | None:
    """None where there is no such hash tile, or where the name means anything else."""
    if not HASH_TILE.fullmatch(name):
        return None
    try:
        return (folder / "tile" / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
