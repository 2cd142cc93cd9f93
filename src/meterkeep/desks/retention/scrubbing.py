"""Deleted rows leave their bytes in a database's pages until these are written anew."""

from __future__ import annotations

from django.apps import apps
from django.db import connection


def scrub() -> bool:
    """Rewrites the tables of the desks without what was deleted from them; False inside a transaction, where that cannot be done."""
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for model in apps.get_models():
                cursor.execute(f"VACUUM FULL {connection.ops.quote_name(model._meta.db_table)}")
    return True
