"""A store made again in an empty folder from what left it in a backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from meterkeep.readings.store.beside import lists
from meterkeep.readings.store.correcting import marks
from meterkeep.readings.store.leaving import registry
from meterkeep.readings.store.leaving.cut import TABLES
from meterkeep.readings.store.store import DAYS_SCHEMA, POINTS_SCHEMA
from meterkeep.readings.store.tables.registry import Registry
from meterkeep.readings.store.tables.table import Part, Table

RESULT = 7
"""The column of an intake that says what its commit gave."""


class StoreFill:
    """folder: with store.json and nothing else in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "pending").mkdir(parents=True)
        partitions = {"days": (DAYS_SCHEMA, ["month", "bucket"]), "points": (POINTS_SCHEMA, ["year"])}
        self._tables = {
            name: Table.create(folder / name, schema=schema, partition_by=columns)
            for name, (schema, columns) in partitions.items()
        }
        self._registry = Registry(folder / "registry.sqlite3")

    def begin_registry(self, there: dict[str, bool]) -> None:
        """there: which of its tables the store had."""
        if there["name"] or there["told"]:
            with self._registry.alone() as db:
                for statement in marks.SCHEMA.split(";\n"):
                    db.execute(statement)

    def put_rows(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._registry.alone() as db:
            _insert(db, table, rows)

    def put_intakes(self, found: Iterable[tuple[list[Any], list[bytes]]]) -> None:
        """Rows without their series, and the series that are known."""
        rows = (
            (*row[:RESULT], registry.said_again(row[RESULT], said), *row[RESULT + 1 :]) for row, said in found
        )
        self.put_rows("intake", rows)

    def put_told(self, found: Iterable[tuple[list[Any], list[bytes]]]) -> None:
        self.put_rows(
            "told", ((intake, ordinal, registry.told_again(told)) for (intake, ordinal, _), told in found)
        )

    def add(self, table: str, parts: Sequence[Part]) -> None:
        """Files that stand in the table's folder already."""
        self._tables[table].add(parts)

    def list_path(self, name: str) -> Path:
        """Raises ValueError where that is no name of a defect list."""
        if not lists.NAME.fullmatch(name):
            raise ValueError(name)
        return self.folder / lists.FOLDER / name


def _insert(db: sqlite3.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    if table not in TABLES:
        raise ValueError(table)
    width = len(db.execute(f"PRAGMA table_info({table})").fetchall())
    marked = ", ".join("?" * width)
    db.executemany(f"INSERT INTO {table} VALUES ({marked})", rows)  # noqa: S608 - one of our own tables
