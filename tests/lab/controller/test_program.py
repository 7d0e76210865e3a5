"""MAAS itself and what is in it, by one program in one `up`: the key is nowhere before, and no hand copies it."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.rackhosts.testing import RunningRack, running_rack
from tests.support.guests import skip_without_root
from tests.support.project import Project, make_project

PASSWORD = "sesame-for-the-admin"
PROGRAM = """
import pulumi
from pulumi import ResourceOptions
from components.controller import MaasController, MaasControllerArgs
from components.servers import ServerAccess
from providers import maas

config = pulumi.Config()
way = {"name": "main", "host": config.require("main"), "user": "cloud", "private_key_file": config.require("key")}
main = ServerAccess(name="main", connection=way, machine="main", address=config.require("main"), memory_mib=10240)
controller = MaasController(
    "maas",
    MaasControllerArgs(
        server=main,
        url=config.require("url"),
        admin_password=pulumi.Output.secret(open("password").read()),
        key_file="secrets/maas-key",
    ),
)
maas.Zone("zone", name="rack1", description="the kit", opts=ResourceOptions(depends_on=[controller]))
maas.Tag("tag", name="compute", comment="OpenStack", opts=ResourceOptions(depends_on=[controller]))
pulumi.export("version", controller.version)
pulumi.export("key", controller.api_key)
"""


@pytest.fixture
def rack() -> Iterator[RunningRack]:
    skip_without_root()
    with running_rack(bare=True) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, rack: RunningRack) -> Project:
    project = make_project(tmp_path / "trial", PROGRAM)
    main = rack.hosts.net.main
    url = f"http://{main}:5240/MAAS"
    project.configure({"main": main, "key": str(rack.key), "url": url})
    (project.folder / "password").write_text(PASSWORD)
    project.configure({"maas:apiUrl": url, "maas:apiKeyFile": "secrets/maas-key"})
    return project


def answers(rack: RunningRack) -> bool:
    try:
        urllib.request.urlopen(f"http://{rack.hosts.net.main}:5240/MAAS/api/2.0/version/", timeout=10).close()
    except urllib.error.URLError:
        return False
    return True


def test_one_up_from_a_bare_main(project: Project, rack: RunningRack) -> None:
    seen = project.pulumi("preview", "-s", "dev").ok()
    assert "can't be read" not in seen.text
    first = project.up().ok()
    assert "main: The snap maas is installed" in first.text
    assert "rack1" in {zone.name for zone in rack.maas.service.world.zones}
    assert PASSWORD not in first.text
    key = (project.folder / "secrets" / "maas-key").read_text().strip()
    state = project.state_path.read_text()
    assert key not in state
    assert PASSWORD not in state
    assert set().union(*project.planned().values()) == {"same"}
    assert set().union(*project.planned("--refresh").values()) == {"same", "refresh"}
    (project.folder / "secrets" / "maas-key").unlink()
    told = project.pulumi("preview", "-s", "dev", "--refresh")
    assert told.code != 0
    assert "maas:apiKeyFile names secrets/maas-key, which can't be read: No such file or directory" in told.text
    assert "Traceback" not in told.text
    (project.folder / "secrets" / "maas-key").write_text(str(project.outputs()["key"]))
    seen = project.pulumi("preview", "-s", "dev", "--refresh", "--diff").ok()
    assert "The API key is in secrets/maas-key" in seen.text  # for its owner alone, which it is not
    project.up("--refresh").ok()
    project.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview").ok()
    assert not answers(rack)
    assert "maas" not in rack.main("snap list")
    assert not (project.folder / "secrets" / "maas-key").exists()
