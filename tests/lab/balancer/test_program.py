"""A balancer in a Pulumi program: its URL works when `up` ends; what is wrong is told; what drifts is seen."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.balancer.conftest import PORT, Kit
from tests.support.project import Project, make_project

PROGRAM = """
import json
import pulumi
from components.balancer import NginxBalancer, NginxBalancerArgs
from components.servers import ServerAccess

config = pulumi.Config()
way = {"name": "front", "host": config.require("host"), "user": "ubuntu", "private_key_file": config.require("key")}
front = ServerAccess(name="front", connection=way, machine="1", address=config.require("host"), memory_mib=512)
balancer = NginxBalancer(
    "balancer",
    NginxBalancerArgs(
        server=front,
        upstreams=json.loads(open("upstreams").read()),
        weights=json.loads(open("weights").read()),
    ),
)
pulumi.export("url", balancer.url)
pulumi.export("address", balancer.address)
"""


@pytest.fixture
def project(tmp_path: Path, kit: Kit) -> Iterator[Project]:
    project = make_project(tmp_path / "trial", PROGRAM)
    front = kit.balancer
    project.configure({"host": front.address, "key": str(front.key_file)})
    write(project, kit)
    yield project
    project.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview")


def write(project: Project, kit: Kit, weights: str = "{}", port: int = PORT) -> None:
    members = [f'{{"name": "{each.name}", "address": "{each.address}", "port": {port}}}' for each in kit.members]
    (project.folder / "upstreams").write_text(f"[{', '.join(members)}]")
    (project.folder / "weights").write_text(weights)


def test_the_life_of_a_balancer(project: Project, kit: Kit) -> None:
    project.up().ok()
    url = project.pulumi("stack", "output", "url", "-s", "dev").ok().out.strip()
    assert url == f"http://{kit.balancer.address}/"
    bodies: set[bytes] = set()
    for _ in range(2):
        with urllib.request.urlopen(url, timeout=20) as answer:
            bodies.add(answer.read())
    assert bodies == {b"back1", b"back2"}
    assert set().union(*project.planned().values()) == {"same"}

    kit.balancer.run("sudo systemctl stop nginx")
    seen = project.pulumi("preview", "-s", "dev", "--refresh", "--diff").ok()
    assert "NGINX runs, and starts with the server" in seen.text
    assert "NGINX on front answers for the servers behind it" in seen.text
    project.up("--refresh").ok()
    assert set(kit.ask(2)) == {"back1 200", "back2 200"}

    write(project, kit, weights='{"back9": 2}')
    refused = project.up()
    assert refused.code != 0
    assert "weights names back9, but the upstreams are back1, back2" in refused.text
    assert "Traceback" not in refused.text
    write(project, kit, weights='{"back1": 4}')
    project.up().ok()
    assert kit.ask(5).count("back1 200") == 4
