"""Where the keys above all data keys come from: a folder of files today, PKCS#11 or a cloud service behind the same seam.

An *epoch* is the life of one key-encryption key (KEK). When the surviving data keys are wrapped anew under the next
epoch's KEK and the old KEK is destroyed, backups of shredded data keys can no longer be opened by anyone.
"""

from __future__ import annotations

import hmac
import os
import stat
from pathlib import Path
from typing import Protocol, Self

from meterkeep.errors import BadInput, Refused
from meterkeep.vault.envelope import KEY_BYTES, Key


class KeyProvider(Protocol):
    """Wraps and unwraps data keys; the KEKs themselves need never leave it."""

    def epoch(self) -> int:
        """The epoch under which new data keys are wrapped, asked anew in every transaction."""

    def wrap(self, data_key: bytes, *, epoch: int, place: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, epoch: int, place: str) -> bytes: ...

    def blind_key(self, kind: str) -> bytes:
        """The HMAC key of one kind of searchable value. It lives as long as the vault, across epochs."""


class FileKeys:
    """Keys as files that only their owner can read: `kek-000001.key`, …, and `blind.key`, 32 random bytes each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keks: dict[int, Key] = {}
        self._blind = _read(folder / "blind.key")
        self.epoch()

    @classmethod
    def create(cls, folder: Path) -> Self:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if any(folder.glob("*.key")):
            raise BadInput(
                "This folder holds keys already.",
                where=str(folder),
                next="Open them, or name another folder.",
            )
        _write(folder / "blind.key")
        _write(_kek(folder, 1))
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        return cls(folder)

    def epoch(self) -> int:
        epochs = self.epochs()
        if not epochs:
            raise _missing(_kek(self._folder, 1))
        return epochs[-1]

    def epochs(self) -> list[int]:
        return sorted(int(path.stem.removeprefix("kek-")) for path in self._folder.glob("kek-*.key"))

    def wrap(self, data_key: bytes, *, epoch: int, place: str) -> bytes:
        return self._key(epoch).seal(data_key, place)

    def unwrap(self, wrapped: bytes, *, epoch: int, place: str) -> bytes:
        return self._key(epoch).open(wrapped, place)

    def blind_key(self, kind: str) -> bytes:
        return hmac.digest(self._blind, f"meterkeep blind index|{kind}".encode(), "sha256")

    def new_epoch(self) -> int:
        """Makes the next KEK and returns its epoch. Data keys move to it with `Vault.rewrap`."""
        epoch = self.epoch() + 1
        _write(_kek(self._folder, epoch))
        return epoch

    def destroy(self, epoch: int) -> None:
        """Destroys an earlier epoch's KEK: whatever is still wrapped under it is gone, in every backup too."""
        if epoch >= self.epoch():
            raise Refused(
                f"Epoch {epoch} is the current one; destroying its key would lose every customer.",
                next="Start a new epoch and rewrap the vault first.",
            )
        path = _kek(self._folder, epoch)
        with path.open("r+b") as file:
            file.write(bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _sync(self._folder)
        self._keks.pop(epoch, None)

    def _key(self, epoch: int) -> Key:
        if epoch not in self._keks:
            self._keks[epoch] = Key(_read(_kek(self._folder, epoch)))
        return self._keks[epoch]


def _kek(folder: Path, epoch: int) -> Path:
    return folder / f"kek-{epoch:06d}.key"


def _missing(path: Path) -> BadInput:
    return BadInput(
        "A key of this vault is missing.",
        where=str(path),
        next="Restore the keys folder from its own backup.",
    )


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _missing(path) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(
            f"Others than its owner may use this key (mode {stat.S_IMODE(mode):04o}).",
            where=str(path),
            next=f"Run `chmod 600 {path}`, and think about who may have read it.",
        )
    material = path.read_bytes()
    if len(material) != KEY_BYTES:
        raise BadInput(
            f"A key file has {KEY_BYTES} bytes, this one has {len(material)}.",
            where=str(path),
            next="Restore the keys folder from its own backup.",
        )
    return material


def _write(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
