"""The table of tasks."""

from django.db import migrations, models

from tasks.models import this_server


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
                ("notes", models.TextField(blank=True)),
                ("done", models.BooleanField(default=False)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("due", models.DateField(blank=True, null=True)),
                ("created_by_server", models.CharField(default=this_server, editable=False, max_length=100)),
            ],
            options={
                "ordering": ("done", models.OrderBy(models.F("due"), nulls_last=True), "-created", "-pk"),
                "indexes": [models.Index(fields=["done", "due"], name="tasks_open_first")],
            },
        ),
    )
