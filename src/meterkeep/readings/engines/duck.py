"""DuckDB, in our own process: the default."""

# The SQL is put together from our own words, from numbers and from names of our own files, never from input.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
from ibis.expr.types import Table

from meterkeep.readings.engines.engine import PLAIN, Scan
from meterkeep.readings.engines.sql import compiled, typed


class Duck:
    """db: a connection of its own for the question. A file that has gone is DuckDB's IOException, as everywhere."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db

    def scan(self, name: str, scans: Sequence[Scan]) -> None:
        parts = [self._scan(name, scan) for scan in scans]
        self._db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {' UNION ALL '.join(parts)}")

    def _scan(self, name: str, scan: Scan) -> str:
        paths = ", ".join("'" + path.replace("'", "''") + "'" for path in scan.paths)
        columns = ", ".join(f'"{column}"' for column in PLAIN[name])
        instants = "epoch_us(received) AS received"
        if name == "points":
            instants += ', epoch_us("start") // 1000000 AS "start"'
        known = "NULL" if scan.known is None else str(scan.known)
        return f"""SELECT {columns}, {instants}, {str(scan.revision).upper()} AS revision, {known}::BIGINT AS known
            FROM read_parquet([{paths}], hive_partitioning = false)"""

    def give(self, name: str, table: pa.Table) -> None:
        self._db.register(name, table)

    def keep(self, name: str, *expressions: Table) -> None:
        """One after the other: each reads thousands of files."""
        self._db.execute(f"DROP TABLE IF EXISTS {name}")
        for number, expression in enumerate(expressions):
            verb = f"INSERT INTO {name}" if number else f"CREATE TEMP TABLE {name} AS"
            self._db.execute(f"{verb} {compiled(expression, 'duckdb')}")

    def ask(self, expression: Table) -> pa.Table:
        return typed(self._db.sql(compiled(expression, "duckdb")).to_arrow_table(), expression)
