"""A witness's two keys, in one file that only its owner can read."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from meterkeep.ledger.files import write_durably
from meterkeep.ledger.notes import (
    COSIGNED_ED25519,
    ML_DSA_44,
    Checkpoint,
    PublicKey,
    cosigned_message,
    timed_message,
)
from meterkeep.ledger.signers import check_name, private_line, private_lines


class Cosigner:
    """Says with both keys: of this log, this is the largest tree that I have seen, at this time."""

    def __init__(self, path: Path) -> None:
        """Raises BadInput where the file is missing or none, Refused where others can read it."""
        (self.name, first), (_, second) = private_lines(path)
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(first)
        self._ml_dsa = MLDSA44PrivateKey.from_seed_bytes(second)

    @classmethod
    def create(cls, path: Path, *, name: str) -> Cosigner:
        check_name(name)
        ed25519, ml_dsa = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
        pairs = (
            (COSIGNED_ED25519, ed25519.private_bytes_raw(), ed25519.public_key().public_bytes_raw()),
            (ML_DSA_44, ml_dsa.private_bytes_raw(), ml_dsa.public_key().public_bytes_raw()),
        )
        write_durably(path, "".join(private_line(name, *pair) for pair in pairs).encode())
        return cls(path)

    @property
    def public_keys(self) -> list[PublicKey]:
        return [
            PublicKey(self.name, COSIGNED_ED25519, self._ed25519.public_key().public_bytes_raw()),
            PublicKey(self.name, ML_DSA_44, self._ml_dsa.public_key().public_bytes_raw()),
        ]

    def cosign(self, checkpoint: Checkpoint, *, now: int) -> str:
        """The signature lines. now: POSIX seconds."""
        timestamp = now.to_bytes(8)
        first, second = self.public_keys
        signed = self._ed25519.sign(timed_message(checkpoint, timestamp=timestamp))
        signed_too = self._ml_dsa.sign(cosigned_message(self.name, checkpoint, timestamp=timestamp))
        return first.line(timestamp + signed) + second.line(timestamp + signed_too)
