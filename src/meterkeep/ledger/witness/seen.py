"""What a witness has cosigned, for good: a line for each tree, in a file that is only appended to."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from meterkeep.ledger.errors import Tampered
from meterkeep.ledger.merkle import EMPTY_ROOT
from meterkeep.ledger.notes import Checkpoint, is_decimal

_sync = getattr(os, "fdatasync", os.fsync)
Seen = tuple[int, bytes]


class SeenTrees:
    """The newest (size, root) of each log. One process holds the file at a time; its folder is locked by whoever opens it.

    A line is `size root origin`. What stands behind the last line's end was never answered for, and is cut off.
    """

    def __init__(self, path: Path) -> None:
        """Raises Tampered where the file holds anything else: a witness that has forgotten must not go on."""
        self._newest: dict[str, Seen] = {}
        self.lock = threading.Lock()
        self._file = os.open(path, os.O_RDWR)
        data = path.read_bytes()
        self._end = data.rfind(b"\n") + 1
        for number, line in enumerate(data[: self._end].splitlines(), 1):
            self._take(number, line)
        os.ftruncate(self._file, self._end)

    def _take(self, number: int, line: bytes) -> None:
        try:
            size, root, origin = line.decode().split(" ", 2)
            seen = int(size), bytes.fromhex(root)
        except ValueError:
            seen = -1, b""
        if len(seen[1]) != len(EMPTY_ROOT) or not is_decimal(size) or seen[0] < self.newest(origin)[0]:
            raise Tampered(
                "What this witness has cosigned cannot be read.",
                where=f"seen: line {number}",
                next="Retire this witness; begin another with a new key.",
            )
        self._newest[origin] = seen

    def newest(self, origin: str) -> Seen:
        return self._newest.get(origin, (0, EMPTY_ROOT))

    def keep(self, checkpoint: Checkpoint) -> None:
        """To be called with the lock held, before anything is signed. Durable when it returns; where it raises OSError,
        nothing counts."""
        line = f"{checkpoint.size} {checkpoint.root.hex()} {checkpoint.origin}\n".encode()
        os.ftruncate(self._file, self._end)  # what an earlier failure left
        if os.pwrite(self._file, line, self._end) != len(line):
            raise OSError("the disk is full")
        _sync(self._file)
        self._end += len(line)
        self._newest[checkpoint.origin] = checkpoint.size, checkpoint.root

    def close(self) -> None:
        os.close(self._file)
