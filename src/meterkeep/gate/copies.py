"""Files in which something of a customer may lie outside the store and the vault: what came in, what was exported, what was kept by
mistake. They are looked through for the customers' identifiers and usage-point numbers, archives, sheets and Parquet included.

A file is cut at what separates values in meter files and tables, and again at blanks as prose is, and of each piece only letters and
digits are compared, so that one pass finds any number of customers. What cannot be read is told: nobody knows what is in it.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import os
import re
import tarfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from meterkeep.readings.formats.packed import COMPRESSED, is_packed, members

_SQLITE = r"\.sqlite3(-wal|-shm|-journal)?"
OWN = re.compile(
    rf"home\.toml|database{_SQLITE}|vault/(vault|keys|papers){_SQLITE}|store/.+|packs/.+\.(toml|md)|certificates/[^/]+\.(json|new)"
    rf"|keys/([^/.]+|[^/]+\.(key|new))|ledger/([^/.]+|[^/]+\.(lock|new)|index{_SQLITE}|(tile|sets|chains|cosignatures|witness)/(.+/)?([^/.]+|[^/.]+\.new))"
)
"""Files of a home that are dealt with by themselves, or say nothing of anybody. The store proves that all in it are its own; whatever
else lies anywhere is looked into."""

SHORTEST, SHORTEST_NUMBER = 5, 7
"""Letters and digits of an identifier that is looked for. A shorter one would be found everywhere, a number among readings."""

_GROUPED = 10
_CHUNK = 16 << 20
_TAR, _TAR_AT = b"ustar", 257
_STREAMS: dict[bytes, Callable[[Path], IO[bytes]]] = {b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_SEPARATORS = b"\t\r\n,;\"'<>|=*~/\\&?#"
_LETTERS = bytes(range(ord("a"), ord("z") + 1))
_KEPT = frozenset(_LETTERS + _LETTERS.upper() + b"0123456789" + _SEPARATORS) | frozenset(range(128, 256))
_DROPPED = bytes(set(range(256)) - _KEPT)
_TABLE = bytes(
    0x0A if one in _SEPARATORS else ord(chr(one).lower()) if one < 128 else one for one in range(256)
)
_BREAKS = b"\0 :()[]{}!"
_PROSE = bytes(0x0A if one in _BREAKS else _TABLE[one] for one in range(256))
_IN_PROSE = bytes(set(_DROPPED) - set(_BREAKS))
_NUMBERS = bytes(one if chr(one).isdigit() and one < 128 else 0x0A for one in range(256))
"""How bytes are cut: at separators, at whatever ends a word of prose too, and at all but digits (blanks, dots and dashes are dropped)."""


@dataclass(frozen=True)
class Copies:
    """What was found in files and what became of them. found: SHA-256 of each file before, in order. kept: how many stayed because
    somebody else, who must not be touched, is in them too. unread: how many nobody could look into. A name of a file is never told."""

    looked_at: int = 0
    found: tuple[str, ...] = ()
    bytes: int = 0
    kept: int = 0
    unread: int = 0


@dataclass(frozen=True)
class Sought:
    """words: as `word` makes them, of whoever is looked for. spared: of those whose files stay."""

    words: frozenset[bytes]
    spared: frozenset[bytes] = frozenset()

    @cached_property
    def numbers(self) -> frozenset[bytes]:
        """Those that are found in prose although there are blanks in them, such as telephone numbers; shorter ones would be found in readings."""
        return frozenset(word for word in self.words if word.isdigit() and len(word) >= _GROUPED)


def words_of(values: Iterable[str]) -> frozenset[bytes]:
    """Of identifiers, line by line; what is too short to say anything is left out."""
    found = {word(line) for value in values for line in value.split("\n")}
    return frozenset(one for one in found if len(one) >= (SHORTEST_NUMBER if one.isdigit() else SHORTEST))


def word(value: str) -> bytes:
    """Letters and digits, as a piece of a file is compared; the last piece of a value that has separators in it."""
    plain = unicodedata.normalize("NFC", value).encode()
    return max(plain.translate(_TABLE, _DROPPED).split(b"\n"), key=len)


def look_through(folders: Sequence[Path], sought: Sought, *, scratch: Path, apply: bool) -> Copies:
    """Removes, or only counts, the files below the folders in which one of the words is. Links are not followed.

    scratch: a private folder, for one member of an archive at a time.
    """
    looked = kept = unread = size = 0
    found = []
    for path in _files(folders):
        looked += 1
        hit = _hit(path, sought, scratch)
        unread += hit is None
        if not hit:
            continue
        if sought.spared and _hit(path, Sought(sought.spared), scratch):
            kept += 1
            continue
        found.append(_digest(path))
        size += path.stat().st_size
        if apply:
            _remove(path)
    return Copies(looked, tuple(sorted(found)), size, kept, unread)


def older(folders: Sequence[Path], before: date, zone: ZoneInfo, *, apply: bool) -> Copies:
    """Removes, or only counts, the files below the folders that were last written before the day."""
    looked = size = 0
    found = []
    for path in _files(folders):
        looked += 1
        state = path.stat()
        if datetime.fromtimestamp(state.st_mtime, zone).date() < before:
            found.append(_digest(path))
            size += state.st_size
            if apply:
                _remove(path)
    return Copies(looked, tuple(sorted(found)), size)


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    """Every regular file below, once, in order; of a home its other files than its own parts."""
    met = set()
    for folder in folders:
        own = OWN if (folder / "home.toml").is_file() else None
        for place, names, files in os.walk(folder):
            names.sort()
            for name in sorted(files):
                path = Path(place) / name
                ours = own and own.fullmatch(path.relative_to(folder).as_posix())
                if not ours and path.is_file() and not path.is_symlink() and path.resolve() not in met:
                    met.add(path.resolve())
                    yield path


def _hit(path: Path, sought: Sought, scratch: Path) -> bool | None:
    """Whether one of the words is in the file; None where nobody can tell."""
    try:
        with path.open("rb") as file:
            head = file.read(6)
        if is_packed(path):
            return _in_archive(path, sought, scratch)
        if head[:4] == b"PAR1":
            return _in_parquet(path, sought)
        if opener := next((one for magic, one in _STREAMS.items() if head.startswith(magic)), None):
            with opener(path) as unpacked:
                return _in_stream(unpacked, sought)
        if any(head.startswith(magic) for magic in COMPRESSED):
            return None
        with path.open("rb") as file:
            return _in_stream(file, sought)
    except (OSError, EOFError, lzma.LZMAError, tarfile.TarError, pa.ArrowException):
        return None


def _in_archive(path: Path, sought: Sought, scratch: Path) -> bool | None:
    doubt: bool | None = False
    for member in members(path, scratch):
        hit = _hit(member.path, sought, scratch) if member.path and not is_packed(member.path) else None
        if hit:
            return True
        doubt = None if hit is None else doubt
    return doubt


def _in_stream(file: IO[bytes], sought: Sought) -> bool | None:
    """In a file as it is; where it is a tar, None if one of its files is packed and no other has a word."""
    if _is_tar(file):
        with tarfile.open(fileobj=file, mode="r:") as opened:
            if any(member.isfile() and _is_closed(opened, member) for member in opened):
                return _in_plain(file, sought) or None
    return _in_plain(file, sought)


def _is_tar(file: IO[bytes]) -> bool:
    head = file.read(_TAR_AT + len(_TAR))
    file.seek(0)
    return head[_TAR_AT:] == _TAR


def _is_closed(opened: tarfile.TarFile, member: tarfile.TarInfo) -> bool:
    inside = opened.extractfile(member)
    return inside is not None and inside.read(6).startswith((*COMPRESSED, b"PAR1"))


def _in_plain(file: IO[bytes], sought: Sought) -> bool:
    file.seek(0)
    rest = b""
    while chunk := file.read(_CHUNK):
        if _said(rest + chunk, sought):
            return True
        rest = chunk[-(1 << 10) :]
    return False


def _said(text: bytes, sought: Sought) -> bool:
    """Whether a word is a value of the text, a word of its prose, or a number in its prose that is written in groups."""
    values = text.translate(_TABLE, _DROPPED).split(b"\n")
    if not sought.words.isdisjoint(values) or not sought.words.isdisjoint(
        text.translate(_PROSE, _IN_PROSE).split()
    ):
        return True
    return not sought.numbers.isdisjoint(text.translate(_NUMBERS, _DROPPED).split(b"\n"))


def _in_parquet(path: Path, sought: Sought) -> bool:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for column in batch.columns:
                if pa.types.is_string(column.type) or pa.types.is_integer(column.type):
                    values = (str(value) for value in column.unique().to_pylist() if value is not None)
                    if _said("\n".join(values).encode(), sought):
                        return True
    return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(path: Path) -> None:
    path.unlink()
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
