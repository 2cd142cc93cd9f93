"""Is the log what its checkpoint says? Everything is read and compared: journal, tiles, bundles, sets, signatures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from meterkeep.errors import BadInput
from meterkeep.ledger.entries import decode
from meterkeep.ledger.frames import FIRST_LINE, Damaged, read_frames
from meterkeep.ledger.handovers import believed, check_signed, handovers
from meterkeep.ledger.locks import exclusive
from meterkeep.ledger.notes import (
    Checkpoint,
    NoteError,
    PublicKey,
    check_signatures,
    read_checkpoint,
    read_public_keys,
)
from meterkeep.ledger.sets import set_problem
from meterkeep.ledger.tiles import HASH, Edge, Tile, bundle, read_tile, unbundle
from meterkeep.ledger.witness.kept import WITNESSED, policy_of

_MOST = 100  # problems told; one cause often has many consequences


@dataclass(frozen=True)
class Problem:
    where: str
    message: str


@dataclass
class Verification:
    """size, root: of the checkpoint, as far as it can be read. problems: in the order they were met.

    notes: what a reader should know and what is no fault, such as entries that still await their checkpoint.
    witnessed: the size up to which witnesses have cosigned as the log's policy asks, and `witnesses` are their names
    there; None where the log has no policy.
    """

    size: int = 0
    root: str = ""
    witnessed: int | None = None
    witnesses: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    def add(self, where: str, message: str) -> None:
        if len(self.problems) < _MOST:
            self.problems.append(Problem(where, message))


def verify(folder: Path, public_key: str | None = None, *, older: str | None = None) -> Verification:
    """Reads the whole log and says what contradicts what; changes nothing.

    public_key: verifier keys, one a line; by default those in the folder itself, which prove nothing to somebody who
    does not trust whoever gave them the folder. older: a checkpoint kept from before, of which this log must be a
    continuation. Raises BadInput where there is no log, or where `older` is no checkpoint.
    """
    if not (folder / "checkpoint").exists() and not (folder / "journal").exists():
        raise BadInput("There is no log here.", where=folder.name, next="Name the folder of a log.")
    kept = {"older checkpoint": _read_older(older)} if older is not None else {}
    with _held_still(folder):
        note = _bytes(folder / "checkpoint")
        end = (folder / "journal").stat().st_size if (folder / "journal").exists() else 0
    found = Verification()
    checkpoint = _check_checkpoint(folder, note, public_key, kept, found)
    if checkpoint is not None:
        found.size, found.root = checkpoint.size, checkpoint.root.hex()
        _check_journal(folder, end, checkpoint, kept, found)
        if found.ok:
            _check_epochs(folder, checkpoint, found)
    return found


def _check_epochs(folder: Path, checkpoint: Checkpoint, found: Verification) -> None:
    """Every epoch's root is made again: nothing was hidden from any customer."""
    from meterkeep.ledger.chains.audit import problems

    for where, message in problems(folder, checkpoint.size):
        found.add(where, message)


@contextmanager
def _held_still(folder: Path) -> Iterator[None]:
    """Between two appends, so that the checkpoint and the journal's length belong together; a copy needs no lock."""
    lock = folder / "lock"
    with exclusive(lock) if lock.exists() and os.access(lock, os.W_OK) else nullcontext():
        yield


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _read_older(older: str) -> Checkpoint:
    try:
        return read_checkpoint(older)
    except NoteError as error:
        raise BadInput(
            f"The older checkpoint cannot be read: {error}.", next="Give a file that `checkpoint` printed."
        ) from None


def _check_checkpoint(
    folder: Path, note: bytes, public_key: str | None, kept: dict[str, Checkpoint], found: Verification
) -> Checkpoint | None:
    """Its form and its signatures, and those of all that are kept: the older one, those of handovers and witnesses, which
    are added to `kept`."""
    if not note:
        found.add("checkpoint", "is missing")
        return None
    try:
        checkpoint = read_checkpoint(note.decode())
        handed = handovers(folder)
        chain = believed(read_public_keys(public_key or _bytes(folder / "public-key").decode()), handed)
        check_signatures(checkpoint, chain[-1])
    except (NoteError, UnicodeDecodeError) as error:
        found.add("checkpoint", f"does not hold: {error}")
        return None
    kept |= {f"handovers/{one.checkpoint.size}": one.checkpoint for one in handed}
    _check_witnessed(folder, kept, found)
    for place, past in kept.items():
        _check_past(place, past, checkpoint, chain, found)
    return checkpoint


def _check_witnessed(folder: Path, kept: dict[str, Checkpoint], found: Verification) -> None:
    """What witnesses cosigned, held against the log's policy."""
    policy = policy_of(folder)
    if policy is None:
        return
    found.witnessed = 0
    if not (folder / WITNESSED).exists():
        found.notes.append(f"No checkpoint is witnessed yet; the policy asks for {policy.in_words()}.")
        return
    try:
        seen = read_checkpoint((folder / WITNESSED).read_text(encoding="utf-8"))
        found.witnesses = policy.witnesses_of(seen)
    except (NoteError, UnicodeDecodeError) as error:
        found.add(WITNESSED, f"does not hold: {error}")
        return
    kept[WITNESSED] = seen
    if policy.satisfied_by(found.witnesses):
        found.witnessed = seen.size
    else:
        found.notes.append(
            f"The policy, which asks for {policy.in_words()}, is not met by what witnesses have cosigned."
        )


