"""Signed notes and checkpoints: C2SP signed-note, tlog-checkpoint and tlog-cosignature."""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

ED25519, COSIGNED_ED25519, ML_DSA_44 = 0x01, 0x04, 0x06
OF_LOGS, OF_WITNESSES = (ED25519, ML_DSA_44), (COSIGNED_ED25519, ML_DSA_44)
_KEY_BYTES = {ED25519: 32, COSIGNED_ED25519: 32, ML_DSA_44: 1312}
_TIME_BYTES = 8
_LONGEST_SIZE = 18  # digits; more entries than that nobody has


class NoteError(ValueError):
    """The text is no note or checkpoint, or a signature is missing or wrong."""


def unbase64(text: str) -> bytes:
    """Strict: no other text stands for the same bytes, so a changed character is always noticed."""
    try:
        data = b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise NoteError("not base64") from error
    if b64encode(data).decode() != text:
        raise NoteError("not base64 in its one canonical form")
    return data


def is_decimal(text: str) -> bool:
    """As C2SP writes a size: ASCII digits, no leading zero."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_SIZE and str(int(text)) == text


@dataclass(frozen=True)
class Checkpoint:
    """A tree head. text: the part that is signed; note: all of it, signatures included."""

    origin: str
    size: int
    root: bytes
    text: str
    note: str = ""


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def read_checkpoint(note: str) -> Checkpoint:
    """Its parts, before any signature is looked at."""
    text, gap, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not gap or not signatures.endswith("\n") or len(lines) < 3 or not all(lines):
        raise NoteError("not a checkpoint: origin, size, root, a blank line and signatures are expected")
    origin, size, root = lines[0], lines[1], unbase64(lines[2])
    if not is_decimal(size) or len(root) != 32:
        raise NoteError("not a checkpoint: its size or its root is malformed")
    return Checkpoint(origin=origin, size=int(size), root=root, text=text + "\n", note=note)


@dataclass(frozen=True)
class PublicKey:
    """A verifier key; as text `name+id+base64(kind ‖ key)`."""

    name: str
    kind: int
    raw: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.raw).decode()}"

    def line(self, signature: bytes) -> str:
        """The signature line of a note."""
        return f"— {self.name} {b64encode(self.id + signature).decode()}\n"

    def accepts(self, checkpoint: Checkpoint, signature: bytes) -> bool:
        timestamp, own = signature[:_TIME_BYTES], signature[_TIME_BYTES:]
        try:
            if self.kind == ED25519:
                Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, checkpoint.text.encode())
            elif len(timestamp) < _TIME_BYTES or timestamp[0] & 0x80:  # more than 2^63 - 1
                return False
            elif self.kind == COSIGNED_ED25519:
                message = timed_message(checkpoint, timestamp=timestamp)
                Ed25519PublicKey.from_public_bytes(self.raw).verify(own, message)
            else:
                message = cosigned_message(self.name, checkpoint, timestamp=timestamp)
                MLDSA44PublicKey.from_public_bytes(self.raw).verify(own, message)
        except InvalidSignature:
            return False
        return True


def timed_message(checkpoint: Checkpoint, *, timestamp: bytes) -> bytes:
    """What an Ed25519 cosignature signs: `cosignature/v1` over the whole text. timestamp: POSIX seconds, big-endian."""
    return f"cosignature/v1\ntime {int.from_bytes(timestamp)}\n{checkpoint.text}".encode()


def cosigned_message(name: str, checkpoint: Checkpoint, *, timestamp: bytes) -> bytes:
    """What an ML-DSA-44 cosignature signs: `subtree/v1` from leaf 0 to the size."""
    cosigner, origin = name.encode(), checkpoint.origin.encode()
    parts = (
        b"subtree/v1\n\x00",
        bytes([len(cosigner)]),
        cosigner,
        timestamp,
        bytes([len(origin)]),
        origin,
        struct.pack(">QQ", 0, checkpoint.size),
        checkpoint.root,
    )
    return b"".join(parts)


def read_public_keys(text: str) -> list[PublicKey]:
    """One key a line. Raises NoteError."""
    return [read_public_key(line) for line in text.splitlines() if line]


def public_lines(keys: Iterable[PublicKey]) -> bytes:
    """One key a line: what `read_public_keys` reads."""
    return "".join(f"{key}\n" for key in keys).encode()


def read_public_key(line: str) -> PublicKey:
    name, _, rest = line.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = unbase64(encoded)
    if not data or _KEY_BYTES.get(data[0]) != len(data) - 1:
        raise NoteError("not a verifier key: name+id+key of Ed25519 or ML-DSA-44 is expected")
    key = PublicKey(name, data[0], data[1:])
    if not name or key.id.hex() != key_id:
        raise NoteError("a verifier key whose id does not belong to it")
    return key


def check_signatures(checkpoint: Checkpoint, keys: Sequence[PublicKey]) -> None:
    """Every one of the log's keys must have signed; lines of others (witnesses) are left alone. Raises NoteError."""
    if not keys:
        raise NoteError("there is no public key to check the checkpoint with")
    for key in keys:
        if not signed_by(checkpoint, key):
            raise NoteError("a signature of the log's own key is missing")


def signed_by(checkpoint: Checkpoint, key: PublicKey) -> bool:
    """Whether this key has signed. Raises NoteError for a line that names the key and does not fit: the note is a forgery."""
    found = [
        signature for name, id, signature in signatures(checkpoint.note) if (name, id) == (key.name, key.id)
    ]
    if not all(key.accepts(checkpoint, signature) for signature in found):
        raise NoteError(f"the signature of {key.name} does not fit the checkpoint")
    return bool(found)


def signatures(note: str) -> list[tuple[str, bytes, bytes]]:
    """(name, key id, signature) of each line."""
    return [read_signature(line) for line in note.rpartition("\n\n")[2].splitlines()]


def read_signature(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not name:
        raise NoteError("a signature line is malformed")
    data = unbase64(encoded)
    return name, data[:4], data[4:]
