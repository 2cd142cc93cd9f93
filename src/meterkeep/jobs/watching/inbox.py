"""The watched folder: what lies in it, what of it is complete, and where a file goes when it is done with.

`done/DAY/…` holds what was taken in, `quarantine/DAY/…` what could not be, each with its reason beside it; `.meterkeep` is
our own. Names of files are covered information: they stay inside the folder.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from meterkeep.desks.intake.checks import can_be_source
from meterkeep.errors import BadInput, Busy

DONE, QUARANTINE, OWN = "done", "quarantine", ".meterkeep"
WHY: Final = ".why.json"
UNFINISHED: Final = (
    ".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".download", ".upload", ".uploading", ".writing",
    ".incomplete", ".swp", ".lock", ".lck", "~",
)  # fmt: skip
"""How programs end the name of a file that they are still writing."""
EMPTY_WAITS: Final = 10
"""How many times longer than others an empty file is waited for: a sender opens a file before it writes the first byte."""
Stamp = tuple[int, int, int]
"""Inode, size and time of change in nanoseconds: what differs when a file was written to or replaced."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the folder. name: its path inside it. source: who sent it, by the sub-folder; "" where that does not say."""

    name: str
    stamp: Stamp
    source: str

    @property
    def size(self) -> int:
        return self.stamp[1]


@dataclass(slots=True)
class Look:
    """files: in the order in which they were written. other: links, pipes, sockets and devices, which are left alone.
    closed: sub-folders that may not be read."""

    files: list[Found] = field(default_factory=list)
    other: int = 0
    closed: int = 0
    unfinished: int = 0


class Inbox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = folder / OWN

    @contextmanager
    def alone(self) -> Iterator[int]:
        """Holds the folder for this process, and for a child that is given the descriptor. Raises Busy."""
        try:
            self.own.mkdir(mode=0o700, exist_ok=True)
            lock = os.open(self.own / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadInput(
                f"The folder cannot be watched: {error.strerror}.",
                where=str(self.folder),
                next="Give a folder that you may write to: files are moved once they are taken in.",
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield lock
        except BlockingIOError:
            raise Busy(
                "Another process watches this folder, or ends its last file.",
                where=str(self.folder),
                next="Try again; one process for each folder is enough.",
            ) from None
        finally:
            os.close(lock)

    def look(self) -> Look:
        """Without following links, so that no loop is walked."""
        seen = Look()
        self._walk(self.folder, "", seen)
        seen.files.sort(key=lambda found: (found.stamp[2], found.name))
        return seen

    def _walk(self, folder: Path, prefix: str, seen: Look) -> None:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            seen.closed += 1
            return
        for entry in entries:
            if entry.name.startswith(".") or (not prefix and entry.name in (DONE, QUARANTINE)):
                continue
            if entry.is_dir(follow_symlinks=False):
                self._walk(Path(entry.path), f"{prefix}{entry.name}/", seen)
            elif not entry.is_file(follow_symlinks=False):
                seen.other += 1
            elif entry.name.lower().endswith(UNFINISHED):
                seen.unfinished += 1
            elif not entry.name.endswith(WHY):
                seen.files.extend(_found(entry, prefix))

    def path(self, found: Found) -> Path:
        return self.folder / found.name

    def unchanged(self, found: Found) -> bool:
        try:
            return _stamp(os.lstat(self.path(found))) == found.stamp
        except OSError:
            return False

    def put_away(self, found: Found, *, into: str, on: date, why: Mapping[str, Any] | None = None) -> bool:
        """Moves a file out of the way, its reason before it. False where it is no longer the file that was found: it stays."""
        target = _free(self.folder / into / on.isoformat() / found.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        reason = target.with_name(target.name + WHY)
        if why is not None:
            write_whole(reason, json.dumps(why, ensure_ascii=False, indent=2) + "\n")
        try:
            _move(self.path(found), target)
        except FileNotFoundError:
            reason.unlink(missing_ok=True)
            return False
        if _stamp(target.stat())[1:] == found.stamp[1:]:
            return True
        reason.unlink(missing_ok=True)  # Somebody replaced it a moment ago: that one has not been read.
        _move(target, _free(self.path(found)))
        return False


class Settling:
    """Which files have stayed as they are for a while. The while is measured on a clock that cannot be set."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[str, tuple[Stamp, float]] = {}

    def ready(self, files: Iterable[Found], *, now: float) -> list[Found]:
        """now: seconds of a monotonic clock."""
        seen = {found.name: found for found in files}
        self._since = {name: self._known(found, now) for name, found in seen.items()}
        return [found for name, found in seen.items() if now - self._since[name][1] >= self._wait(found)]

    def _known(self, found: Found, now: float) -> tuple[Stamp, float]:
        known = self._since.get(found.name)
        return known if known and known[0] == found.stamp else (found.stamp, now)

    def _wait(self, found: Found) -> float:
        return self._seconds * (1 if found.size else EMPTY_WAITS)


def source_of(name: str) -> str:
    """The sub-folder directly under the watched one; "" for a file outside any. A name that is no id as it stands may be
    somebody's, and is not made into one."""
    first, slash, _ = name.partition("/")
    return first if slash and can_be_source(first) else ""


def has_writer(path: Path) -> bool:
    """Whether some process has the file open for writing, where the system can tell; False where it cannot.

    A read lease is granted only where nobody writes. It is let go at once; the signal of a broken one has to be ignored.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False


def write_whole(path: Path, text: str) -> None:
    """The old file or the new one, after a crash too."""
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync(path.parent)


def _found(entry: os.DirEntry[str], prefix: str) -> Iterator[Found]:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # It was taken away a moment ago.
        return
    name = prefix + entry.name
    yield Found(name, _stamp(status), source_of(name))


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _free(path: Path) -> Path:
    """A name that nothing has yet: two files of one name are two files."""
    stem, suffixes = path.name.partition(".")[0], path.name.partition(".")[1:]
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{stem}~{number}{''.join(suffixes)}")
    return path


def _move(path: Path, target: Path) -> None:
    """Across file systems too: a copy is whole before it has its name, and the original goes last."""
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".{target.name}.part")
        shutil.copy2(path, part)
        part.replace(target)
        path.unlink()
    _sync(target.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
