"""How the log's keys follow each other: each old key signs the introduction of the next one, and the next signs it too.

`handovers/N` is a checkpoint of size N whose last entry, `key.rotated`, names the keys before and after. Signed by both, it
lets whoever has any one of the log's keys find all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from meterkeep.ledger.entries import Entry, decode
from meterkeep.ledger.files import sync_folder, write_durably
from meterkeep.ledger.merkle import inclusion_path, leaf_hash, root_from_path
from meterkeep.ledger.names import EventName
from meterkeep.ledger.notes import (
    Checkpoint,
    NoteError,
    PublicKey,
    check_signatures,
    read_checkpoint,
    read_public_keys,
)
from meterkeep.ledger.tiles import WIDTH, Tree, read_bundle

FOLDER = "handovers"


@dataclass(frozen=True)
class Handover:
    """lost: the keys before could not sign, so that only somebody who knows those after can believe it."""

    checkpoint: Checkpoint
    before: list[PublicKey]
    after: list[PublicKey]
    lost: bool


def handovers(folder: Path) -> list[Handover]:
    """All of the log, oldest first. Raises NoteError with the file that does not hold."""
    names = sorted(int(path.name) for path in (folder / FOLDER).glob("*") if path.name.isdecimal())
    return [_handover(folder, size) for size in names]


def prepare(folder: Path, checkpoint: Checkpoint, after: Sequence[PublicKey]) -> None:
    """Keeps a handover that counts once the new keys are in their place."""
    path = folder / FOLDER / f".{checkpoint.size}-{after[0].id.hex()}"
    write_durably(path, checkpoint.note.encode())


def complete(folder: Path, keys: Sequence[PublicKey]) -> None:
    """Makes the handovers to these keys count: they are in their place."""
    for path in (folder / FOLDER).glob(f".*-{keys[0].id.hex()}"):
        path.replace(path.with_name(path.name[1:].partition("-")[0]))
        sync_folder(path.parent)


def _handover(folder: Path, size: int) -> Handover:
    place = f"{FOLDER}/{size}"
    try:
        checkpoint = read_checkpoint((folder / place).read_text(encoding="utf-8"))
        entry = _last_entry(folder, checkpoint)
        before, after = _named(entry, "before"), _named(entry, "after")
        check_signatures(checkpoint, after)
        if lost := entry.outcome == "lost":
            return Handover(checkpoint, before, after, lost)
        check_signatures(checkpoint, before)
    except (NoteError, OSError, KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
        raise NoteError(f"{place} does not hold: {error}") from error
    return Handover(checkpoint, before, after, lost)


def _named(entry: Entry, side: str) -> list[PublicKey]:
    lines = entry.detail[side]
    if not isinstance(lines, list):
        raise NoteError("its last entry names no keys")
    return read_public_keys("\n".join(map(str, lines)))


def _last_entry(folder: Path, checkpoint: Checkpoint) -> Entry:
    """The introduction, shown to be in the tree that the checkpoint signs."""
    size, index = checkpoint.size, checkpoint.size - 1
    data = read_bundle(folder, index=index // WIDTH, size=size)[index % WIDTH]
    path = inclusion_path(index, 0, size, Tree(folder, size).subtree)
    if root_from_path(leaf_hash(data), index=index, size=size, path=path) != checkpoint.root:
        raise NoteError("its last entry is not in its tree")
    entry = decode(data)
    if entry.name != EventName.KEY_ROTATED:
        raise NoteError("its last entry introduces no keys")
    return entry


def believed(given: Sequence[PublicKey], found: Sequence[Handover]) -> list[list[PublicKey]]:
    """The log's keys, oldest first, as far as whoever believes in `given` has reason to; the last are those of today."""
    chain = [list(given)]
    for handover in found:
        if handover.before == chain[-1] and not handover.lost:
            chain.append(handover.after)
    for handover in reversed(found):
        if handover.after == chain[0]:
            chain.insert(0, handover.before)
    return chain


def check_signed(checkpoint: Checkpoint, chain: Sequence[Sequence[PublicKey]]) -> None:
    """Some keys of the chain, all of a generation, signed it. Raises NoteError as the newest would."""
    for keys in chain[:-1]:
        try:
            check_signatures(checkpoint, keys)
        except NoteError:
            continue
        return
    check_signatures(checkpoint, chain[-1])
