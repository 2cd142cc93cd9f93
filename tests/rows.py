"""The rows of a test's database, read as text and put back at once: much sooner done than what made them."""

from __future__ import annotations

from django.db import connection

Rows = dict[str, list[str]]
"""Table → its rows: lists of literals for SQLite, composites as text for PostgreSQL."""


def taken() -> Rows:
    """Every row there is, by table, in the order of its rows."""
    with connection.cursor() as cursor:
        found: Rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT {_as_text(cursor, table)} FROM "{table}"')
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def added(before: Rows, after: Rows) -> Rows | None:
    """What came to be between the two; None where a row that was there before is gone or changed."""
    new = {}
    for table, rows in after.items():
        known = set(before.get(table, ()))
        if not known <= set(rows):
            return None
        new[table] = [row for row in rows if row not in known]
    return {table: rows for table, rows in new.items() if rows}


def put_back(rows: Rows) -> None:
    """Foreign keys are looked at when the transaction ends, so the order of the tables says nothing."""
    with connection.cursor() as cursor:
        for table, lines in rows.items():
            if connection.vendor == "sqlite":
                cursor.execute(f'INSERT INTO "{table}" VALUES ' + ",".join(f"({line})" for line in lines))
            else:
                sql = f'INSERT INTO "{table}" SELECT (line::"{table}").* FROM unnest(%s::text[]) AS line'
                cursor.execute(sql, [lines])
                _count_on(cursor, table)


def _as_text(cursor, table: str) -> str:
    if connection.vendor != "sqlite":
        return f'"{table}"::text'
    cursor.execute("SELECT name FROM pragma_table_info(%s)", [table])
    return " || ',' || ".join(f'quote("{name}")' for (name,) in cursor.fetchall())


def _count_on(cursor, table: str) -> None:
    """The next number of the table comes after those that it was given."""
    for column in connection.introspection.get_sequences(cursor, table):
        name = column["column"]
        cursor.execute(
            f"""SELECT setval(pg_get_serial_sequence('"{table}"', '{name}'), max("{name}")) FROM "{table}" """
        )
