"""SQLite makes a table anew when a migration changes its rules, and drops its triggers with the old one: acts get theirs back."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER arrears_act_stays BEFORE UPDATE ON arrears_act
BEGIN SELECT RAISE(ABORT, 'arrears_rows_stay'); END
"""


def forbid_changes(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS arrears_act_stays")
        schema_editor.execute(TRIGGER)


class Migration(migrations.Migration):
    dependencies = [("arrears", "0005_kept_entries")]
    operations = [migrations.RunPython(forbid_changes, migrations.RunPython.noop)]
