"""What servers print, read: who has a port, what was migrated, which commit a name means."""

import pytest

from providers.hosts.crud.appserver_steps import holder
from providers.hosts.crud.migration_steps import applied, differences
from providers.hosts.crud.release_git import branches, git_url, ref_name, release_id, resolve
from providers.hosts.crud.release_steps import parse_there

NGINX = 'LISTEN 0 511 0.0.0.0:8080 0.0.0.0:* users:(("nginx",pid=412,fd=6),("nginx",pid=411,fd=6))\n'
GUNICORN = 'LISTEN 0 2048 0.0.0.0:8080 0.0.0.0:* users:(("gunicorn",pid=9,fd=3),("systemd",pid=1,fd=40))\n'


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("inactive \n", ""),
        ("inactive \n" + NGINX, "nginx (process 412) and nginx (process 411)"),
        ("active 0.0.0.0:8080 (Stream) \n" + GUNICORN, ""),
        ("0.0.0.0:8080 (Stream) active \n" + GUNICORN, ""),
        ("active 0.0.0.0:80 (Stream) \n" + NGINX, "nginx (process 412) and nginx (process 411)"),
        ("inactive 0.0.0.0:8080 (Stream) \n" + NGINX, "nginx (process 412) and nginx (process 411)"),
        ("inactive \nLISTEN 0 5 0.0.0.0:8080 0.0.0.0:*\n", "a process that it doesn't show"),
    ],
)
def test_who_has_the_port(printed: str, name: str):
    assert holder(printed, 8080) == name


def test_the_migrations_that_were_applied():
    printed = (
        "Operations to perform:\n  Apply all migrations: admin, tasks\nRunning migrations:\n"
        "  Applying admin.0001_initial... OK\n  Applying tasks.0001_initial... OK (0.012s)\n"
        "  Applying tasks.0002_half...Traceback"
    )
    assert applied(printed) == ["admin.0001_initial", "tasks.0001_initial"]
    assert applied("  No migrations to apply.\n") == []


def test_what_a_database_lacks_becomes_sentences():
    assert differences("pending tasks.0002_due\nadmin missing\n", "cloud") == (
        "Migration tasks.0002_due is applied",
        "There is a superuser cloud",
    )
    assert differences("admin password\n", "cloud") == ("The superuser cloud has the wanted password",)
    assert differences("", "cloud") == ()


LISTING = "\n".join(
    f"{letter * 40}\t{name}"
    for letter, name in (
        ("a", "HEAD"),
        ("a", "refs/heads/main"),
        ("b", "refs/heads/release/1"),
        ("c", "refs/tags/v1"),
        ("d", "refs/tags/v1^{}"),
        ("e", "refs/tags/main"),
    )
)


@pytest.mark.parametrize(
    ("ref", "commit"),
    [
        ("", "a"),
        ("main", "a"),
        ("release/1", "b"),
        ("v1", "d"),
        ("refs/tags/v1", "c"),
        ("1", ""),
        ("gone", ""),
    ],
)
def test_what_a_ref_means(ref: str, commit: str):
    assert resolve(ref, LISTING) == commit * 40


def test_the_branches_there_are():
    assert branches(LISTING) == "main, release/1, v1, main"
    assert branches(LISTING, most=1) == "main, …"
    assert branches("") == "none"


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.org/tasks.git",
        "ssh://git@host/tasks",
        "git@host:tasks.git",
        "file:///srv/git/tasks",
        "http://10.0.0.3:5248/git/tasks.git",
    ],
)
def test_repositories(url: str):
    assert git_url(url) == url


@pytest.mark.parametrize("url", ["--upload-pack=x", "tasks", "ext::sh -c x", "https://a b", "", "/srv/git"])
def test_what_is_no_repository(url: str):
    with pytest.raises(ValueError, match="must"):
        git_url(url)


def test_a_login_in_a_url_is_refused_and_not_repeated():
    with pytest.raises(ValueError, match="has a login in it") as failed:
        git_url("https://cloud:hunter2@git.example.org/tasks.git")
    assert "hunter2" not in str(failed.value)


@pytest.mark.parametrize("ref", ["-x", "a..b", "a b", "a.lock", "a/", "", "a^", "@{1}"])
def test_what_is_no_ref(ref: str):
    with pytest.raises(ValueError, match="must be a branch, a tag or a commit"):
        ref_name(ref)


def test_a_release_is_called_by_its_source():
    assert release_id("a" * 64, "requirements.txt") == "a" * 12
    assert release_id("a" * 64, "other.txt") != release_id("a" * 64, "third.txt")
    assert release_id("a" * 64, "other.txt").startswith("a" * 12 + "-")


def test_releases_on_a_server():
    assert parse_there("1763730000.5 4f2a91c0de77\n\n1763730001.0 a\n") == {
        "4f2a91c0de77": 1763730000.5,
        "a": 1763730001.0,
    }
