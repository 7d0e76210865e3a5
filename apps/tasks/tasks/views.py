"""Requests -> pages. Reading is GET, every change is POST with a CSRF token and answers with a redirect."""

import logging
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .forms import TaskForm
from .models import Task

PAGE = 50
_SHOWN = {"all": {}, "open": {"done": False}, "done": {"done": True}}
_log = logging.getLogger(__name__)


def server(_request: HttpRequest) -> dict[str, object]:
    """Tell every page which server and which release answered."""
    return {"server_name": settings.SERVER_NAME, "release": settings.RELEASE}


@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the tasks, `?show=` all, open or done ones, `?page=` by page."""
    return _list(request, TaskForm())


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Take in a task; a form that can't be accepted comes back with its reasons."""
    form = TaskForm(request.POST)
    if not form.is_valid():
        return _list(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    task = form.save()
    messages.success(request, f"Added “{task.title}”.")
    return redirect("index")


@require_POST
def toggle(request: HttpRequest, number: int) -> HttpResponse:
    """Turn an open task into a done one, and back."""
    task = get_object_or_404(Task, pk=number)
    task.done = not task.done
    task.save(update_fields=["done"])
    messages.success(request, f"“{task.title}” is {'done' if task.done else 'open again'}.")
    return redirect("index")


@never_cache
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Ask before a task is deleted, then delete it."""
    task = get_object_or_404(Task, pk=number)
    if request.method != "POST":
        return render(request, "tasks/delete.html", {"task": task})
    task.delete()
    messages.success(request, f"Deleted “{task.title}”.")
    return redirect("index")


@never_cache
@require_GET
def health(_request: HttpRequest) -> JsonResponse:
    """Say who answers and whether the database does: 200, or 503 where it doesn't."""
    said: dict[str, object] = {"server": settings.SERVER_NAME, "release": settings.RELEASE, "database": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        # the reason names hosts and users: it is for the journal, not for everybody who asks
        _log.error("the database doesn't answer: %s", error)
        return JsonResponse({**said, "database": "unreachable"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse(said)


def _list(request: HttpRequest, form: TaskForm, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    show = request.GET.get("show", "all")
    tasks = Task.objects.filter(**_SHOWN.get(show, {}))
    seen = {
        "page": Paginator(tasks, PAGE).get_page(request.GET.get("page")),
        "form": form,
        "show": show if show in _SHOWN else "all",
        "choices": list(_SHOWN),
        "open_count": Task.objects.filter(done=False).count(),
        "today": timezone.localdate(),
    }
    return render(request, "tasks/index.html", seen, status=status)
