"""A part of a backup: a file of sealed blocks, each under the key of whom it is about, in an order that cannot be changed unseen.

    first line | block, block, … | directory | where the directory begins (8 bytes)

A block is four bytes of length and an envelope of the vault; where it is about several (an interval that reaches over a change of hands),
envelope in envelope, so that it opens only with the keys of all. Its place, which is sealed with it, is the backup, the part and its number.
The directory, sealed under the key for backups, says whose each block is. So a part tells whoever has no key how much there is, no more.
"""

from __future__ import annotations

import hashlib
import os
import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec
import numpy as np
import pyarrow as pa

from meterkeep.errors import BadInput
from meterkeep.vault.envelope import Key

FIRST_LINE = b"meterkeep backup part 1\n"
_LENGTH, _AT = struct.Struct(">I"), struct.Struct(">Q")
_MOST = 1 << 30
_CODEC = pa.Codec("zstd", 1)

Subjects = tuple[str, ...]
HOME: Subjects = ()
"""Whose a block is that is about nobody in particular: it is under the key for backups."""
Keys = Callable[[Sequence[str]], dict[str, Key]]
"""The keys of those subjects that have one."""


class _Directory(msgspec.Struct):
    """whose: all there are, in lists of subjects. owner, rows, first: little-endian int32 of each block."""

    whose: list[list[str]]
    owner: bytes
    rows: bytes
    first: bytes


@dataclass(frozen=True)
class Block:
    """payload: None where a key is gone: they were shredded. rows, first: numbers of whoever wrote it."""

    whose: Subjects
    payload: bytes | None
    rows: int
    first: int


class PartWriter:
    """place: what binds it to its backup and its name. home: the key for backups."""

    def __init__(self, path: Path, *, place: str, home: Key) -> None:
        self._file: IO[bytes] = path.open("xb")
        path.chmod(0o600)
        self._place, self._home, self._digest = place, home, hashlib.sha256()
        self._whose: dict[Subjects, int] = {HOME: 0}
        self._columns = (array("i"), array("i"), array("i"))
        self.size = 0
        self._write(FIRST_LINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(
        self,
        whose: Subjects,
        keys: Sequence[Key],
        payload: bytes | pa.Buffer,
        *,
        rows: int = 0,
        first: int = 0,
    ) -> None:
        """keys: of those whose it is, in their order; none for HOME."""
        owner, counts, firsts = self._columns
        place = f"{self._place}|{len(owner)}"
        sealed = _deflated(payload)
        for key in keys or (self._home,):
            sealed = key.seal(sealed, place)
        owner.append(self._whose.setdefault(whose, len(self._whose)))
        counts.append(rows)
        firsts.append(first)
        self._write(_LENGTH.pack(len(sealed)))
        self._write(sealed)

    def add_home(self, value: object) -> None:
        """Something that is about nobody, as MessagePack."""
        self.add(HOME, (), msgspec.msgpack.encode(value))

    def finish(self) -> str:
        """Writes the directory, makes all of it durable, and gives the SHA-256 of the file."""
        columns = (np.array(column, "<i4").tobytes() for column in self._columns)
        directory = msgspec.msgpack.encode(_Directory([list(each) for each in self._whose], *columns))
        at = self.size
        self._write(self._home.seal(_deflated(directory), f"{self._place}|directory"))
        self._write(_AT.pack(at))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._digest.hexdigest()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)


class PartReader:
    """keys: given the subjects whose keys are wanted. Raises BadInput, with the part's name, where anything does not open."""

    def __init__(self, path: Path, *, place: str, home: Key, keys: Keys) -> None:
        self._path, self._place, self._home, self._keys = path, place, home, keys
        self._known: dict[str, Key | None] = {}
        self._file = path.open("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def blocks(self) -> Iterator[Block]:
        """All of them, in order. Raises BadInput in the middle where one is not what was written."""
        try:
            whose, owner, rows, first = self._directory()
            self._file.seek(len(FIRST_LINE))
            columns = zip(owner.tolist(), rows.tolist(), first.tolist(), strict=True)
            for number, (own, count, begin) in enumerate(columns):
                if number % _AHEAD == 0:
                    self._look_up(
                        {name for one in owner[number : number + _AHEAD].tolist() for name in whose[one]}
                    )
                sealed = self._read(_LENGTH.unpack(self._read(_LENGTH.size))[0])
                yield Block(whose[own], self._opened(whose[own], sealed, number), count, begin)
        except (
            struct.error,
            ValueError,
            IndexError,
            msgspec.DecodeError,
            pa.ArrowException,
            EOFError,
        ) as problem:
            raise damaged(self._path) from problem

    def _directory(self) -> tuple[list[Subjects], np.ndarray, np.ndarray, np.ndarray]:
        if self._read(len(FIRST_LINE)) != FIRST_LINE:
            raise EOFError
        end = self._file.seek(-_AT.size, os.SEEK_END)
        (at,) = _AT.unpack(self._read(_AT.size))
        if at > end:
            raise EOFError
        self._file.seek(at)
        directory = _unsealed(self._home, self._read(end - at), f"{self._place}|directory")
        found = msgspec.msgpack.decode(_inflated(directory), type=_Directory)
        columns = (np.frombuffer(column, "<i4") for column in (found.owner, found.rows, found.first))
        owner, rows, first = columns
        return [tuple(each) for each in found.whose], owner, rows, first

    def _look_up(self, subjects: set[str]) -> None:
        """Keys of many at once; those of the blocks before are forgotten, so that a million customers need no more memory than some."""
        known = {name: self._known[name] for name in subjects if name in self._known}
        asked = sorted(subjects - known.keys())
        found = self._keys(asked)
        self._known = known | {name: found.get(name) for name in asked}

    def _opened(self, whose: Subjects, sealed: bytes, number: int) -> bytes | None:
        place = f"{self._place}|{number}"
        keys = [key for name in whose if (key := self._known[name])] if whose else [self._home]
        if len(keys) < len(whose):
            return None
        for key in reversed(keys):
            sealed = _unsealed(key, sealed, place)
        return _inflated(sealed)

    def _read(self, size: int) -> bytes:
        data = self._file.read(size) if 0 <= size < _MOST else b""
        if len(data) != size:
            raise EOFError
        return data


_AHEAD = 4_096
"""Blocks whose keys are asked for at once."""


def _unsealed(key: Key, sealed: bytes, place: str) -> bytes:
    try:
        return key.open(sealed, place)
    except BadInput as problem:
        raise ValueError(problem.message) from problem


def _deflated(data: bytes | pa.Buffer) -> bytes:
    return _LENGTH.pack(len(data)) + bytes(_CODEC.compress(data, asbytes=True))


def _inflated(data: bytes) -> bytes:
    (size,) = _LENGTH.unpack(data[: _LENGTH.size])
    return bytes(_CODEC.decompress(data[_LENGTH.size :], decompressed_size=size, asbytes=True))


def damaged(path: Path) -> BadInput:
    return BadInput(
        "This file of the backup is not what was written.",
        where=path.name,
        next="Take another backup; this one is damaged.",
    )
