"""A folder of keys that only their owner can read: `kek-000001.key`, …, and `blind.key`.

Without a root each file is 32 random bytes. Under a root it holds what the root sealed, so that the folder and its backups
are worth nothing without the device or service; the keys are opened once for each process and then used from memory.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.vault.envelope import KEY_BYTES, Key
from meterkeep.vault.keys.provider import Root

_BLIND = "blind"
_UNFINISHED = ".new"
"""How the file of a key ends that is not made yet."""


class FileKeys:
    """root: what seals the files; None where they hold the keys themselves."""

    def __init__(self, folder: Path, *, root: Root | None = None) -> None:
        self._folder, self._root = folder, root
        self._keks: dict[int, Key] = {}
        self._blind = self._read(_BLIND)
        self.epoch()

    @classmethod
    def create(cls, folder: Path, *, root: Root | None = None) -> Self:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if any(folder.glob("*.key")):
            raise BadInput(
                "This folder holds keys already.",
                where=str(folder),
                next="Open them, or name another folder.",
            )
        for name in (_BLIND, _kek(1)):
            _make(folder, name, root)
        return cls(folder, root=root)

    @classmethod
    def open(cls, folder: Path, *, root: Root | None = None) -> Self:
        return cls(folder, root=root)

    def epoch(self) -> int:
        epochs = self.epochs()
        if not epochs:
            raise _missing(_path(self._folder, _kek(1)))
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
        _make(self._folder, _kek(epoch), self._root)
        return epoch

    def destroy(self, epoch: int) -> None:
        """Destroys an earlier epoch's KEK: whatever is still wrapped under it is gone, in every backup too.

        Without a root that holds of backups which do not have the key file as well.
        """
        if epoch >= self.epoch():
            raise Refused(
                f"Epoch {epoch} is the current one; destroying its key would lose every customer.",
                next="Start a new epoch and rewrap the vault first.",
            )
        if self._root:
            self._root.destroy(_kek(epoch))
        _erase(_path(self._folder, _kek(epoch)))
        self._keks.pop(epoch, None)
        self._sweep()

    def _sweep(self) -> None:
        """Takes away what a process that died while it made a key has left. It is never overwritten: it may be another name of a key."""
        for path in self._folder.glob(f"kek-*.key.*{_UNFINISHED}"):
            path.unlink(missing_ok=True)

    def _key(self, epoch: int) -> Key:
        if epoch not in self._keks:
            self._keks[epoch] = Key(self._read(_kek(epoch)))
        return self._keks[epoch]

    def _read(self, name: str) -> bytes:
        path = _path(self._folder, name)
        content = _read(path)
        material = self._root.open(content, name=name) if self._root else content
        if len(material) != KEY_BYTES:
            raise BadInput(
                f"A key file has {KEY_BYTES} bytes, this one has {len(material)}.",
                where=str(path),
                next="Restore the keys folder from its own backup; where a root seals it, name the root in home.toml.",
            )
        return material


def _kek(epoch: int) -> str:
    return f"kek-{epoch:06d}"


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.key"


def _make(folder: Path, name: str, root: Root | None) -> None:
    material = os.urandom(KEY_BYTES)
    if root:
        root.make(name)
        material = root.seal(material, name=name)
    _write(_path(folder, name), material)


def _missing(path: Path) -> BadInput:
    return BadInput(
        "A key of this vault is missing.",
        where=str(path),
        next="Restore the keys folder from its own backup.",
    )


def _read(path: Path) -> bytes:
    """Another process may destroy it at any moment: zeros are a key that is being erased, and as good as gone."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError:
        raise _missing(path) from None
    if content and not any(content):
        raise _missing(path)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(
            f"Others than its owner may use this key (mode {stat.S_IMODE(mode):04o}).",
            where=str(path),
            next=f"Run `chmod 600 {path}`, and think about who may have read it.",
        )
    return content


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and never over a key that is there: half a key would be the newest one, and useless."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_UNFINISHED}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    except (FileExistsError, FileNotFoundError):
        raise Busy(
            "Another process is making or destroying keys.", where=str(path), next="Try again."
        ) from None
    finally:
        beside.unlink(missing_ok=True)
    _sync(path.parent)


def _erase(path: Path) -> None:
    """Where it is gone already, another process was faster: two rotations may end at once."""
    with suppress(FileNotFoundError), path.open("r+b") as file:
        file.write(bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
