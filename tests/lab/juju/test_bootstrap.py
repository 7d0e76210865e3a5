"""Juju on a rack whose machines run: main's commands over SSH, the controller at the machine that it was given."""

import json
import socket
import ssl
import urllib.request
from collections.abc import Generator
from typing import Any

import pytest
import yaml
from websockets.sync.client import connect

from lab.juju.models import Machine
from lab.rackhosts.testing import running_rack
from tests.lab.juju.client import Wire, deploy
from tests.lab.maas.conftest import Raw
from tests.lab.rack.conftest import Site, until
from tests.support.guests import skip_without_root

pytestmark = pytest.mark.slow

API = 17070
VAULT = 8200


@pytest.fixture(scope="module")
def site() -> Generator[Site]:
    """A rack with main, juju installed there, and server1 and server2 Ready."""
    skip_without_root()
    with running_rack(main=True) as rack:
        made = Site(rack, Raw(rack.maas))
        made.prepare()
        made.ready("server1")
        made.ready("server2")
        rack.main("sudo snap install juju --channel=3.6/stable")
        _add_cloud(made)
        yield made


def _add_cloud(site: Site) -> None:
    maas = site.rack.maas
    clouds = {"clouds": {"maas": {"type": "maas", "auth-types": ["oauth1"], "endpoint": maas.url}}}
    keys = {"credentials": {"maas": {"cloud": {"auth-type": "oauth1", "maas-oauth": maas.api_key}}}}
    site.rack.main("cat >cloud.yaml && juju add-cloud --client maas cloud.yaml", stdin=yaml.safe_dump(clouds))
    site.rack.main("juju add-credential --client maas -f /dev/stdin", stdin=yaml.safe_dump(keys))


@pytest.fixture
def controller(site: Site) -> Generator[Any]:
    """A controller on server1, as `juju show-controller` tells of it."""
    site.rack.main("juju bootstrap maas main --to server1 --bootstrap-base=ubuntu@22.04")
    yield json.loads(site.rack.main("juju show-controller --show-password --format json"))["main"]
    site.rack.main("juju kill-controller main --no-prompt", check=False)
    until(lambda: {site.status("server1"), site.status("server2")} == {"Ready"})


def _connect(controller: Any, model: str = "") -> Any:
    trust = ssl.create_default_context(cadata=controller["details"]["ca-cert"])
    url = f"wss://{controller['details']['api-endpoints'][0]}{f'/model/{model}' if model else ''}/api"
    return connect(url, ssl=trust, server_hostname="juju-apiserver", max_size=2**26, proxy=None, open_timeout=30)


def _listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 2).close()
    except OSError:
        return False
    return True


def test_bootstrap_to_a_machine_and_destroy(site: Site) -> None:
    said = site.rack.main("juju bootstrap maas main --to server1 --bootstrap-series=jammy")
    assert said.index("Launching controller instance(s) on maas/default...") < said.index("Bootstrap complete")
    assert (site.status("server1"), site.read("server1")["owner"]) == ("Deployed", "cloud")
    details = json.loads(site.rack.main("juju show-controller --show-password --format json"))["main"]
    address = site.address("server1")
    assert details["details"]["api-endpoints"] == [f"{address}:{API}"]
    assert site.rack.main("stat --format %a .local/share/juju/accounts.yaml") == "600\n"
    with _connect(details) as connection:
        wire = Wire(connection)
        answer = wire.login(details["account"]["user"], details["account"]["password"])
        assert answer["server-version"] == "3.6.14"
        assert [one["value"] for one in answer["servers"][0]] == [address]
    assert "server1" in site.rack.main("juju status -m controller")
    # the same from another machine of the rack, and on the machine itself
    assert (
        site.rack.main(f"curl --insecure --silent --output /dev/null https://{address}:{API}/ && echo up").strip()
        == "up"
    )
    assert str(API) in site.ssh("server1", "ss --listening --tcp --numeric")
    site.rack.main("juju destroy-controller main --no-prompt --destroy-all-models --destroy-storage")
    until(lambda: site.status("server1") == "Ready")
    assert not _listens(address, API)
    assert "No controllers registered" in site.rack.main("juju controllers", check=False)
    assert not site.rack.fleet.running("server1")


def test_a_vault_answers_in_its_container_and_the_api_after_a_reboot(site: Site, controller: Any) -> None:
    site.rack.main("juju add-model work")
    with _connect(controller) as connection:
        wire = Wire(connection)
        wire.login(password=controller["account"]["password"])
        listed = wire.call("ModelManager", 10, "ListModels", {"tag": "user-admin"})["user-models"]
    model = next(each["model"]["uuid"] for each in listed if each["model"]["name"] == "work")
    with _connect(controller, model) as connection:
        wire = Wire(connection)
        wire.login(password=controller["account"]["password"])
        inside: dict[str, Any] = {"num-units": 1, "Placement": [{"scope": "lxd", "directive": "0"}]}
        deploy(wire, "ubuntu", "ubuntu", **dict[str, Any]({"num-units": 1}))
        deploy(wire, "vault", "vault", **inside)
    until(lambda: "Vault needs to be initialized" in site.rack.main("juju status"))
    machines = {each.id: each for each in site.rack.juju.service.world.machines.of(model)}
    address = machines["0/lxd/0"].addresses[0]
    assert address in site.ssh("server2", "ip -4 address")
    with urllib.request.urlopen(f"http://{address}:{VAULT}/v1/sys/seal-status", timeout=10) as answer:
        assert json.load(answer)["initialized"] is False
    assert "initialized" in site.ssh("server1", f"curl --silent http://{address}:{VAULT}/v1/sys/seal-status")
    _reboot(site, machines["0"], address)


def _reboot(site: Site, host: Machine, address: str) -> None:
    """Reboot the machine of the container, and the controller's own: all come back by themselves."""
    for name in (host.hostname, "server1"):
        before = site.ssh(name, "cat /proc/sys/kernel/random/boot_id; stat --format %i /proc/self/ns/net")
        site.ssh(name, "sudo systemctl reboot", check=False)
        until(lambda name=name, before=before: _booted_again(site, name, before))
    until(lambda: _listens(address, VAULT))
    until(lambda: _listens(site.address("server1"), API))
    until(lambda: "vault/0" in site.rack.main("juju status", check=False))


def _booted_again(site: Site, name: str, before: str) -> bool:
    now = site.ssh(name, "cat /proc/sys/kernel/random/boot_id; stat --format %i /proc/self/ns/net", check=False)
    return len(now.split()) == len(before.split()) and now != before


def test_a_machine_released_by_hand_takes_the_controller_along(site: Site, controller: Any) -> None:
    address = controller["details"]["api-endpoints"][0].partition(":")[0]
    assert site.op("server1", "release").status == 200
    until(lambda: not _listens(address, API))
    until(lambda: "unable to connect" in site.rack.main("juju models", check=False))
    site.rack.main("juju unregister main --no-prompt")
    until(lambda: site.status("server1") == "Ready")
    site.rack.main("juju bootstrap maas main --to server2 --bootstrap-series=jammy")
    assert "server2" in site.rack.main("juju status -m controller")
