"""A SQLite file that several processes and threads share, and from which deleted bytes are really gone."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from meterkeep.errors import BadInput, Busy

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SPOILED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_SHUT = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


class Database:
    """One file; a connection for each thread of each process.

    patience: seconds to wait for another process's lock before Busy.
    """

    def __init__(self, path: Path, *, patience: float) -> None:
        self._path, self._patience = path, patience
        self._local = threading.local()

    @property
    def path(self) -> Path:
        return self._path

    @property
    def patience(self) -> float:
        return self._patience

    @classmethod
    def create(cls, path: Path, schema: str, *, patience: float) -> Self:
        # SQLite gives its WAL the mode of the main file, so that file is made first, readable by its owner only.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        database = cls(path, patience=patience)
        database.connection.executescript(schema)
        return database

    @classmethod
    def open(cls, path: Path, *, patience: float) -> Self:
        if not path.is_file():
            raise BadInput(
                "A file of this vault is missing.", where=str(path), next="Restore it from a backup."
            )
        return cls(path, patience=patience)

    @property
    def connection(self) -> sqlite3.Connection:
        # A connection must be neither used nor closed by a forked child, so the child keeps it aside and makes its own.
        if getattr(self._local, "process", None) != os.getpid():
            self._local.inherited = getattr(self._local, "connection", None)
            self._local.connection, self._local.process = self._connect(), os.getpid()
        connection: sqlite3.Connection = self._local.connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._patience, isolation_level=None)
        with busy_told():
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-64000"):
                connection.execute(f"PRAGMA {pragma}")
        return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the file's write lock from its start; leaving by exception undoes it."""
        connection = self.connection
        with busy_told():
            connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            with busy_told():
                connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def purge(self) -> None:
        """Rewrites the file without free space and empties its WAL, so that no deleted byte is left in either.

        `secure_delete` zeroes freed cells but not the copies that page splits leave behind; VACUUM does.
        """
        with busy_told():
            self.connection.execute("VACUUM")
            (readers_remain, _, _) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if readers_remain:
            raise _busy()

    def close(self) -> None:
        if getattr(self._local, "process", None) == os.getpid():
            self._local.connection.close()
            del self._local.process


@contextmanager
def busy_told() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _LOCKED:
            raise _busy() from error
        if code in _SHUT:
            raise Busy(
                f"The vault cannot be written: {error}.",
                where="vault",
                next="Free disk space, or mend the folder's permissions; then try again.",
            ) from error
        if code in _SPOILED:
            raise BadInput(
                "A file of this vault is damaged.", where="vault", next="Restore it from a backup."
            ) from error
        raise


def _busy() -> Busy:
    return Busy("Another process is writing to the vault.", next="Try again in a moment.")
