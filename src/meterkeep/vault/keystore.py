"""The store of wrapped data keys: one per subject, in a file of its own that long-term backups leave out.

A subject is a customer or a usage point, or a month (`ages`). Deleting its key is what shreds it; the list of shredded subjects (random
names, nothing else) stays, so that an interrupted shred is finished and a restored backup is shredded again.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.vault.ages import Record, is_age
from meterkeep.vault.copying import Copied, copy_keys
from meterkeep.vault.database import Database
from meterkeep.vault.envelope import KEY_BYTES, Key
from meterkeep.vault.keys import KeyProvider

_SCHEMA = """
CREATE TABLE keys (subject TEXT PRIMARY KEY, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX keys_by_epoch ON keys (epoch);
CREATE TABLE shredded (subject TEXT PRIMARY KEY, finished INTEGER NOT NULL CHECK (finished IN (0, 1))) WITHOUT ROWID;
"""
_CHECK = "check"
BACKUPS = "backups"
"""The subject under whose key lies, in backups, what is about no customer."""
_REWRAPPED_AT_ONCE = 5_000


@dataclass(frozen=True)
class Rotated:
    """epoch: the current one now. moved: data keys. destroyed: the epochs whose KEK is gone."""

    epoch: int
    moved: int
    destroyed: list[int]


class KeyStore:
    def __init__(self, database: Database, provider: KeyProvider) -> None:
        self._database, self._provider = database, provider

    @classmethod
    def create(cls, path: Path, provider: KeyProvider, *, patience: float) -> Self:
        store = cls(Database.create(path, _SCHEMA, patience=patience), provider)
        store.ensure([_CHECK])
        return store

    @classmethod
    def open(cls, path: Path, provider: KeyProvider, *, patience: float) -> Self:
        """Refuses a provider whose keys are not this store's, before anything is read or written with them."""
        store = cls(Database.open(path, patience=patience), provider)
        if not store.keys([_CHECK]):
            raise BadInput(
                "This is not a Meterkeep key store.", where=str(path), next="Restore it from its backup."
            )
        return store

    @property
    def connection(self) -> sqlite3.Connection:
        return self._database.connection

    @property
    def record(self) -> Record:
        """What was destroyed by age, beside the keys."""
        return Record(self._database)

    def keys(self, subjects: Iterable[str]) -> dict[str, Key]:
        """The data keys of those subjects that have one."""
        asked = json.dumps(list(subjects))
        try:
            return self._unwrapped(asked)
        except BadInput:
            # A rotation may have ended between the reading of a row and its unwrapping; then the row is there under a newer epoch.
            return self._unwrapped(asked)

    def _unwrapped(self, asked: str) -> dict[str, Key]:
        rows = self._database.connection.execute(
            "SELECT subject, epoch, wrapped FROM keys WHERE subject IN (SELECT value FROM json_each(?))",
            (asked,),
        )
        return {
            subject: Key(self._unwrap(subject, epoch, wrapped)) for subject, epoch, wrapped in rows.fetchall()
        }

    def ensure(self, subjects: Sequence[str]) -> dict[str, Key]:
        """The data keys of these subjects, made for those that have none. Refuses a shredded subject."""
        with self._database.write() as connection:
            self._refuse_shredded(connection, subjects)
            found = self.keys(subjects)
            epoch, rows = self._provider.epoch(), []
            for subject in dict.fromkeys(subjects):
                if subject not in found:
                    data_key = os.urandom(KEY_BYTES)
                    found[subject] = Key(data_key)
                    rows.append((subject, epoch, self._wrap(subject, epoch, data_key)))
            connection.executemany("INSERT INTO keys VALUES (?, ?, ?)", sorted(rows))
        return found

    def shred(self, subjects: Sequence[str]) -> None:
        """Deletes their keys and writes them down as shredded, not finished; other files' rows are the caller's."""
        with self._database.write() as connection:
            connection.executemany("DELETE FROM keys WHERE subject = ?", [(subject,) for subject in subjects])
            connection.executemany(
                "INSERT INTO shredded VALUES (?, 0) ON CONFLICT (subject) DO UPDATE SET finished = 0",
                [(subject,) for subject in subjects],
            )

    def shredded(self, *, unfinished_only: bool) -> list[str]:
        rows = self._database.connection.execute(
            "SELECT subject FROM shredded WHERE finished <= ?", (0 if unfinished_only else 1,)
        )
        return [subject for (subject,) in rows]

    def finish(self, subjects: Sequence[str]) -> None:
        self._database.purge()
        with self._database.write() as connection:
            connection.executemany(
                "UPDATE shredded SET finished = 1 WHERE subject = ?", [(s,) for s in subjects]
            )

    def waiting(self) -> int:
        """How many data keys are under an earlier epoch than the current one."""
        (number,) = self.connection.execute(
            "SELECT count(*) FROM keys WHERE epoch < ?", (self._provider.epoch(),)
        ).fetchone()
        return int(number)

    def count(self) -> int:
        (number,) = self.connection.execute("SELECT count(*) FROM keys").fetchone()
        return int(number)

    def rewrap(self, told: Callable[[int], object] = lambda moved: None) -> int:
        """Moves every data key to the provider's current epoch; returns how many moved. Safe to interrupt and repeat.

        told: how many have moved, after each batch, which is durable then.
        """
        moved, epoch = 0, self._provider.epoch()
        while rows := self._rewrap_some(epoch):
            moved += rows
            told(moved)
        if moved:
            self._database.purge()
        return moved

    def rotate(self, told: Callable[[int], object] = lambda moved: None) -> Rotated:
        """A new epoch: its KEK made, every data key moved to it, then the earlier KEKs destroyed.

        Interrupted, the next call finishes that one and begins none. A KEK goes only once no key is under it, as read while nobody
        writes: whoever wraps from then on asks for the epoch anew and is given the new one.
        """
        if len(self._provider.epochs()) == 1:
            self._provider.new_epoch()
        moved = self.rewrap(told)
        *earlier, epoch = self._provider.epochs()
        with self._database.write():
            left = self.waiting()
        if left:
            raise Busy("Keys were written under the old epoch meanwhile.", next="Ask again: it goes on.")
        for old in earlier:
            self._provider.destroy(old)
        return Rotated(epoch, moved, earlier)

    def _rewrap_some(self, epoch: int, *, at_once: int | None = None) -> int:
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT subject, epoch, wrapped FROM keys WHERE epoch < ? LIMIT ?",
                (epoch, at_once or _REWRAPPED_AT_ONCE),
            ).fetchall()
            connection.executemany(
                "UPDATE keys SET epoch = ?, wrapped = ? WHERE subject = ?",
                [(epoch, self._wrap(s, epoch, self._unwrap(s, old, wrapped)), s) for s, old, wrapped in rows],
            )
        return len(rows)

    def note_head(self, checkpoint: str) -> None:
        """Keeps the log's newest checkpoint beside the keys, so that a home that is made again knows how far its log had come."""
        with self._database.write() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS head (checkpoint TEXT NOT NULL)")
            connection.execute("DELETE FROM head")
            connection.execute("INSERT INTO head VALUES (?)", (checkpoint,))

    def head(self) -> str:
        """The checkpoint that was noted last; "" where none was."""
        if not self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'head'").fetchone():
            return ""
        found = self.connection.execute("SELECT checkpoint FROM head").fetchone()
        return str(found[0]) if found else ""

    def subjects(self) -> set[str]:
        """Every customer and usage point with a key."""
        rows = self.connection.execute(
            "SELECT subject FROM keys WHERE subject NOT IN (?, ?)", (_CHECK, BACKUPS)
        )
        return {subject for (subject,) in rows if not is_age(subject)}

    def copy(self, place: Path, *, at: datetime, keep: timedelta) -> Copied:
        return copy_keys(
            self.connection, place, own=self._database.path.parent, provider=self._provider, at=at, keep=keep
        )

    def close(self) -> None:
        self._database.close()

    def _wrap(self, subject: str, epoch: int, data_key: bytes) -> bytes:
        return self._provider.wrap(data_key, epoch=epoch, place=f"keys|{subject}|{epoch}")

    def _unwrap(self, subject: str, epoch: int, wrapped: bytes) -> bytes:
        return self._provider.unwrap(wrapped, epoch=epoch, place=f"keys|{subject}|{epoch}")

    def _refuse_shredded(self, connection: sqlite3.Connection, subjects: Sequence[str]) -> None:
        (count,) = connection.execute(
            "SELECT count(*) FROM shredded WHERE subject IN (SELECT value FROM json_each(?))",
            (json.dumps(list(subjects)),),
        ).fetchone()
        if count:
            raise Refused(
                f"{count} of these {len(subjects)} subjects were shredded; nothing is written about them again.",
                next="Make a new customer if the same person has come back.",
            )
