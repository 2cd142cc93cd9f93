from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0004_noise")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="salt",
            field=models.BinaryField(default=bytes),
        ),
    ]
