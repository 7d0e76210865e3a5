"""What is kept: tasks, each with the name of the server that took it in."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import models


def this_server() -> str:
    """Name the server that runs this process."""
    return str(settings.SERVER_NAME)


class Task(models.Model):
    """One thing to do; `due` is a day, None for some day."""

    title: models.CharField[str, str] = models.CharField(max_length=200)
    notes: models.TextField[str, str] = models.TextField(blank=True)
    done: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    created: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)
    due: models.DateField[date | None, date | None] = models.DateField(null=True, blank=True)
    created_by_server: models.CharField[str, str] = models.CharField(
        max_length=100, default=this_server, editable=False
    )

    class Meta:
        ordering = ("done", models.F("due").asc(nulls_last=True), "-created", "-pk")
        indexes = (models.Index(fields=["done", "due"], name="tasks_open_first"),)

    def __str__(self) -> str:
        return self.title