def _check_past(
    place: str, past: Checkpoint, checkpoint: Checkpoint, chain: list[list[PublicKey]], found: Verification
) -> None:
    if past.origin not in {checkpoint.origin, *(key.name for keys in chain for key in keys)}:
        found.add(place, "is of a log with another name")
    if past.size > checkpoint.size:
        found.add(
            "checkpoint",
            f"has {checkpoint.size:,} entries; the {place} had {past.size:,}: the log was set back",
        )
    try:
        check_signed(past, chain)
    except NoteError as error:
        found.add(place, f"was not signed by this log: {error}")


def _check_journal(
    folder: Path, end: int, checkpoint: Checkpoint, kept: dict[str, Checkpoint], found: Verification
) -> None:
    """Grows the tree from the journal and holds every file on disk and every checkpoint against it."""
    walk = _Walk(folder, checkpoint, kept, found)
    if not end:
        found.add("journal", "is missing")
        return
    with (folder / "journal").open("rb") as file:
        if file.read(len(FIRST_LINE)) != FIRST_LINE:
            found.add("journal: first line", "is not that of a journal")
            return
        walk.milestones()
        try:
            for at, payload in read_frames(file.fileno(), start=len(FIRST_LINE), end=end):
                walk.frame(at, payload)
        except Damaged as damage:
            walk.damaged(damage)
    walk.finish()


def _by_size(kept: dict[str, Checkpoint]) -> dict[int, list[tuple[str, bytes]]]:
    found: dict[int, list[tuple[str, bytes]]] = {}
    for place, past in kept.items():
        found.setdefault(past.size, []).append((place, past.root))
    return found


class _Walk:
    def __init__(
        self, folder: Path, checkpoint: Checkpoint, kept: dict[str, Checkpoint], found: Verification
    ) -> None:
        self._folder, self._found = folder, found
        self._checkpoint, self._kept = checkpoint, _by_size(kept)
        self._edge, self._sets = Edge(), set[tuple[str, int]]()

    def frame(self, at: int, payload: bytes) -> None:
        try:
            for offset, data in unbundle(payload):
                self._entry(at + offset, data)
        except ValueError:
            self._found.add(f"journal: byte {at}", "an entry is cut off inside a whole frame")

    def _entry(self, at: int, data: bytes) -> None:
        try:
            entry = decode(data)
        except msgspec.DecodeError:
            self._found.add(f"journal: entry {self._edge.size} at byte {at}", "cannot be read")
        else:
            if entry.subject_set and (entry.subject_set, entry.subject_count) not in self._sets:
                self._set(entry.subject_set, entry.subject_count)
        for tile, expected in self._edge.extend([data]):
            if self._edge.size <= self._checkpoint.size:
                self._tile(tile, expected)
        self.milestones()

    def milestones(self) -> None:
        """What must hold at exactly this size."""
        size = self._edge.size
        for place, root in self._kept.get(size, []):
            if self._edge.root() != root:
                self._found.add(place, f"the first {size:,} entries are not those that it was signed for")
        if size == self._checkpoint.size:
            for tile, expected in self._edge.partial():
                self._tile(tile, expected)
            if self._edge.root() != self._checkpoint.root:
                self._found.add("journal", "its root is not the one that the checkpoint signs")

    def _set(self, root: str, count: int) -> None:
        self._sets.add((root, count))
        if problem := set_problem(self._folder, root, count):
            self._found.add(f"sets/{root}: entry {self._edge.size}", problem)

    def _tile(self, tile: Tile, expected: bytes) -> None:
        """This file, and those of narrower checkpoints beside it."""
        whole = Tile(tile.level, tile.index).path
        widths = [path.name for path in (self._folder / f"{whole}.p").glob("*")]
        narrower = [int(name) for name in widths if name.isdecimal() and 0 < int(name) < tile.width]
        for width in sorted({*narrower, tile.width}):
            wanted = expected if width == tile.width else _narrow(tile, expected, width)
            self._compare(Tile(tile.level, tile.index, width), wanted)

    def _compare(self, tile: Tile, wanted: bytes) -> None:
        try:
            held = read_tile(self._folder, tile)
        except OSError:
            self._found.add(tile.path, "is missing")
            return
        # A partial tile may have become a whole one since the checkpoint was read.
        whole = not (self._folder / tile.path).exists()
        if held != wanted and not (whole and held.startswith(wanted)):
            self._found.add(tile.path, "does not hold what the journal says")

    def damaged(self, damage: Damaged) -> None:
        if damage.torn and self._edge.size >= self._checkpoint.size:
            self._found.notes.append(
                "The journal ends in an unfinished write; the next append will cut it off."
            )
        else:
            self._found.add(f"journal: byte {damage.at}", f"is damaged after entry {self._edge.size - 1}")

    def finish(self) -> None:
        size, signed = self._edge.size, self._checkpoint.size
        if size < signed:
            self._found.add("journal", f"holds {size:,} entries; the checkpoint signs {signed:,}")
        if size > signed:
            self._found.notes.append(f"{size - signed:,} entries await their checkpoint.")


def _narrow(tile: Tile, data: bytes, width: int) -> bytes:
    """The first `width` hashes of a tile or entries of a bundle."""
    if tile.level == "entries":
        return bundle([entry for _, entry in unbundle(data)][:width])
    return data[: width * HASH]
