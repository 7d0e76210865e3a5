"""A DjangoCluster as people use it: `pulumi up`, again, with changed code, with one more server, and destroyed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import lab.hosts.testing as lab_hosts
from tests.lab.django.cluster import ADMIN_PASSWORD, DATABASE_PASSWORD, Cluster, edition
from tests.lab.django.watch import get, health, visiting
from tests.support.project import Project, make_project

PROGRAM = """
import json
import pulumi
from components.django import AdminArgs, DatabaseAccess, DjangoCluster, DjangoClusterArgs, SourceArgs
from components.servers import ServerAccess

config = pulumi.Config()
servers = [
    ServerAccess(name=each["name"], connection=each, machine=each["name"], address=each["host"], memory_mib=2048)
    for each in config.require_object("servers")
]
database = config.require_object("database")
cluster = DjangoCluster(
    "tasks",
    DjangoClusterArgs(
        servers=servers,
        database=DatabaseAccess(
            host_name="database",
            address=database["address"],
            name="tasks",
            user="cloud",
            password=config.require_secret("database-password"),
        ),
        source=SourceArgs(path=config.require("source")),
        admin=AdminArgs(user="cloud", password=config.require_secret("admin-password"), email="cloud@example.org"),
    ),
)
pulumi.export("upstreams", cluster.upstreams)
pulumi.export("release", cluster.release)
pulumi.export("admin", cluster.admin_url)
"""


@pytest.fixture
def project(cluster: Cluster, tmp_path: Path) -> Project:
    project = make_project(tmp_path / "project", PROGRAM)
    configure(project, cluster, cluster.servers[:2])
    edition(tmp_path, "source", {})
    project.configure({"source": str(tmp_path / "source")})
    for name, value in (("database-password", DATABASE_PASSWORD), ("admin-password", ADMIN_PASSWORD)):
        project.pulumi("config", "set", "-s", project.stack, "--secret", name, stdin=value).ok()
    return project


def configure(project: Project, cluster: Cluster, servers: list[lab_hosts.Guest]) -> None:
    project.configure(
        {
            "servers": json.dumps([cluster.connection(guest) for guest in servers]),
            "database": json.dumps({"address": cluster.database.address}),
        }
    )


def logins(guest: lab_hosts.Guest) -> int:
    """Count the SSH logins so far; asking is none."""
    return guest.inside("journalctl", "--no-pager", "-o", "cat").count("Accepted publickey")


def secret_key(guest: lab_hosts.Guest) -> str:
    lines = guest.run("sudo cat /etc/tasks/environment").splitlines()
    return next(line for line in lines if line.startswith("SECRET_KEY="))


def test_the_life_of_an_app(project: Project, cluster: Cluster, tmp_path: Path):
    first, second, third = cluster.servers
    done = project.up().ok()
    assert DATABASE_PASSWORD not in done.text
    outputs: dict[str, Any] = project.outputs()
    assert outputs["admin"] == f"http://{first.address}:8080/admin/"
    assert outputs["upstreams"] == [
        {"name": guest.name, "address": guest.address, "port": 8080} for guest in (first, second)
    ]
    assert {health(guest)["release"] for guest in (first, second)} == {outputs["release"]}
    assert health(first)["server"] == "j1"
    key = secret_key(first)
    assert secret_key(second) == key
    raw = project.state_path.read_text()
    assert not any(secret in raw for secret in (DATABASE_PASSWORD, ADMIN_PASSWORD, key.partition("=")[2].strip('"')))

    before = [logins(guest) for guest in (first, second)]
    assert all(ops <= {"same"} for ops in project.planned().values())
    project.up().ok()
    assert [logins(guest) for guest in (first, second)] == before, "a second up needs no SSH at all"

    (tmp_path / "source" / "tasks" / "templates" / "tasks" / "delete.html").write_text("changed")
    planned = project.planned()
    assert {name for name, ops in planned.items() if ops == {"update"}} == {
        "tasks-release", "tasks-migration", "tasks-j1", "tasks-j2",
    }  # fmt: skip
    with visiting(first) as one, visiting(second) as two:
        project.up().ok()
    assert one.failed == two.failed == []
    newer = project.outputs()["release"]
    assert newer != outputs["release"]
    assert [each.releases[-1] for each in (one, two)] == [newer, newer]
    assert secret_key(first) == key, "whoever is logged in stays so"

    second.run("sudo systemctl stop tasks.service")
    seen = project.pulumi("preview", "-s", project.stack, "--refresh", "--diff").ok()
    assert f"tasks.service runs release {newer} as set" in seen.text
    shutil.rmtree(project.folder / ".pulumi")
    configure(project, cluster, [first, second, third])
    project.up("--refresh").ok()
    assert 'Answered by <strong class="server">j3</strong>' in get(third)
    assert health(second)["release"] == health(third)["release"] == newer

    project.pulumi("destroy", "-s", project.stack, "--yes", "--skip-preview").ok()
    for guest in (first, second, third):
        assert guest.run("ls -d /srv/tasks /etc/tasks 2>/dev/null; ss -ltnH 'sport = :8080'", check=False) == ""


def test_a_source_that_is_wrong_is_told_in_the_preview(project: Project, tmp_path: Path):
    (tmp_path / "source" / "manage.py").unlink()
    done = project.pulumi("preview", "-s", project.stack)
    assert done.code != 0
    assert "which holds no manage.py: a Django project has one" in done.text
