"""The entries of the log between two sizes, as far as the chains need them, from its published files and its sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from meterkeep.ledger.chains.heads import Told
from meterkeep.ledger.errors import Tampered
from meterkeep.ledger.merkle import leaf_hash
from meterkeep.ledger.sets import set_path, set_problem
from meterkeep.ledger.tiles import WIDTH, Tile, read_bundle, read_hashes, width_at

_TO_DO = "Run `meterkeep ledger verify` to see where."


class _Subjects(msgspec.Struct):
    subjects: list[str] = []
    subject_set: str = ""
    subject_count: int = 0


_decoder = msgspec.json.Decoder(_Subjects)


def entries_between(folder: Path, start: int, end: int, size: int) -> Iterator[tuple[int, bytes]]:
    """(index, bytes), each held against its hash in the tree. size: of the log's checkpoint."""
    for number in range(start // WIDTH, -(-end // WIDTH)):
        try:
            entries = read_bundle(folder, index=number, size=size)
            hashes = read_hashes(folder, Tile(0, number, width_at(size, 0, number)))
        except (OSError, ValueError) as error:
            raise Tampered(
                "A part of the log is missing or broken.", where=f"bundle {number}", next=_TO_DO
            ) from error
        for index in range(max(start, number * WIDTH), min(end, number * WIDTH + WIDTH)):
            entry = entries[index - number * WIDTH]
            if leaf_hash(entry) != hashes[index - number * WIDTH]:
                raise Tampered("An entry is not the one in the tree.", where=f"entry {index}", next=_TO_DO)
            yield index, entry


def told_between(folder: Path, start: int, end: int, size: int) -> Iterator[Told]:
    """Those that concern a customer."""
    sets: dict[str, bytes] = {}
    for index, data in entries_between(folder, start, end, size):
        subjects = _decoder.decode(data)
        if subjects.subject_set:
            if subjects.subject_set not in sets:
                sets = {subjects.subject_set: _set(folder, subjects.subject_set, subjects.subject_count)}
            yield Told(index, leaf_hash(data), sets[subjects.subject_set])
        elif subjects.subjects:
            ids = sorted({bytes.fromhex(subject) for subject in subjects.subjects})
            yield Told(index, leaf_hash(data), b"".join(ids))


def _set(folder: Path, root: str, count: int) -> bytes:
    """Its ids, if they are those that the entry names."""
    if problem := set_problem(folder, root, count):
        raise Tampered(f"A set cannot be used: {problem}.", where=f"sets/{root}", next=_TO_DO)
    return set_path(folder, root).read_bytes()
