"""What was adopted stays as it was: no copy of a pack and no ballot is changed, whoever tries. That a copy is not deleted
while an act rests on it, its foreign key sees to."""

from django.db import migrations

TABLES = ("policies_packcopy", "policies_ballot")

POSTGRESQL = """
CREATE OR REPLACE FUNCTION policies_adopted_stays() RETURNS trigger AS
$$ BEGIN RAISE EXCEPTION 'policies_adopted_stays' USING ERRCODE = 'check_violation'; END $$ LANGUAGE plpgsql;
{triggers}
"""
ONE = """
CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION policies_adopted_stays();
"""

SQLITE = """
CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'policies_adopted_stays'); END
"""


def forbid_changes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL.format(triggers="".join(ONE.format(table=name) for name in TABLES)))
        return
    for table in TABLES:
        schema_editor.execute(SQLITE.format(table=table))


class Migration(migrations.Migration):
    dependencies = [("policies", "0002_acts_of_adoption")]
    operations = [migrations.RunPython(forbid_changes, migrations.RunPython.noop)]
