"""The journal file: a first line, then one frame for each batch that was appended.

A frame is its payload's length, the CRC-32 of the payload, the CRC-32 of these eight bytes, and the payload: entries as
in a bundle. The checksums tell a torn write from a whole one; what protects against people is the tree.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from zlib import crc32

from meterkeep.ledger.tiles import bundle

FIRST_LINE = b"meterkeep journal 1\n"
_HEAD = struct.Struct(">III")
HEAD_BYTES = _HEAD.size


class Damaged(Exception):
    """No whole frame at this offset. torn: what follows is what a crash in the middle of a write leaves."""

    def __init__(self, at: int, *, torn: bool) -> None:
        super().__init__(at)
        self.at, self.torn = at, torn


def frame(entries: Sequence[bytes]) -> tuple[bytes, bytes]:
    """(head, payload), not joined: a large batch is not copied once more."""
    payload = bundle(entries)
    lengths = struct.pack(">II", len(payload), crc32(payload))
    return lengths + struct.pack(">I", crc32(lengths)), payload


def read_frames(descriptor: int, *, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """(offset, payload) of each frame between two offsets of the file. Raises Damaged."""
    while start < end:
        head = os.pread(descriptor, min(HEAD_BYTES, end - start), start)
        if len(head) < HEAD_BYTES:
            raise Damaged(start, torn=True)
        length, checksum, head_checksum = _HEAD.unpack(head)
        if crc32(head[:8]) != head_checksum:
            raise Damaged(start, torn=_zeros(descriptor, start, end))
        start += HEAD_BYTES
        payload = read_exactly(descriptor, min(length, end - start), start)
        if len(payload) < length or crc32(payload) != checksum:
            raise Damaged(start - HEAD_BYTES, torn=start + length >= end)
        yield start, payload
        start += length


def read_exactly(descriptor: int, length: int, offset: int) -> bytes:
    """So many bytes, or as many as the file has: one read gives at most 2 GiB."""
    data = os.pread(descriptor, length, offset)
    while len(data) < length and (more := os.pread(descriptor, length - len(data), offset + len(data))):
        data += more
    return data


def _zeros(descriptor: int, start: int, end: int) -> bool:
    """After a power failure a file system may have grown the file before it wrote the bytes."""
    return all(
        not os.pread(descriptor, min(1 << 20, end - at), at).strip(b"\x00")
        for at in range(start, end, 1 << 20)
    )
