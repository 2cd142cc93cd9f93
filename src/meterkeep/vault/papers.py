"""Whole files that say who somebody is, such as receipts: sealed under the key of whatever they belong to, shredded with it.

They lie in `papers.sqlite3`, apart from the fields: a photograph is a thousand times a name, and the file with the names is
rewritten at every shredding. It is made with the first paper.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from meterkeep.errors import BadInput
from meterkeep.vault.database import Database
from meterkeep.vault.keystore import KeyStore

SCHEMA = """
CREATE TABLE papers (id BLOB PRIMARY KEY, subject BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX papers_by_subject ON papers (subject);
"""


class Papers:
    """subject, paper: 32 hex digits."""

    def __init__(self, path: Path, keys: KeyStore, *, patience: float) -> None:
        self._path, self._keys, self._patience = path, keys, patience
        self._opened: Database | None = None

    def seal(self, content: bytes, *, subject: str, paper: str = "") -> str:
        """Gives the paper's id. paper: of one that is replaced."""
        paper = paper or secrets.token_hex(16)
        sealed = self._keys.ensure([subject])[subject].seal(content, _place(subject, paper))
        row = (bytes.fromhex(paper), bytes.fromhex(subject), sealed)
        with self._database(make=True).write() as connection:
            connection.execute("INSERT OR REPLACE INTO papers VALUES (?, ?, ?)", row)
        return paper

    def open(self, paper: str) -> bytes:
        """Raises BadInput where there is none, or where it was shredded."""
        found = self._sealed(paper)
        key = self._keys.keys([found[0]]).get(found[0]) if found else None
        if found is None or key is None:
            raise BadInput(
                "This paper is not in the vault.", where="vault", next="It may have been destroyed."
            )
        return key.open(found[1], _place(found[0], paper))

    def _sealed(self, paper: str) -> tuple[str, bytes] | None:
        """Whose it is, and what lies there."""
        if not self._path.exists():
            return None
        rows = self._database().connection.execute(
            "SELECT subject, sealed FROM papers WHERE id = ?", (bytes.fromhex(paper),)
        )
        return next(((subject.hex(), sealed) for subject, sealed in rows), None)

    def remove(self, paper: str) -> None:
        if self._path.exists():
            with self._database().write() as connection:
                connection.execute("DELETE FROM papers WHERE id = ?", (bytes.fromhex(paper),))

    def subjects(self) -> set[str]:
        """Whose papers there are."""
        if not self._path.exists():
            return set()
        rows = self._database().connection.execute("SELECT DISTINCT subject FROM papers")
        return {subject.hex() for (subject,) in rows}

    def erase(self, subjects: Sequence[str]) -> None:
        """What a shredding leaves behind: nobody can read it any more, and now it is gone. Does nothing where they have none."""
        if not self.subjects().intersection(subjects):
            return
        database = self._database()
        with database.write() as connection:
            gone = [(bytes.fromhex(one),) for one in subjects]
            connection.executemany("DELETE FROM papers WHERE subject = ?", gone)
        database.purge()

    def close(self) -> None:
        if self._opened:
            self._opened.close()

    def _database(self, *, make: bool = False) -> Database:
        if make and not self._path.exists():
            try:
                self._opened = Database.create(self._path, SCHEMA, patience=self._patience)
            except FileExistsError:
                self._opened = None  # another process was first
        self._opened = self._opened or Database.open(self._path, patience=self._patience)
        return self._opened


def _place(subject: str, paper: str) -> str:
    return f"papers|{subject}|{paper}"
