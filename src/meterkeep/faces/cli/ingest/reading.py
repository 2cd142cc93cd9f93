"""A bar by bytes, within a file too: how far its reader is, asked of the system.

Linux tells the place of each open file of a process; elsewhere the bar moves from file to file. A file is read more than
once (its digest first), so a bar that begins again is another pass. Nothing is shown where stderr is no terminal.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

STEP = 0.2  # seconds between two looks


def place_in(path: Path, pid: int | str = "self") -> int | None:
    """How far a process has read in a file, in bytes; None where it has not opened it, or the system does not say."""
    folder = Path(f"/proc/{pid}/fd")
    try:
        target = str(path.resolve())
        open_here = [link.name for link in folder.iterdir() if _leads_to(link, target)]
        places = [_position(folder.parent / "fdinfo" / name) for name in open_here]
    except OSError:
        return None
    return max(places, default=None)


def _leads_to(link: Path, target: str) -> bool:
    try:
        return str(link.readlink()) == target
    except OSError:
        return False


def _position(info: Path) -> int:
    try:
        return int(info.read_text(encoding="ascii").split(maxsplit=2)[1])
    except (OSError, IndexError, ValueError):
        return 0


def bytes_bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        disable=not console.is_terminal,
    )


class Bar:
    """For files that are read one after the other in this process; `next` is told when one is done."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = [(path, _size(path)) for path in files]
        self._at, self._before = 0, 0
        self._progress = bytes_bar()
        self._task = self._progress.add_task(self._words(), total=sum(size for _, size in self._files))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self._progress.start()
        if not self._progress.disable:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._progress.stop()

    def next(self) -> None:
        self._before += self._files[self._at][1]
        self._at += 1
        self._show(self._before)

    def _words(self) -> str:
        return f"Taking in file {min(self._at + 1, len(self._files)):,} of {len(self._files):,}"

    def _follow(self) -> None:
        while not self._ended.wait(STEP):
            at, before = self._at, self._before
            place = place_in(self._files[at][0]) if at < len(self._files) else None
            if place is not None and at == self._at:
                self._show(before + min(place, self._files[at][1]))

    def _show(self, done: int) -> None:
        self._progress.update(self._task, completed=done, description=self._words())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
