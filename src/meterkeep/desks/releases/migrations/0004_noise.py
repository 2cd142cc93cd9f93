import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0003_reviews")]

    operations = [
        migrations.CreateModel(
            name="NoiseSpent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("micro_rho", models.PositiveBigIntegerField()),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="noise_spent",
                        to="releases.release",
                    ),
                ),
            ],
            options={
                "ordering": ("year", "pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("release", "year"), name="noise_spent_once_a_year")
                ],
            },
        ),
    ]
