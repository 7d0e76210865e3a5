"""Django's admin for tasks: searched by text, filtered by state, day and server."""

from django.contrib import admin

from .models import Task


@admin.register(Task)
class TaskAdmin(admin.ModelAdmin):  # pyright: ignore[reportMissingTypeArgument] - only the stub takes an argument
    """Tasks in the admin."""

    list_display = ("title", "done", "due", "created", "created_by_server")
    list_editable = ("done",)
    list_filter = ("done", "due", "created_by_server")
    search_fields = ("title", "notes")
    date_hierarchy = "created"
    readonly_fields = ("created", "created_by_server")


admin.site.site_header = "Tasks"
admin.site.site_title = "Tasks"
admin.site.index_title = "Administration"
