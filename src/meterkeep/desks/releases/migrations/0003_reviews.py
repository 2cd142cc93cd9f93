import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def keep_discretion(apps, schema_editor):
    """A reason used to be given only where discretion was used."""
    apps.get_model("releases", "Review").objects.exclude(why="").update(discretion=True)


STATES = ["planned", "disputed", "approved", "refused", "published", "withdrawn"]
NOT_OUT = ("planned", "disputed", "approved", "refused")


class Migration(migrations.Migration):
    dependencies = [("releases", "0002_policy_stamp")]

    operations = [
        migrations.RemoveConstraint("Approval", "approval_once_per_person"),
        migrations.RemoveConstraint("Approval", "approval_by_somebody"),
        migrations.RenameModel("Approval", "Review"),
        migrations.AlterField(
            "Review",
            "release",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="releases.release"
            ),
        ),
        migrations.AddField("Review", "accepted", models.BooleanField(default=True)),
        migrations.AddField("Review", "discretion", models.BooleanField(default=False)),
        migrations.RunPython(keep_discretion, migrations.RunPython.noop),
        migrations.AddConstraint(
            "Review", models.UniqueConstraint(fields=("release", "by"), name="review_once_per_person")
        ),
        migrations.AddConstraint(
            "Review", models.CheckConstraint(condition=~Q(by=""), name="review_by_somebody")
        ),
        migrations.AddField("Release", "notes", models.JSONField(default=dict)),
        migrations.AddField(
            "Release",
            "corrects",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="releases.release",
            ),
        ),
        migrations.AlterField(
            "Release",
            "state",
            models.CharField(
                choices=[(state, state.capitalize()) for state in STATES], default="planned", max_length=20
            ),
        ),
        migrations.RemoveConstraint("Release", "release_state"),
        migrations.AddConstraint(
            "Release",
            models.CheckConstraint(condition=Q(("state__in", STATES)), name="release_state"),
        ),
        migrations.RemoveConstraint("Release", "release_published_by_somebody"),
        migrations.AddConstraint(
            "Release",
            models.CheckConstraint(
                condition=(Q(state="published") & Q(published_on__isnull=False))
                | (Q(state__in=NOT_OUT) & Q(published_on=None))
                | Q(state="withdrawn"),
                name="release_published_by_somebody",
            ),
        ),
        migrations.CreateModel(
            name="ReleaseFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=100)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="releases.release",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(fields=("release", "name"), name="release_file_once")
                ],
            },
        ),
    ]
