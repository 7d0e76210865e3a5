"""Check and diff of the app's resources: pure, without a worker, honest about what an update would do."""

import base64
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import dynamic

from providers.hosts import session
from providers.hosts.crud.appserver import AppServerProvider
from providers.hosts.crud.base import HostProvider
from providers.hosts.crud.migration import MigrationProvider
from providers.hosts.crud.release import ReleaseProvider

ACCESS = {
    "connection": {"name": "server2", "host": "172.16.0.12", "private_key_file": "~/.ssh/id"},
    "machine": "abc/1",
}
RELEASE = "4f2a91c0de77"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("check and diff speak to no server")

    monkeypatch.setattr(session, "current", refuse)


def clean(provider: HostProvider, **given: Any) -> dict[str, Any]:
    checked = provider.check({}, {**ACCESS, **given})
    assert not checked.failures, [(item.property, item.reason) for item in checked.failures]
    return dict(checked.inputs)


def reasons(provider: HostProvider, **given: Any) -> dict[str, str]:
    return {item.property: item.reason for item in provider.check({}, {**ACCESS, **given}).failures}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "requirements.txt").write_text("")
    return tmp_path


def test_a_change_of_code_shows_before_anything_runs(project: Path):
    provider = ReleaseProvider()
    before = clean(provider, path=str(project))
    assert before["release"] == before["content"][:12]
    assert not provider.diff("id", before, clean(provider, path=str(project))).changes
    (project / "views.py").write_text("x = 1")
    after = clean(provider, path=str(project))
    difference = provider.diff("id", before, after)
    assert difference.changes
    assert not difference.replaces
    assert after["release"] != before["release"]


def test_a_whole_commit_is_known_before_it_is_cloned():
    inputs = clean(ReleaseProvider(), git="https://git.example.org/tasks.git", ref="a" * 40)
    assert inputs["release"] == "a" * 12
    assert "release" not in {
        name for name, value in clean(ReleaseProvider(), git="https://git.example.org/t", ref="main").items() if value
    }


@pytest.mark.parametrize(
    ("given", "property_", "reason"),
    [
        ({}, "path", "is not given, and git is not either"),
        ({"path": "x", "git": "https://h/t"}, "git", "a release has one source"),
        ({"path": "x", "ref": "main"}, "ref", "only a repository has"),
        ({"path": "/nowhere/at/all"}, "path", "which is no folder"),
        ({"git": "tasks"}, "git", "must be a URL"),
        ({"git": "https://h/t", "ref": "a..b"}, "ref", "must be a branch"),
        ({"path": "x", "requirements": "../x.txt"}, "requirements", "must be a path inside the source"),
        ({"path": "x", "app": "postgres"}, "app", "must not be the name of a part of the system"),
    ],
)
def test_what_is_wrong_with_a_source(given: dict[str, Any], property_: str, reason: str):
    assert reason in reasons(ReleaseProvider(), **given)[property_]


def test_a_new_release_updates_servers_in_place():
    provider = AppServerProvider()
    before = clean(provider, release=RELEASE, cluster="tasks")
    difference = provider.diff("id", before, {**before, "release": "0" * 12})
    assert difference.changes
    assert not difference.replaces


def test_a_servers_place_and_the_ways_to_others_are_no_change():
    provider = AppServerProvider()
    before = clean(provider, release=RELEASE, cluster="tasks", place=1, peers=[ACCESS["connection"]])
    assert not provider.diff("id", before, clean(provider, release=RELEASE, cluster="tasks", place=2, peers=[])).changes


def test_drift_is_a_change():
    provider = AppServerProvider()
    before = clean(provider, release=RELEASE, cluster="tasks")
    assert provider.diff("id", {**before, "drift": ["tasks.service runs"]}, before).changes


def test_a_server_installed_anew_is_replaced():
    provider = AppServerProvider()
    before = clean(provider, release=RELEASE, cluster="tasks")
    difference = provider.diff("id", before, {**before, "machine": "abc/2"})
    assert difference.replaces == ["machine"]
    assert difference.delete_before_replace


@pytest.mark.parametrize(
    ("given", "property_", "reason"),
    [
        ({"release": "main"}, "release", "must be the release of a hosts.Release"),
        ({"port": 0}, "port", "must be a whole number from 1 to 65535"),
        ({"env": {"A": "1\n2"}}, "env", "no text of one line"),
        ({"hosts": {"database": "server1"}}, "hosts", "must be an IP address"),
        ({"hosts": {"data base": "10.0.0.1"}}, "hosts", "must be a host name"),
        ({"health_path": "health"}, "health_path", "must be a path"),
        ({"peers": "server3"}, "peers", "must be a list of connections"),
    ],
)
def test_what_is_wrong_with_a_server(given: dict[str, Any], property_: str, reason: str):
    assert reason in reasons(AppServerProvider(), **{"release": RELEASE, "cluster": "tasks", **given})[property_]


def test_a_superuser_needs_a_password_that_is_not_shown():
    provider = MigrationProvider()
    assert "nobody could log in" in reasons(provider, release=RELEASE, admin_user="cloud")["admin_password"]
    said = reasons(provider, release=RELEASE, admin_user="cloud", admin_password="hunter2\n")["admin_password"]
    assert "hunter2" not in said
    assert clean(provider, release=RELEASE)["admin_email"] == ""


def test_every_secret_is_hidden_from_what_steps_print():
    given = {"secret_env": {"SECRET_KEY": "k-e-y"}, "admin_password": "p-a-s-s"}
    assert set(MigrationProvider().secrets(given)) == {"k-e-y", "p-a-s-s"}
    assert AppServerProvider().secrets(given) == ("k-e-y",)


@pytest.mark.parametrize("provider", [ReleaseProvider, MigrationProvider, AppServerProvider])
def test_the_pickle_is_a_reference(provider: type[HostProvider]):
    text = dynamic.serialize_provider(provider())  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
    assert len(base64.b64decode(text)) < 120
    assert not vars(provider())
