"""A witness: cosigns a log's checkpoint if it continues the one that it cosigned last, and never otherwise."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.ledger.files import write_durably
from meterkeep.ledger.merkle import is_consistent
from meterkeep.ledger.notes import (
    OF_LOGS,
    Checkpoint,
    NoteError,
    PublicKey,
    public_lines,
    read_public_keys,
    signed_by,
)
from meterkeep.ledger.witness.exchange import Answer, Submission, read_submission, size_answer
from meterkeep.ledger.witness.keys import Cosigner
from meterkeep.ledger.witness.seen import SeenTrees

_KEY, _LOGS, _SEEN = "witness.key", "logs", "seen"


class Witness:
    """Its folder: `witness.key`, `public-key`, `logs` (verifier keys of the logs that it looks at), `seen` (what it cosigned)."""

    def __init__(self, folder: Path) -> None:
        """Raises BadInput where there is no witness, Busy where another process is it, Tampered where it has forgotten."""
        if not (folder / _SEEN).exists():
            raise BadInput(
                "There is no witness here.",
                where=folder.name,
                next="Make one: meterkeep ledger witness new FOLDER NAME",
            )
        self._cosigner = Cosigner(folder / _KEY)
        self._logs = _keys_of(folder)
        self._hold = os.open(folder / _KEY, os.O_RDONLY)
        try:
            fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._hold)
            raise Busy("Another process is this witness.", where=folder.name, next="Stop it first.") from None
        self._seen = SeenTrees(folder / _SEEN)

    @classmethod
    def create(cls, folder: Path, *, name: str) -> Witness:
        """A new one, that has seen nothing. A witness that lost its folder is never made again under its old key."""
        if folder.exists() and any(folder.iterdir()):
            raise Refused("This folder is not empty.", where=folder.name, next="Name a new one.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        cosigner = Cosigner.create(folder / _KEY, name=name)
        write_durably(folder / "public-key", public_lines(cosigner.public_keys))
        write_durably(folder / _LOGS, b"")
        write_durably(folder / _SEEN, b"")
        return cls(folder)

    @property
    def public_keys(self) -> list[PublicKey]:
        return self._cosigner.public_keys

    def close(self) -> None:
        self._seen.close()
        os.close(self._hold)

    def add_checkpoint(self, body: bytes, *, now: int) -> Answer:
        """The answer to a request, in the order of C2SP tlog-witness. now: POSIX seconds."""
        try:
            asked = read_submission(body)
        except NoteError as error:
            return Answer(400, f"This is no checkpoint with its proof: {error}.\n".encode())
        keys = [key for key in self._logs if key.name == asked.checkpoint.origin]
        if not keys:
            return Answer(404, b"This log is not known here.\n")
        if not _is_signed(asked.checkpoint, keys):
            return Answer(403, b"No signature of this log's keys fits.\n")
        if asked.old > asked.checkpoint.size:
            return Answer(400, b"The old size is larger than the new one.\n")
        with self._seen.lock:
            return self._continue(asked, now)

    def _continue(self, asked: Submission, now: int) -> Answer:
        new = asked.checkpoint
        size, root = self._seen.newest(new.origin)
        if asked.old != size or (new.size == size and new.root != root):
            return size_answer(size)
        if not is_consistent(asked.path, old=size, old_root=root, size=new.size, root=new.root):
            return Answer(422, b"The proof does not lead from what was cosigned to this checkpoint.\n")
        if new.size > size:
            self._seen.keep(new)
        return Answer(200, self._cosigner.cosign(new, now=now).encode())


def trust(folder: Path, keys: str) -> list[str]:
    """Adds the verifier keys of a log, one a line, and gives the names of all logs. A witness that runs takes them at its next start."""
    try:
        given = read_public_keys(keys)
    except NoteError as error:
        raise BadInput(
            f"These are no verifier keys: {error}.", next="Give the log's public-key file."
        ) from None
    if not given or any(key.kind not in OF_LOGS for key in given):
        raise BadInput("There is no log's key among these.", next="Give the log's public-key file.")
    known = _keys_of(folder)
    known += [key for key in given if key not in known]
    write_durably(folder / _LOGS, public_lines(known))
    return sorted({key.name for key in known})


def _keys_of(folder: Path) -> list[PublicKey]:
    try:
        return read_public_keys((folder / _LOGS).read_text())
    except (OSError, NoteError) as error:
        raise BadInput(
            "The logs of this witness cannot be read.", where=_LOGS, next="Put the file back."
        ) from error


def _is_signed(checkpoint: Checkpoint, keys: list[PublicKey]) -> bool:
    """By one of them at least, and no line of theirs is forged."""
    try:
        return sum(signed_by(checkpoint, key) for key in keys) > 0
    except NoteError:
        return False
