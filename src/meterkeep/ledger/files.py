"""Writing whole files: each appears under its name complete or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """By temporary file and rename; readable to its owner only. durable: its bytes reach the disk before its name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with os.fdopen(_made(temporary), "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _made(path: Path) -> int:
    """The folder is there nearly always, so it is made only where it is not: a large batch writes dozens of files."""
    try:
        return os.open(path, _NEW, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, _NEW, 0o600)


def write_durably(path: Path, data: bytes) -> None:
    """Once this returns, neither the file nor its name is lost to a power failure."""
    write_whole(path, data, durable=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
