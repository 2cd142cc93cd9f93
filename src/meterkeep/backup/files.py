"""Files that are kept as they are, sealed under the key for backups: the home's settings, documents and certificates, and its log."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from meterkeep.backup.parts import HOME, PartReader, PartWriter

_CHUNK = 1 << 20
_OF_HOME = ("packs", "certificates", "mappings", "letterhead.toml")
_OF_ENGINES = ("keys", "vault", "ledger", "store", "database")
_MADE_AGAIN = frozenset({"lock", "index.sqlite3", "index.sqlite3-wal", "index.sqlite3-shm", "tile", "chains"})
"""Of the log: what is made from its journal."""


def of_home(home: Path) -> Iterator[Path]:
    """Relative paths of what a home keeps beside its engines. Whatever else lies in it, exports and files that came in, may be about
    anybody and is left out."""
    for name in _OF_HOME:
        yield from _below(home, home / name)


def left_out(home: Path) -> list[str]:
    """What else lies at the top of a home: folders with a stroke behind them."""
    own = {*_OF_HOME, *_OF_ENGINES, "home.toml"}
    found = (path for path in sorted(home.iterdir()) if path.name.partition(".sqlite3")[0] not in own)
    return [f"{path.name}/" if path.is_dir() else path.name for path in found]


def of_log(ledger: Path) -> Iterator[Path]:
    """Relative paths of what the log needs beside its journal and its checkpoint."""
    for path in sorted(ledger.iterdir()):
        if path.name not in _MADE_AGAIN | {"journal", "checkpoint"}:
            yield from _below(ledger, path)


def _below(root: Path, path: Path) -> Iterator[Path]:
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    for each in found:
        unfinished = each.name.endswith((".tmp", ".new", ".lock"))
        if each.is_file() and not each.is_symlink() and not unfinished:
            yield each.relative_to(root)


def leave(part: PartWriter, root: Path, name: Path, *, size: int | None = None) -> None:
    """size: how much of it; all by default. A file that vanished meanwhile raises FileNotFoundError."""
    with (root / name).open("rb") as file:
        left = os.fstat(file.fileno()).st_size if size is None else size
        part.add_home({"file": name.as_posix()})
        while left:
            chunk = file.read(min(_CHUNK, left))
            if not chunk:
                raise EOFError(f"{name} became shorter")
            part.add(HOME, (), chunk, rows=len(chunk))
            left -= len(chunk)


def leave_bytes(part: PartWriter, name: str, content: bytes) -> None:
    part.add_home({"file": name})
    if content:
        part.add(HOME, (), content, rows=len(content))


def come_back(part: PartReader, root: Path) -> None:
    """Writes every file below `root`, readable by its owner only, and makes it durable."""
    descriptor = -1
    try:
        for block in part.blocks():
            if block.rows:
                _write(descriptor, block.payload or b"")
                continue
            descriptor = _closed(descriptor)
            path = root / msgspec.msgpack.decode(block.payload or b"")["file"]
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    finally:
        _closed(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _closed(descriptor: int) -> int:
    if descriptor >= 0:
        os.fsync(descriptor)
        os.close(descriptor)
    return -1
