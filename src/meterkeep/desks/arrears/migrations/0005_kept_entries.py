"""What the books keep of write-offs whose customers are destroyed. It stays as it is, as all of the ledger does."""

from importlib import import_module

from django.db import migrations, models

_before = import_module("meterkeep.desks.arrears.migrations.0002_rows_stay")
TABLE = "arrears_keptentry"


def forbid_changes(apps, schema_editor):
    schema = _before.ONE if schema_editor.connection.vendor == "postgresql" else _before.SQLITE
    schema_editor.execute(schema.format(table=TABLE))


class Migration(migrations.Migration):
    dependencies = [("arrears", "0004_more_letters")]
    operations = [
        migrations.CreateModel(
            name="KeptEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=20, unique=True)),
                ("on", models.DateField()),
                ("cents", models.BigIntegerField()),
                ("by", models.CharField(max_length=60)),
                ("clause", models.CharField(max_length=40)),
                ("policy", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "ordering": ("on", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("cents__gt", 0)), name="arrears_kept_entry_of_an_amount"
                    )
                ],
            },
        ),
        migrations.RunPython(forbid_changes, migrations.RunPython.noop),
    ]
