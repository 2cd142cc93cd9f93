"""Zip and gzip: the meter files inside, one at a time, each in a private temporary file that goes when the next one comes.

Nothing is unpacked under a name that the archive gives. An archive inside an archive is not opened, and caps on members,
bytes and ratio end what would fill the disk.
"""

from __future__ import annotations

import errno
import gzip
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from meterkeep.errors import BadInput
from meterkeep.readings.formats.meterfile import digest_of

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
EMPTY_ZIP = b"PK\x05\x06"
COMPRESSED = (
    ZIP,
    EMPTY_ZIP,
    GZIP,
    b"7z\xbc\xaf\x27\x1c",
    b"BZh",
    b"\xfd7zXZ",
    b"Rar!\x1a\x07",
    b"\x28\xb5\x2f\xfd",
)
_CHUNK = 1 << 20
_DAMAGED = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    ValueError,
    OverflowError,
    RuntimeError,
)
_ENCRYPTED = 0x1
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_END64_MARK, _LOCATOR64_MARK = b"PK\x06\x06", b"PK\x06\x07"
_LONGEST_COMMENT = 1 << 16
_AGAIN = "Ask the sender for it again."


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold. directory: bytes of a zip's list of members. ratio: bytes that come out of one that
    went in, looked at once `free` bytes have come out."""

    members: int = 200_000
    directory: int = 32 << 20
    member: int = 16 << 30
    total: int = 64 << 30
    ratio: int = 400
    free: int = 64 << 20


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive. ordinal: from 1, or 0 for an archive that is one file or none; path: where it is now, or None with the
    reason in `error`; told_name: what the archive calls it (covered information); archive: SHA-256 of the archive."""

    ordinal: int
    path: Path | None
    told_name: str
    archive: str
    error: BadInput | None = None


def is_packed(path: Path) -> bool:
    """Whether the file is a zip or gzip archive, by its first bytes. False for what cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(4).startswith((ZIP, EMPTY_ZIP, GZIP))
    except OSError:
        return False


def members(path: Path, folder: Path, *, limits: Limits = LIMITS) -> Iterator[Member]:
    """The files inside, in the archive's order; hidden ones are left out, as in folders. A member that cannot be taken out
    bears its error, and the others go on; an archive that cannot be read at all is a single member with ordinal 0.

    folder: private, for one temporary file at a time; a member's path is good until the next one is asked for.
    """
    archive = digest_of(path, str(path))
    with path.open("rb") as file:
        is_gzip = file.read(2) == GZIP
    yield from (_gzip if is_gzip else _zip)(path, folder / "member", archive, limits)


def _gzip(path: Path, target: Path, archive: str, limits: Limits) -> Iterator[Member]:
    name = path.name.removesuffix(".gz")
    with _removed(target):
        try:
            with gzip.open(path) as source:
                _copy(source, target, _Budget(limits), packed=path.stat().st_size)
            yield Member(0, target, name, archive)
        except BadInput as error:
            yield Member(0, None, name, archive, error)
        except _DAMAGED:
            yield Member(0, None, name, archive, _damaged("The gzip file is damaged or incomplete."))


def _zip(path: Path, target: Path, archive: str, limits: Limits) -> Iterator[Member]:
    try:
        check_directory(path, limits)
        with zipfile.ZipFile(path) as opened:
            named = [info for info in opened.infolist() if not info.filename.endswith("/")]
            files = [info for info in named if not _hidden(info.filename)]
            check_members(files, limits)
            budget = _Budget(limits)
            for ordinal, info in enumerate(files, start=1):
                with _removed(target):
                    error = _take_out(opened, info, target, budget)
                    yield Member(ordinal, None if error else target, _last(info.filename), archive, error)
                if budget.spent:
                    return
    except BadInput as error:
        yield Member(0, None, "", archive, error)
    except _DAMAGED:
        yield Member(0, None, "", archive, _damaged("The zip archive is damaged or incomplete."))


def check_directory(path: Path, limits: Limits) -> None:
    """Refuses a list of members too long to be read into memory, by what the end of the archive says of it."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        begins = file.seek(max(0, size - _END.size - _LONGEST_COMMENT - _LOCATOR64.size))
        tail = file.read()
        at = tail.rfind(EMPTY_ZIP)
        if at < 0 or len(tail) < at + _END.size:
            raise _damaged("The zip archive is damaged or incomplete.")
        *_, count, length, _offset, _comment = _END.unpack_from(tail, at)
        count, length = _directory64(file, tail, at, begins) or (count, length)
    if length > limits.directory or count > limits.members:
        raise _too_much(f"The archive lists more than {limits.members:,} members.")


