"""The desks' rows, out of one moment of the database and into an empty one, SQLite or PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby, islice
from typing import Any

import msgspec
from django.db import connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from meterkeep.backup.keyring import Keyring
from meterkeep.backup.parts import HOME, PartReader, PartWriter, Subjects
from meterkeep.backup.shares import Returned, Shares
from meterkeep.backup.tables import LEFT_OUT, RULES, Rule, check_classified, models_by_table
from meterkeep.errors import BadInput
from meterkeep.vault.ages import BILLS, age

_ALIAS = "backup"
_AT_ONCE = 1_000
Told = Callable[[int], object]
Applied = list[tuple[str, str]]


@contextmanager
def one_moment() -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own in a transaction that sees one moment, while others write. Raises Refused where there is a table nobody classified."""
    settings = {**connections.databases["default"]}
    options = {
        name: value for name, value in settings["OPTIONS"].items() if name not in ("transaction_mode", "pool")
    }
    connections.databases[_ALIAS] = {**settings, "OPTIONS": options, "CONN_MAX_AGE": 0}
    own = connections[_ALIAS]
    try:
        with transaction.atomic(using=_ALIAS), own.cursor() as cursor:
            if own.vendor == "postgresql":
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT count(*) FROM django_migrations")
            _check_current(own)
            check_classified(own)
            yield own
    finally:
        own.close()
        del connections[_ALIAS]
        del connections.databases[_ALIAS]


def _check_current(own: BaseDatabaseWrapper) -> None:
    executor = MigrationExecutor(own)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise BadInput(
            "The database of this home is an older version's.",
            where="database",
            next="Bring it up to date: meterkeep upgrade.",
        )


def applied_migrations() -> Applied:
    """As the one moment has them."""
    return sorted(MigrationRecorder(connections[_ALIAS]).applied_migrations())


def customers() -> tuple[list[str], list[str]]:
    """Ids and chains of all customers, in the order of their ids."""
    model = models_by_table()["customers_customer"]
    rows = model._base_manager.using(_ALIAS).order_by("pk").values_list("pk", "chain")
    ids, chains = zip(*rows, strict=True) if rows else ((), ())
    return list(ids), list(chains)


def agreements() -> Iterator[tuple[int, str, Any, Any]]:
    """(usage point, customer, first day, day after the last) of all agreements about a usage point."""
    model = models_by_table()["customers_serviceagreement"]
    rows = model._base_manager.using(_ALIAS).filter(usage_point__isnull=False)
    yield from rows.values_list("usage_point", "customer_id", "start", "end").iterator(chunk_size=_AT_ONCE)


def leave(part: PartWriter, shares_part: PartWriter, keyring: Keyring, told: Told) -> int:
    """Writes all tables; gives how many rows were left out, because they are about somebody whose key is destroyed."""
    shares, gone = Shares(*customers()), 0
    for table, model in models_by_table().items():
        if table in LEFT_OUT:
            continue
        rule = RULES[table]
        columns = [field.attname for field in model._meta.concrete_fields]
        part.add_home({"table": table, "columns": columns})
        for whose, rows in _grouped(model, rule, columns):
            if rule.split:
                rows = [shares.taken_from(table, dict(zip(columns, row, strict=True))) for row in rows]
            gone += _add(part, keyring, whose, rows)
            told(len(rows))
    for customer, packed in shares.by_customer():
        if keys := keyring.keys((customer,)):
            shares_part.add((customer,), keys, packed)
    return gone


def _add(part: PartWriter, keyring: Keyring, whose: Subjects, rows: Sequence[Any]) -> int:
    keys = keyring.keys(whose)
    if keys is None:
        return len(rows)
    part.add(whose, keys, msgspec.msgpack.encode(rows), rows=len(rows))
    return 0


def _grouped(
    model: type[models.Model], rule: Rule, columns: Sequence[str]
) -> Iterator[tuple[Subjects, list[Any]]]:
    """(whose, rows): each customer's together, those of a month together where they are destroyed by month, the others in bundles."""
    query = model._base_manager.using(_ALIAS).all()
    by = [name for name in (rule.whose, rule.aged) if name]
    owned = query.order_by(*by, "pk").values_list(*by, *columns).iterator(chunk_size=_AT_ONCE)
    for key, rows in groupby(owned, lambda row: row[: len(by)]):
        while some := [row[len(by) :] for row in islice(rows, _AT_ONCE)]:
            yield _subjects(rule, *key), some


def _subjects(rule: Rule, whose: str = "", day: date | None = None) -> Subjects:
    if not whose:
        return HOME
    return (whose, age(BILLS, f"{day:%Y-%m}")) if rule.aged else (whose,)


def check_empty() -> None:
    """Raises BadInput where the database that is to be filled holds anything: only PostgreSQL's can."""
    if connection.vendor == "postgresql" and connection.introspection.table_names():
        raise BadInput(
            "The database is not empty.",
            where="METERKEEP_DATABASE_URL",
            next="Name an empty one; a home is restored into nothing else.",
        )


def come_back(part: PartReader, shares: Returned, applied: Applied, told: Told) -> int:
    """Fills an empty database as it was, then brings it up to this version. Gives how many rows were about somebody whose key is gone."""
    executor = MigrationExecutor(connection)
    known = set(executor.loader.graph.nodes)
    unknown = [node for node in applied if node not in known and node not in executor.loader.replacements]
    if unknown:
        raise BadInput(
            "This backup was made by a newer Meterkeep.",
            where="database",
            next="Restore it with that version, or a newer one.",
        )
    past = executor.migrate(_ends(executor, applied))
    tables = {model._meta.db_table: model for model in past.apps.get_models(include_auto_created=True)}
    with transaction.atomic():
        lost = _fill(part, tables, shares, told)
        _reset_sequences(tables)
    return lost


def _ends(executor: MigrationExecutor, applied: Applied) -> Applied:
    """Those that no other applied one comes after."""
    have, graph = set(applied), executor.loader.graph
    return [node for node in applied if not any(child.key in have for child in graph.node_map[node].children)]


def _fill(part: PartReader, tables: dict[str, type[models.Model]], shares: Returned, told: Told) -> int:
    lost, table, columns = 0, "", list[str]()
    for block in part.blocks():
        if block.payload is None:
            lost += block.rows
            continue
        found = msgspec.msgpack.decode(block.payload)
        if isinstance(found, dict):
            table, columns = found["table"], found["columns"]
            _empty(table)
            continue
        if RULES[table].split:
            found = [shares.put_into(table, dict(zip(columns, row, strict=True))) for row in found]
        _insert(tables[table], columns, found)
        told(len(found))
    return lost


def _empty(table: str) -> None:
    """Of what migrations put there themselves."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table of our own rules


def _insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    own = [fields[name] for name in columns]
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in own)
    marks = ", ".join(["%s"] * len(own))
    table = connection.ops.quote_name(model._meta.db_table)
    values = [[_value(field, value) for field, value in zip(own, row, strict=True)] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", values)  # noqa: S608 - as above


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    return field.get_db_prep_save(field.to_python(value), connection)


def _reset_sequences(tables: dict[str, type[models.Model]]) -> None:
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables.values())):
            cursor.execute(statement)
