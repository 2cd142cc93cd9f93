"""What a log and a witness say to each other: C2SP tlog-witness, `add-checkpoint`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from meterkeep.ledger.notes import Checkpoint, NoteError, is_decimal, read_checkpoint, unbase64

PATH = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
MOST_BYTES = 256 * 1024  # at least 16 signatures, of which those of ML-DSA have 3 kB
_MOST_HASHES = 63
_HASH_BYTES = 32


@dataclass(frozen=True)
class Answer:
    """status: of HTTP. kind: the content type."""

    status: int
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"

    @property
    def size(self) -> int | None:
        """The size that a witness says it has cosigned last."""
        text = self.body.decode("ascii", "replace")
        if (
            self.status != 409
            or self.kind.partition(";")[0].strip() != SIZE_TYPE
            or not is_decimal(text[:-1])
        ):
            return None
        return int(text[:-1])


def size_answer(size: int) -> Answer:
    return Answer(409, b"%d\n" % size, SIZE_TYPE)


@dataclass(frozen=True)
class Submission:
    """old: the size that the proof starts from."""

    old: int
    path: Sequence[bytes]
    checkpoint: Checkpoint

    def as_body(self) -> bytes:
        hashes = "".join(f"{b64encode(hash).decode()}\n" for hash in self.path)
        return f"old {self.old}\n{hashes}\n{self.checkpoint.note}".encode()


def read_submission(body: bytes) -> Submission:
    """Raises NoteError."""
    try:
        head, gap, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteError("not text in UTF-8") from error
    first, *lines = head.split("\n")
    word, _, old = first.partition(" ")
    path = [unbase64(line) for line in lines]
    if not gap or word != "old" or not is_decimal(old) or len(path) > _MOST_HASHES:
        raise NoteError("not `old SIZE`, at most 63 hashes, an empty line and a checkpoint")
    if any(len(hash) != _HASH_BYTES for hash in path):
        raise NoteError("a hash of the proof has not 32 bytes")
    return Submission(int(old), path, read_checkpoint(note))
