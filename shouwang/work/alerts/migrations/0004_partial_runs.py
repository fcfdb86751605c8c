from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_tallies")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="is_partial",
            field=models.BooleanField(default=False, verbose_name="只评估了新数据涉及的学生"),
        ),
    ]
