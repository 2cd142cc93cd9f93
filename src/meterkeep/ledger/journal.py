"""The journal is the truth: entries appended, durable before they count, by any process, one at a time.

Order of an append, under the lock: what a crash left behind is settled; the batch is written as one frame and synced,
and from then on it is in the log; the index follows; then the tiles; last the signed checkpoint. Whatever is behind the
journal is brought up by the next one who holds the lock. What contradicts the signed checkpoint is refused, never mended.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from meterkeep.errors import BadInput, Busy
from meterkeep.ledger.entries import MAX_SUBJECTS, Entry, decode, encode
from meterkeep.ledger.errors import Tampered
from meterkeep.ledger.files import sync_folder, write_durably, write_whole
from meterkeep.ledger.frames import FIRST_LINE, HEAD_BYTES, Damaged, frame, read_exactly, read_frames
from meterkeep.ledger.handovers import complete
from meterkeep.ledger.index import Head, Index, Place, is_broken, is_passing
from meterkeep.ledger.locks import exclusive
from meterkeep.ledger.merkle import leaf_hash
from meterkeep.ledger.notes import (
    Checkpoint,
    NoteError,
    check_signatures,
    checkpoint_text,
    public_lines,
    read_checkpoint,
)
from meterkeep.ledger.sets import read_set, set_contains, write_set
from meterkeep.ledger.signers import Signer
from meterkeep.ledger.tiles import LENGTH_BYTES, WIDTH, Edge, Tree, chunks, load_edge, unbundle, write_tiles

_CHUNK = 4096  # entries looked up at once when many are read
_LARGE = 1_000  # a batch from which on the index follows when somebody asks for it
_MOST_AHEAD = 50_000  # entries that may wait for it
_sync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync
_TO_DO = "Keep this folder as it is, run `meterkeep ledger verify`, and compare with a backup."


class Encoded(NamedTuple):
    """An entry and the bytes that are hashed, as `Journal.encoded` gives them."""

    entry: Entry
    data: bytes


class Ahead:
    """What this process has put into the journal and not yet into the index: it follows when somebody asks for it."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self._batches: list[tuple[int, list[Encoded]]] = []

    def take(self, batch: Mapping[str, Encoded], *, first: int, at: int) -> None:
        """first: index of the first; at: offset in the journal of its length."""
        self.ids.update(zip(batch, range(first, first + len(batch)), strict=True))
        self._batches.append((at, list(batch.values())))

    def find(self, ids: Iterable[str]) -> dict[str, int]:
        return {id: self.ids[id] for id in ids if id in self.ids} if self.ids else {}

    def places(self) -> list[Place]:
        found = list[Place]()
        for at, batch in self._batches:
            for entry, data in batch:
                found.append(Place(entry, at + LENGTH_BYTES, len(data)))
                at += LENGTH_BYTES + len(data)
        return found


class _Doubtful(Exception):
    """Something derived does not fit the checkpoint; the journal itself has to be read through."""


@contextmanager
def _trouble_is_busy(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, sqlite3.Error) and not is_passing(error):
            raise
        raise Busy(
            f"The log cannot be written or read: {getattr(error, 'strerror', None) or error}.",
            where=folder.name,
            next="Free disk space or mend the disk, then try again; nothing was let through.",
        ) from error


def _follows(checkpoint: Checkpoint, earlier: Checkpoint) -> bool:
    """Size for size, as far as two checkpoints alone can tell."""
    if checkpoint.size == earlier.size:
        return checkpoint.root == earlier.root
    return checkpoint.size > earlier.size


