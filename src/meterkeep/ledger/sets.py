"""Sets of subjects too large for an entry: sorted 16-byte chain ids in a file named by the Merkle root over them."""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

from meterkeep.ledger.files import write_durably
from meterkeep.ledger.merkle import leaf_hash, root_of

ID_BYTES = 16


class _Ids:
    """A set's bytes seen as a sorted sequence of ids."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data) // ID_BYTES

    def __getitem__(self, index: int) -> bytes:
        return self.data[index * ID_BYTES : (index + 1) * ID_BYTES]


def set_path(folder: Path, root: str) -> Path:
    return folder / "sets" / root


def write_set(folder: Path, subjects: Iterable[str]) -> tuple[str, int]:
    """Keeps the set, durably, and gives its root (hex) and its size; the same set is kept once."""
    ids = sorted({bytes.fromhex(subject) for subject in subjects})
    root = root_of([leaf_hash(id) for id in ids]).hex()
    if not set_path(folder, root).exists():
        write_durably(set_path(folder, root), b"".join(ids))
    return root, len(ids)


def read_set(folder: Path, root: str) -> list[str]:
    ids = _Ids(set_path(folder, root).read_bytes())
    return [ids[index].hex() for index in range(len(ids))]


def set_contains(folder: Path, root: str, subject: str) -> bool:
    """By bisection in the file; a set is never empty."""
    wanted = bytes.fromhex(subject)
    with (
        set_path(folder, root).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        ids = _Ids(data)
        place = bisect_left(ids, wanted)
        return place < len(ids) and ids[place] == wanted


def set_problem(folder: Path, root: str, count: int) -> str:
    """What contradicts the entry that names this set, or ""."""
    try:
        data = set_path(folder, root).read_bytes()
    except OSError:
        return "the set of subjects is missing"
    ids = [data[at : at + ID_BYTES] for at in range(0, len(data), ID_BYTES)]
    if len(ids) != count or len(data) != count * ID_BYTES:
        return f"the set of subjects does not hold the {count:,} that the entry names"
    if root_of([leaf_hash(id) for id in ids]).hex() != root:
        return "the set of subjects does not have the root that the entry names"
    return ""
