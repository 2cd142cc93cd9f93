"""New keys for the log. What a crash leaves half done, the same call ends: docs/log.md, «When a key is due, or lost»."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from meterkeep.errors import BadInput, Refused
from meterkeep.ledger.entries import Entry
from meterkeep.ledger.files import sync_folder, write_durably
from meterkeep.ledger.handovers import complete, prepare
from meterkeep.ledger.journal import Journal
from meterkeep.ledger.names import EventName
from meterkeep.ledger.notes import (
    Checkpoint,
    NoteError,
    PublicKey,
    check_signatures,
    public_lines,
    read_checkpoint,
    read_public_keys,
)
from meterkeep.ledger.signers import KEY_FILE, FileSigner, Signer

_NEXT = f"{KEY_FILE}.next"
_TO_LOSE = "Restore log.key from its backup. Only if there is none: --lost."


class _Changing:
    """Signs with the keys to come, and with those of today unless they are lost."""

    def __init__(self, today: Sequence[PublicKey], signers: Sequence[Signer]) -> None:
        self.public_keys, self._signers = list(today), signers
        self.origin = signers[-1].origin

    def sign(self, checkpoint: Checkpoint) -> str:
        return "".join(signer.sign(checkpoint) for signer in self._signers)


def rotate(
    folder: Path, keys: Path, *, at: str, on: str, actor: str, lost: bool = False, origin: str = ""
) -> FileSigner:
    """Makes new keys, has the old ones sign their introduction, and puts them in their place; the old private keys are gone then.

    lost: the old private keys are gone already; the introduction is signed by the new ones alone. at, on: as in an entry. origin: the name under
    which the log goes on; its own, but where it ends sooner than somebody has seen it, since one name stands for one history.
    Raises BadInput where the old keys are missing and not said to be lost, Refused where they are said to be lost and are not.
    """
    signers, before = _today(folder, keys, lost=lost)
    new = _next(keys, origin=origin or before[0].name)
    entry = Entry(
        id=sha256("".join(map(str, new.public_keys)).encode()).hexdigest()[:32],
        name=EventName.KEY_ROTATED,
        at=at,
        on=on,
        actor=actor,
        outcome="lost" if lost else "",
        detail={"before": [*map(str, before)], "after": [*map(str, new.public_keys)]},
    )
    signed = new.public_keys if _has_signed(folder, new) else before
    journal = Journal.open(folder, signer=_Changing(signed, [*signers, new]))
    try:
        journal.hand_over(entry, lambda note: _put_in_place(folder, keys, note, new))
    finally:
        journal.close()
    return FileSigner(keys)


def _today(folder: Path, keys: Path, *, lost: bool) -> tuple[list[Signer], list[PublicKey]]:
    """Who can sign today, and the keys of today."""
    there = (keys / KEY_FILE).exists()
    if there and lost:
        raise Refused(
            "The log's key is not lost.",
            where=KEY_FILE,
            next="Rotate it without --lost, so that it signs the new one's introduction.",
        )
    if not there and not lost:
        raise BadInput("The log's key is missing.", where=KEY_FILE, next=_TO_LOSE)
    if there:
        signer = FileSigner(keys)
        return [signer], signer.public_keys
    try:
        return [], read_public_keys((folder / "public-key").read_text())
    except (OSError, NoteError) as error:
        raise BadInput(
            "The log's public key cannot be read.", where="public-key", next="Put the file back."
        ) from error


def _next(keys: Path, *, origin: str) -> FileSigner:
    """The keys to come: new ones, or those of a rotation that was cut off."""
    if not (keys / _NEXT).exists():
        FileSigner.create(keys, origin=origin, file=_NEXT)
    return FileSigner(keys, file=_NEXT)


def _has_signed(folder: Path, signer: Signer) -> bool:
    """Whether it signed the checkpoint: where the old keys are lost, it is then the only one that did."""
    try:
        check_signatures(read_checkpoint((folder / "checkpoint").read_text()), signer.public_keys)
    except (OSError, NoteError):
        return False
    return True


def _put_in_place(folder: Path, keys: Path, note: Checkpoint, new: FileSigner) -> None:
    """In this order, so that whoever opens the log between two steps finds keys that signed its checkpoint."""
    prepare(folder, note, new.public_keys)
    (keys / _NEXT).replace(keys / KEY_FILE)
    sync_folder(keys)
    complete(folder, new.public_keys)
    write_durably(folder / "public-key", public_lines(new.public_keys))
