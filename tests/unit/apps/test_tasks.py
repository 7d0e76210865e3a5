"""The task list as a browser meets it: pages, forms with their tokens, admin, health."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

SAFE = 200
FOUND = 302


def post(client: "Client", form: str, action: str, **fields: str) -> Any:
    """Send a form as a browser does: fetch its page, take the token from it."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page(client, form))
    assert found, f"no form at {form}"
    return client.post(action, {**fields, "csrfmiddlewaretoken": found[1]})


def page(client: "Client", address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == SAFE, answer
    return answer.content.decode()


def added(client: "Client", title: str, **fields: str) -> Any:
    from tasks.models import Task

    assert post(client, "/", "/tasks/add", title=title, **fields).status_code == FOUND
    return Task.objects.get(title=title)


def test_the_index_names_the_server_that_answered(client: "Client"):
    assert 'Answered by <strong class="server">server2</strong>' in page(client)
    assert "4f2a91c0de77" in page(client)


def test_a_task_is_added_ticked_and_deleted(client: "Client"):
    from tasks.models import Task

    task = added(client, "Wire the rack", due="2026-11-30", notes="28 ports")
    assert (task.done, task.created_by_server, str(task.due)) == (False, "server2", "2026-11-30")
    shown = page(client)
    assert "Wire the rack" in shown
    assert "28 ports" in shown
    assert "1 open" in shown

    post(client, "/", f"/tasks/{task.pk}/toggle")
    task.refresh_from_db()
    assert task.done
    assert "0 open" in page(client)

    assert "Wire the rack" in page(client, f"/tasks/{task.pk}/delete")
    assert Task.objects.count() == 1, "asking deletes nothing"
    post(client, f"/tasks/{task.pk}/delete", f"/tasks/{task.pk}/delete")
    assert not Task.objects.exists()


def test_nothing_changes_without_a_token(client: "Client"):
    from tasks.models import Task

    task = added(client, "Keep me")
    for action in ("/tasks/add", f"/tasks/{task.pk}/toggle", f"/tasks/{task.pk}/delete"):
        assert client.post(action, {"title": "forged"}).status_code == 403
    assert [item.title for item in Task.objects.all()] == ["Keep me"]


def test_changes_are_never_made_by_get(client: "Client"):
    task = added(client, "Keep me")
    assert client.get("/tasks/add").status_code == 405
    assert client.get(f"/tasks/{task.pk}/toggle").status_code == 405


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"title": "x", "due": "soon"}, "Enter a valid date."),
    ],
)
def test_a_form_that_cannot_be_accepted_comes_back_with_its_reason(
    client: "Client", fields: dict[str, str], reason: str
):
    from tasks.models import Task

    answer = post(client, "/", "/tasks/add", **fields)
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert not Task.objects.exists()


def test_what_people_type_is_shown_as_text(client: "Client"):
    added(client, "<script>alert(1)</script>")
    assert "<script>" not in page(client)


def test_open_ones_come_first_and_can_be_shown_alone(client: "Client"):
    first, second = added(client, "First"), added(client, "Second")
    post(client, "/", f"/tasks/{second.pk}/toggle")
    everything, still_open, done = (page(client, f"/?show={show}") for show in ("all", "open", "done"))
    assert everything.index(first.title) < everything.index('<p class="title">Second')
    assert '<p class="title">Second' not in still_open
    assert '<p class="title">First' not in done
    assert page(client, "/?show=nonsense").count('class="title"') == 2


def test_late_tasks_stand_out(client: "Client"):
    from django.utils import timezone

    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    added(client, "Late", due=yesterday)
    assert 'class="due late"' in page(client)


def test_many_tasks_are_paged(client: "Client"):
    from tasks.models import Task

    Task.objects.bulk_create(Task(title=f"task {number}") for number in range(120))
    assert page(client).count('class="title"') == 50
    assert page(client, "/?page=3").count('class="title"') == 20
    assert "Page 3 of 3" in page(client, "/?page=99")


def test_what_is_not_there_is_not_found(client: "Client"):
    assert client.get("/tasks/1/delete").status_code == 404


def test_other_host_names_are_refused(client: "Client", caplog: pytest.LogCaptureFixture):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    assert "Invalid HTTP_HOST" in caplog.text


def test_the_page_may_not_be_framed_or_guessed(client: "Client"):
    headers = client.get("/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-cache" in headers["Cache-Control"]


def test_styles_come_from_the_app_itself_and_keep_for_ever(client: "Client"):
    found = re.search(r'href="(/static/tasks/style\.[0-9a-f]{12}\.css)"', page(client))
    assert found
    answer = client.get(found[1])
    assert answer.status_code == SAFE
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()
    assert "http://" not in page(client)
    assert "https://" not in page(client)


def test_health_names_server_release_and_database(client: "Client"):
    answer = client.get("/health")
    assert answer.status_code == SAFE
    assert answer.json() == {"server": "server2", "release": "4f2a91c0de77", "database": "ok"}


def test_health_is_503_without_a_database(
    client: "Client", monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    from django.db import OperationalError, connection

    def refuse() -> None:
        raise OperationalError("connection to server at 172.16.0.21 refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"
    assert b"172.16.0.21" not in answer.content, "who asks needs no addresses"
    assert "172.16.0.21 refused" in caplog.text


def test_the_admin_lists_searches_and_filters(client: "Client"):
    from django.contrib.auth.models import User

    added(client, "Needle", notes="in the hay")
    added(client, "Other")
    assert client.get("/admin/tasks/task/").status_code == FOUND, "nobody is logged in"
    User.objects.create_superuser("cloud", "cloud@example.org", "a-pass-phrase-of-some-length")
    answer = post(client, "/admin/login/", "/admin/login/", username="cloud", password="a-pass-phrase-of-some-length")
    assert answer.status_code == FOUND
    found = page(client, "/admin/tasks/task/?q=hay")
    assert "Needle" in found
    assert ">Other<" not in found
    assert ">Needle<" not in page(client, "/admin/tasks/task/?done__exact=1")
    assert "By created by server" in found
    assert "cloud" in page(client)


def test_a_login_is_kept_in_the_database(client: "Client"):
    from django.contrib.auth.models import User
    from django.contrib.sessions.models import Session

    client.force_login(User.objects.create_superuser("cloud"))
    assert Session.objects.count() == 1, "any server can find it"


def test_the_migrations_say_all_that_the_models_do(django: None):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
