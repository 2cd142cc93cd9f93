"""Which engine answers questions about many usage points: one entry in the settings of a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from meterkeep.errors import BadInput

if TYPE_CHECKING:
    import duckdb

    from meterkeep.readings.engines.engine import Engine

DUCKDB: Final = "duckdb"
SPARK: Final = "spark"


@dataclass(frozen=True, slots=True)
class EngineSetting:
    """remote: the address of a Spark Connect server, sc://host:port, "" for DuckDB."""

    name: str = DUCKDB
    remote: str = ""

    @classmethod
    def of(cls, name: object = DUCKDB, remote: object = "") -> Self:
        """As settings have them. Raises BadInput for an engine there is none of, or Spark without its address."""
        if name not in (DUCKDB, SPARK):
            raise BadInput(f"There is no engine {name!r}.", where="engine", next="Use duckdb or spark.")
        if name == SPARK and not (isinstance(remote, str) and remote.startswith("sc://")):
            raise BadInput(
                "The engine is Spark, and its address is missing.",
                where="spark_remote",
                next='Write the address of its Connect server: spark_remote = "sc://host:15002".',
            )
        return cls(str(name), str(remote) if name == SPARK else "")

    @contextmanager
    def opened(self, db: duckdb.DuckDBPyConnection) -> Iterator[Engine]:
        """The engine for one question. db: a connection of its own, which DuckDB uses."""
        if self.name == SPARK:
            from meterkeep.readings.engines.spark import session

            with session(self.remote) as engine:
                yield engine
        else:
            from meterkeep.readings.engines.duck import Duck

            yield Duck(db)


HERE: Final = EngineSetting()
"""DuckDB, in our own process."""
