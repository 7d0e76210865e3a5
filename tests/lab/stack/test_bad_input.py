"""Bad input to the course's own stack: one sentence with the place, the value and what is allowed; the state stays.

Each mistake is made in a stack that holds something, so that a state file that changes would be seen.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab.maas.testing import running_maas
from tests.lab.stack.conftest import Kit
from tests.support.project import PASSPHRASE, Project, Ran, make_kit


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The kit, up."""
    with running_maas() as maas:
        project = make_kit(tmp_path_factory.mktemp("bad") / "kit", maas.url, maas.api_key, maas.amt_password)
        project.up().ok()
        yield Kit(project, maas)


def refused(kit: Kit, project: Project, *command: str) -> Ran:
    """Run what must fail, and insist that it leaves the state file as it is and shows no secret."""
    before = project.state_path.read_bytes()
    ran = project.pulumi(*command, "-s", project.stack)
    assert ran.code != 0, ran.text
    assert project.state_path.read_bytes() == before
    assert "Traceback" not in ran.text, ran.text
    for secret in (kit.maas.api_key, kit.maas.api_key.rpartition(":")[2], kit.maas.amt_password, PASSPHRASE):
        assert secret not in ran.text
    return ran


UP = ("up", "--yes", "--skip-preview")

CONFIG: dict[str, tuple[str, str, str]] = {
    "unknown key": (
        "onMismatch: fail",
        "onMismatsh: fail",
        "baremetal:onMismatsh is not a known key; allowed are settings, sshKeys, images, zones, pools, subnets, ",
    ),
    "malformed MAC": (
        '"f4:4d:30:60:11:03"',
        '"f4:4d:30:60:11:0g"',
        "baremetal:servers[2].mac is 'f4:4d:30:60:11:0g', but must be a MAC address of six colon-separated bytes",
    ),
    "overlapping ranges": (
        "start: 172.16.7.0, end: 172.16.8.255",
        "start: 172.16.7.0, end: 172.16.11.9",
        "baremetal:subnets[0].ranges[2] is 172.16.7.0-172.16.11.9, but must not overlap 172.16.11.1-172.16.14.255",
    ),
    "range outside its subnet": (
        "start: 172.16.7.0, end: 172.16.8.255",
        "start: 172.17.7.0, end: 172.17.8.255",
        "baremetal:subnets[0].ranges[2].start is 172.17.7.0, but must be an address of 172.16.0.0/20",
    ),
    "duplicate server names": (
        "name: server5",
        "name: server4",
        "baremetal:servers[4].name is 'server4', as baremetal:servers[3].name is already, but a host name ",
    ),
    "unknown distro": (
        "server3: {distro: jammy}",
        "server3: {distro: warty}",
        "baremetal:deploy.server3.distro is 'warty', but must be a release listed under images (focal or jammy)",
    ),
}


@pytest.mark.parametrize("name", CONFIG)
def test_a_mistake_in_the_config(held: Kit, name: str):
    right, wrong, said = CONFIG[name]
    file = held.project.folder / "Pulumi.baremetal.yaml"
    text = file.read_text()
    assert text.count(right) == 1
    file.write_text(text.replace(right, wrong))
    try:
        ran = refused(held, held.project, *UP)
    finally:
        file.write_text(text)
    assert said in ran.text


def test_a_wrong_api_key(held: Kit):
    file = held.project.folder / ".lab" / "maas-api-key"
    text = file.read_text()
    file.write_text("consumer:token:open-sesame")
    try:
        ran = refused(held, held.project, "up", "--yes", "--skip-preview", "--refresh")
    finally:
        file.write_text(text)
    assert "it does not accept the API key" in ran.text
    assert "sesame" not in ran.text


def test_a_key_that_is_none(held: Kit):
    file = held.project.folder / ".lab" / "maas-api-key"
    text = file.read_text()
    file.write_text("open-sesame")
    try:
        ran = refused(held, held.project, "up", "--yes", "--skip-preview", "--refresh")
    finally:
        file.write_text(text)
    assert "it must have three parts joined by colons" in ran.text
    assert "sesame" not in ran.text


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine that nobody listens on, and nobody else is given meanwhile."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


def test_a_maas_that_is_not_there(held: Kit, closed_port: int):
    file = held.project.folder / "Pulumi.baremetal.yaml"
    text = file.read_text()
    url = f"http://127.0.0.1:{closed_port}"
    file.write_text(text.replace(held.maas.url, f"{url}/MAAS"))
    began = time.monotonic()
    try:
        ran = refused(held, held.project, "up", "--yes", "--skip-preview", "--refresh")
    finally:
        file.write_text(text)
    assert time.monotonic() - began < 20
    assert "MAAS could not be reached to " in ran.text
    assert f"maas:apiUrl names {url}, where a MAAS must answer" in ran.text
    assert "trying again in" in ran.text


def test_a_wrong_passphrase(held: Kit):
    project = replace(held.project, extra={"PULUMI_CONFIG_PASSPHRASE": "open-sesame"})
    ran = refused(held, project, *UP)
    assert "passphrase" in ran.text
    assert "sesame" not in ran.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is corrupt: Expecting value in line 1, column 1"),
        (b'{"version": 3, "checkpoint"', "is corrupt: Expecting ':' delimiter in line 1, column 28"),
        (b'{"version": 3}', "checkpoint"),
        (b'{"version": 3, "checkpoint": {"latest": {"resources": 7}}}', "resources"),
        (b'{"version": 9, "checkpoint": {}}', "its version is 9, and this engine knows up to 4"),
    ],
)
@pytest.mark.parametrize("command", [UP, ("preview",), ("stack", "output")])
def test_a_state_that_cannot_be_read(held: Kit, content: bytes, said: str, command: tuple[str, ...]):
    path = held.project.state_path
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        ran = refused(held, held.project, *command)
    finally:
        path.write_bytes(before)
    assert str(path) in ran.text
    assert said in ran.text


def test_all_is_as_it_was(held: Kit):
    """After all these mistakes the stack has nothing to do."""
    held.project.pulumi("preview", "-s", "baremetal", "--refresh", "--expect-no-changes").ok()
