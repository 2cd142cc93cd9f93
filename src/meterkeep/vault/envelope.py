"""The envelope: the only place where Meterkeep encrypts.

version (1 byte) | key id (16) | nonce (12) | AES-256-GCM ciphertext and tag

The key id is a hash of the key. GCM by itself does not commit to a key, so a ciphertext can be made that opens under two
keys; the id closes that, and tells a wrong key from altered bytes. Version, key id and the *place* of the value (table,
subject, field) are the associated data: a ciphertext moved to another row or field does not open there.
Nonces are random, which is safe to 2^32 uses of one key; a key here seals one subject's few fields.
"""

from __future__ import annotations

import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meterkeep.errors import BadInput

VERSION = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12
HEADER_BYTES = len(VERSION) + 16


class Key:
    """An AES-256 key that seals values into envelopes and opens them."""

    __slots__ = ("_aead", "_header")

    def __init__(self, material: bytes) -> None:
        if len(material) != KEY_BYTES:
            raise BadInput(
                f"A key has {KEY_BYTES} bytes, this one has {len(material)}.", next="Restore the key."
            )
        self._aead = AESGCM(material)
        self._header = VERSION + sha256(b"meterkeep key id\0" + material).digest()[:16]

    def seal(self, value: bytes, place: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return self._header + nonce + self._aead.encrypt(nonce, value, self._header + place.encode())

    def open(self, envelope: bytes, place: str) -> bytes:
        """The value, or BadInput: never anything that was not sealed under this key for this place."""
        if envelope[:1] != VERSION:
            raise BadInput(
                "A sealed value has an envelope version that this program does not know.",
                next="Use the Meterkeep version that wrote this home, or restore the vault from a backup.",
            )
        if envelope[:HEADER_BYTES] != self._header:
            raise BadInput(
                "A sealed value was sealed under another key.",
                next="Put back the keys that belong to this vault; nothing was changed.",
            )
        nonce, sealed = envelope[HEADER_BYTES:][:NONCE_BYTES], envelope[HEADER_BYTES + NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, sealed, self._header + place.encode())
        except (InvalidTag, ValueError):
            raise BadInput(
                "A sealed value was altered, or moved from the place that it was sealed for.",
                next="Restore the vault from a backup, and find out who could write to its files.",
            ) from None