class Journal:
    """Safe to share between threads and across a fork; any number of processes may open the same folder."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder, self._signer = folder, signer
        self._index = Index(folder / "index.sqlite3")
        self._threads = threading.Lock()
        self._edge: Edge | None = None
        self._signed: Checkpoint | None = None
        self._head = Head(0, len(FIRST_LINE))
        self._ahead = Ahead()
        self._file = -1

    @classmethod
    def open(cls, folder: Path, *, signer: Signer) -> Journal:
        """Opens the log in this folder and settles what a crash left; begins one where there is none.

        Raises Tampered where journal, tiles and checkpoint contradict each other.
        """
        with _trouble_is_busy(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        journal = cls(folder, signer)
        with journal._locked():
            journal._begin_or_open()
            journal._catch_up()
        return journal

    def close(self) -> None:
        if self._ahead.ids:
            with self._locked():
                self._index_ahead()
        self._index.close()
        os.close(self._file)

    # Writing

    def append(self, entries: Iterable[Entry]) -> list[int]:
        """Records the entries, all of them or none, and gives their indices; a known id gives the index it has.

        They are on disk when this returns. Where it raises, they may stand in the log nevertheless (an intent is then
        reported as unresolved): append the same entries again, nothing is written twice. Raises BadInput for an entry
        that the log cannot hold, Busy where the disk or the lock cannot be had.
        """
        return self.append_encoded(self.encoded(entries))

    def encoded(self, entries: Iterable[Entry]) -> list[Encoded]:
        """The entries as `append_encoded` takes them, folded and checked. Nobody waits meanwhile: it needs no lock."""
        with _trouble_is_busy(self._folder):
            folded = [self._folded(entry) for entry in entries]
        return [Encoded(entry, encode(entry)) for entry in folded]

    def append_encoded(self, batch: list[Encoded]) -> list[int]:
        """`append` for what `encoded` has made ready."""
        with self._locked():
            self._catch_up()
            return self._append(batch)

    def _append(self, batch: list[Encoded]) -> list[int]:
        once = {one.entry.id: one for one in batch}
        indices = self._index.find(once) | self._ahead.find(once)
        fresh = {id: one for id, one in once.items() if id not in indices}
        if fresh:
            first = self._write(fresh)
            indices |= zip(fresh, range(first, first + len(fresh)), strict=True)
        return [indices[one.entry.id] for one in batch]

    def hand_over(self, entry: Entry, finish: Callable[[Checkpoint], None]) -> None:
        """Appends the introduction of new keys and signs today's checkpoint anew; nobody else writes until `finish`, which
        is given the checkpoint that ends with the introduction, has put the keys in place."""
        with self._locked():
            self._catch_up()
            size = self._append(self.encoded([entry]))[0] + 1
            self._publish([])
            finish(self._sign(size, Tree(self._folder, size).subtree(0, size)))

    def _folded(self, entry: Entry) -> Entry:
        """Many subjects become a set beside the log, durable before the entry that names it."""
        if len(entry.subjects) <= MAX_SUBJECTS:
            return entry
        root, count = write_set(self._folder, entry.subjects)
        return msgspec.structs.replace(entry, subjects=[], subject_set=root, subject_count=count)

    def _write(self, fresh: dict[str, Encoded]) -> int:
        """One frame, then what follows from it; gives the first entry's index."""
        first, at = self._head
        batch = [data for _, data in fresh.values()]
        head, payload = frame(batch)
        self._write_frame((head, payload), at)
        self._ahead.take(fresh, first=first, at=at + HEAD_BYTES)
        self._head = Head(first + len(fresh), at + HEAD_BYTES + len(payload))
        if len(fresh) < _LARGE or len(self._ahead.ids) > _MOST_AHEAD:
            self._index_ahead()
        self._publish(batch)
        return first

    def _index_ahead(self) -> None:
        """What another process has indexed from the journal meanwhile is passed over: `_replay` sees to the rest."""
        ahead, self._ahead = self._ahead, Ahead()
        first = self._head.size - len(ahead.ids)
        if ahead.ids and self._index.head().size == first:
            self._index.add(ahead.places(), first=first)

    def _write_frame(self, parts: Iterable[bytes], at: int) -> None:
        try:
            for part in parts:
                rest = memoryview(part)
                while rest:
                    written = os.pwrite(self._file, rest, at)
                    rest, at = rest[written:], at + written
            _sync(self._file)
        except OSError:
            with suppress(OSError):  # where even this fails, the next one to hold the lock finds a torn tail
                os.ftruncate(self._file, self._head.end)
            raise

    def _publish(self, entries: Iterable[bytes]) -> None:
        """Grows the tree, then signs it."""
        edge = self._edge or Edge()
        for part in chunks(entries, _CHUNK):
            write_tiles(self._folder, edge.extend(part))
        write_tiles(self._folder, edge.partial())
        signed = self._sign(edge.size, edge.root())
        write_whole(self._folder / "checkpoint", signed.note.encode(), durable=True)
        self._edge, self._signed = edge, signed

    def _sign(self, size: int, root: bytes) -> Checkpoint:
        origin = self._signer.origin
        unsigned = Checkpoint(origin, size, root, checkpoint_text(origin, size, root))
        return replace(unsigned, note=f"{unsigned.text}\n{self._signer.sign(unsigned)}")

    # Settling

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with _trouble_is_busy(self._folder), self._threads, exclusive(self._folder / "lock"):
            try:
                yield
            except BaseException as error:
                self._edge = None  # it may have grown past what is on disk
                self._ahead = Ahead()  # and this may not be there; what is, is indexed from the journal
                if isinstance(error, sqlite3.Error):
                    self._index.close()  # SQLite stays read-only where it once could not open its file for writing
                raise

    def _begin_or_open(self) -> None:
        path, checkpoint = self._folder / "journal", self._folder / "checkpoint"
        if not path.exists() and not checkpoint.exists():
            (self._folder / "sets").mkdir(mode=0o700, exist_ok=True)
            self._show_keys()
            write_durably(path, FIRST_LINE)
        try:
            self._file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            raise Tampered("The journal is missing.", where="journal", next=_TO_DO) from None
        if os.pread(self._file, len(FIRST_LINE), 0) != FIRST_LINE:
            raise Tampered("This is not a journal.", where="journal: first line", next=_TO_DO)
        if not checkpoint.exists() and os.fstat(self._file).st_size == len(FIRST_LINE):
            self._publish([])
            sync_folder(self._folder)
        self._show_keys()  # a rotation may have been cut off before its last step

    def _show_keys(self) -> None:
        path, public = self._folder / "public-key", public_lines(self._signer.public_keys)
        if not path.exists() or path.read_bytes() != public:
            write_durably(path, public)
        complete(self._folder, self._signer.public_keys)

    def _catch_up(self) -> None:
        """Afterwards index, tiles and checkpoint say what the journal says. To be called under the lock."""
        checkpoint = self._read_checkpoint()
        try:
            self._index.prepare()
            if not self._ahead.ids or os.fstat(self._file).st_size != self._head.end:
                self._index_ahead()
                for _ in self._replay(checkpoint):
                    pass
            self._load_edge(checkpoint)
        except (_Doubtful, Damaged, FileNotFoundError, ValueError, msgspec.DecodeError):
            self._rebuild(checkpoint)
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
            self._rebuild(checkpoint)
        if self._edge and self._edge.size < self._head.size:
            self._index_ahead()
            self._publish(self._read(self._edge.size, self._head.size))

    def _read_checkpoint(self) -> Checkpoint:
        """The signed checkpoint on disk; its signatures are checked unless this process has just seen it."""
        try:
            note = (self._folder / "checkpoint").read_bytes().decode()
            if self._signed and self._signed.note == note:
                return self._signed
            checkpoint = read_checkpoint(note)
            check_signatures(checkpoint, self._signer.public_keys)
        except FileNotFoundError:
            raise Tampered("The checkpoint is missing.", where="checkpoint", next=_TO_DO) from None
        except (NoteError, UnicodeDecodeError) as error:
            raise Tampered(
                f"The checkpoint does not hold: {error}.", where="checkpoint", next=_TO_DO
            ) from None
        if self._signed and not _follows(checkpoint, self._signed):
            raise Tampered("The log was set back while it was open.", where="checkpoint", next=_TO_DO)
        return checkpoint

    def _replay(self, checkpoint: Checkpoint) -> Iterator[bytes]:
        """Indexes what stands in the journal behind the index, entry by entry; cuts off a torn, unsigned tail."""
        end, head = os.fstat(self._file).st_size, self._index.head()
        if head.end > end:
            raise _Doubtful
        found: list[Place] = []
        try:
            for at, payload in read_frames(self._file, start=head.end, end=end):
                entries = list(unbundle(payload))
                found += [Place(decode(data), at + offset, len(data)) for offset, data in entries]
                yield from (data for _, data in entries)
                if len(found) >= _CHUNK:
                    head, found = self._index.add(found, first=head.size), []
        except Damaged as damage:
            if not damage.torn or head.size + len(found) < checkpoint.size:
                raise
            os.ftruncate(self._file, damage.at)
        self._head = self._index.add(found, first=head.size) if found else head

    def _load_edge(self, checkpoint: Checkpoint) -> None:
        """The tree at the checkpoint, from the tiles, if journal, tiles and checkpoint agree there."""
        if self._edge and self._signed is checkpoint:
            return
        size = checkpoint.size
        if size > self._head.size:
            raise _Doubtful
        entries = list(self._read(size - size % WIDTH, size))
        edge = load_edge(self._folder, size=size, entries=entries)
        if edge.levels[0] != list(map(leaf_hash, entries)) or edge.root() != checkpoint.root:
            raise _Doubtful
        self._edge, self._signed = edge, checkpoint

    def _rebuild(self, checkpoint: Checkpoint) -> None:
        """Reads the whole journal. If it bears the checkpoint out, index and tiles are made from it afresh."""
        self._index.start_over()
        edge, read = Edge(), 0
        try:
            for data in self._replay(checkpoint):
                read += 1
                if edge.size < checkpoint.size:
                    edge.extend([data])
        except (Damaged, _Doubtful, ValueError, msgspec.DecodeError, sqlite3.IntegrityError) as error:
            place = f"journal: after {read:,} entries"
            raise Tampered("The journal is damaged.", where=place, next=_TO_DO) from error
        if (edge.size, edge.root()) != (checkpoint.size, checkpoint.root):
            raise Tampered(
                "The journal is not the one that the checkpoint was signed for.", where="journal", next=_TO_DO
            )
        edge = Edge()
        for part in chunks(self._read(0, checkpoint.size), _CHUNK):
            write_tiles(self._folder, edge.extend(part))
        write_tiles(self._folder, edge.partial())
        self._edge, self._signed = edge, checkpoint

    # Reading

    def _refresh(self) -> None:
        """Sees what other processes appended; settles what one of them left when it died."""
        if self._ahead.ids or os.fstat(self._file).st_size != self._index.head().end:
            with self._locked():
                self._index_ahead()
                self._catch_up()

    def _read(self, start: int, end: int) -> Iterator[bytes]:
        for first in range(start, end, _CHUNK):
            for at, length in self._index.places(first, min(end, first + _CHUNK)):
                yield read_exactly(self._file, length, at)

    def _numbered(self, indices: Iterable[int]) -> list[tuple[int, Entry]]:
        return [(index, decode(data)) for index in indices for data in self._read(index, index + 1)]

    @property
    def folder(self) -> Path:
        """Where the log's files are."""
        return self._folder

    @property
    def size(self) -> int:
        self._refresh()
        return self._index.head().size

    def checkpoint(self) -> str:
        """The signed checkpoint over everything in the journal."""
        with self._locked():
            self._catch_up()
        return self._signed.note if self._signed else ""

    def entry_bytes(self, index: int) -> bytes:
        """The entry as it is hashed: what `check_proof` asks for."""
        self._refresh()
        found = list(self._read(index, index + 1))
        if not found:
            raise BadInput(f"The log has no entry {index}.", next="Entries are numbered from 0.")
        return found[0]

    def entry(self, index: int) -> Entry:
        return decode(self.entry_bytes(index))

    def find(self, id: str) -> int | None:
        self._refresh()
        return self._index.find([id]).get(id)

    def as_logged(self, entry: Entry) -> Entry:
        """The entry as `append` writes and hashes it, with a set in place of many subjects."""
        return self._folded(entry)

    def subjects(self, entry: Entry) -> list[str]:
        """The chain ids that an entry concerns, wherever they are kept."""
        return read_set(self._folder, entry.subject_set) if entry.subject_set else entry.subjects

    def for_subject(self, chain_id: str) -> list[tuple[int, Entry]]:
        """Everything that concerns one customer, oldest first."""
        self._refresh()
        try:
            roots = [root for root in self._index.set_roots() if set_contains(self._folder, root, chain_id)]
        except FileNotFoundError:
            raise Tampered("A set of subjects is missing.", where="sets", next=_TO_DO) from None
        return self._numbered(sorted({*self._index.of_subject(chain_id), *self._index.of_sets(roots)}))

    def recent(self, count: int, name_prefix: str = "") -> list[tuple[int, Entry]]:
        """The newest entries whose event's name starts so, newest first."""
        self._refresh()
        return self._numbered(self._index.recent(count, name_prefix))

    def unresolved(self, alive: Callable[[str], bool]) -> list[tuple[int, Entry]]:
        """Intents that no outcome answers and whose owner is gone: alive(lease) says whether it still runs."""
        self._refresh()
        return self._numbered(index for index, lease in self._index.open_intents() if not alive(lease))
