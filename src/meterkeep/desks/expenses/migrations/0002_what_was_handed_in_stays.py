"""What was handed in and what was decided of it is never changed: a correction is another version."""

from django.db import migrations

TABLES = ("expenses_version", "expenses_line", "expenses_ruling")

POSTGRESQL = """
CREATE OR REPLACE FUNCTION expenses_stays() RETURNS trigger AS
$$ BEGIN RAISE EXCEPTION 'expenses_stays' USING ERRCODE = 'check_violation'; END $$ LANGUAGE plpgsql;
CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION expenses_stays();
"""

SQLITE = """
CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'expenses_stays'); END
"""


def forbid_changes(apps, schema_editor):
    statement = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for table in TABLES:
        schema_editor.execute(statement.format(table=table))


class Migration(migrations.Migration):
    dependencies = [("expenses", "0001_initial")]
    operations = [migrations.RunPython(forbid_changes, migrations.RunPython.noop)]
