"""The folder of an intake that is under way: what it has spilled and written, and which files it has moved into place.

A process holds a lock on the folder as long as it lives. A folder without a living owner is what a crash has left;
it is thrown away together with everything that it had moved.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from pathlib import Path

from meterkeep.readings.store.tables.table import Part, Table, sync, sync_folder


class Pending:
    """folder: `<store>/pending/<name>`; name: 32 random hex digits, with which the intake's Parquet files begin."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder, self.name, self._lock = folder, folder.name, lock

    @classmethod
    def start(cls, parent: Path) -> Pending:
        """A folder that was just made has no owner yet, and may be swept away before it is taken; then another one is made."""
        while True:
            folder = parent / secrets.token_hex(16)
            folder.mkdir()
            if taken := cls.take(folder):
                return taken

    @classmethod
    def take(cls, folder: Path) -> Pending | None:
        """None where a living process owns the folder, or has thrown it away meanwhile."""
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), folder.stat()):
                return cls(folder, lock)
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(lock)
        return None

    @property
    def has_moved(self) -> bool:
        return self._moved.exists()

    def written(self, table: str, path: str) -> Path:
        """Where a file of a table is before it is moved into place."""
        return self.folder / f"{table}~{path.replace('/', '~')}"

    def move(self, parts: list[tuple[Table, Part]]) -> None:
        """Puts written files where their tables want them, after noting which: a crash can be cleaned up at any point."""
        for table, part in parts:
            sync(self.written(table.folder.name, part.path))
        self._moved.write_text("".join(f"{table.folder.name}/{part.path}\n" for table, part in parts))
        sync(self._moved)
        sync_folder(self.folder)
        folders = set()
        for table, part in parts:
            target = table.folder / part.path
            target.parent.mkdir(parents=True, exist_ok=True)
            self.written(table.folder.name, part.path).rename(target)
            folders |= {target.parent, target.parent.parent, table.folder}
        for folder in folders:
            sync(folder)

    def replace(self, table: Table, new: list[Part], old: list[Part]) -> None:
        """Puts written files in the place of others, in one commit of their table, and takes the others off the disk.

        A crash before that commit is undone by `settle`, one after it is carried to the end.
        """
        self._replaced.write_text("".join(f"{table.folder.name}/{part.path}\n" for part in old))
        sync(self._replaced)
        self.move([(table, part) for part in new])
        table.replace(new, old)
        self._unlink(self._replaced)

    @property
    def replaces(self) -> bool:
        return self._replaced.exists()

    def settle(self, tables: list[Table]) -> None:
        """Leaves the old files of a replacement or the new ones, whichever their table names."""
        if not self.has_moved:
            return
        named = {f"{table.folder.name}/{part.path}" for table in tables for part in table.parts()}
        # There may be no new files at all, but there are always old ones.
        switched = not any(line in named for line in self._replaced.read_text().splitlines())
        self._unlink(self._replaced if switched else self._moved)

    def _unlink(self, listed: Path) -> None:
        folders = set()
        for line in listed.read_text().splitlines():
            path = self.folder.parent.parent / line
            path.unlink(missing_ok=True)
            folders.add(path.parent)
        for folder in folders:
            if folder.exists():
                sync(folder)

    def undo(self, tables: list[Table]) -> None:
        """Takes everything that was moved out of the tables and off the disk. Only for an intake that never committed."""
        if not self.has_moved:
            return
        for table in tables:
            table.remove(part for part in table.parts() if f"/{self.name}-" in f"/{part.path}")
        self._unlink(self._moved)

    def close(self) -> None:
        shutil.rmtree(self.folder)
        self.release()

    def release(self) -> None:
        os.close(self._lock)

    @property
    def _replaced(self) -> Path:
        return self.folder / "replaced.txt"

    @property
    def _moved(self) -> Path:
        return self.folder / "moved.txt"


def abandoned(parent: Path) -> list[Pending]:
    """The folders without a living owner, now owned by us."""
    return [taken for folder in sorted(parent.iterdir()) if (taken := Pending.take(folder)) is not None]
