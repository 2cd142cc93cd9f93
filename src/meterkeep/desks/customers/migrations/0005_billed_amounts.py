import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_census_tract")]

    operations = [
        migrations.CreateModel(
            name="BilledAmount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("usage_point", models.IntegerField()),
                ("month", models.DateField()),
                ("cents", models.BigIntegerField()),
                ("taken_in", models.DateField()),
                ("policy", models.CharField(blank=True, max_length=64)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bills",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "usage_point", "month"), name="billed_once_a_month"
                    ),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="billed_by_months"),
                ],
            },
        ),
    ]
