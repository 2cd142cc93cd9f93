"""One writer at a time, across processes: a lock that the operating system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meterkeep.errors import Busy

_STEP = 0.002  # seconds between two tries


@contextmanager
def exclusive(path: Path, *, patience: float = 30.0) -> Iterator[None]:
    """Holds the lock file. Opened anew each time, so that a forked child never shares its parent's hold.

    Raises Busy after `patience` seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(descriptor, time.monotonic() + patience)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy(
                    "Another process holds the log.", next="Try again; look for a halted process."
                ) from None
            time.sleep(_STEP)
        else:
            return