def _directory64(file: IO[bytes], tail: bytes, at: int, begins: int) -> tuple[int, int] | None:
    """Members and bytes of a long archive's list (zip64), which stand in a record of their own. None where there is
    none. at: where in `tail` the ordinary end record is; begins: where `tail` is in the file."""
    if at < _LOCATOR64.size or not tail.startswith(_LOCATOR64_MARK, at - _LOCATOR64.size):
        return None
    _, _, told, _ = _LOCATOR64.unpack_from(tail, at - _LOCATOR64.size)
    # Python's reader ignores where the locator says it is and takes the bytes before the locator; so must this check.
    file.seek(max(0, begins + at - _LOCATOR64.size - _END64.size))
    record = file.read(_END64.size)
    if len(record) < _END64.size or not record.startswith(_END64_MARK) or told > begins + at:
        raise _damaged("The zip archive is damaged or incomplete.")
    *_, count, length, _offset = _END64.unpack(record)
    return count, length


def check_members(files: list[zipfile.ZipInfo], limits: Limits) -> None:
    if not files:
        raise BadInput("The archive holds no file.", next="Ask the sender what was meant to be in it.")
    if len(files) > limits.members:
        raise _too_much(f"The archive holds more than {limits.members:,} members.")
    if any(info.filename == "[Content_Types].xml" for info in files):
        raise BadInput("The file is an office document.", next="Save its table as CSV, then give that file.")


def _take_out(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, budget: _Budget
) -> BadInput | None:
    if info.flag_bits & _ENCRYPTED:
        return BadInput(
            "The member is encrypted.",
            next="Unpack it with its password yourself, then give the file; or ask the sender for one without.",
        )
    try:
        with opened.open(info) as source:
            _copy(source, target, budget, packed=info.compress_size)
    except BadInput as error:
        return error
    except NotImplementedError:
        return BadInput(
            "The member is compressed in a way that is not read here.", next="Unpack it, then give the file."
        )
    except _DAMAGED:
        return _damaged("The member is damaged or incomplete.")
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # A full disk is not the archive's fault.
            raise
        return _damaged("The member is damaged or incomplete.")
    return None


class _Budget:
    """What may still come out of an archive."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.total = limits, 0

    @property
    def spent(self) -> bool:
        return self.total > self.limits.total

    def check(self, more: int, written: int, packed: int) -> None:
        self.total += more
        if written > self.limits.member or self.spent:
            raise _too_much("The archive unpacks to more than is taken in at once.")
        if written > self.limits.free and written > self.limits.ratio * max(packed, 1):
            raise _too_much(f"A member unpacks to more than {self.limits.ratio} times its size.")


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, budget: _Budget, *, packed: int) -> None:
    written, first = 0, True
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := source.read(_CHUNK):
            if first and chunk.startswith(COMPRESSED):
                raise BadInput(
                    "The member is an archive inside the archive, which is not opened.",
                    next="Unpack the outer archive, then give what was inside.",
                )
            first = False
            written += len(chunk)
            budget.check(len(chunk), written, packed)
            file.write(chunk)


@contextmanager
def _removed(target: Path) -> Iterator[None]:
    try:
        yield
    finally:
        target.unlink(missing_ok=True)


def _hidden(name: str) -> bool:
    """What desktops put into archives beside what one meant."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("..", ".")]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _last(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _damaged(message: str) -> BadInput:
    return BadInput(message, next=_AGAIN)


def _too_much(message: str) -> BadInput:
    return BadInput(
        message, next="Ask the sender for smaller archives, or unpack it and look at what is in it."
    )
