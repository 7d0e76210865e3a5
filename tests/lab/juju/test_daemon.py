"""Juju in the lab as a person starts it: `lab up`, main's commands, `lab down` and `lab up` again, faults and hands."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.hosts import needs, network
from lab.hosts.net import COURSE
from lab.juju import testing
from lab.maas.service import Service
from lab.maas.testing import RunningMaas
from lab.maas.world import World
from tests.lab.maas.conftest import Raw, header_for
from tests.lab.maas.test_daemon import Lab
from tests.lab.rack.conftest import until
from tests.support.guests import skip_without_root

pytestmark = pytest.mark.slow

MAAS = "http://172.16.0.3:5240/MAAS"
PREPARE = (
    ("POST", "ipranges/", "type=dynamic", "start_ip=172.16.11.1", "end_ip=172.16.14.255"),
    ("PUT", "vlans/5001/", "dhcp_on=true", "primary_rack={rack}"),
    ("PUT", "subnets/1/", "gateway_ip=172.16.0.1"),
)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    skip_without_root()
    assert not needs.missing()
    if network.rack_exists(COURSE):
        pytest.skip("a lab is up on this machine: its network is not taken from it")
    made = Lab(tmp_path / "lab")
    yield made
    made("down")
    assert not network.rack_exists(COURSE)


def _call(lab: Lab, method: str, path: str, *form: str) -> Any:
    data = " ".join(f"--data-urlencode '{each}'" for each in form)
    header = header_for(lab.ok("key").strip())
    return json.loads(
        lab.ok("ssh", "main", f"curl -s -X {method} -H 'Authorization: {header}' {data} '{MAAS}/api/2.0/{path}'")
    )


def _enrol(lab: Lab, number: int) -> None:
    amt = lab.ok("key", "--amt").strip()
    form = [f"hostname=server{number}", "architecture=amd64", f"mac_addresses=f4:4d:30:60:11:0{number}"]
    form += [
        "power_type=amt",
        f"power_parameters_power_address=172.16.15.{number}",
        f"power_parameters_power_pass={amt}",
    ]
    _call(lab, "POST", "machines/", *form)


def _juju(lab: Lab, line: str) -> str:
    return lab.ok("ssh", "main", f"juju {line}")


def _models(lab: Lab) -> dict[str, Any]:
    shown = json.loads(lab.ok("status", "--json"))["juju"]
    return {each["name"]: each for each in shown["models"]} if shown and shown["answers"] else {}


@pytest.mark.course_network
def test_the_controller_is_there_after_down_and_up(lab: Lab) -> None:
    lab.ok("up")
    rack = _call(lab, "GET", "rackcontrollers/")[0]["system_id"]
    for method, path, *form in PREPARE:
        _call(lab, method, path, *(each.format(rack=rack) for each in form))
    for number in (1, 2):
        _enrol(lab, number)
    until(lambda: [each["status"] for each in lab.status()["machines"]] == ["Ready", "Ready"])
    assert lab("juju", "fault", "list").returncode == 1
    _bootstrap(lab)
    _juju(lab, "add-model work")
    assert set(_models(lab)) == {"controller", "default", "work"}
    lab.ok("juju", "fault", "add", "hook", "--target", "ubuntu/0", "--hook", "install", "--times", "1")
    assert "hook=install" in lab.ok("juju", "fault", "list")
    assert "1 taken away" in lab.ok("juju", "fault", "clear")
    assert lab("juju", "hand", "remove-unit", "ubuntu/7").returncode == 1
    assert "controller main: up at 172.16.0." in lab.ok("status")
    lab.ok("down")
    assert not network.rack_exists(COURSE)
    lab.ok("up")
    until(lambda: set(_models(lab)) == {"controller", "default", "work"})
    assert "server1" in _juju(lab, "status -m controller")
    _juju(lab, "destroy-controller main --no-prompt --destroy-all-models")
    until(lambda: [each["status"] for each in lab.status()["machines"]] == ["Ready", "Ready"])
    assert not _models(lab)
    lab.ok("down", "--purge")
    assert {path.name for path in lab.home.iterdir()} == {"maas.log"}
    log = (lab.home / "maas.log").read_text()
    assert "Juju's API listens at 172.16.0." in log


def test_a_lab_without_hosts_bootstraps_by_lab_main(tmp_path: Path) -> None:
    with testing.network() as number:
        lab, url = Lab(tmp_path / ("x" * 60) / "lab"), f"http://127.{number}.0.3:5240/MAAS"
        lab.ok("up", "--listen", url.removeprefix("http://").removesuffix("/MAAS"))
        try:
            _without_hosts(lab, url, tmp_path)
        finally:
            lab.ok("down", "--purge")
        assert {path.name for path in lab.home.iterdir()} == {"maas.log"}


def _without_hosts(lab: Lab, url: str, folder: Path) -> None:
    key, amt = lab.ok("key").strip(), lab.ok("key", "--amt").strip()
    raw = Raw(RunningMaas(url, key, amt, Service(World(), time.time)))
    raw.dhcp()
    power = {"power_parameters_power_address": "172.16.15.1", "power_parameters_power_pass": amt}
    nic = {"hostname": "server1", "architecture": "amd64", "mac_addresses": "f4:4d:30:60:11:01", "power_type": "amt"}
    assert raw.post("machines/", **nic, **power).status == 200
    clouds = {"clouds": {"maas": {"type": "maas", "auth-types": ["oauth1"], "endpoint": url}}}
    keys = {"credentials": {"maas": {"cloud": {"auth-type": "oauth1", "maas-oauth": key}}}}
    for name, document in (("cloud.yaml", clouds), ("keys.yaml", keys)):
        (folder / name).write_text(yaml.safe_dump(document))
    lab.ok("main", "snap", "install", "juju")
    lab.ok("main", "juju", "add-cloud", "--client", "maas", str(folder / "cloud.yaml"))
    lab.ok("main", "juju", "add-credential", "--client", "maas", "-f", str(folder / "keys.yaml"))
    lab.ok("main", "juju", "bootstrap", "maas", "main", "--bootstrap-base", "ubuntu@22.04")
    assert "server1" in lab.ok("main", "juju", "status", "-m", "controller")
    assert set(_models(lab)) == {"controller"}
    lab.ok("down")
    lab.ok("up", "--listen", url.removeprefix("http://").removesuffix("/MAAS"))
    assert "controller*" in lab.ok("main", "juju", "models")
    assert "not found" in lab("main", "juju", "status", "-m", "work").stderr


def _bootstrap(lab: Lab) -> None:
    key = lab.ok("key").strip()
    clouds = {"clouds": {"maas": {"type": "maas", "auth-types": ["oauth1"], "endpoint": MAAS}}}
    keys = {"credentials": {"maas": {"cloud": {"auth-type": "oauth1", "maas-oauth": key}}}}
    lab.ok("ssh", "main", "sudo snap install juju --channel=2.9/stable --classic")
    for name, document in (("cloud", clouds), ("keys", keys)):
        lab.ok("ssh", "main", f"cat >{name}.yaml <<'END'\n{yaml.safe_dump(document)}END\n")
    _juju(lab, "add-cloud --client maas cloud.yaml")
    _juju(lab, "add-credential --client maas -f keys.yaml")
    assert (
        "is now available"
        in lab("ssh", "main", "juju bootstrap --bootstrap-series=jammy maas main --to server1").stderr
    )
    assert key not in (lab.home / "maas.log").read_text()
