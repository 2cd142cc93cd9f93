"""Who signs the checkpoints. The key is kept apart from the log, and may live in another process or machine."""

from __future__ import annotations

import secrets
from base64 import b64encode
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

_FILE = "log.key"
_PREFIX = "PRIVATE+KEY+"
# A log's own cosignature states no time: the engines have no clock, and C2SP lets the field be zero.
_NO_TIME = bytes(8)


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
    """Ed25519 and ML-DSA-44 keys in one file of the keys folder, `log.key`, that only its owner can read.

    Raises Refused where others can read it.
    """

    def __init__(self, keys: Path) -> None:
        path = keys / _FILE
        if not path.exists():
            raise BadInput("The log's key is missing.", where=_FILE, next="Restore the keys folder.")
        if path.stat().st_mode & 0o077:
            raise Refused(
                "Others than its owner can read the log's key.", where=_FILE, next=f"chmod 600 {_FILE}"
            )
        try:
            (self.origin, first), (_, second) = map(_read_private, path.read_text().splitlines())
            self._ed25519 = Ed25519PrivateKey.from_private_bytes(first)
            self._ml_dsa = MLDSA44PrivateKey.from_seed_bytes(second)
        except ValueError as error:
            raise BadInput("This is no log key.", where=_FILE, next="Restore the keys folder.") from error
        self._ed25519_public = PublicKey(self.origin, ED25519, self._ed25519.public_key().public_bytes_raw())
        self._ml_dsa_public = PublicKey(self.origin, ML_DSA_44, self._ml_dsa.public_key().public_bytes_raw())

    @classmethod
    def create(cls, keys: Path, *, origin: str = "") -> FileSigner:
        """New keys. origin: the log's name, such as `log.example.org/2026`; random by default."""
        path = keys / _FILE
        if path.exists():
            raise Refused("There is a log key already.", where=_FILE, next="Use it, or move it away first.")
        origin = origin or f"meterkeep/{secrets.token_hex(8)}"
        if (
            len(origin.encode()) > 255
            or "+" in origin
            or not origin.isprintable()
            or len(origin.split()) != 1
        ):
            raise BadInput("A log's name has at most 255 bytes, no spaces and no plus sign.", where="origin")
        ed25519, ml_dsa = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
        lines = [
            _private_line(
                origin, ED25519, ed25519.private_bytes_raw(), ed25519.public_key().public_bytes_raw()
            ),
            _private_line(
                origin, ML_DSA_44, ml_dsa.private_bytes_raw(), ml_dsa.public_key().public_bytes_raw()
            ),
        ]
        write_durably(path, "".join(lines).encode())
        return cls(keys)

    @property
    def public_keys(self) -> list[PublicKey]:
        return [self._ed25519_public, self._ml_dsa_public]

    def sign(self, checkpoint: Checkpoint) -> str:
        message = cosigned_message(self.origin, checkpoint, timestamp=_NO_TIME)
        return self._ed25519_public.line(
            self._ed25519.sign(checkpoint.text.encode())
        ) + self._ml_dsa_public.line(_NO_TIME + self._ml_dsa.sign(message))


def _private_line(name: str, kind: int, seed: bytes, public: bytes) -> str:
    key_id = PublicKey(name, kind, public).id.hex()
    return f"{_PREFIX}{name}+{key_id}+{b64encode(bytes([kind]) + seed).decode()}\n"


def _read_private(line: str) -> tuple[str, bytes]:
    """(name, seed) of one line of a key file."""
    if not line.startswith(_PREFIX):
        raise NoteError("not a private key")
    name, _, encoded = line.removeprefix(_PREFIX).split("+", 2)
    return name, unbase64(encoded)[1:]
