"""Spark through Spark Connect: the session is there, the files are read there, and only what is asked comes back.

The client is an extra of ours (requirements/spark.txt); it knows no Java and starts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import Any, Final

import pyarrow as pa
from ibis.expr.types import Table

from meterkeep.errors import BadInput, Busy
from meterkeep.readings.engines.engine import PLAIN, Scan
from meterkeep.readings.engines.sql import compiled, typed
from meterkeep.readings.store.tables.snapshot import Outdated

SETTINGS: Final = {
    # A number that does not fit is an error, never another number; an instant is the same everywhere.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # Small tables come from us and are known to be small; the readings never are.
    "spark.sql.adaptive.enabled": "true",
}
FILE_SCHEMA: Final = {
    "days": "usage_point INT, channel STRING, interval_seconds INT, day DATE, unit STRING, power_of_ten TINYINT,"
    " values ARRAY<BIGINT>, total BIGINT, quality ARRAY<STRING>, estimated SMALLINT, missing SMALLINT,"
    " received TIMESTAMP, version INT",
    "points": "usage_point INT, channel STRING, start TIMESTAMP, seconds INT, value BIGINT, power_of_ten TINYINT,"
    " unit STRING, quality STRING, lost BOOLEAN, received TIMESTAMP, version INT",
}
GONE: Final = ("FILE_NOT_EXIST", "FILE_NOT_FOUND", "PATH_NOT_FOUND", "FileNotFoundException")
AWAY: Final = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "failed to connect")


class Spark:
    """One question on a session of its own."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def scan(self, name: str, scans: Sequence[Scan]) -> None:
        parts = [self._scan(name, scan) for scan in scans]
        reduce(lambda all_, part: all_.unionByName(part), parts).createOrReplaceTempView(name)

    def _scan(self, name: str, scan: Scan) -> Any:
        rows = self._session.read.schema(FILE_SCHEMA[name]).parquet(*(_literal(path) for path in scan.paths))
        instants = ["unix_micros(received) AS received"]
        if name == "points":
            instants.append("unix_seconds(start) AS start")
        known = "NULL" if scan.known is None else str(scan.known)
        told = [f"{str(scan.revision).lower()} AS revision", f"CAST({known} AS BIGINT) AS known"]
        return rows.selectExpr(*(f"`{column}`" for column in PLAIN[name]), *instants, *told)

    def give(self, name: str, table: pa.Table) -> None:
        """Spark takes no empty table from Arrow, so one is described."""
        rows = (
            self._session.createDataFrame(table)
            if len(table)
            else self._session.createDataFrame([], _described(table.schema))
        )
        rows.createOrReplaceTempView(name)

    def keep(self, name: str, *expressions: Table) -> None:
        frames = [self._session.sql(compiled(expression, "spark")) for expression in expressions]
        rows = reduce(lambda all_, part: all_.unionByName(part), frames)
        rows.persist()
        rows.createOrReplaceTempView(name)

    def ask(self, expression: Table) -> pa.Table:
        with _told_in_our_words():
            return typed(self._session.sql(compiled(expression, "spark")).toArrow(), expression)


@contextmanager
def session(remote: str) -> Iterator[Spark]:
    """A session of its own at this Spark Connect server, closed at the end with all that it kept. remote: sc://host:port."""
    with _told_in_our_words():
        opened = _client().builder.remote(remote).create()
        try:
            for name, value in SETTINGS.items():
                opened.conf.set(name, value)
            yield Spark(opened)
        finally:
            opened.stop()


def _client() -> Any:
    try:
        from pyspark.sql.connect.session import SparkSession
    except ImportError:
        raise BadInput(
            "The settings of this home name Spark, and its client is not installed.",
            where="home.toml, engine",
            next="Install requirements/spark.txt beside Meterkeep: docs/growing.md.",
        ) from None
    return SparkSession


@contextmanager
def _told_in_our_words() -> Iterator[None]:
    """What a server says may quote the data, so none of it is repeated."""
    try:
        yield
    except (BadInput, Busy, Outdated):
        raise
    except Exception as problem:
        told = f"{type(problem).__name__} {problem}"
        if any(word in told for word in GONE):
            raise Outdated from None
        if any(word in told for word in AWAY):
            raise Busy(
                "Spark does not answer.",
                where="home.toml, spark_remote",
                next="Start its Connect server, or try again.",
            ) from None
        raise


def _described(schema: pa.Schema) -> str:
    names = {pa.int8(): "TINYINT", pa.int32(): "INT", pa.int64(): "BIGINT", pa.string(): "STRING"}
    return ", ".join(f"`{field.name}` {names.get(field.type, 'DECIMAL(38, 0)')}" for field in schema)


def _literal(path: str) -> str:
    """Hadoop would read these as patterns."""
    return "".join(f"\\{letter}" if letter in "{}[]*?\\" else letter for letter in path)
