"""A controller and what is in it, by one program in one `up`: its login is nowhere before, and no hand copies it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.rackhosts.testing import RunningRack, running_rack
from tests.lab.maas.conftest import Raw
from tests.lab.rack.conftest import Site
from tests.support.guests import skip_without_root
from tests.support.project import Project, make_project

PROGRAM = """
import pulumi
from pulumi import ResourceOptions
from providers import juju

config = pulumi.Config()
way = {"name": "main", "host": config.require("main"), "user": "cloud", "private_key_file": config.require("key")}
controller = juju.Controller(
    "controller",
    name=config.get("name") or "maas-controller",
    connection=way,
    cloud={"name": "maas-one", "type": "maas", "endpoint": config.require("url")},
    credential={"name": "anyuser", "key": open("maas-key").read()},
    to=config.get("server") or "server1",
    base="ubuntu@22.04",
    controller_file="secrets/juju.json",
)
model = juju.Model("model", name="trial", opts=ResourceOptions(depends_on=[controller]))
pulumi.export("version", controller.version)
pulumi.export("uuid", controller.uuid)
"""


@pytest.fixture
def rack() -> Iterator[RunningRack]:
    skip_without_root()
    with running_rack(main=True) as running:
        site = Site(running, Raw(running.maas))
        site.prepare()
        site.ready("server1")
        yield running


@pytest.fixture
def project(tmp_path: Path, rack: RunningRack) -> Project:
    project = make_project(tmp_path / "trial", PROGRAM)
    project.configure({"main": rack.hosts.net.main, "key": str(rack.key), "url": rack.maas.url})
    project.configure({"juju:controllerFile": "secrets/juju.json"})
    (project.folder / "maas-key").write_text(rack.maas.api_key)
    return project


def test_one_up_from_an_empty_main(project: Project, rack: RunningRack) -> None:
    seen = project.pulumi("preview", "-s", "dev").ok()
    assert "can't be read" not in seen.text
    first = project.up().ok()
    assert 'main: juju bootstrap: Creating Juju controller "maas-controller"' in first.text
    login = json.loads((project.folder / "secrets" / "juju.json").read_text())
    state = project.state_path.read_text()
    for text in (first.text, state):
        assert login["password"] not in text
        assert rack.maas.api_key not in text
    assert project.outputs()["uuid"] == login["uuid"]
    assert set().union(*project.planned().values()) == {"same"}
    assert set().union(*project.planned("--refresh").values()) == {"same", "refresh"}
    assert "trial" in rack.main("juju models -c maas-controller")
    _another_machine_has_no_effect(project)
    _another_name_is_refused(project)
    project.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview").ok()
    assert rack.juju.controller is None
    assert not (project.folder / "secrets" / "juju.json").exists()


def _another_machine_has_no_effect(project: Project) -> None:
    project.configure({"server": "server2"})
    told = "The controller maas-controller was made with `to` 'server1': `to` 'server2' has no effect on it"
    for _ in range(2):
        assert told in project.pulumi("preview", "-s", "dev", "--expect-no-changes").ok().text
        project.up("--expect-no-changes").ok()


def _another_name_is_refused(project: Project) -> None:
    project.configure({"name": "other"})
    seen = project.pulumi("preview", "-s", "dev")
    assert seen.code != 0
    assert "can't change from 'maas-controller' to 'other' while the controller is there" in seen.text
    assert "put 'maas-controller' back, or `pulumi destroy` what is there first" in seen.text
