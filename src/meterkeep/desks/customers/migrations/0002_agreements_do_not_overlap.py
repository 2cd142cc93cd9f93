"""No two agreements of one usage point overlap, whoever writes them: on this rests that a new occupant never sees the old one's usage."""

from django.db import migrations

POSTGRESQL = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE customers_serviceagreement ADD CONSTRAINT agreements_do_not_overlap
  EXCLUDE USING gist (usage_point WITH =, daterange(start, "end") WITH &&);
"""

SQLITE = """
CREATE TRIGGER agreements_do_not_overlap_{when} BEFORE {when} ON customers_serviceagreement
WHEN NEW.usage_point IS NOT NULL AND EXISTS (
  SELECT 1 FROM customers_serviceagreement AS other
  WHERE other.usage_point = NEW.usage_point AND other.id IS NOT NEW.id
    AND (other."end" IS NULL OR NEW.start IS NULL OR NEW.start < other."end")
    AND (NEW."end" IS NULL OR other.start IS NULL OR other.start < NEW."end")
)
BEGIN SELECT RAISE(ABORT, 'agreements_do_not_overlap'); END
"""


def forbid_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    else:
        for when in ("INSERT", "UPDATE"):
            schema_editor.execute(SQLITE.format(when=when))


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [migrations.RunPython(forbid_overlaps)]
