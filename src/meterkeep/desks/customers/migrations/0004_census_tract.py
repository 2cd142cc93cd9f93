from importlib import import_module

from django.db import migrations, models

STAMP = import_module("meterkeep.desks.customers.migrations.0003_policy_stamp")


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_policy_stamp")]

    operations = [
        migrations.AddField(
            model_name="serviceagreement",
            name="census_tract",
            field=models.CharField(blank=True, max_length=11),
        ),
        migrations.RunPython(STAMP.forbid_overlaps_again, migrations.RunPython.noop),
    ]
