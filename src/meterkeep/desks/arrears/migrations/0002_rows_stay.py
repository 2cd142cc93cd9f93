"""The ledger of accounts is added to and never changed, whoever tries: it is the evidence of what was owed, and of what was done about it."""

from django.db import migrations

TABLES = tuple(
    f"arrears_{name}" for name in ("account", "import", "act", "posting", "duestep", "agencycheck")
)

POSTGRESQL = """
CREATE OR REPLACE FUNCTION arrears_rows_stay() RETURNS trigger AS
$$ BEGIN RAISE EXCEPTION 'arrears_rows_stay' USING ERRCODE = 'check_violation'; END $$ LANGUAGE plpgsql;
{triggers}
"""
ONE = """
CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION arrears_rows_stay();
"""

SQLITE = """
CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'arrears_rows_stay'); END
"""


def forbid_changes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL.format(triggers="".join(ONE.format(table=name) for name in TABLES)))
        return
    for table in TABLES:
        schema_editor.execute(SQLITE.format(table=table))


class Migration(migrations.Migration):
    dependencies = [("arrears", "0001_initial")]
    operations = [migrations.RunPython(forbid_changes, migrations.RunPython.noop)]
