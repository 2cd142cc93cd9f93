"""Who signs the checkpoints. The key is kept apart from the log, and may live in another process or machine."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from meterkeep.errors import BadInput, Refused
from meterkeep.ledger.files import write_durably
from meterkeep.ledger.notes import (
    ED25519,
    ML_DSA_44,
    Checkpoint,
    NoteError,
    PublicKey,
    cosigned_message,
    unbase64,
)

KEY_FILE = "log.key"
_PREFIX = "PRIVATE+KEY+"
_SEED_BYTES = 32
_GONE = (0, 0)
# A log's own cosignature states no time: the engines have no clock, and C2SP lets the field be zero.
_NO_TIME = bytes(8)


def new_origin() -> str:
    """A random name for a log."""
    return f"meterkeep/{secrets.token_hex(8)}"


class Signer(Protocol):
    @property
    def origin(self) -> str:
        """The name of the log, the first line of each checkpoint."""

    @property
    def public_keys(self) -> list[PublicKey]:
        """The keys that every checkpoint is signed with."""

    def sign(self, checkpoint: Checkpoint) -> str:
        """The signature lines."""


class FileSigner:
    """Ed25519 and ML-DSA-44 keys in one file of the keys folder that only its owner can read.

    Another process may put new keys in their place: the file is read again when it has changed. Raises BadInput where it is
    missing or none, Refused where others can read it.
    """

    def __init__(self, keys: Path, *, file: str = KEY_FILE) -> None:
        self._path = keys / file
        self._pairs = self._read()

    @classmethod
    def create(cls, keys: Path, *, origin: str = "", file: str = KEY_FILE) -> FileSigner:
        """New keys. origin: the log's name, such as `log.example.org/2026`; random by default."""
        path = keys / file
        if path.exists():
            raise Refused("There is a log key already.", where=file, next="Use it, or move it away first.")
        origin = origin or new_origin()
        check_name(origin)
        ed25519, ml_dsa = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
        pairs = (
            (ED25519, ed25519.private_bytes_raw(), ed25519.public_key().public_bytes_raw()),
            (ML_DSA_44, ml_dsa.private_bytes_raw(), ml_dsa.public_key().public_bytes_raw()),
        )
        write_durably(path, "".join(private_line(origin, *pair) for pair in pairs).encode())
        return cls(keys, file=file)

    @property
    def origin(self) -> str:
        return self.public_keys[0].name

    @property
    def public_keys(self) -> list[PublicKey]:
        return [self._current().ed25519_public, self._current().ml_dsa_public]

    def sign(self, checkpoint: Checkpoint) -> str:
        keys = self._current()
        message = cosigned_message(keys.ed25519_public.name, checkpoint, timestamp=_NO_TIME)
        return keys.ed25519_public.line(
            keys.ed25519.sign(checkpoint.text.encode())
        ) + keys.ml_dsa_public.line(_NO_TIME + keys.ml_dsa.sign(message))

    def _current(self) -> _Keys:
        if _stamp(self._path) not in (self._pairs.stamp, _GONE):
            self._pairs = self._read()
        return self._pairs

    def _read(self) -> _Keys:
        stamp = _stamp(self._path)
        (origin, first), (_, second) = private_lines(self._path)
        ed25519, ml_dsa = (
            Ed25519PrivateKey.from_private_bytes(first),
            MLDSA44PrivateKey.from_seed_bytes(second),
        )
        return _Keys(
            stamp=stamp,
            ed25519=ed25519,
            ml_dsa=ml_dsa,
            ed25519_public=PublicKey(origin, ED25519, ed25519.public_key().public_bytes_raw()),
            ml_dsa_public=PublicKey(origin, ML_DSA_44, ml_dsa.public_key().public_bytes_raw()),
        )


@dataclass(frozen=True)
class _Keys:
    """stamp: which file they were read from."""

    stamp: tuple[int, int]
    ed25519: Ed25519PrivateKey
    ml_dsa: MLDSA44PrivateKey
    ed25519_public: PublicKey
    ml_dsa_public: PublicKey


def _stamp(path: Path) -> tuple[int, int]:
    """(inode, time of change): a file put in another's place has both of its own. Where it is gone, the keys in
    memory are then as good as they were."""
    try:
        found = path.stat()
    except OSError:
        return _GONE
    return found.st_ino, found.st_mtime_ns


def check_name(name: str) -> None:
    """Raises BadInput for what cannot stand in a signature line."""
    if len(name.encode()) > 255 or "+" in name or not name.isprintable() or len(name.split()) != 1:
        raise BadInput(
            "A log's or witness's name has at most 255 bytes, no spaces and no plus sign.", where="name"
        )


def private_line(name: str, kind: int, seed: bytes, public: bytes) -> str:
    """One line of a key file."""
    key_id = PublicKey(name, kind, public).id.hex()
    return f"{_PREFIX}{name}+{key_id}+{b64encode(bytes([kind]) + seed).decode()}\n"


def private_lines(path: Path) -> list[tuple[str, bytes]]:
    """(name, 32-byte seed) of the two lines of a key file. Raises BadInput, or Refused where others can read it."""
    if not path.exists():
        raise BadInput(
            "The key is missing.", where=path.name, next="Restore the file from a backup of the keys."
        )
    if path.stat().st_mode & 0o077:
        raise Refused(
            "Others than its owner can read this key.", where=path.name, next=f"chmod 600 {path.name}"
        )
    try:
        found = [_read_private(line) for line in path.read_text().splitlines()]
    except ValueError:
        found = []
    if [len(seed) for _, seed in found] != [_SEED_BYTES, _SEED_BYTES]:
        raise BadInput("This is no log key.", where=path.name, next="Restore the file.")
    return found


def _read_private(line: str) -> tuple[str, bytes]:
    if not line.startswith(_PREFIX):
        raise NoteError("not a private key")
    name, _, encoded = line.removeprefix(_PREFIX).split("+", 2)
    return name, unbase64(encoded)[1:]
