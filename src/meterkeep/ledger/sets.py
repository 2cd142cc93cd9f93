"""Sets of subjects: sorted 16-byte chain ids in a file named by the Merkle root over them.

A leaf of that tree is a salt and an id. The salt is the digest of all ids, so the same set has the same root, while the
same id has another leaf in each set: the hashes in one customer's proof tell nothing of their neighbours in other sets.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from meterkeep.ledger.files import write_durably, write_whole
from meterkeep.ledger.merkle import inclusion_path, leaf_hash, root_of

ID_BYTES = 16
_WIDTH = 256  # ids under one hash of the file that makes proofs fast
_HASH = 32
_SENT = 2_048  # leaves at once


class _Ids:
    """A set's bytes seen as a sorted sequence of ids."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data) // ID_BYTES

    def __getitem__(self, index: int) -> bytes:
        return self.data[index * ID_BYTES : (index + 1) * ID_BYTES]

    def leaves(self, salt: bytes, start: int, end: int) -> list[bytes]:
        return [leaf_hash(salt + self[index]) for index in range(start, end)]


@dataclass(frozen=True)
class Member:
    """That an id is in a set. place: among its sorted ids; path: leads from its leaf to the root, sibling first."""

    salt: bytes
    place: int
    path: list[bytes]


def set_path(folder: Path, root: str) -> Path:
    return folder / "sets" / root


def salt_of(ids: bytes | mmap.mmap) -> bytes:
    """ids: all of a set, sorted and joined."""
    return sha256(b"meterkeep set\n" + ids).digest()


def write_set(folder: Path, subjects: Iterable[str]) -> tuple[str, int]:
    """Keeps the set, durably, and gives its root (hex) and its size; the same set is kept once."""
    ids = sorted({bytes.fromhex(subject) for subject in subjects})
    data = b"".join(ids)
    blocks = _blocks(_Ids(data), salt_of(data))
    root = root_of(blocks).hex()
    if not set_path(folder, root).exists():
        write_durably(set_path(folder, root), data)
        if len(blocks) > 1:
            write_whole(_blocks_path(folder, root), b"".join(blocks))
    return root, len(ids)


def read_set(folder: Path, root: str) -> list[str]:
    ids = _Ids(set_path(folder, root).read_bytes())
    return [ids[index].hex() for index in range(len(ids))]


def set_contains(folder: Path, root: str, subject: str) -> bool:
    """By bisection in the file; a set is never empty."""
    with _opened(folder, root) as ids:
        return _place(ids, bytes.fromhex(subject)) is not None


def member(folder: Path, root: str, subject: str) -> Member | None:
    """The proof that the set holds the subject, or None where it does not. Raises OSError where the set is missing."""
    with _opened(folder, root) as ids:
        place = _place(ids, bytes.fromhex(subject))
        if place is None:
            return None
        salt = salt_of(ids.data)
        first = place - place % _WIDTH
        near = ids.leaves(salt, first, min(first + _WIDTH, len(ids)))
        path = inclusion_path(place - first, 0, len(near), lambda start, end: root_of(near[start:end]))
        if len(ids) > _WIDTH:
            blocks = _kept_blocks(folder, root, ids, salt)
            path += inclusion_path(
                place // _WIDTH, 0, len(blocks), lambda start, end: root_of(blocks[start:end])
            )
        return Member(salt, place, path)


def leaves_of(folder: Path, root: str) -> Iterator[bytes]:
    """The set's leaf hashes, joined, some at a time: they show its root and how many it holds, and nobody's id, which the salt
    hides. Raises OSError where the set is missing, before the first."""
    with _opened(folder, root) as ids:
        salt = salt_of(ids.data)
        for first in range(0, len(ids), _SENT):
            yield b"".join(ids.leaves(salt, first, min(first + _SENT, len(ids))))


def set_problem(folder: Path, root: str, count: int) -> str:
    """What contradicts the entry that names this set, or ""."""
    try:
        data = set_path(folder, root).read_bytes()
    except OSError:
        return "the set of subjects is missing"
    if len(data) != count * ID_BYTES:
        return f"the set of subjects does not hold the {count:,} that the entry names"
    if root_of(_blocks(_Ids(data), salt_of(data))).hex() != root:
        return "the set of subjects does not have the root that the entry names"
    return ""


@contextmanager
def _opened(folder: Path, root: str) -> Iterator[_Ids]:
    with (
        set_path(folder, root).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield _Ids(data)


def _place(ids: _Ids, wanted: bytes) -> int | None:
    place = bisect_left(ids, wanted)
    return place if place < len(ids) and ids[place] == wanted else None


def _blocks(ids: _Ids, salt: bytes) -> list[bytes]:
    """The roots over 256 ids each, of which the root over all is made."""
    return [
        root_of(ids.leaves(salt, first, min(first + _WIDTH, len(ids))))
        for first in range(0, len(ids), _WIDTH)
    ]


def _blocks_path(folder: Path, root: str) -> Path:
    return folder / "chains" / "sets" / root


def _kept_blocks(folder: Path, root: str, ids: _Ids, salt: bytes) -> list[bytes]:
    """From the file beside the set, if it bears the root out; made again where it is lost or wrong."""
    try:
        data = _blocks_path(folder, root).read_bytes()
    except OSError:
        data = b""
    blocks = [data[at : at + _HASH] for at in range(0, len(data), _HASH)]
    if root_of(blocks).hex() != root:
        blocks = _blocks(ids, salt)
        write_whole(_blocks_path(folder, root), b"".join(blocks))
    return blocks
