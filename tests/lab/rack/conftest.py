"""Racks whose machines run, driven through MAAS's API alone; and how a test waits for what is real."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from lab.rackhosts.testing import RunningRack, running_rack
from tests.lab.maas.conftest import Raw
from tests.support.guests import skip_without_root

PATIENCE = 90.0
"""Seconds that something real may take on a busy machine."""


def until(what: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Look until it is true; seconds that it took. What is looked at runs by itself: there is no clock to turn."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


@dataclass
class Site:
    """A rack, its API, and the machines of it that are enrolled, by name."""

    rack: RunningRack
    raw: Raw
    ids: dict[str, str] = field(default_factory=dict[str, str])

    def prepare(self) -> None:
        """Do what a person does first: key, gateway, range, DHCP."""
        net = self.rack.hosts.net
        network = net.main.rsplit(".", 1)[0]
        controller = self.raw.get("rackcontrollers/").json[0]["system_id"]
        for answer in (
            self.raw.post("account/prefs/sshkeys/", key=self.rack.public_key),
            self.raw.post("ipranges/", type="dynamic", start_ip=f"{network}.100", end_ip=f"{network}.119"),
            self.raw.put("subnets/1/", gateway_ip=net.router),
            self.raw.put("vlans/5001/", dhcp_on="true", primary_rack=controller),
        ):
            assert answer.status < 300, answer.text

    def ready(self, name: str) -> str:
        """Give the id of a machine that is Ready, released where it was deployed before."""
        if name not in self.ids:
            self.ids[name] = self.raw.enrol(name).json["system_id"]
        elif self.status(name) != "Ready":
            assert self.op(name, "release").status == 200
        until(lambda: self.status(name) == "Ready")
        return self.ids[name]

    def read(self, name: str) -> Any:
        return self.raw.get(f"machines/{self.ids[name]}/").json

    def status(self, name: str) -> str:
        return self.read(name)["status_name"]

    def op(self, name: str, op: str, **data: object) -> Any:
        return self.raw.post(f"machines/{self.ids[name]}/", op, **data)

    def power(self, name: str) -> str:
        return self.raw.get(f"machines/{self.ids[name]}/", "query_power_state").json["state"]

    def deploy(self, name: str, **data: object) -> str:
        """Deploy a machine that is Ready; its address."""
        answer = self.op(name, "deploy", **data)
        assert answer.status == 200, answer.text
        until(lambda: self.status(name) != "Deploying")
        assert self.status(name) == "Deployed", self.read(name)["error_description"]
        return self.address(name)

    def deployed(self, name: str, **data: object) -> str:
        self.ready(name)
        return self.deploy(name, **data)

    def address(self, name: str) -> str:
        return self.read(name)["ip_addresses"][0]

    def ssh(self, name: str, command: str, *, check: bool = True) -> str:
        return self.rack.ssh(self.address(name), command, check=check).strip()

    def answers(self, name: str) -> bool:
        """Whether the machine can be logged in to."""
        return self.ssh(name, "echo hallo", check=False) == "hallo"


@pytest.fixture(scope="session")
def site() -> Generator[Site]:
    """A rack at the immediate pace that a session shares: each test takes its machines as `deployed` gives them."""
    skip_without_root()
    with running_rack() as rack:
        made = Site(rack, Raw(rack.maas))
        made.prepare()
        yield made


@pytest.fixture
def own() -> Generator[Callable[..., Site]]:
    """Make a rack for one test alone, by `running_rack`'s arguments."""
    skip_without_root()
    opened: list[Any] = []

    def make(*arguments: Any, **given: Any) -> Site:
        opened.append(running_rack(*arguments, **given))
        rack = opened[-1].__enter__()
        made = Site(rack, Raw(rack.maas))
        if rack.maas.api_key:
            made.prepare()
        return made

    yield make
    for each in reversed(opened):
        each.__exit__(None, None, None)
