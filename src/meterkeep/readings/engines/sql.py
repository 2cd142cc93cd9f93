"""An expression as SQL text of a dialect: Ibis writes it, this makes it the same text every time."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, Final

import pyarrow as pa
from ibis.backends.sql import compilers
from ibis.expr.types import Table

DIALECTS: Final = {
    "duckdb": compilers.DuckDBCompiler,
    "spark": compilers.PySparkCompiler,
    "databricks": compilers.DatabricksCompiler,
    "snowflake": compilers.SnowflakeCompiler,
    "trino": compilers.TrinoCompiler,
}
_DRAWN_NAME: Final = re.compile(r"(ibis_\w*?unnest_\w*?)_?[a-z0-9]{26}\b")
_DRAWN_MARK: Final = re.compile("'[0-9a-f]{32}'")
_ARROW: Final = {
    "int8": pa.int8(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "string": pa.string(),
    "decimal(38, 0)": pa.decimal128(38, 0),
}


def arrow_schema(expression: Table) -> pa.Schema:
    return pa.schema(
        [(name, _ARROW[str(dtype).removeprefix("!")]) for name, dtype in expression.schema().items()]
    )


def typed(answer: pa.Table, expression: Table) -> pa.Table:
    """As the expression says: engines add up in types of their own. Raises ArrowInvalid where a number does not fit."""
    schema = arrow_schema(expression)
    return answer.select(schema.names).cast(schema)


def compiled(expression: Table, dialect: str, *, pretty: bool = False) -> str:
    return _compiled(expression.op(), dialect, pretty)


@lru_cache(maxsize=256)
def _compiled(operation: Any, dialect: str, pretty: bool) -> str:
    """Once for each question: writing it takes a tenth of a second. Operations are equal where expressions are not."""
    compiler = _compiler(dialect)
    text = compiler.to_sqlglot(operation.to_expr().unbind()).sql(dialect=compiler.dialect, pretty=pretty)
    return _named_in_order(text)


@cache
def _compiler(dialect: str) -> Any:
    return DIALECTS[dialect]()


def _named_in_order(text: str) -> str:
    """Ibis draws some names, and what it marks a null with, by lot; they are counted instead."""
    numbers: dict[str, int] = {}

    def number(drawn: re.Match[str]) -> int:
        return numbers.setdefault(drawn[0], len(numbers) + 1)

    text = _DRAWN_NAME.sub(lambda drawn: f"{drawn[1]}_{number(drawn)}", text)
    return _DRAWN_MARK.sub(lambda drawn: f"'{number(drawn):032x}'", text)
