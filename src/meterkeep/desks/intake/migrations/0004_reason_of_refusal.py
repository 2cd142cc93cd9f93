from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0003_sources_and_withdrawals"),
    ]

    operations = [
        migrations.AddField(
            model_name="inboundfile",
            name="reason",
            field=models.JSONField(default=dict),
        ),
    ]
