"""What the database itself keeps from being changed, after every migration: SQLite drops triggers where one makes a table anew."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

STAYS = {
    "arrears": {"account", "import", "act", "posting", "duestep", "agencycheck", "keptentry"},
    "customers": {"serviceagreement"},
    "expenses": {"version", "line", "ruling", "receipt", "boardapproval"},
    "outbox": {"outboxevent"},
    "policies": {"packcopy", "ballot"},
}
"""App → its tables whose rows are added and never changed, or only by a rule that the database itself keeps."""

ASKED = {
    "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """
        SELECT event_object_table FROM information_schema.triggers
        UNION SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'x'
    """,
}


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "table"), [(app, name) for app in STAYS for name in sorted(STAYS[app])])
def test_the_database_watches_the_table(app: str, table: str) -> None:
    name = apps.get_model(app, table)._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(ASKED[connection.vendor])
        assert name in {row[0] for row in cursor.fetchall()}
