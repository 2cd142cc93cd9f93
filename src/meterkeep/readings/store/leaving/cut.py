"""The store as it is at one moment: the registry in one transaction, and the files that it makes visible."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meterkeep.errors import Busy
from meterkeep.readings.store.beside import lists
from meterkeep.readings.store.store import SETTINGS, Store
from meterkeep.readings.store.tables.snapshot import visible
from meterkeep.readings.store.tables.table import Part

_TRIES = 20
TABLES = ("intake", "destruction", "destroyed", "name", "told")
"""Of the registry, all that there are; the last two only where a file had parts with names."""


@dataclass(frozen=True)
class StoreCut:
    """registry: a connection in a transaction that sees one moment. days, points: the files that count then. defects: the lists beside."""

    folder: Path
    offset: int
    registry: sqlite3.Connection
    days: list[Part]
    points: list[Part]
    defects: list[Path]
    settings: bytes

    def close(self) -> None:
        self.registry.close()

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """All rows of a table of the registry, with its columns in their order; none where there is no such table."""
        if table not in TABLES or not self.has(table):
            return []
        return self.registry.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()  # noqa: S608 - our own words

    def has(self, table: str) -> bool:
        found = self.registry.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
        )
        return found.fetchone() is not None


def cut(store: Store) -> StoreCut:
    """Waits for nobody: what is under way does not count yet. Raises Busy where files are replaced all the time."""
    for _ in range(_TRIES):
        db = sqlite3.connect(f"file:{store.registry.path}?mode=ro", uri=True, isolation_level=None)
        db.execute("BEGIN")
        known = dict(db.execute("SELECT name, number FROM intake").fetchall())
        newest = max(known.values(), default=0)
        files = {table.folder.name: table.parts() for table in (store.days, store.points)}
        seen = {
            name: [(part, visible(part, store.folder / name)) for part in parts]
            for name, parts in files.items()
        }
        if all(file.through <= newest for pairs in seen.values() for _, file in pairs):
            chosen = {
                name: [part for part, file in pairs if file.compacted or file.intake in known]
                for name, pairs in seen.items()
            }
            settings = (store.folder / SETTINGS).read_bytes()
            return StoreCut(
                store.folder, store.offset, db, chosen["days"], chosen["points"], lists.paths(store), settings
            )
        db.close()
    raise Busy("The store is being compacted all the time.", next="Try again in a moment.")


def strange_tables(path: Path) -> list[str]:
    """Tables of the registry that nobody has said how to keep."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return sorted({name for (name,) in found} - set(TABLES))
