"""An event that was recorded is neither changed nor dropped before it is in the log: all that may happen to it is that its place
there is noted, once."""

from django.db import migrations

TABLE = "outbox_outboxevent"
KEPT = ("id", "name", "at", "on", "actor", "subjects", "detail")

POSTGRESQL = """
CREATE OR REPLACE FUNCTION outbox_event_stays() RETURNS trigger AS
$$ BEGIN RAISE EXCEPTION 'outbox_event_stays' USING ERRCODE = 'check_violation'; END $$ LANGUAGE plpgsql;
CREATE TRIGGER outbox_event_unchanged BEFORE UPDATE ON {table}
FOR EACH ROW WHEN (OLD."index" IS NOT NULL OR {changed}) EXECUTE FUNCTION outbox_event_stays();
CREATE TRIGGER outbox_event_kept BEFORE DELETE ON {table}
FOR EACH ROW WHEN (OLD."index" IS NULL) EXECUTE FUNCTION outbox_event_stays();
"""

SQLITE = (
    """
CREATE TRIGGER outbox_event_unchanged BEFORE UPDATE ON {table}
WHEN OLD."index" IS NOT NULL OR {changed}
BEGIN SELECT RAISE(ABORT, 'outbox_event_stays'); END
""",
    """
CREATE TRIGGER outbox_event_kept BEFORE DELETE ON {table}
WHEN OLD."index" IS NULL
BEGIN SELECT RAISE(ABORT, 'outbox_event_stays'); END
""",
)


def forbid_changes(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    differ = "OLD.{0} IS DISTINCT FROM NEW.{0}" if postgresql else "OLD.{0} IS NOT NEW.{0}"
    changed = " OR ".join(differ.format(f'"{name}"') for name in KEPT)
    for statement in (POSTGRESQL,) if postgresql else SQLITE:
        schema_editor.execute(statement.format(table=TABLE, changed=changed))


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]
    operations = [migrations.RunPython(forbid_changes, migrations.RunPython.noop)]
