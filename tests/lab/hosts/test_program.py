"""A Pulumi program with servers in it, from `up` to `destroy`: what people see, and what lies in the state file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.hosts.testing import Guest
from tests.support.project import ROOT, Project, make_project

PROGRAM = """
import pulumi
from providers.hosts import Check
from tests.support.example_resource import Example

config = pulumi.Config()
way = dict(
    name=config.require("name"), host=config.require("host"), private_key=open(config.require("key")).read(), patience=5
)
example = Example("example", way, config.require("machine"), open("content").read())
Check(
    "check",
    connection=way,
    machine=config.require("machine"),
    description="the service answers",
    command="systemctl is-active example",
    expect="^active$",
    triggers=[example.id],
    opts=pulumi.ResourceOptions(depends_on=[example]),
)
"""
CONTENT = "content-of-the-test"


@pytest.fixture
def project(tmp_path: Path, guest: Guest) -> Iterator[Project]:
    project = make_project(tmp_path / "trial", PROGRAM)
    (project.folder / "tests").symlink_to(ROOT / "tests")
    key = str(guest.key_file)
    (project.folder / "content").write_text(CONTENT)
    project.configure({"name": guest.name, "host": guest.address, "key": key, "machine": "1"})
    yield project
    project.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview")


def test_the_life_of_a_server(project: Project, guest: Guest):
    first = project.up().ok()
    assert "d1: the folder is there" in first.text
    assert set().union(*project.planned().values()) == {"same"}
    state = project.state_path.read_text()
    assert CONTENT not in state
    assert guest.key_file.read_text().splitlines()[1] not in state

    guest.run("sudo systemctl stop example")
    seen = project.pulumi("preview", "-s", "dev", "--refresh", "--diff").ok()
    assert "the service runs" in seen.text
    assert "the service answers" in seen.text
    assert CONTENT not in seen.text
    repaired = project.up("--refresh").ok()
    assert "d1: the service runs" in repaired.text
    assert guest.run("systemctl is-active example") == "active\n"
    assert set().union(*project.planned("--refresh").values()) == {"same", "refresh"}

    project.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview").ok()
    assert "No such file" in guest.run("ls /etc/example 2>&1 || true")


def test_what_fails_is_told_in_one_place(project: Project, guest: Guest):
    guest.run("echo in the way | sudo tee /etc/example")
    failed = project.up()
    assert failed.code != 0
    assert 'd1: "the folder is there" failed. It printed:' in failed.text
    assert "Traceback" not in failed.text
    guest.run("sudo rm /etc/example")
    project.up().ok()


def test_a_preview_before_anything_is_there_starts_no_worker(project: Project):
    project.configure({"host": "192.0.2.1"})
    seen = project.pulumi("preview", "-s", "dev").ok()
    assert "waiting for SSH" not in seen.text
