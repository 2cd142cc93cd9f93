"""What a receipt is, and what the Board approved, is never changed; a receipt may still be taken out of a draft and get its copy for the
public."""

from django.db import migrations

STAYS = {
    "expenses_receipt": ("claim_id", "line", "kind", "media", "size", "sha256", "paper", "first", "by", "on"),
    "expenses_boardapproval": (
        "reference",
        "about",
        "what",
        "on",
        "minutes",
        "claimants",
        "recorded_by",
        "recorded_on",
    ),
}

POSTGRESQL = """
CREATE TRIGGER {table}_unchanged BEFORE UPDATE OF {columns} ON {table} FOR EACH ROW
WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION expenses_stays();
"""
SQLITE = """
CREATE TRIGGER {table}_unchanged BEFORE UPDATE OF {columns} ON {table}
WHEN ({old}) IS NOT ({new}) BEGIN SELECT RAISE(ABORT, 'expenses_stays'); END
"""


def forbid_changes(apps, schema_editor):
    statement = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for table, names in STAYS.items():
        columns, old, new = (", ".join(f'{row}"{name}"' for name in names) for row in ("", "OLD.", "NEW."))
        schema_editor.execute(statement.format(table=table, columns=columns, old=old, new=new))


class Migration(migrations.Migration):
    dependencies = [("expenses", "0002_what_was_handed_in_stays")]
    operations = [migrations.RunPython(forbid_changes, migrations.RunPython.noop)]
