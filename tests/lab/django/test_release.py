"""Releases on real servers: built once, shipped, repaired; every way in which a source can be wrong."""

import subprocess
from pathlib import Path

import pytest

import lab.hosts.testing as lab_hosts
from providers.hosts.errors import HostError, StepFailedError
from tests.lab.django.cluster import APP, Cluster, Held, app_server, edition, release
from tests.lab.django.watch import health

RELEASES = "/srv/tasks/releases"


def test_it_is_built_on_one_server_and_kept_here(cluster: Cluster, built: Held):
    name, platform = built.state["release"], built.state["platform"]
    assert cluster.servers[0].run(f"cat {RELEASES}/{name}/release.env") == "WSGI=tasks.wsgi:application\n"
    (archive,) = Path(".pulumi/releases").glob(f"{name}.*")
    assert archive.name == f"{name}.{platform}.tar.gz"
    assert archive.stat().st_mode & 0o777 == 0o600
    assert built.refresh() == []
    assert not built.up(cluster.source(cluster.servers[0])), "nothing changed"


def test_the_app_can_change_nothing_of_it(cluster: Cluster, built: Held):
    owned = f"find {RELEASES}/{built.state['release']} ! -user root -o -perm /022 ! -type l | head -3"
    assert cluster.servers[0].run(f"sudo {owned}") == ""


def test_a_second_server_gets_what_was_built(cluster: Cluster, built: Held):
    second = cluster.servers[1]
    held = app_server()
    held.up(cluster.server(second, built.state["release"]))
    assert health(second) == {"server": "j2", "release": built.state["release"], "database": "ok"}
    assert "python3-venv" not in second.run("dpkg-query -W -f '${Package}\n'"), "nothing is built here"
    held.down()


def test_a_copy_that_is_gone_comes_back_from_a_server(cluster: Cluster, built: Held):
    (archive,) = Path(".pulumi/releases").glob(f"{built.state['release']}.*")
    archive.unlink()
    held = app_server()
    held.up(cluster.server(cluster.servers[1], built.state["release"]))
    assert archive.exists()
    held.down()


def test_damage_is_seen_and_repaired_from_the_copy(cluster: Cluster, built: Held):
    first, name = cluster.servers[0], built.state["release"]
    first.run(f"echo | sudo tee -a {RELEASES}/{name}/app/tasks/views.py")
    assert built.refresh() == [f"Release {name} is complete"]
    assert built.up(cluster.source(first))
    assert built.refresh() == []


def test_damage_is_repaired_without_a_copy_too(cluster: Cluster, built: Held):
    first, name = cluster.servers[0], built.state["release"]
    for archive in Path(".pulumi/releases").glob(f"{name}.*"):
        archive.unlink()
    first.run(f"sudo rm -r {RELEASES}/{name}/venv")
    assert built.refresh() == [f"Release {name} is complete"]
    assert built.up(cluster.source(first))
    assert built.refresh() == []


@pytest.mark.parametrize(
    ("edits", "step", "said"),
    [
        ({"requirements.txt": "Django==99.1\n"}, "pip installs requirements.txt", "Django==99.1"),
        ({"requirements.txt": "Django=5\n"}, "pip installs requirements.txt", "Invalid requirement"),
        ({"requirements.txt": "asgiref\n"}, "pip installs requirements.txt", "does not install gunicorn"),
        ({"tasks/settings.py": "+\nimport nothing_like_it\n"}, "Static files are collected", "nothing_like_it"),
        ({"tasks/settings.py": "+\ndel WSGI_APPLICATION\n"}, "Static files are collected", "WSGI_APPLICATION"),
    ],
)
def test_a_source_that_cannot_be_built_says_why(
    cluster: Cluster, built: Held, tmp_path: Path, edits: dict[str, str], step: str, said: str
):
    first = cluster.servers[0]
    before = first.run(f"ls {RELEASES}")
    with pytest.raises(StepFailedError) as failed:
        release().up(cluster.source(first, edition(tmp_path, "broken", edits)))
    assert (failed.value.server, failed.value.step) == ("j1", step)
    assert said in failed.value.output
    assert first.run(f"ls {RELEASES}") == before, "nothing half-made stays"


@pytest.fixture
def repository(rack: lab_hosts.Hosts, tmp_path: Path) -> tuple[Path, str]:
    """A repository with the app in its branch main, and the URL that servers reach it at."""
    work = edition(tmp_path, "work", {})
    git(work, "init", "--quiet", "--initial-branch=main")
    commit(work)
    return work, rack.publish(work, "tasks")


def git(work: Path, *words: str) -> str:
    who = ("-c", "user.name=cloud", "-c", "user.email=cloud@example.org")
    return subprocess.run(["git", "-C", work, *who, *words], check=True, capture_output=True, text=True).stdout.strip()


def commit(work: Path) -> str:
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "A step")
    return git(work, "rev-parse", "HEAD")


def test_a_branch_is_built_and_seen_to_move_on(
    cluster: Cluster, rack: lab_hosts.Hosts, repository: tuple[Path, str], built: Held
):
    del built
    work, url = repository
    first, held = cluster.servers[0], release()
    inputs = {**cluster.on(first), "git": url, "ref": "main"}
    held.up(inputs)
    assert held.state["commit"] == git(work, "rev-parse", "HEAD")
    assert held.state["release"] == held.state["commit"][:12]
    assert held.refresh() == []
    assert not held.up(inputs)

    (work / "tasks" / "static" / "tasks" / "new.css").write_text("p {}\n")
    newest = commit(work)
    rack.publish(work, "tasks")
    assert held.refresh() == [f"The release is of main as it is now, {newest[:12]}"]
    assert held.up(inputs)
    assert held.state["commit"] == newest
    assert "new.css" in first.run(f"ls {RELEASES}/{newest[:12]}/app/tasks/static/tasks")
    assert not Path(work / ".pulumi").exists()


def test_git_sources_that_are_not_there(cluster: Cluster, repository: tuple[Path, str], built: Held):
    del built
    work, url = repository
    first = cluster.servers[0]
    with pytest.raises(StepFailedError, match=r"j1: .*nothing\.git says what it holds(.|\n)*not found"):
        release().up({**cluster.on(first), "git": url.replace("tasks", "nothing")})
    with pytest.raises(HostError, match=r"j1: .* has no release/9; its branches and tags: main"):
        release().up({**cluster.on(first), "git": url, "ref": "release/9"})
    held = release()
    held.up({**cluster.on(first), "git": url, "ref": git(work, "rev-parse", "--short=9", "HEAD")})
    assert held.state["commit"] == git(work, "rev-parse", "HEAD"), "an abbreviated commit is completed"


def test_a_repository_without_an_app(cluster: Cluster, rack: lab_hosts.Hosts, tmp_path: Path, built: Held):
    del built
    (tmp_path / "empty").mkdir()
    work = tmp_path / "empty"
    git(work, "init", "--quiet", "--initial-branch=main")
    (work / "README.md").write_text("Nothing yet\n")
    commit(work)
    inputs = {**cluster.on(cluster.servers[0]), "git": rack.publish(work, "empty")}
    with pytest.raises(StepFailedError, match=r"The source holds no manage.py, but: README.md"):
        release().up(inputs)

    for path in ("manage.py", "requirements.txt"):
        (work / path).write_text((APP / path).read_text())
    subprocess.run(["cp", "-r", APP / "tasks", work], check=True)
    commit(work)
    rack.publish(work, "empty")
    held = release()
    held.up(inputs)
    assert held.refresh() == [], "once the source is right, the same inputs go on"
