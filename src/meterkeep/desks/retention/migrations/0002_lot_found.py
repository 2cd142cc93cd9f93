from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("retention", "0001_initial"),)

    operations = (migrations.AddField(model_name="lot", name="found", field=models.JSONField(default=dict)),)
