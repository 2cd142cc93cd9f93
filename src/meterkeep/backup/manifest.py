"""What a backup is: its parts with their digests, sealed under the key for backups, so that nobody can take one away or put another in.

It is written last. A folder without it is no backup.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from meterkeep.backup.parts import damaged
from meterkeep.errors import BadInput
from meterkeep.ledger.files import sync_folder, write_whole
from meterkeep.vault.envelope import Key

NAME = "manifest"
FORMAT = 1
_FIRST_LINE = "meterkeep backup"
_CHUNK = 4 << 20


class File(msgspec.Struct, frozen=True):
    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """id: random. at: when it was begun, RFC 3339. settings: the home's home.toml. migrations: of the database. size, root: of the log, and its
    signed checkpoint. counts: what is in it. files: its parts."""

    id: str
    at: str
    by: str
    version: str
    provider: str
    synthetic: bool
    settings: str
    migrations: list[tuple[str, str]]
    size: int
    root: str
    checkpoint: str
    counts: dict[str, int]
    files: list[File]


def write(folder: Path, manifest: Manifest, key: Key, *, root: dict[str, Any]) -> None:
    """root: what seals the key files, in clear: without it nobody could open the keys that open the rest."""
    head = json.dumps({"id": manifest.id, "root": root}, ensure_ascii=False)
    title = f"{_FIRST_LINE} {FORMAT}\n{head}\n".encode()
    sealed = key.seal(msgspec.json.encode(manifest), _place(title))
    write_whole(folder / NAME, title + sealed, durable=True)
    sync_folder(folder)


def read_root(folder: Path) -> dict[str, Any]:
    """What seals the key files of the home, as the backup says before anything of it is opened."""
    head, _ = _split(folder)
    root: dict[str, Any] = json.loads(head.split(b"\n")[1])["root"]
    return root


def read(folder: Path, key: Key) -> Manifest:
    """Raises BadInput where it is no backup, is not finished, or was sealed under another key."""
    title, sealed = _split(folder)
    try:
        return msgspec.json.decode(key.open(sealed, _place(title)), type=Manifest)
    except BadInput as problem:
        if "another key" in problem.message:
            raise BadInput(
                "This key store is not the one of the home that the backup was made of.",
                where=str(folder),
                next="Name the newest copy of that home's own key store, and its keys folder.",
            ) from problem
        raise damaged(folder / NAME) from problem
    except (msgspec.DecodeError, ValueError) as problem:
        raise damaged(folder / NAME) from problem


def check_files(folder: Path, manifest: Manifest, told: Callable[[int], object]) -> None:
    """Reads every part and compares its digest. Raises BadInput with the name of the first that is not what was written. told: bytes."""
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file():
            raise BadInput(
                "A file of the backup is missing.",
                where=file.name,
                next="Take another backup; this one is not whole.",
            )
        digest = hashlib.sha256()
        with path.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                digest.update(chunk)
                told(len(chunk))
        if path.stat().st_size != file.size or digest.hexdigest() != file.sha256:
            raise damaged(path)


def _split(folder: Path) -> tuple[bytes, bytes]:
    try:
        content = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        begun = folder.is_dir() and any(folder.iterdir())
        raise BadInput(
            "This backup was never finished." if begun else "There is no backup here.",
            where=str(folder),
            next="Name the folder of a finished one; `meterkeep backup` says when it is done.",
        ) from None
    first, _, rest = content.partition(b"\n")
    head, _, sealed = rest.partition(b"\n")
    if not first.startswith(_FIRST_LINE.encode()):
        raise damaged(folder / NAME)
    if first != f"{_FIRST_LINE} {FORMAT}".encode():
        raise BadInput(
            "This backup has a format that this version does not know.",
            where=str(folder),
            next="Use the Meterkeep that made it, or a newer one.",
        )
    try:
        json.loads(head)["root"]
    except (ValueError, KeyError, TypeError):
        raise damaged(folder / NAME) from None
    return first + b"\n" + head + b"\n", sealed


def _place(title: bytes) -> str:
    return f"backup|manifest|{hashlib.sha256(title).hexdigest()}"
