"""The form by which a task comes in: posted text -> a checked Task."""

from typing import TYPE_CHECKING

from django import forms

from .models import Task

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Task]
else:  # only the stub takes an argument
    ModelForm = forms.ModelForm


class TaskForm(ModelForm):
    """Title, notes and day; the rest is set by the server."""

    class Meta:
        model = Task
        fields = ("title", "due", "notes")
        widgets = {  # noqa: RUF012 - Django reads it from the class
            "title": forms.TextInput(attrs={"placeholder": "What is to be done?", "autocomplete": "off"}),
            "due": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "notes": forms.Textarea(attrs={"rows": 2}),
        }
