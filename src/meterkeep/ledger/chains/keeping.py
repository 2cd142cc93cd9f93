"""The newest closed epoch's heads and tree on disk: one file, derived from the log, made again where it is lost or wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from meterkeep.ledger.chains.hashes import HASH, ID
from meterkeep.ledger.chains.heads import Heads
from meterkeep.ledger.chains.tree import Depths, Found, depths_of, look_up, nodes_over
from meterkeep.ledger.files import sync_folder

_FORMAT = "meterkeep heads 1"
_PARTS = {"keys": HASH, "ids": ID, "counts": 8, "links": HASH, "depths": 1, "nodes": HASH}


Bytes = npt.NDArray[np.uint8]


class _Title(msgspec.Struct):
    """The first line: what follows, and its digest."""

    format: str
    epoch: int
    upto: int
    chains: int
    root: str
    digest: str


class Unfit(Exception):
    """There is no such file, or it is not what was written."""


@dataclass(frozen=True)
class Kept:
    """heads, and the tree over them: a node for each leaf but the first, in whose place the root stands."""

    epoch: int
    heads: Heads
    depths: Depths
    nodes: list[bytes] | Bytes
    root: bytes

    @classmethod
    def over(cls, epoch: int, heads: Heads) -> Kept:
        """The tree of this epoch over these heads; three hashes for each chain, whether or not it changed."""
        depths = depths_of(heads.keys)
        nodes = nodes_over(heads.leaves(epoch), depths)
        return cls(epoch, heads, depths, nodes, nodes[0])

    def find(self, key: bytes) -> Found | None:
        """None where there are no chains at all."""
        if not len(self.heads):
            return None
        return look_up(key, depths=self.depths, leaf=self.leaf, inner=lambda at: bytes(self.nodes[at]))

    def leaf(self, place: int) -> bytes:
        return self.heads.leaves(self.epoch, slice(place, place + 1)).tobytes()

    def is_at(self, place: int, key: bytes) -> bool:
        return bytes(self.heads.keys[place]) == key


def path_of(folder: Path) -> Path:
    return folder / "chains" / "heads"


def keep(folder: Path, kept: Kept) -> None:
    """Written beside and renamed; who has the old file open reads on in it."""
    path = path_of(folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = _columns(kept)
    digest = sha256()
    for part in parts:
        digest.update(part)
    title = _Title(_FORMAT, kept.epoch, kept.heads.upto, len(kept.heads), kept.root.hex(), digest.hexdigest())
    temporary = path.with_name(f".heads.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(title) + b"\n")
            for part in parts:
                file.write(part)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _columns(kept: Kept) -> list[memoryview | bytes]:
    heads = kept.heads
    nodes = b"".join(kept.nodes) if isinstance(kept.nodes, list) else kept.nodes.tobytes()
    columns = (heads.keys, heads.ids, heads.counts.astype("<i8"), heads.links, kept.depths)
    return [*(np.ascontiguousarray(column).tobytes() for column in columns), nodes if len(heads) else b""]


def kept(folder: Path, *, whole: bool) -> Kept:
    """whole: everything is read and held against its digest, for who goes on from it; else only what is asked for is read.

    Raises Unfit.
    """
    try:
        with path_of(folder).open("rb") as file:
            line = file.readline(10_000)
            title = msgspec.json.decode(line, type=_Title)
            size = sum(_PARTS.values()) * title.chains
            if title.format != _FORMAT or os.fstat(file.fileno()).st_size != len(line) + size:
                raise Unfit
            data = np.memmap(file, np.uint8, "r", len(line), (size,)) if size else np.zeros(0, np.uint8)
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise Unfit from error
    if whole and sha256(data.data).hexdigest() != title.digest:
        raise Unfit
    return _read(title, np.array(data) if whole else data)


def _read(title: _Title, data: Bytes) -> Kept:
    columns, at = {}, 0
    for name, width in _PARTS.items():
        columns[name] = data[at : at + width * title.chains].reshape(-1, width)
        at += width * title.chains
    counts = columns["counts"].reshape(-1).view("<i8").astype(np.int64)
    heads = Heads(columns["keys"], columns["ids"], counts, columns["links"], title.upto)
    return Kept(
        title.epoch, heads, columns["depths"].reshape(-1), columns["nodes"], bytes.fromhex(title.root)
    )
