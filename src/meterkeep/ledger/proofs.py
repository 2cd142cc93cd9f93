"""Proofs that an entry is in the log, in C2SP tlog-proof form, made from the published files and nothing else."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from meterkeep.errors import BadInput
from meterkeep.ledger.errors import Tampered
from meterkeep.ledger.merkle import inclusion_path, leaf_hash, root_from_path
from meterkeep.ledger.notes import (
    Checkpoint,
    NoteError,
    check_signatures,
    read_checkpoint,
    read_public_keys,
    unbase64,
)
from meterkeep.ledger.tiles import WIDTH, Tree, read_bundle
from meterkeep.ledger.witness.kept import COSIGNED, WITNESSED, kept_checkpoint

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_TO_DO = "Run `meterkeep ledger verify` to see where."


def published_checkpoint(folder: Path) -> str:
    """The newest signed checkpoint, with the cosignatures that it has."""
    try:
        newest = (folder / "checkpoint").read_bytes().decode()
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput("There is no log here.", where=folder.name, next="Name the folder of a log.") from None
    except UnicodeDecodeError:
        raise Tampered("The checkpoint is not text.", where="checkpoint") from None
    cosigned = kept_checkpoint(folder, COSIGNED)
    return cosigned.note if cosigned and newest.startswith(f"{cosigned.text}\n") else newest


def published_entry(folder: Path, index_or_id: int | str) -> tuple[int, bytes]:
    """(index, bytes) of an entry under the checkpoint, named by its index or by its 32-digit id."""
    return _entry(folder, index_or_id, _published(folder).size)


def prove(folder: Path, index_or_id: int | str) -> str:
    """The proof as text, under the newest checkpoint that met the log's policy if that covers the entry.

    Raises BadInput for an entry the log does not have, Tampered where no proof can be made.
    """
    checkpoint = _published(folder)
    index, entry = _entry(folder, index_or_id, checkpoint.size)
    witnessed = kept_checkpoint(folder, WITNESSED)
    if witnessed and index < witnessed.size <= checkpoint.size:
        checkpoint = witnessed
    try:
        path = inclusion_path(index, 0, checkpoint.size, Tree(folder, checkpoint.size).subtree)
    except (OSError, ValueError) as error:
        raise Tampered("A tile is missing or too short.", where="tile", next=_TO_DO) from error
    if root_from_path(leaf_hash(entry), index=index, size=checkpoint.size, path=path) != checkpoint.root:
        raise Tampered("The tiles do not lead to the checkpoint.", where=f"entry {index}", next=_TO_DO)
    hashes = "".join(f"{b64encode(hash).decode()}\n" for hash in path)
    return f"{_FIRST_LINE}\nindex {index}\n{hashes}\n{checkpoint.note}"


def check_proof(text: str, entry: bytes, public_key: str) -> int:
    """The entry's index, if this proof shows it in the log that this key (one verifier key a line) signs.

    Raises BadInput where the text is no proof, Tampered where it does not hold.
    """
    try:
        head, _, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        if lines and lines[0].startswith("extra "):
            lines = lines[1:]
        word, _, number = lines[0].partition(" ") if lines else ("", "", "")
        if first != _FIRST_LINE or word != "index" or not (number.isascii() and number.isdecimal()):
            raise NoteError("its first lines are wrong")
        path, checkpoint, keys = (
            list(map(unbase64, lines[1:])),
            read_checkpoint(note),
            read_public_keys(public_key),
        )
    except NoteError as error:
        raise BadInput(f"This is no proof: {error}.", next="Give the text of a .tlog-proof file.") from None
    try:
        check_signatures(checkpoint, keys)
    except NoteError as error:
        raise Tampered(f"The proof's checkpoint does not hold: {error}.", where="checkpoint") from None
    root = root_from_path(leaf_hash(entry), index=int(number), size=checkpoint.size, path=path)
    if root != checkpoint.root:
        raise Tampered("The proof does not lead from this entry to the checkpoint.", where=f"entry {number}")
    return int(number)


def _published(folder: Path) -> Checkpoint:
    try:
        return read_checkpoint(published_checkpoint(folder))
    except NoteError as error:
        raise Tampered(f"The checkpoint does not hold: {error}.", where="checkpoint", next=_TO_DO) from None


def _entry(folder: Path, index_or_id: int | str, size: int) -> tuple[int, bytes]:
    if isinstance(index_or_id, str):
        return _search(folder, index_or_id, size)
    if not 0 <= index_or_id < size:
        raise BadInput(f"The log has no entry {index_or_id}.", next=f"It has {size:,}, numbered from 0 on.")
    return index_or_id, _bundle(folder, index_or_id // WIDTH, size)[index_or_id % WIDTH]


def _bundle(folder: Path, number: int, size: int) -> list[bytes]:
    width = min(WIDTH, size - number * WIDTH)
    try:
        entries = read_bundle(folder, index=number, size=size)[:width]
    except (OSError, ValueError) as error:
        raise Tampered(
            "An entry bundle is missing or broken.", where=f"bundle {number}", next=_TO_DO
        ) from error
    if len(entries) < width:
        raise Tampered("An entry bundle is too short.", where=f"bundle {number}", next=_TO_DO)
    return entries


def _search(folder: Path, id: str, size: int) -> tuple[int, bytes]:
    """Every entry's bytes begin with its id."""
    beginning = b'{"id":"%s",' % id.encode()
    for number in range(-(-size // WIDTH)):
        for at, entry in enumerate(_bundle(folder, number, size)):
            if entry.startswith(beginning):
                return number * WIDTH + at, entry
    raise BadInput(
        "The log has no entry with this id.", next="Give the 32-digit id or the index of an entry."
    )
